"""The plan shaped in the office, and the alerts ruled there: by keys, by drag, by choices."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OFFICE, log_in, on_device

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Browser, Page

    from tests.browser.conftest import Site

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(600)]


async def _until(ask: Callable[[], Awaitable[Any]], wanted: Any, seconds: float = 90) -> None:
    """Wait until the server says what is wanted."""
    deadline = asyncio.get_running_loop().time() + seconds
    while (found := await ask()) != wanted:
        assert asyncio.get_running_loop().time() < deadline, found
        await asyncio.sleep(0.2)


async def _tasks(site: Site) -> dict[str, Any]:
    return {one["code"]: one for one in await site.rows("task")}


async def test_the_plan_is_shaped_by_keys_and_by_drag(browser: Browser, site: Site) -> None:
    """A task is added, put under another, linked to a third; on the board it is moved by drag."""
    manager = await site.person("manager", "Paul Ndongo")
    async with on_device(browser, site, OFFICE) as (_, page):
        await log_in(page, site, manager, "Bureau")
        await _plan(page)
        tasks = await _tasks(site)

        async def parent() -> Any:
            return (await _tasks(site))["ET-001"]["parent_id"]

        async def links() -> list[tuple[Any, Any]]:
            rows = await site.rows("task_link")
            return [(one["predecessor_id"], one["successor_id"]) for one in rows]

        await _until(parent, tasks["ET-000"]["id"])
        await _until(links, [(tasks["ET-001"]["id"], tasks["ET-002"]["id"])])
        await _move_on_the_board(page)

        async def states() -> list[Any]:
            found = await _tasks(site)
            return [found[code]["status"] for code in ("ET-003", "ET-004", "AJ-1")]

        await _until(states, ["in_progress", "done", "todo"])


async def _plan(page: Page) -> None:
    await page.goto("/schedule")
    await page.get_by_role("link", name="Ajouter une tâche").click()
    await page.get_by_label("Nom", exact=True).fill("Épreuve hydraulique")
    await page.get_by_label("Code").fill("AJ-1")
    await page.get_by_role("button", name="Enregistrer").click()
    await page.get_by_role("link", name="Épreuve hydraulique").wait_for()
    pane = page.get_by_role("region", name="Tâches et dates")
    await pane.focus()
    for _ in range(2):
        await page.keyboard.press("ArrowDown")
    await page.get_by_text("Ligne choisie : Soudure de la conduite 1").wait_for()
    await page.keyboard.press("Alt+ArrowRight")
    # The one above is now a group, with this one under it.
    await page.get_by_role("button", name="Replier Soudure de la conduite 0").wait_for()
    await page.get_by_role("button", name="Lier", exact=True).click()
    await page.get_by_text("choisissez la tâche qui la suit").wait_for()
    await pane.focus()
    await page.keyboard.press("ArrowDown")
    await page.get_by_text("Ligne choisie : Soudure de la conduite 1").wait_for()


async def _move_on_the_board(page: Page) -> None:
    await page.goto("/board")
    await page.get_by_label("Déplacer Soudure de la conduite 3").select_option("in_progress")
    doing = page.get_by_role("list", name="En cours")
    await doing.get_by_text("Soudure de la conduite 3").first.wait_for()
    card = page.get_by_role("listitem").filter(has_text="ET-004").last
    await card.drag_to(page.get_by_role("heading", name="Faite"))
    done = page.get_by_role("list", name="Faite")
    await done.get_by_text("Soudure de la conduite 4").first.wait_for()


async def test_a_rule_is_previewed_and_set_and_one_chooses_how_to_be_told(
    browser: Browser, site: Site
) -> None:
    """The preview answers from the history; the rule and the choice reach the server."""
    manager = await site.person("manager", "Paul Ndongo")
    async with on_device(browser, site, OFFICE) as (_, page):
        await log_in(page, site, manager, "Bureau")
        await page.goto("/alerts/rules")
        await page.get_by_role("button", name="Régler — Tâche en retard").click()
        await page.get_by_role("button", name="Aperçu sur 90 jours").click()
        await page.get_by_text("alertes en 90 jours").wait_for()
        await page.get_by_label("Règle active").uncheck()
        await page.get_by_role("button", name="Enregistrer").click()

        async def rules() -> list[Any]:
            return [(one["rule"], one["enabled"]) for one in await site.rows("alert_rule")]

        await _until(rules, [("task_overdue", False)])
        await page.goto("/alerts/choices")
        named = page.get_by_role("group", name="Quand on me nomme")
        # The mark follows the replica, which has written it a moment later.
        await named.get_by_label("E-mail").click()
        await expect(named.get_by_label("E-mail")).not_to_be_checked()

        async def choices() -> list[Any]:
            rows = await site.service.context.pool.fetch(
                "SELECT kind, email FROM notice_preference WHERE person_id = $1 AND NOT deleted",
                manager,
            )
            return [tuple(one) for one in rows]

        await _until(choices, [("mention", False)])
