"""Who furnishes what, after whom: each sees what the others have handed in."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from server.cli.furnishing import claims, money, safety, work
from server.cli.furnishing.ground import Ground
from server.cli.furnishing.people import PEOPLE, are_there, invite_people

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.cli.furnishing.desks import Desks
    from server.cli.furnishing.people import Role
    from sync.replica import Replica

    Turn = Callable[[Replica, Ground], None]


async def furnish(desks: Desks, administrator: str, project: str) -> Ground | None:
    """Furnish a project that was played; return how it was, or None where it was before.

    Raises DeskError.
    """

    def begin(replica: Replica) -> Ground | None:
        return None if are_there(replica) else _ground(replica, project)

    ground = await desks.work(administrator, begin, device="administration")
    if ground is None:
        return None
    turns: list[tuple[Role, Turn]] = [
        ("office", _manage),
        ("crew", _crew),
        ("chief", _supervise),
        ("office", _approve_orders),
        ("entry", money.enter_invoices),
        ("books", _keep_books),
        ("office", _approve_invoices),
        ("books", _pay),
        ("office", _issue),
        ("books", _go_on),
    ]
    for role, act in turns:
        await desks.work(ground.people[role], _with(act, ground), device=PEOPLE[role].device)
    return ground


def _with(act: Turn, ground: Ground) -> Callable[[Replica], None]:
    return lambda replica: act(replica, ground)


def _ground(replica: Replica, project: str) -> Ground:
    row = replica.row(project)
    values = {} if row is None else row.values
    zone = ZoneInfo(values.get("time_zone") or "UTC")
    people = invite_people(replica, project)
    return Ground(project, str(values.get("currency")), dt.datetime.now(zone), people)


def _manage(replica: Replica, ground: Ground) -> None:
    work.place_site(replica, ground)
    work.hand_out(replica, ground)
    money.set_rules(replica, ground)


def _crew(replica: Replica, ground: Ground) -> None:
    work.do_a_day(replica, ground)
    safety.ask(replica, ground)


def _supervise(replica: Replica, ground: Ground) -> None:
    safety.supervise(replica, ground)
    money.order(replica, ground)


def _approve_orders(replica: Replica, ground: Ground) -> None:
    money.approve(replica, ground, "office", "purchase_order", "peinture", role="manager")


def _keep_books(replica: Replica, ground: Ground) -> None:
    money.approve(replica, ground, "books", "supplier_invoice", role="accountant")
    claims.claim(replica, ground, 0)


def _approve_invoices(replica: Replica, ground: Ground) -> None:
    money.approve(replica, ground, "office", "supplier_invoice", "invoice grue", role="manager")
    _issue(replica, ground)


def _issue(replica: Replica, ground: Ground) -> None:
    money.approve(replica, ground, "office", "client_invoice", role="manager")


def _go_on(replica: Replica, ground: Ground) -> None:
    claims.receive(replica, ground)
    claims.claim(replica, ground, 2)


def _pay(replica: Replica, ground: Ground) -> None:
    money.pay(replica, ground)
    claims.claim(replica, ground, 1)
