"""A worker that dies while it tells people loses nothing, and tells nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from server.settings import settings_environment
from tests.server.alerts.telling import drain, letters, notices
from tests.server.site import new_id, open_site

if TYPE_CHECKING:
    from server.settings import Settings

_ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("step", ["taken", "posted", "written", "committed"])
async def test_a_notice_outlives_its_worker_and_comes_once(settings: Settings, step: str) -> None:
    """Killed at any step between the event and the notice, the next worker leaves just one."""
    async with open_site(settings) as site:
        chief = await site.person("manager")
        await site.open_project(chief)
        mate = await site.person("employee", "employee")
        async with site.intake.server_transaction(["org"]) as transaction:
            await transaction.load("org", [mate.person])
            phone = {"phone": "+24208"}
            transaction.workspace.write("org", "person", mate.person, phone, intent="test")
        await mate.must(site.create("notice_preference", new_id(), person_id=mate.person, sms=True))
        task = {"name": "T", "kind": "task", "assignees": [mate.person]}
        await chief.must(site.create("task", new_id(), **task))
        done = subprocess.run(  # noqa: ASYNC221, S603 -- nothing else goes on meanwhile
            [sys.executable, "-m", "tests.server.alerts.dying_worker", step, str(site.clock())],
            cwd=_ROOT,
            env={**os.environ, **settings_environment(settings)},
            capture_output=True,
            check=False,
        )
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert len(await notices(site, mate)) == (step == "committed")
        await drain(site)
        await drain(site)
        (told,) = await notices(site, mate)
        assert told["kind"] == "assignment"
        assert len(await letters(site, "+24208")) == 1
        assert not await site.pool.fetchval("SELECT count(*) FROM notice_outbox")
