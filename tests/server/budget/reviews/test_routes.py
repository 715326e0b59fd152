"""What waits for one's approval, decisions on many things at once, and a budget's versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sync.changes import Change
from tests.serving import new_id, serve_here

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.settings import Settings
    from tests.serving import Service, Tablet


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Service]:
    async with serve_here(settings) as served:
        yield served


class Ground:
    """A project with a locked budget of one line, and requests on it."""

    def __init__(self, service: Service, manager: Tablet, project: str) -> None:
        self.service, self.manager, self.project = service, manager, project
        self.budget, self.line = new_id(), new_id()

    def create(self, table: str, row: str, **values: Any) -> Change:
        """Make a row of the project's finance."""
        after = {"project_id": self.project, **values}
        return Change(f"finance:{self.project}", table, row, "create", after=after)

    async def ask(self, by: Tablet, amount: int) -> str:
        """Submit a request."""
        row = new_id()
        asked = {"kind": "increase", "title": "Avenant", "amount": amount, "status": "submitted"}
        where = {"budget_id": self.budget, "budget_line_id": self.line}
        await by.must(self.create("budget_request", row, **asked, **where, author_id=by.person))
        return row

    async def get(self, by: Tablet, path: str) -> tuple[int, Any]:
        """Return the status and the decoded answer of a reading."""
        headers = {"authorization": f"Bearer {by.token}", "accept": "application/json"}
        answer = await self.service.client.get(f"/api/budget/{path}", headers=headers)
        return answer.status_code, answer.json()

    async def decide(self, by: Tablet, *decisions: Any) -> tuple[int, Any]:
        """Send decisions."""
        headers = {"authorization": f"Bearer {by.token}", "accept": "application/json"}
        answer = await self.service.client.post(
            "/api/budget/decisions", json={"decisions": [*decisions]}, headers=headers
        )
        return answer.status_code, answer.json()


@pytest.fixture
async def ground(service: Service) -> Ground:
    manager = await service.tablet("manager")
    made = Ground(service, manager, await service.project(manager))
    await manager.must(
        made.create("budget", made.budget, name="B", currency="XAF", amount=1_000, status="draft"),
        made.create("budget_line", made.line, budget_id=made.budget, cost_code="A", amount=1_000),
    )
    await manager.pull()
    scope = f"finance:{made.project}"
    await manager.must(manager.update(scope, made.budget, status="locked"))
    return made


def word(found: Any, decision: str = "approved", **values: Any) -> dict[str, Any]:
    """Return a decision on what was shown as awaiting."""
    names = ("project", "subject_table", "subject", "round", "level", "amount", "on_behalf_of")
    return {**{name: found[name] for name in names}, "decision": decision, **values}


async def test_one_sees_what_waits_for_oneself_alone(ground: Ground, service: Service) -> None:
    """Neither one's own requests, nor what others must decide, nor what one has decided."""
    supervisor, accountant = await service.tablet("employee"), await service.tablet("accountant")
    stranger = await service.tablet("supervisor")
    await service.member(ground.manager, ground.project, supervisor.person, "supervisor")
    small = await ground.ask(accountant, 5)
    large = await ground.ask(accountant, 5_000_000)
    own = await ground.ask(supervisor, 7)
    assert [
        one["subject"] for one in (await ground.get(supervisor, "awaiting"))[1]["awaiting"]
    ] == [small]
    status, answer = await ground.get(ground.manager, "awaiting")
    assert status == 200
    assert {one["subject"] for one in answer["awaiting"]} == {small, large, own}
    for other in (accountant, stranger):
        assert (await ground.get(other, "awaiting"))[1] == {"awaiting": []}
    found = answer["awaiting"][0]
    assert (found["subject"], found["number"], found["amount"]) == (small, 1, 5)
    assert (found["round"], found["level"], found["levels"]) == (1, 1, 1)


