"""`derrick replica` with a real server: two laptops, one project."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from server.users import ensure_administrator
from tests.server.cli.replica_desk import Desk, token_of
from tests.simulation.serving import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from server.settings import Settings


@pytest.fixture
def server(settings: Settings, tmp_path: Path) -> Iterator[Server]:
    made = Server(settings, tmp_path / "server.log")
    made.start()
    try:
        asyncio.run(made.ready())
        yield made
    finally:
        made.kill()


def test_two_laptops_and_one_project(settings: Settings, server: Server, tmp_path: Path) -> None:
    """What one enters the other reads; a refusal and a race come back to their author."""
    administrator = asyncio.run(ensure_administrator(settings))
    first, second = (Desk(tmp_path / f"{name}.sqlite") for name in ("one", "two"))
    for desk in (first, second):
        said = desk.must("init", "--server", server.url, "--token", token_of(administrator))
        assert "éléments reçus" in said
    first.must("add", "project", "code=PF-1", "name=Plateforme", "currency=XAF", "status=draft")
    first.must("add", "task", "code=T-10", "name=Coffrage", "kind=task", "status=todo")
    first.must("expense", "--amount", "12500", "--supplier", "CFAO")
    assert first.json("sync")["pushed"] == 3
    second.must("pull")
    (expense,) = second.json("list", "expense", "--where", "supplier=CFAO")
    assert expense["state"] == "confirmed"

    first.must("edit", "T-10", "name=Coffrage nord")
    second.must("edit", "T-10", "name=Coffrage sud")
    first.must("push")
    raced = second.json("sync")
    assert raced["conflicts"] == 1
    (conflict,) = second.json("conflicts")
    assert {conflict["notice"]["kept"], conflict["notice"]["lost"]} == {
        "Coffrage nord",
        "Coffrage sud",
    }
    assert "Coffrage nord" in second.must("conflicts")

    second.must("expense", "--amount", "500", "--currency", "JPY")  # a currency without a rate
    status, said = second.fails("sync")
    assert (status, "refusé 1 saisie" in said) == (5, True)
    assert len(second.json("rejections")) == 1
    second.must("rejections", "--dismiss", "1")
    assert second.json("rejections") == []


def test_a_login_that_is_not_valid(settings: Settings, server: Server, tmp_path: Path) -> None:
    """A forged token makes no replica; one that is no longer valid leaves the outbox as it is."""
    administrator = asyncio.run(ensure_administrator(settings))
    forged = token_of(administrator, "another-secret-of-thirty-two-bytes-or-more")
    desk = Desk(tmp_path / "replica.sqlite")
    assert desk.fails("init", "--server", server.url, "--token", forged)[0] == 4
    assert not desk.path.exists()
    desk.must("init", "--server", server.url, "--token", token_of(administrator))
    desk.must("add", "project", "code=PF-1", "name=Plateforme", "currency=XAF", "status=draft")
    desk.path.with_name("replica.sqlite.token").write_text(forged)
    status, said = desk.fails("sync")
    assert (status, "se connecter" in said) == (4, True)
    assert desk.json("status")["waiting"] == 1


def test_money_is_asked_for_and_decided_offline(
    settings: Settings, server: Server, tmp_path: Path
) -> None:
    """A request goes up from one laptop; a word given on another without a link decides it."""
    administrator = asyncio.run(ensure_administrator(settings))
    chief, other = Desk(tmp_path / "chief.sqlite"), Desk(tmp_path / "other.sqlite")
    chief.must("init", "--server", server.url, "--token", token_of(administrator))
    chief.must("add", "project", "code=PF-1", "name=Plateforme", "currency=XAF", "status=draft")
    person = chief.json("add", "person", "name=Awa", "login=awa", "role=manager", "active=oui")
    chief.must("add", "budget", "name=B", "currency=XAF", "amount=1000", "status=draft")
    (budget,) = chief.json("list", "budget")
    within = f"budget_id={budget['row']}"
    chief.must("add", "budget_line", within, "cost_code=GC", "amount=900", "kind=cost")
    chief.must("add", "budget_line", within, "cost_code=ZZ", "amount=100", "kind=contingency")
    chief.must("edit", budget["row"], "status=locked")
    asked = chief.must("request", "--amount", "60", "--line", "GC", "--title", "Béton")
    assert asked
    drawn = ("--line", "GC", "--from", "ZZ", "--title", "Aléa", "--reason", "Pluie")
    chief.must("request", "--amount", "40", *drawn)
    kinds = {one["values"]["kind"]: one["row"] for one in chief.json("list", "budget_request")}
    assert kinds.keys() == {"increase", "contingency"}
    assert chief.fails("approve", kinds["increase"])[0] == 1
    chief.must("sync")

    other.must("init", "--server", server.url, "--token", token_of(person["row"]))
    other.must("approve", kinds["contingency"])
    other.must("reject", kinds["increase"], "--reason", "Trop cher")
    other.must("sync")
    chief.must("pull")
    states = {one["row"]: one["values"]["status"] for one in chief.json("list", "budget_request")}
    assert states == {kinds["increase"]: "rejected", kinds["contingency"]: "approved"}
    amounts = {
        one["values"]["cost_code"]: one["values"]["amount"]
        for one in chief.json("list", "budget_line")
    }
    assert amounts == {"GC": 940, "ZZ": 60}
