"""The table of rights: shown to anyone, changed by an administrator, in force at once, recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from sync.tables import TABLES
from sync.tables.people import ROLES
from tests.server.users.permissions.expected import LETTERS, MATRIX
from tests.serving import budget_created, problem_of, serve_here, task_created

if TYPE_CHECKING:
    import httpx

    from tests.serving import Service, Tablet

URL = "/api/users/permissions"


async def _show(tablet: Tablet) -> Any:
    answer = await tablet.client.get(URL, headers={"authorization": f"Bearer {tablet.token}"})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _change(
    tablet: Tablet, *changes: tuple[str, str, bool | None], version: int | None = None
) -> httpx.Response:
    if version is None:
        version = (await _show(tablet))["version"]
    named = [dict(zip(("role", "right", "allowed"), one, strict=True)) for one in changes]
    return await tablet.client.put(
        URL,
        json={"version": version, "changes": named},
        headers={"authorization": f"Bearer {tablet.token}"},
    )


def _cell(matrix: Any, role: str, right: str) -> Any:
    (line,) = [
        one
        for one in matrix["lines"]
        if one["right"] == right and (one["operation"] != "read" or one["table"] is None)
    ]
    (cell,) = [one for one in line["cells"] if one["role"] == role]
    return cell


async def test_the_matrix_shows_every_role_table_and_operation(service: Service) -> None:
    """Anyone sees the whole table, in both languages, and it says what the guards do."""
    matrix = await _show(await service.tablet("employee"))
    assert [one["role"] for one in matrix["roles"]] == list(ROLES)
    shown: dict[tuple[str, str], set[str]] = {}
    for line in matrix["lines"]:
        assert line["sentence"]["fr"]
        assert line["sentence"]["en"]
        assert [one["role"] for one in line["cells"]] == list(ROLES)
        assert {one["source"] for one in line["cells"]} == {"default"}
        allowed = {one["role"] for one in line["cells"] if one["allowed"]}
        if line["operation"] is not None:
            shown.setdefault((line["table"], line["operation"]), set()).update(allowed)
    for name, expected in MATRIX.items():
        for operation in ("read", "create", "delete"):
            letters = getattr(expected, operation)
            assert shown[name, operation] == {LETTERS[one] for one in letters}, (name, operation)
        assert (name, "update") in shown
    assert {table for table, _ in shown} == TABLES.keys()


async def test_a_right_given_and_taken_holds_from_the_next_push(service: Service) -> None:
    """What an administrator changes is in force at once, in every process, and back by default."""
    chief = await service.tablet("administrator")
    worker = await service.tablet("employee")
    project = await service.project(chief)
    await service.member(chief, project, worker.person, "employee")
    assert await worker.do(task_created(project)) == "access_denied"
    assert (await _change(chief, ("employee", "task.create", True))).status_code == 200
    assert await worker.do(task_created(project)) == "merged"
    async with serve_here(service.settings) as other:
        elsewhere = worker.twin(other.client)
        await elsewhere.register()
        assert await elsewhere.do(task_created(project)) == "merged"
        matrix = await _show(elsewhere)
        assert _cell(matrix, "employee", "task.create") == {
            "role": "employee",
            "allowed": True,
            "source": "override",
            "locked": False,
        }
        assert (await _change(chief, ("employee", "task.create", None))).status_code == 200
        assert await elsewhere.do(task_created(project)) == "access_denied"
    assert _cell(await _show(chief), "employee", "task.create")["source"] == "default"


async def test_the_right_to_see_amounts_moves_whole_scopes(service: Service) -> None:
    """Taken from a role, the finance scope leaves its tablets; given to another, it arrives."""
    chief = await service.tablet("administrator")
    leader, worker = await service.tablet("employee"), await service.tablet("employee")
    project = await service.project(chief)
    await chief.must(budget_created(project))
    await service.member(chief, project, leader.person, "supervisor")
    await service.member(chief, project, worker.person, "employee")
    await leader.pull()
    await worker.pull()
    finance = f"finance:{project}"
    assert finance in leader.cursor
    assert finance not in worker.cursor
    changes = ("supervisor", "finance.read", False), ("employee", "finance.read", True)
    assert (await _change(chief, *changes)).status_code == 200
    assert (await leader.pull_once()).withdrawn == [finance]
    await worker.pull()
    assert worker.live(finance)
    worker.assert_sums()
    async with service.context.pool.acquire() as connection:
        (record,) = await connection.fetch("SELECT * FROM permission")
    assert "employee" in record["finance"]
    assert "supervisor" not in record["finance"]


async def test_only_an_administrator_changes_the_table(service: Service) -> None:
    """Anyone else is refused, whatever their rank; and nothing has changed."""
    manager = await service.tablet("manager")
    before = await _show(manager)
    answer = await _change(manager, ("manager", "project.delete", True))
    assert problem_of(answer).code == "forbidden"
    assert await _show(manager) == before


async def test_some_cells_are_nobodys_to_change(service: Service) -> None:
    """Administrators cannot lock themselves out, auditors never write, fixed rights stay."""
    chief = await service.tablet("administrator")
    for role, right, allowed in (
        ("administrator", "permission.update", False),
        ("administrator", "person.update", False),
        ("administrator", "person.create", False),
        ("administrator", "project.everywhere", False),
        ("manager", "permission.update", True),
        ("auditor", "expense.approve", True),
        ("employee", "project.read", False),
    ):
        answer = await _change(chief, (role, right, allowed))
        assert problem_of(answer).code == "permission_fixed", (role, right)
        assert _cell(await _show(chief), role, right)["locked"]
    unknown = await _change(chief, ("boss", "task.create", True))
    assert problem_of(unknown).code == "entry_invalid"
    unknown = await _change(chief, ("employee", "task.burn", True))
    assert problem_of(unknown).code == "entry_invalid"
    assert (await _show(chief))["version"] == 1


async def test_two_administrators_do_not_overwrite_each_other(service: Service) -> None:
    """A change of a table that has moved meanwhile is refused."""
    one, two = await service.tablet("administrator"), await service.tablet("administrator")
    version = (await _show(one))["version"]
    assert (await _change(one, ("manager", "project.delete", True))).status_code == 200
    late = await _change(two, ("supervisor", "project.delete", True), version=version)
    assert problem_of(late).code == "permissions_outdated"
    assert not _cell(await _show(one), "supervisor", "project.delete")["allowed"]


async def test_every_change_is_recorded(service: Service) -> None:
    """The record of activity says who changed which cells, to what; and only what changed."""
    chief = await service.tablet("administrator")
    changes = ("manager", "project.delete", True), ("employee", "task.report", False)
    assert (await _change(chief, *changes)).status_code == 200
    assert (await _change(chief, *changes)).status_code == 200
    async with service.context.pool.acquire() as connection:
        records = await connection.fetch(
            "SELECT actor_id::text, detail FROM activity WHERE kind = 'permission_changed'"
        )
    (record,) = records
    assert record["actor_id"] == chief.person
    assert msgspec.json.decode(record["detail"]) == {
        "version": 2,
        "changes": [
            {"role": "manager", "right": "project.delete", "allowed": True},
            {"role": "employee", "right": "task.report", "allowed": False},
        ],
    }


async def test_a_right_to_make_is_none_to_change(service: Service) -> None:
    """Making a row that is there already is a change of it; sending the very same again is not."""
    chief, worker = await service.tablet("administrator"), await service.tablet("employee")
    project = await service.project(chief)
    await service.member(chief, project, worker.person, "employee")
    await _change(chief, ("employee", "task.create", True))
    made = task_created(project)
    await worker.must(made)
    again = await worker.twin().register()
    assert await again.do(made) == "merged"
    renamed = task_created(project, made.row, name="Autre")
    assert await worker.do(renamed) == "access_denied"