async def test_many_are_decided_at_once_each_by_itself(ground: Ground, service: Service) -> None:
    """A refused one does not keep the others from being taken, nor is one's own smuggled in."""
    accountant = await service.tablet("accountant")
    first, second = await ground.ask(accountant, 5), await ground.ask(accountant, 6)
    own = await ground.ask(ground.manager, 7)
    awaiting = (await ground.get(ground.manager, "awaiting"))[1]["awaiting"]
    shown = {one["subject"]: one for one in awaiting}
    status, answer = await ground.decide(
        ground.manager,
        word(shown[first]),
        word({**shown[first], "subject": own, "amount": 7}),
        word({**shown[second], "amount": 5}),
        word(shown[second], "rejected", reason="Trop cher"),
    )
    assert status == 200
    assert [(one["merged"], one["code"]) for one in answer["outcomes"]] == [
        (True, None),
        (False, "approval_own"),
        (False, "approval_outdated"),
        (True, None),
    ]
    assert (await ground.get(ground.manager, "awaiting"))[1] == {"awaiting": []}
    (again,) = (await ground.decide(ground.manager, word(shown[first])))[1]["outcomes"]
    assert again["code"] == "review_closed"


async def test_a_delegate_is_shown_in_whose_name(ground: Ground, service: Service) -> None:
    """What waits for someone who is away waits for their delegate, who answers in their name."""
    supervisor, accountant = await service.tablet("employee"), await service.tablet("accountant")
    await service.member(ground.manager, ground.project, supervisor.person, "supervisor")
    names = {"person_id": ground.manager.person, "delegate_id": supervisor.person}
    days = {"start": "2020-01-01", "finish": "2090-01-01"}
    delegation = Change("org", "delegation", new_id(), "create", after={**names, **days})
    await ground.manager.must(delegation)
    large = await ground.ask(accountant, 5_000_000)
    await ground.ask(ground.manager, 5_000_000)
    ((found),) = (await ground.get(supervisor, "awaiting"))[1]["awaiting"]
    assert (found["subject"], found["on_behalf_of"]) == (large, ground.manager.person)
    (taken,) = (await ground.decide(supervisor, word(found)))[1]["outcomes"]
    assert taken["merged"]


async def test_a_budget_is_read_at_each_of_its_versions(ground: Ground, service: Service) -> None:
    """Each version says what it moved; an earlier one shows the amounts as they were."""
    accountant, crew = await service.tablet("accountant"), await service.tablet("employee")
    await service.member(ground.manager, ground.project, crew.person, "employee")
    path = f"projects/{ground.project}/budgets/{ground.budget}/versions"
    for amount in (5, 6):
        await ground.ask(accountant, amount)
        (found,) = (await ground.get(ground.manager, "awaiting"))[1]["awaiting"]
        await ground.decide(ground.manager, word(found))
    amounts = {}
    for number in (1, 2, 3):
        status, answer = await ground.get(accountant, f"{path}?version={number}")
        assert status == 200
        amounts[number] = (answer["amount"], answer["lines"][0]["amount"])
    assert amounts == {1: (1_000, 1_000), 2: (1_005, 1_005), 3: (1_011, 1_011)}
    status, answer = await ground.get(accountant, path)
    assert (answer["version"], answer["original_amount"]) == (3, 1_000)
    assert [one["cause"] for one in answer["versions"]] == ["locked", "request", "request"]
    moved = answer["versions"][2]["moved"]
    assert moved == [{"line": ground.line, "before": 1_005, "after": 1_011}]
    for by, where in ((crew, path), (accountant, f"{path}?version=9"), (accountant, path[:-45])):
        assert (await ground.get(by, where))[0] == 404


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"decisions": []}',
        b'{"decisions": [{}]}',
        b'{"decisions": "approved"}',
        b'{"decisions": [{"project": "x"}]}',
        b'{"decisions": [' + b"{}," * 60 + b"{}]}",
        b"\xff\xfe",
    ],
)
async def test_a_malformed_decision_changes_nothing(
    ground: Ground, service: Service, body: bytes
) -> None:
    """It is told as such, with nothing merged of it."""
    headers = {"authorization": f"Bearer {ground.manager.token}"}
    headers["content-type"] = "application/json"
    answer = await service.client.post("/api/budget/decisions", content=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["code"] == "request_malformed"
