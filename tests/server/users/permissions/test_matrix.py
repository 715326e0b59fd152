"""Every role, every table, every operation: what the matrix says is what a push and a pull get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from server.store import reading_as
from sync.changes import Change
from sync.tables import TABLES
from sync.tables.budget import settings_id
from tests.server.users.permissions.expected import LETTERS, MATRIX, NOBODY
from tests.server.users.permissions.subjects import (
    AUTHORED,
    FRESH,
    REACHED,
    SCOPES,
    Ground,
    edit,
    open_ground,
    scope_of,
    subject,
)
from tests.serving import new_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.serving import Service, Tablet

REFUSALS = {
    "access_denied",
    "write_once_written",
    "field_read_only",
    "last_administrator",
    "permit_offline",
    "same_person",
}
ALLOWED = {"merged", "link_repeated"}
"""All links of the ground are the same: who is told that there is one already had the right."""
PUSH_MAX = 100


class Trial(msgspec.Struct, frozen=True):
    """One change, and the roles that may make it."""

    name: str
    roles: str
    change: Change


class Wanted(msgspec.Struct, frozen=True):
    """A row to make before the trial on it."""

    name: str
    roles: str
    table: str
    own: bool
    before: dict[str, Any]
    after: dict[str, Any] | None
    """None deletes it."""


def test_the_matrix_names_every_table_and_every_field() -> None:
    """A table or field that is declared and not judged here is a hole."""
    assert MATRIX.keys() == TABLES.keys()
    for name, expected in MATRIX.items():
        for fields in (expected.fields, expected.own_fields):
            if fields is not None and not (name == "person" and fields is expected.own_fields):
                named = " ".join(fields.values()).split()
                assert sorted(named) == sorted(TABLES[name].names), name
    assert {name for name, one in MATRIX.items() if one.delete_own is not None} == AUTHORED


@pytest.mark.parametrize("by_membership", [False, True], ids=["organisation", "project"])
@pytest.mark.parametrize("letter", LETTERS)
async def test_each_role_gets_what_the_matrix_says(
    service: Service, letter: str, *, by_membership: bool
) -> None:
    """Each change is merged or refused, each table shown by pull and SQL or not, as written."""
    ground = await open_ground(service)
    tablet = await subject(ground, LETTERS[letter], by_membership=by_membership)
    trials = await _trials(ground, tablet, by_membership=by_membership)
    wrong = []
    for start in range(0, len(trials), PUSH_MAX):
        batch = trials[start : start + PUSH_MAX]
        answers = await tablet.push(*(tablet.edit(one.change) for one in batch))
        for trial, answer in zip(batch, answers, strict=True):
            got = answer.status if answer.rejection is None else answer.rejection.code
            if trial.change.table == "invoice_line" and got == "merged_with_conflicts":
                # Meanwhile the server has added up the other lines of the same invoice.
                got = "merged"
            assert got in {*ALLOWED, *REFUSALS}, (trial, answer)
            if (got in ALLOWED) != (letter in trial.roles):
                wrong.append((trial.name, got))
    assert not wrong
    await _assert_reads(ground, tablet, letter, by_membership=by_membership)


async def _assert_reads(
    ground: Ground, tablet: Tablet, letter: str, *, by_membership: bool
) -> None:
    everywhere = not by_membership and letter in "AMCU"
    fresh = await tablet.twin().register()
    await fresh.pull()
    expected = {name for name, one in MATRIX.items() if letter in one.read}
    mine = {f"project:{ground.project}", f"finance:{ground.project}", "org"}
    mine.add(f"user:{tablet.person}")
    seen = {row.table for (scope, _), row in fresh.rows.items() if scope in mine}
    assert seen == expected
    assert (f"project:{ground.elsewhere}" in fresh.cursor) == everywhere
    async with (
        ground.service.context.pool.acquire() as connection,
        reading_as(connection, tablet.person),
    ):
        for name in TABLES:
            count = await connection.fetchval(f"SELECT count(*) FROM {name}")
            assert (count > 0) == (name in expected), name


async def _trials(ground: Ground, tablet: Tablet, *, by_membership: bool) -> list[Trial]:
    """Make the rows to try on; return the trials."""
    me = tablet.person
    wanted = [
        (one, new_id())
        for table in TABLES
        if not (by_membership and ground.scope(table) == "org")
        for one in _wanted(ground, table, me)
    ]
    made = await ground.put(_rows(ground, tablet, wanted))
    made |= await ground.put([("person", me, {"phone": "+242 1"})])
    trials = _creations(ground, me, by_membership=by_membership)
    for one, known in wanted:
        row = made[me if one.table == "person" and one.own else known]
        if one.after is None:
            change = Change(scope_of(ground, row), one.table, row.row, "delete", row.vector)
        else:
            change = edit(ground, row, **one.after)
        trials.append(Trial(one.name, one.roles, change))
    return trials


def _creations(ground: Ground, me: str, *, by_membership: bool) -> list[Trial]:
    found = []
    for table, expected in MATRIX.items():
        # A project that is being made has no members yet.
        if by_membership and (ground.scope(table) == "org" or table == "project"):
            continue
        row = new_id()
        given = [(expected.create, {**ground.values(table, me), **FRESH.get(table, {})})]
        if table in AUTHORED:
            given.append((NOBODY, ground.values(table, ground.other)))
        if table in {"member", "person"}:
            role = {"role": "administrator"}
            given.append(("A", {**ground.values(table, me), **role}))
        for roles, values in given:
            row = settings_id(ground.project) if table == "finance_settings" else new_id()
            own = SCOPES.get(table) == "user"
            where = ground.scope(table, row if table == "project" else me if own else "")
            change = Change(where, table, row, "create", after=values)
            found.append(Trial(f"{table}.create {values}", roles, change))
    return found


def _wanted(ground: Ground, table: str, me: str) -> list[Wanted]:
    expected = MATRIX[table]
    found = [Wanted(f"{table}.delete", expected.delete, table, own=False, before={}, after=None)]
    if expected.delete_own is not None:
        roles = expected.delete_own
        found.append(Wanted(f"{table}.delete_own", roles, table, own=True, before={}, after=None))
    for own, fields in ((False, expected.fields), (True, expected.own_fields or {})):
        for roles, names in fields.items():
            for field in names.split():
                after = {field: ground.changed(table, field, me)}
                if table == "person" and own and field == "role":
                    after = {field: "administrator"}
                if table == "alert" and field == "status":
                    after["acknowledged_by"] = me
                name = f"{table}.update {field} {'own' if own else ''}"
                found.append(Wanted(name, roles, table, own=own, before={}, after=after))
    for move in expected.moves:
        name = f"{table} {move.before} -> {move.after} {'own' if move.own else ''}"
        before, after = {"status": move.before}, {"status": move.after}
        found.append(Wanted(name, move.roles, table, own=move.own, before=before, after=after))
    return found


def _rows(
    ground: Ground, tablet: Tablet, wanted: list[tuple[Wanted, str]]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    me = tablet.person
    for one, row in wanted:
        if one.table == "person" and one.own:
            continue
        author = me if one.own or SCOPES.get(one.table) == "user" else ground.other
        yield one.table, row, ground.values(one.table, author)
        for status in REACHED.get((one.table, str(one.before.get("status"))), ()):
            yield one.table, row, {"status": status}
        if one.table == "project":
            values = {"project_id": row, "person_id": me, "role": ground.roles[me]}
            yield "member", new_id(), values
