"""`derrick jobs`: what runs by the clock, and running it now."""

import asyncio
import os
from pathlib import Path

import click

from server.cli.options import data_option
from server.jobs import JOBS, run_job
from server.settings import load_settings
from server.stack import attach


@click.group()
def jobs() -> None:
    """List the clocked jobs, or run one now."""


@jobs.command(name="list")
def list_jobs() -> None:
    """List the clocked jobs."""
    for job in JOBS:
        click.echo(f"{job.name:<20}  {(job.run.__doc__ or '').strip().splitlines()[0]}")


@jobs.command()
@data_option
@click.argument("name", type=click.Choice([job.name for job in JOBS]))
def run(data: Path | None, name: str) -> None:
    """Run the job NAME now, beside its clock."""
    settings = attach(load_settings(os.environ, data_directory=data))
    done = asyncio.run(run_job(settings, name))
    click.echo("done / fait" if done else "it runs elsewhere just now / en cours ailleurs")
