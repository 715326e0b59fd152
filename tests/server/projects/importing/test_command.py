"""`derrick import` offline: what it says, what it asks, and how it ends."""

from __future__ import annotations

import datetime as dt
import json
import os
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from server.cli import main
from server.projects.schedules.well_pad import well_pad_xer
from server.projects.schedules.xer_writing import XerTable, write_xer
from sync.replica import Edit, Replica

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

START = dt.date(2026, 3, 2)


@pytest.fixture
def pad(tmp_path: Path) -> Path:
    """Write the demo's schedule."""
    path = tmp_path / "pad.xer"
    path.write_bytes(well_pad_xer(START))
    return path


@pytest.fixture
def later_pad(tmp_path: Path) -> Path:
    """Write the same schedule begun a week later."""
    path = tmp_path / "later.xer"
    path.write_bytes(well_pad_xer(START + dt.timedelta(weeks=1)))
    return path


class Office:
    """A replica at which commands are run."""

    def __init__(self, replica: Replica) -> None:
        self.replica = replica

    def run(self, *arguments: str, **more: Any) -> Result:
        """Run the command and return how it ended."""
        path = str(self.replica.database.path)
        return CliRunner().invoke(main, ["import", "--replica", path, *arguments], **more)


@pytest.fixture
def office(replica: Replica) -> Office:
    return Office(replica)


def test_offline_import_is_one_action_in_the_outbox(office: Office, pad: Path) -> None:
    """Without a login the import waits here, whole, and is shown already."""
    done = office.run(str(pad), "--site-zone", "Africa/Libreville", "--language", "en")
    assert done.exit_code == 0, done.output
    assert "kept here" in done.output
    [waiting] = office.replica.waiting()
    assert waiting.intent == "schedule.import"
    [project] = office.replica.rows("project")
    assert project.values["time_zone"] == "Africa/Libreville"
    assert len(office.replica.rows("task")) == 409


def test_update_is_shown_and_done_only_when_asked(
    office: Office, pad: Path, later_pad: Path
) -> None:
    """A newer file without --yes changes nothing; with it, it is done."""
    office.run(str(pad))
    shown = office.run(str(later_pad), "--language", "fr")
    assert shown.exit_code == 1
    assert "Modifications" in shown.output
    assert len(office.replica.waiting()) == 1
    done = office.run(str(later_pad), "--yes")
    assert done.exit_code == 0, done.output
    assert len(office.replica.waiting()) == 2
    again = office.run(str(later_pad), "--language", "fr")
    assert again.exit_code == 0
    assert "Rien à changer" in again.output


def test_dry_run_tells_programs_everything_and_does_nothing(office: Office, pad: Path) -> None:
    """The JSON holds the reading, the plan and the costs."""
    done = office.run(str(pad), "--dry-run", "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert not said["applied"]
    assert said["plan"]["counts"]["task"]["added"] == 409
    assert said["plan"]["costs"]["total"] == sum(
        line["amount"] for line in said["plan"]["costs"]["lines"]
    )
    assert {table["table"] for table in said["reading"]["tables"]} >= {"TASK", "TASKPRED"}
    assert office.replica.waiting() == []


def test_conflict_is_named_with_both_values(office: Office, pad: Path, later_pad: Path) -> None:
    """What the site has moved is kept and shown beside what the file says."""
    office.run(str(pad))
    task = office.replica.rows("task", where="kind = 'task'", order="code", limit=1)[0]
    office.replica.edit(
        "task.move", [Edit("task", task.row, after={"planned_start": "2026-05-04T07:00"})]
    )
    said = json.loads(office.run(str(later_pad), "--yes", "--json").stdout)
    [conflict] = said["plan"]["conflicts"]
    assert conflict["field"] == "planned_start"
    assert conflict["here"] == "2026-05-04T07:00"
    kept = office.replica.row(task.row)
    assert kept is not None
    assert kept.values["planned_start"] == "2026-05-04T07:00"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--project", "NULLE-PART"), "Aucun chantier « NULLE-PART »"),
        (("--pick", "AUTRE"), "ne contient pas le projet « AUTRE »"),
        (("--site-zone", "Mars/Olympus"), "n'est pas un fuseau"),
        (("--currency", "QQQ"), "n'est pas connue"),
    ],
)
def test_mistakes_are_sentences(
    office: Office, pad: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    """A wrong choice ends with status 1, a French sentence, and nothing done."""
    done = office.run(str(pad), *arguments, "--language", "fr")
    assert done.exit_code == 1
    assert sentence in done.output
    assert office.replica.waiting() == []


def test_unreadable_file_says_why(office: Office, tmp_path: Path) -> None:
    """A file of another kind ends with the reader's sentence."""
    path = tmp_path / "planning.pdf"
    path.write_bytes(b"%PDF-1.7")
    done = office.run(str(path), "--language", "en")
    assert done.exit_code == 1
    assert "This format is not supported" in done.output


def test_several_projects_are_listed_to_pick_from(office: Office, tmp_path: Path) -> None:
    """Without --pick the projects are named; with it, one is imported."""
    path = tmp_path / "two.xer"
    fields = ("proj_id", "proj_short_name", "plan_start_date")
    begin = dt.datetime.fromisoformat("2026-03-02T08:00")
    table = XerTable("PROJECT", fields, [(1, "NORD", begin), (2, "SUD", begin)])
    path.write_bytes(write_xer([table], exported_on=START, currency="XAF"))
    refused = office.run(str(path))
    assert refused.exit_code == 1
    assert "NORD" in refused.output
    assert "SUD" in refused.output
    assert office.run(str(path), "--pick", "SUD").exit_code == 0
    assert [one.values["code"] for one in office.replica.rows("project")] == ["SUD"]


def test_code_of_a_project_made_by_hand_is_not_taken_twice(office: Office, pad: Path) -> None:
    """Importing beside a project of the same code asks which is meant."""
    made = {"code": "MBK-2", "name": "Plateforme", "currency": "XAF"}
    row = office.replica.new_id()
    office.replica.edit("project.add", [Edit("project", row, operation="create", after=made)])
    assert "--project MBK-2" in office.run(str(pad)).output
    assert office.run(str(pad), "--project", "MBK-2", "--yes").exit_code == 0
    assert [one.row for one in office.replica.rows("project")] == [row]


def test_server_that_does_not_answer_leaves_the_import_here(office: Office, pad: Path) -> None:
    """Status 3 tells a script that the import waits."""
    with closing(office.replica):
        done = office.run(
            str(pad), "--token", "e30.eyJzdWIiOiJzb21lb25lIn0.x", env=dict(os.environ)
        )
        assert done.exit_code == 3, done.output
        assert len(office.replica.waiting()) == 1
