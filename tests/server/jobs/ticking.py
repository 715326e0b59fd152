"""A scheduler process for tests: one job, each second, that notes who ran it."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from typing import TYPE_CHECKING, Any

from server.jobs import Job, JobContext, run_scheduler
from server.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping


async def _note(context: JobContext) -> Mapping[str, Any]:
    await context.pool.execute("INSERT INTO ticks (process) VALUES ($1)", os.getpid())
    return {}


async def _main() -> None:
    settings = load_settings(os.environ)
    await run_scheduler(
        settings,
        jobs=[Job("tick", {"second": "*"}, _note)],
        wall_ms=lambda: time.time_ns() // 1_000_000,
    )


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
