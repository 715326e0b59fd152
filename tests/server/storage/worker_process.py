"""Workers that kill themselves at a named step: no clean-up runs.

One process reads steps from its input; for each it forks a worker, and writes how that ended.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from server.jobs.running import open_context
from server.jobs.scheduler import wall_milliseconds
from server.settings import load_settings
from server.storage import Drain


async def work(step: str) -> None:
    """Store what waits; die at the step."""

    def on_step(reached: str) -> None:
        if reached == step:
            os.kill(os.getpid(), signal.SIGKILL)

    settings = load_settings(os.environ)
    async with open_context(settings, wall_milliseconds) as context:
        drain = Drain(settings, context.pool, context.intake, context.store, on_step=on_step)
        while await drain.store_next():
            pass


if __name__ == "__main__":
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(work(line.strip()))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201
