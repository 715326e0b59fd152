"""The scheduler of clocked jobs, and the queues' workers."""

from server.jobs.clocked import JOBS
from server.jobs.running import Job, JobContext, open_context, run_if_due
from server.jobs.scheduler import run_job, run_scheduler
from server.jobs.worker import QUEUES, Queue, run_worker

__all__ = [
    "JOBS",
    "QUEUES",
    "Job",
    "JobContext",
    "Queue",
    "open_context",
    "run_if_due",
    "run_job",
    "run_scheduler",
    "run_worker",
]
