"""A schedule imported through the app: shown first, then done as shown, or refused in words."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs

from server.projects.schedules.xer_writing import XerTable, write_xer
from tests.serving import Service, Tablet, new_id, serve_here

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx

    from server.settings import Settings

FILE_BYTES_MAX = 8 * 1024 * 1024


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Service]:
    """Serve the test's own database, with a bound on files that a test can pass."""
    settings = structs.replace(settings, schedule_file_bytes_max=FILE_BYTES_MAX)
    async with serve_here(settings) as serving:
        yield serving


async def _send(
    service: Service, by: Tablet, path: str, body: bytes, **query: Any
) -> httpx.Response:
    return await service.client.post(
        f"/api/projects/imports{path}",
        content=body,
        params={name: value for name, value in query.items() if value is not None},
        headers={
            "authorization": f"Bearer {by.token}",
            "accept": "application/json",
            "content-type": "application/octet-stream",
        },
    )


async def _preview(service: Service, by: Tablet, body: bytes, **query: Any) -> dict[str, Any]:
    answer = await _send(service, by, "/preview", body, **query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def _import(service: Service, by: Tablet, body: bytes, **query: Any) -> dict[str, Any]:
    """Look at a file's preview, import it as shown, and return the preview."""
    shown: dict[str, Any] = (await _preview(service, by, body, **query))["preview"]
    query |= {"seal": shown["seal"], "into": shown["project"]}
    done = await _send(service, by, "", body, **query)
    assert done.status_code == 200, done.text
    assert done.json() == {"project": shown["project"], "changes": shown["changes"]}
    return shown


async def _refusal(
    service: Service, by: Tablet, body: bytes, path: str = "/preview", **query: Any
) -> tuple[int, str, str]:
    """Return the status, the code and the French sentence of a refusal."""
    answer = await _send(service, by, path, body, **query)
    problem = answer.json()
    return answer.status_code, problem["code"], problem["message"]["fr"]


async def _counted(service: Service, project: str) -> dict[str, int]:
    """Return how many live rows the database holds of a project."""
    return {
        table: await service.context.pool.fetchval(
            f"SELECT count(*) FROM {table} WHERE project_id = $1 AND NOT deleted", project
        )
        for table in ("task", "task_link", "calendar")
    }


async def test_a_real_schedule_is_done_as_it_was_shown(service: Service, realdata: Path) -> None:
    """MDL4D makes just the rows that were counted; MDL4RA over it changes just what is listed."""
    chief = await service.tablet("manager")
    first = (realdata / "xer" / "inigmat_MDL4D.xer").read_bytes()
    answer = await _preview(service, chief, first)
    assert answer["status"] == "ready"
    assert answer["file"]["format"] == "xer"
    shown = answer["preview"]
    assert shown["new_project"]
    assert await _counted(service, shown["project"]) == {"task": 0, "task_link": 0, "calendar": 0}
    made = await _import(service, chief, first)
    project = made["project"]
    counts = {table: one["added"] for table, one in made["counts"].items()}
    held = await _counted(service, project)
    assert held == {table: counts[table] for table in held}
    assert held["task"] > 50
    again = (await _preview(service, chief, first))["preview"]
    assert (again["project"], again["new_project"], again["changes"]) == (project, False, 0)
    newer = (realdata / "xer" / "inigmat_MDL4RA.xer").read_bytes()
    moved = await _import(service, chief, newer, project=project)
    assert not moved["new_project"]
    assert moved["counts"]["task"]["changed"] > 0
    fields = {field["field"] for row in moved["changed"] for field in row["fields"]}
    assert fields & {"planned_start", "planned_finish", "duration_minutes", "progress"}
    assert (await _preview(service, chief, newer, project=project))["preview"]["changes"] == 0


async def test_what_is_done_is_what_was_looked_at(service: Service, realdata: Path) -> None:
    """A seal opens its own preview alone, once: whatever moved meanwhile is shown anew first."""
    chief = await service.tablet("manager")
    body = (realdata / "mspdi" / "mpxj_mspdirelations.xml").read_bytes()
    shown = (await _preview(service, chief, body, currency="XAF"))["preview"]
    sent = {"currency": "XAF", "into": shown["project"]}
    outdated = (409, "import_outdated")
    assert (await _refusal(service, chief, body, "", seal="0" * 32, **sent))[:2] == outdated
    other = (realdata / "mspdi" / "mpxj_baselines.xml").read_bytes()
    assert (await _refusal(service, chief, other, "", seal=shown["seal"], **sent))[:2] == outdated
    into = {"currency": "XAF", "into": new_id(), "seal": shown["seal"]}
    assert (await _refusal(service, chief, body, "", **into))[:2] == outdated
    assert await service.context.pool.fetchval("SELECT count(*) FROM project") == 0
    done = await _send(service, chief, "", body, seal=shown["seal"], **sent)
    assert done.status_code == 200, done.text
    assert (await _refusal(service, chief, body, "", seal=shown["seal"], **sent))[:2] == outdated
    assert await service.context.pool.fetchval("SELECT count(*) FROM project") == 1


async def test_what_people_did_is_kept_and_told(service: Service, realdata: Path) -> None:
    """A date that people have changed since stays, and stands among the conflicts shown."""
    chief = await service.tablet("manager")
    first = (realdata / "xer" / "inigmat_MDL4D.xer").read_bytes()
    project = (await _import(service, chief, first))["project"]
    await chief.pull()
    newer = (realdata / "xer" / "inigmat_MDL4RA.xer").read_bytes()
    before = (await _preview(service, chief, newer, project=project))["preview"]
    changed = next(
        row
        for row in before["changed"]
        if row["table"] == "task"
        and any(field["field"] == "planned_finish" for field in row["fields"])
    )
    scope = f"project:{project}"
    await chief.must(chief.update(scope, changed["row"], planned_finish="2031-01-01T17:00"))
    after = (await _preview(service, chief, newer, project=project))["preview"]
    (conflict,) = [one for one in after["conflicts"] if one["row"] == changed["row"]]
    assert (conflict["field"], conflict["reason"]) == ("planned_finish", "both_changed")
    assert conflict["here"] == "2031-01-01T17:00"
    assert after["seal"] != before["seal"]


async def test_who_may_not_import_learns_nothing_and_changes_nothing(
    service: Service, realdata: Path
) -> None:
    """A crew is refused, a stranger to a project too; a taken code is refused with its remedy."""
    chief, crew = await service.tablet("manager"), await service.tablet("employee")
    body = (realdata / "xer" / "inigmat_MDL4D.xer").read_bytes()
    assert (await _refusal(service, crew, body))[:2] == (403, "forbidden")
    made = await _import(service, chief, body)
    assert (await _refusal(service, crew, body))[:2] == (403, "forbidden")
    status, code, sentence = await _refusal(service, crew, body, project=made["project"])
    assert (status, code) == (409, "import_refused")
    assert made["code"] not in sentence
    await service.member(chief, made["project"], crew.person, "supervisor")
    assert (await _refusal(service, crew, body))[:2] == (403, "forbidden")
    anonymous = await service.client.post("/api/projects/imports/preview", content=body)
    assert anonymous.status_code == 401


async def test_a_bad_file_is_refused_in_words(service: Service, realdata: Path) -> None:
    """Not a schedule, cut, too large, of several projects: each says what is wrong with it."""
    chief = await service.tablet("manager")
    whole = (realdata / "xer" / "inigmat_MDL4D.xer").read_bytes()
    unreadable = (400, "schedule_unreadable")
    status, code, sentence = await _refusal(service, chief, b"%PDF-1.7 rien a voir")
    assert (status, code) == unreadable
    assert "PDF" in sentence
    assert (await _refusal(service, chief, b""))[:2] == unreadable
    status, code, sentence = await _refusal(service, chief, whole[: len(whole) // 2])
    assert (status, code) == unreadable
    assert "incomplet" in sentence
    assert (await _refusal(service, chief, b" " * (FILE_BYTES_MAX + 1)))[:2] == (
        413,
        "body_too_large",
    )
    assert (await _refusal(service, chief, whole, time_zone="Mars/Olympus"))[:2] == (
        400,
        "entry_invalid",
    )
    status, code, sentence = await _refusal(service, chief, whole, project="NULLE-PART")
    assert (status, code) == (409, "import_refused")
    assert "NULLE-PART" in sentence
    assert (await _refusal(service, chief, whole, "", seal="x", into=new_id()))[0] == 400


async def test_a_file_of_several_projects_asks_which(service: Service) -> None:
    """The projects of the file are listed to pick from; the one picked is shown and imported."""
    chief = await service.tablet("manager")
    begin = dt.datetime.fromisoformat("2026-03-02T08:00")
    fields = ("proj_id", "proj_short_name", "plan_start_date")
    table = XerTable("PROJECT", fields, [(1, "NORD", begin), (2, "SUD", begin)])
    body = write_xer([table], exported_on=begin, currency="XAF")
    answer = await _preview(service, chief, body)
    assert (answer["status"], answer["preview"]) == ("pick", None)
    assert [one["code"] for one in answer["projects"]] == ["NORD", "SUD"]
    assert (await _import(service, chief, body, pick="SUD"))["code"] == "SUD"
    status, code, sentence = await _refusal(service, chief, body, pick="EST")
    assert (status, code) == (409, "import_refused")
    assert "EST" in sentence
