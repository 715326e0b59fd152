"""Who may change sites, projects, members, tasks and daily work."""

from __future__ import annotations

import pytest

from server.projects import GUARDS
from tests.server.judging import ME, OTHER, allowed, ask

MANAGING = {"administrator", "manager"}
SUPERVISING = {*MANAGING, "supervisor"}
WORKING = {*SUPERVISING, "accountant", "employee"}


def test_managers_make_and_change_sites_and_projects() -> None:
    """Sites and projects are the managers'; an administrator alone deletes a project."""
    for table in ("site", "project"):
        guard = GUARDS[table]
        assert allowed(guard, {"name": "N"}) == MANAGING
        assert allowed(guard, {"name": "N"}, stored={"name": "M"}) == MANAGING
    assert allowed(GUARDS["project"], {"status": "active"}, stored={"status": "draft"}) == MANAGING
    assert allowed(GUARDS["project"], None, stored={"name": "M"}) == {"administrator"}


@pytest.mark.parametrize("table", ["site", "project"])
def test_a_time_zone_must_exist(table: str) -> None:
    """The zone by whose days alerts go is one that is known."""
    assert ask(GUARDS[table], "manager", {"time_zone": "Africa/Libreville"}) is None
    assert ask(GUARDS[table], "manager", {"time_zone": "Libreville"}) == "value_invalid:time_zone"


def test_nobody_gives_a_role_above_their_own() -> None:
    """Managers choose members up to managers; only an administrator makes an administrator."""
    guard = GUARDS["member"]
    assert allowed(guard, {"role": "employee"}) == MANAGING
    assert allowed(guard, {"role": "manager"}) == MANAGING
    assert allowed(guard, {"role": "administrator"}) == {"administrator"}
    assert allowed(guard, {"role": "employee"}, stored={"role": "administrator"}) == {
        "administrator"
    }
    assert allowed(guard, None, stored={"role": "administrator"}) == {"administrator"}
    assert allowed(guard, None, stored={"role": "supervisor"}) == MANAGING


@pytest.mark.parametrize("table", ["calendar", "resource", "assignment", "task_link"])
def test_supervisors_and_up_plan(table: str) -> None:
    """What a schedule is made of is the supervisors' and up."""
    values = {"predecessor_id": "a", "successor_id": "b"} if table == "task_link" else {"name": "N"}
    assert allowed(GUARDS[table], values) == SUPERVISING
    assert allowed(GUARDS[table], None, stored=values) == SUPERVISING


def test_the_crew_says_how_the_work_goes_and_supervisors_plan_it() -> None:
    """Progress is everyone's on site; dates, names, links, people and deletes are not."""
    guard, stored = GUARDS["task"], {"status": "todo", "name": "Soudure"}
    said = {
        "status": "in_progress",
        "progress": 1_000,
        "actual_start": "2026-03-01T08:00",
        "hours_spent_minutes": 60,
        "notes": "ok",
        "tags": ["x"],
    }
    assert allowed(guard, said, stored=stored) == WORKING
    for planned in ("name", "planned_finish", "assignees", "parent_id", "duration_minutes"):
        assert allowed(guard, {"progress": 1, planned: None}, stored=stored) == SUPERVISING
    assert allowed(guard, {"name": "N"}) == SUPERVISING
    assert allowed(guard, None, stored=stored) == SUPERVISING


def test_only_supervisors_verify() -> None:
    """Verified is a supervisor's word, and only a supervisor who has seen it takes it back."""
    guard = GUARDS["task"]
    assert allowed(guard, {"status": "verified"}, stored={"status": "done"}) == SUPERVISING
    verified = {"status": "verified"}
    assert allowed(guard, {"status": "in_progress"}, stored=verified) == SUPERVISING
    late, reopened = {"status": "done"}, {"status": "in_progress"}
    assert allowed(guard, reopened, stored=verified, before=late, seen=False) == WORKING
    # A made-up `before` deceives nobody: the context says what the tablet had received.
    assert allowed(guard, reopened, stored=verified, before=late) == SUPERVISING


def test_comments_are_in_ones_own_name_and_never_edited() -> None:
    """Anyone comments as themselves; the author or a supervisor withdraws; nobody edits."""
    guard = GUARDS["comment"]
    mine, theirs = {"body": "b", "author_id": ME}, {"body": "b", "author_id": OTHER}
    assert allowed(guard, mine) == WORKING
    assert allowed(guard, theirs) == set()
    assert allowed(guard, {"body": "c"}, stored=mine) == set()
    assert allowed(guard, None, stored=mine) == WORKING
    assert allowed(guard, None, stored=theirs) == SUPERVISING


def test_a_comment_sent_again_by_a_restored_tablet_is_taken() -> None:
    """The same creation under a new identity is the same comment; another text is not."""
    guard, mine = GUARDS["comment"], {"body": "b", "author_id": ME}
    assert ask(guard, "employee", mine, stored=mine, operation="create") is None
    other = {**mine, "body": "c"}
    assert ask(guard, "employee", other, stored=mine, operation="create") == "access_denied"


def test_daily_reports_are_written_by_their_author_and_approved_by_another() -> None:
    """Authors write and submit; supervisors approve, never their own; then it is locked."""
    guard = GUARDS["daily_report"]
    mine = {"status": "submitted", "author_id": ME}
    theirs = {"status": "submitted", "author_id": OTHER}
    assert allowed(guard, {"status": "draft", "author_id": ME}) == WORKING
    assert allowed(guard, {"status": "draft", "author_id": OTHER}) == set()
    assert allowed(guard, {"work_done": "w"}, stored=mine) == WORKING
    assert allowed(guard, {"work_done": "w"}, stored=theirs) == SUPERVISING
    assert allowed(guard, {"status": "approved"}, stored=theirs) == SUPERVISING
    assert allowed(guard, {"status": "approved"}, stored=mine) == MANAGING
    for locked in (mine, theirs):
        approved = {**locked, "status": "approved"}
        assert allowed(guard, {"work_done": "w"}, stored=approved) == set()
        assert allowed(guard, None, stored=approved) == set()
