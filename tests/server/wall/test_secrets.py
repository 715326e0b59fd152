"""What is secret never reaches a log line: a canary goes through every route."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import msgspec

from server.settings import settings_environment
from server.stack import free_port

if TYPE_CHECKING:
    from server.settings import Settings

CANARY = "canary-7f3a9c-must-never-be-logged"
NAMES = ("code", "current", "login", "new", "password", "pin", "refresh_token", "ticket", "token")
SECRETS = dict.fromkeys(NAMES, CANARY)
ROOT = Path(__file__).resolve().parents[3]


def test_no_log_line_holds_what_a_request_brought(settings: Settings, tmp_path: Path) -> None:
    """Tokens, cookies, queries and bodies of all operations, in good and broken shapes."""
    served = msgspec.structs.replace(
        settings, http_port=free_port(), metrics_token=CANARY + "-metrics", log_format="ecs"
    )
    log = tmp_path / "server.log"
    url = f"http://127.0.0.1:{served.http_port}"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "server.cli", "serve"],
            env={**_plain_environment(), **settings_environment(served)},
            cwd=ROOT,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            asked = _ask_everything(url)
        finally:
            process.terminate()
            process.wait(30)
    assert asked > 20
    assert CANARY not in log.read_text("utf-8")


def _ask_everything(url: str) -> int:
    """Send the canary everywhere; return how many requests were answered."""
    headers = {
        "authorization": f"Bearer {CANARY}",
        "cookie": f"session={CANARY}; refresh={CANARY}",
        "x-api-key": CANARY,
        "origin": url,
    }
    asked = 0
    with httpx.Client(base_url=url, timeout=30, headers=headers) as client:
        _wait(client)
        drawn = client.get("/api/docs/openapi.json").json()
        for path, item in drawn["paths"].items():
            where = path.format_map(_Canaries())
            for method in item:
                for body in ({"content": b"{" + CANARY.encode()}, {"json": SECRETS}):
                    query = {"token": CANARY, "code": CANARY}
                    sent: dict[str, Any] = {} if method == "get" else body
                    client.request(method.upper(), where, params=query, **sent)
                    asked += 1
        client.get(f"/nowhere/{CANARY}", params={"code": CANARY})
    return asked


class _Canaries(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return CANARY


def _plain_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("DERRICK_")}


def _wait(client: httpx.Client) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if client.get("/health").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the server did not answer")
