# ruff: noqa: INP001 - Python imports it by its bare name
"""Stand-ins for the application, so that the processes around it are tested by themselves.

Python imports this module at its start when this folder is on its path.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any

Send = Callable[[dict[str, Any]], Awaitable[None]]


async def _answer(scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Send) -> None:
    """Answer every request with this process's id and its services."""
    if scope["type"] != "http":
        return
    await receive()
    body = f"{os.getpid()} {os.environ['DERRICK_SERVICES']}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def _wait_for_ever(_: Any) -> None:
    await asyncio.Event().wait()


def _install(name: str, **attributes: Any) -> None:
    module = ModuleType(name)
    vars(module).update(attributes)
    sys.modules[name] = module


_install("server.app", create_app_from_environment=lambda: _answer)
_install("server.jobs", run_worker=_wait_for_ever, run_scheduler=_wait_for_ever)
_install("server.store", migrate=lambda _owner_url, _app_role: None)
_install("server.users", bootstrap=lambda _settings: "Log in with the stand-in.")
