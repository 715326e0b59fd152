"""Large reports are ordered, made by the worker, and kept as documents where amounts are read."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from server.reports import csv_text, forget_orders, make_next
from tests.server.reports.conftest import open_office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from server.settings import Settings
    from tests.server.reports.conftest import Office
    from tests.serving import Tablet


@pytest.fixture
async def small(settings: Settings) -> AsyncIterator[Office]:
    limits = {"report_rows_direct_max": 3, "report_pdf_rows_max": 4, "report_rows_max": 6}
    async with open_office(msgspec.structs.replace(settings, **limits)) as opened:
        yield opened


async def _order(office: Office, by: Tablet | None = None, **wanted: Any) -> httpx.Response:
    who = by or office.manager
    return await office.service.client.post(
        f"/api/projects/{office.project}/reports",
        json={"report": "ledger", "format": "csv", **wanted},
        headers={"authorization": f"Bearer {who.token}"},
    )


async def _orders(office: Office, order: str = "", by: Tablet | None = None) -> httpx.Response:
    who = by or office.manager
    path = f"/api/projects/{office.project}/report-orders"
    return await office.service.client.get(
        f"{path}/{order}" if order else path, headers={"authorization": f"Bearer {who.token}"}
    )


async def _work(office: Office) -> bool:
    context = office.service.context
    return await make_next(context.pool, context.intake, context.settings, context.now())


async def test_a_large_report_is_ordered_made_and_kept(small: Office) -> None:
    """Too large to answer, it is made by the worker once and kept as a financial document."""
    refused = await small.ask("ledger", format="csv")
    assert (refused.status_code, refused.json()["code"]) == (409, "report_too_large")
    answer = await _order(small)
    assert answer.status_code == 202, answer.text
    order = answer.json()
    assert (order["state"], order["progress"], order["rows"]) == ("waiting", 0, 5)
    assert await _work(small)
    assert not await _work(small), "it is made once"
    done = (await _orders(small, order["id"])).json()
    assert (done["state"], done["progress"], done["error"]) == ("done", 100, None)
    await small.manager.pull()
    scope = f"finance:{small.project}"
    document = small.manager.rows[scope, done["document"]].values
    assert document["title"] == "Journal des dépenses"
    assert document["category"] == "financial"
    (listed,) = (await _orders(small)).json()
    assert listed["id"] == order["id"]


async def test_an_order_is_ones_own(small: Office) -> None:
    """Others see neither the order nor that there is one; who may not see amounts orders none."""
    order = (await _order(small)).json()
    other = await small.service.tablet("manager")
    assert (await _orders(small, order["id"], other)).status_code == 404
    assert (await _orders(small, by=other)).json() == []
    assert (await _order(small, small.crew)).status_code == 403
    assert (await _order(small, await small.service.tablet("employee"))).status_code == 404


async def test_the_rights_at_the_time_of_making_count(small: Office) -> None:
    """Someone who lost the right to see amounts since they ordered gets nothing."""
    order = (await _order(small)).json()
    admin = await small.service.tablet("administrator")
    await admin.pull()
    await admin.must(admin.update("org", small.manager.person, role="employee"))
    assert await _work(small)
    state = await small.service.context.pool.fetchrow(
        "SELECT state, error, document_id FROM report_order WHERE id = $1", order["id"]
    )
    assert state is not None
    assert tuple(state) == ("failed", "forbidden", None)


async def test_what_is_too_much_for_its_format_is_refused_at_once(small: Office) -> None:
    """More rows than a PDF takes, or than anything takes, are refused with the limit said."""
    answer = await _order(small, format="pdf")
    assert (answer.status_code, answer.json()["code"]) == (409, "report_too_large")
    assert (await _order(small, format="pdf", until="2026-02-01")).status_code == 202
    for bad in ({"report": "payroll"}, {"format": "doc"}, {"at": "x"}, {"more": 1}, {"row": "1"}):
        assert (await _order(small, **bad)).status_code == 400, bad


async def test_a_worker_that_dies_leaves_its_order_to_the_next(small: Office) -> None:
    """Taken and never finished, it is taken again after its lease; made twice, it is kept once."""
    order = (await _order(small)).json()
    context = small.service.context
    assert await _work(small)
    await context.pool.execute("UPDATE report_order SET state = 'running', document_id = NULL")
    later = context.now() + dt.timedelta(hours=1)
    assert await make_next(context.pool, context.intake, context.settings, later)
    done = (await _orders(small, order["id"])).json()
    assert done["state"] == "done"
    versions = await context.pool.fetchval(
        "SELECT count(*) FROM document_version WHERE document_id = $1", done["document"]
    )
    assert versions == 1


async def test_a_report_that_fails_is_tried_again_and_then_given_up(
    small: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours is retried; after the third time the order says so, and bars no other."""

    def broken(*_: Any) -> bytes:
        raise RuntimeError("planted")

    monkeypatch.setattr(csv_text, "render_csv", broken)
    order = (await _order(small)).json()
    context = small.service.context
    for attempt in range(3):
        later = context.now() + dt.timedelta(hours=attempt)
        assert await make_next(context.pool, context.intake, context.settings, later)
    failed = (await _orders(small, order["id"])).json()
    assert (failed["state"], failed["error"]) == ("failed", "internal")
    long_after = context.now() + dt.timedelta(days=40)
    assert await forget_orders(context.pool, long_after) == 1


async def test_a_status_for_the_crew_is_kept_where_the_crew_reads(small: Office) -> None:
    """A report without amounts, ordered by someone who may see none, lives in the project."""
    order = (await _order(small, small.crew, report="status", format="xlsx")).json()
    assert await _work(small)
    await small.crew.pull()
    done = (await _orders(small, order["id"], small.crew)).json()
    document = small.crew.rows[f"project:{small.project}", done["document"]].values
    assert document["category"] == "technical"
