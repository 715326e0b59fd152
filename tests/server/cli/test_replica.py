"""`derrick replica` without a server: everything that can be entered, read and handed on."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.cli.replicas.opening import default_path, token_path
from sync.reports import report_id
from tests.server.cli.replica_desk import NOWHERE, Desk, offline_desk, token_of


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return offline_desk(tmp_path / "replica.sqlite")


def test_a_replica_is_made_without_a_link(tmp_path: Path) -> None:
    """`init` keeps the token private, says that there is no link, and work can begin."""
    desk = Desk(tmp_path / "deep" / "replica.sqlite")
    said = desk.must("init", "--server", NOWHERE, "--token", token_of(), "--name", "Portable")
    assert "Pas de liaison pour l'instant" in said
    assert token_path(desk.path).stat().st_mode & 0o777 == 0o600
    status = desk.json("status")
    assert (status["name"], status["registered"], status["waiting"]) == ("Portable", False, 0)
    assert "ne connaît pas encore cet appareil" in desk.must("status")


def test_fields_are_typed_by_the_schema(desk: Desk) -> None:
    """Text, progress in percent, dates, choices and empty values become what the wire carries."""
    changed = desk.json(
        "edit", "T-10", "progress=42,5 %", "status=in-progress", "planned_finish=24/12/2026 17:30"
    )
    values = changed["values"]
    assert values["progress"] == 4250
    assert values["status"] == "in_progress"
    assert values["planned_finish"] == "2026-12-24T17:30"
    emptied = desk.json("edit", "T-10", "planned_finish=")
    assert emptied["values"]["planned_finish"] is None


def test_counters_and_lists_take_what_to_add(desk: Desk) -> None:
    """`+90` and `-30` add up; `+a,-b` adds and takes out, plain words replace."""
    desk.must("edit", "T-10", "hours_spent_minutes=+90")
    desk.must("edit", "T-10", "hours_spent_minutes=-30", "tags=nuit,grue")
    changed = desk.json("edit", "T-10", "tags=+urgent,-nuit")
    assert changed["values"]["hours_spent_minutes"] == 60
    assert set(changed["values"]["tags"]) == {"grue", "urgent"}


def test_rows_are_named_by_code_or_by_an_end_of_their_id(desk: Desk) -> None:
    """A code, a whole id and its last characters name the same row; an unknown name is said."""
    row = desk.json("show", "T-20")["row"]
    assert desk.json("show", row)["row"] == desk.json("show", row[-8:])["row"] == row
    status, said = desk.fails("show", "T-99")
    assert (status, "« T-99 »" in said) == (1, True)


def test_lists_are_filtered(desk: Desk) -> None:
    """`--where` compares typed values, inside lists too; `--project` takes the code."""
    desk.must("edit", "T-10", "progress=50%", "tags=nuit")
    codes = [
        [row["values"]["code"] for row in desk.json("list", "task", *options)]
        for options in (
            ["--project", "PF-1"],
            ["--where", "progress=50%"],
            ["--where", "tags=nuit"],
            ["--where", "tags=jour"],
            ["--where", "name=' OR 1=1 --"],
        )
    ]
    assert codes == [["T-10", "T-20"], ["T-10"], ["T-10"], [], []]
    shown = desk.must("list", "task")
    assert "50\u202f%" in shown
    assert "2 ligne(s)." in shown


def test_an_expense_is_money_as_people_write_it(desk: Desk) -> None:
    """Amounts are read in their currency, kept in minor units, and shown in the language."""
    francs = desk.json("expense", "--amount", "12\u202f500", "--supplier", "CFAO")
    assert (francs["values"]["amount"], francs["values"]["currency"]) == (12_500, "XAF")
    euros = desk.json("expense", "--amount", "1 234,50", "--currency", "eur", "--task", "T-10")
    assert (euros["values"]["amount"], euros["values"]["currency"]) == (123_450, "EUR")
    shown = desk.must("list", "expense")
    assert "12\u202f500\u00a0XAF" in shown
    assert "1\u202f234,50\u00a0EUR" in shown


def test_a_report_goes_on_where_it_was_left(desk: Desk) -> None:
    """One report for a site, day and shift: the second entry changes the first."""
    day = ["--date", "23/11/2026", "--shift", "night"]
    first = desk.json("report", *day, "--headcount", "12", "--done", "Coulage")
    again = desk.json("report", *day, "--worked", "+480", "--status", "submitted")
    assert first["row"] == again["row"]
    assert again["values"]["work_done"] == "Coulage"
    assert again["values"]["worked_minutes"] == 480
    assert again["values"]["status"] == "submitted"
    assert first["row"] == report_id(first["values"]["project_id"], "2026-11-23", "night")
    assert first["values"]["contributors"] == [first["values"]["author_id"]]


def test_a_report_begins_with_what_was_planned(desk: Desk) -> None:
    """The tasks of its day stand in it, without a link; what was measured gets a line."""
    planned = ["planned_start=01/11/2026 07:00", "planned_finish=30/11/2026 17:00"]
    desk.must("edit", "T-10", *planned, "quantity_unit=m3")
    made = desk.json("report", "--date", "23/11/2026", "--shift", "day")
    assert "T-10" in made["values"]["work_planned"]
    assert made["values"]["status"] == "draft"
    shown = desk.must("list", "report_line")
    assert "quantity" in shown


@pytest.mark.parametrize(
    ("arguments", "french", "english"),
    [
        (("list", "nothing"), "pas de table « nothing »", "no table 'nothing'"),
        (("edit", "T-10", "colour=red"), "pas de champ « colour »", "no field 'colour'"),
        (("edit", "T-10", "progress"), "champ=valeur", "field=value"),
        (("edit", "T-10", "progress=lots"), "task.progress n'accepte", "task.progress does not"),
        (("edit", "T-10", "progress=200%"), "task.progress", "task.progress"),
        (("edit", "T-10", "kind=tache"), "l'un de : summary, task", "one of: summary, task"),
        (("edit", "T-10", "status=verified"), "todo → in_progress", "todo → in_progress"),
        (("edit", "T-10", "planned_start=31/02/2026"), "task.planned_start", "task.planned_start"),
        (("expense", "--amount", "12,5"), "0 décimale", "0 decimal"),
        (("expense", "--amount", "1", "--currency", "ZZZ"), "« ZZZ »", "'ZZZ'"),
        (("expense", "--amount", "1", "--project", "X"), "« X » (project)", "'X' (project)"),
        (("add", "task", "name=Sans genre"), "task.kind", "task.kind"),
        (("rejections", "--dismiss", "3"), "refus n° 3", "no refusal no. 3"),
    ],
)
def test_a_mistake_is_a_sentence_in_both_languages(
    desk: Desk, arguments: tuple[str, ...], french: str, english: str
) -> None:
    """Each mistake names the field and what it takes, saves nothing, and exits with 1."""
    waiting = desk.json("status")["waiting"]
    for language, label, wanted in (
        ("fr_FR.UTF-8", "Erreur : ", french),
        ("en_GB.UTF-8", "Error: ", english),
    ):
        status, said = Desk(desk.path, language).fails(*arguments)
        assert status == 1
        assert said.startswith(label)
        assert wanted in said
    assert desk.json("status")["waiting"] == waiting


def test_work_is_handed_on_in_a_file(desk: Desk, tmp_path: Path) -> None:
    """What one replica exports another takes over, once."""
    file = str(tmp_path / "outbox.json")
    assert desk.json("export-outbox", file)["change_sets"] == 3
    other = Desk(tmp_path / "other.sqlite")
    other.must("init", "--server", NOWHERE, "--token", token_of())
    assert other.json("import-outbox", file)["change_sets"] == 3
    assert other.json("import-outbox", file)["change_sets"] == 0
    assert len(other.json("list", "task")) == 2
    token_path(desk.path).write_text("not an outbox")
    status, said = other.fails("import-outbox", str(token_path(desk.path)))
    assert (status, "envoi exporté" in said) == (1, True)


def test_without_a_link_nothing_is_lost(desk: Desk) -> None:
    """Push, pull and sync exit with 3 and keep the outbox."""
    for command in ("push", "pull", "sync"):
        status, said = desk.fails(command)
        assert (status, "tout est gardé ici" in said) == (3, True)
    assert desk.json("status")["waiting"] == 3


def test_what_is_no_replica_is_said(tmp_path: Path) -> None:
    """A missing file, a second `init`, a token that is none, and a foreign file are sentences."""
    absent = Desk(tmp_path / "absent.sqlite")
    assert "derrick replica init" in absent.fails("status")[1]
    assert absent.fails("init", "--server", NOWHERE, "--token", "x")[0] == 4
    desk = offline_desk(tmp_path / "one.sqlite")
    assert desk.fails("init", "--server", NOWHERE, "--token", token_of())[0] == 1
    foreign = tmp_path / "foreign.sqlite"
    foreign.write_text("this is not a database, and it is long enough to be told apart" * 20)
    assert Desk(foreign).fails("status")[0] == 1


def test_a_default_place_for_each_platform() -> None:
    """Without `--replica` the file is in the user's data directory."""
    home = {"HOME": "/home/ama"}
    assert default_path(home, "linux") == Path("/home/ama/.local/share/derrick/replica.sqlite")
    assert default_path({**home, "XDG_DATA_HOME": "/d"}, "linux").parts[:2] == ("/", "d")
    assert "Library" in default_path(home, "darwin").parts
    assert "AppData" in default_path({"USERPROFILE": "/ama"}, "win32").parts
