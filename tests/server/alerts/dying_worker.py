"""A worker that tells people, and is killed at a step that its caller names."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from functools import wraps
from typing import TYPE_CHECKING, Any

from server.alerts import deliver_notices, delivering
from server.intake import Intake
from server.intake import intake as intake_module
from server.rules import rules
from server.settings import load_settings
from server.store import open_pool

if TYPE_CHECKING:
    from collections.abc import Callable

PLACES: dict[str, tuple[Any, str]] = {
    "taken": (delivering, "resolve"),
    "posted": (delivering, "post"),
    "written": (intake_module, "write"),
}
"""Step -> the function after which the process dies; none of them has committed."""


def dying(done: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that does its work and then kills the process, as a crash would."""

    @wraps(done)
    async def die(*arguments: Any, **named: Any) -> None:
        await done(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    return die


async def _main(step: str, now_ms: int) -> None:
    settings = load_settings(os.environ)
    pool = await open_pool(settings)
    intake = Intake(
        pool, rules(settings), settings, announce=lambda *_, **__: None, wall_ms=lambda: now_ms
    )
    if step in PLACES:
        module, name = PLACES[step]
        setattr(module, name, dying(getattr(module, name)))
    await deliver_notices(intake, pool, now_ms)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(asyncio.run(_main(sys.argv[1], int(sys.argv[2]))))
