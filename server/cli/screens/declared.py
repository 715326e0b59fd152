"""How each screen is reached: by whom, and with which rows in its address.

A route of the app's router without an entry here fails a test: a new screen is looked at, in every
size, language and theme, from its first day.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from sync.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from playwright.async_api import Page

Persona = Literal["crew", "office", "administrator"]


class Screen(Struct, frozen=True):
    """One route."""

    seen_by: Persona
    values: Mapping[str, str] = {}
    """What stands in the address for `:name`: a word, a table of which the demo has a row, or
    several of either with `|` between; without an entry, the demo's row of the table `name`."""

    @property
    def is_crew(self) -> bool:
        """Say whether it is made for gloves and sun."""
        return self.seen_by == "crew"


class Entrance(Struct, frozen=True):
    """A state of the screen before anyone's account is open."""

    path: str
    steps: Callable[[Page, str], Awaitable[None]] | None = None
    """Leads from the front to the state, in the language given."""


def _crew(**values: str) -> Screen:
    return Screen("crew", values)


def _office(**values: str) -> Screen:
    return Screen("office", values)


def _administrator(**values: str) -> Screen:
    return Screen("administrator", values)


SCREENS: Mapping[str, Screen] = {
    "": _crew(),
    "tasks": _crew(),
    "tasks/new": _office(),
    "tasks/:task": _crew(),
    "tasks/:task/edit": _office(),
    "expenses": _crew(),
    "expenses/new": _crew(),
    "reports": _crew(),
    "reports/:report": _crew(report="today"),
    "incidents": _crew(),
    "incidents/new": _crew(),
    "permits": _crew(),
    "permits/new": _crew(),
    "permits/:permit": _crew(),
    "punch": _crew(),
    "punch/new": _crew(),
    "punch/:item": _crew(item="punch_item"),
    "alerts": _crew(),
    "alerts/choices": _crew(),
    "alerts/table": _office(),
    "alerts/rules": _office(),
    "documents": _office(),
    "documents/:document": _office(),
    "budget": _office(),
    "budget/:tab": _office(tab="requests|approvals|orders|invoices|payments|figures|rules"),
    "budget/requests/new": _office(),
    "budget/budgets/new": _office(),
    "budget/budgets/:budget": _office(),
    "budget/budgets/:budget/lines/new": _office(),
    "budget/budgets/:budget/lines/:line": _office(line="budget_line"),
    "budget/:kind/new": _office(kind="orders|received|payments"),
    "budget/:kind/:paper": _office(kind="orders", paper="purchase_order"),
    "budget/:kind/:paper/edit": _office(kind="received", paper="supplier_invoice"),
    "conflicts": _office(),
    "dashboard": _office(),
    "projects": _office(),
    "projects/new": _office(),
    "projects/deleted": _administrator(),
    "projects/:project/edit": _office(),
    "projects/:project": _office(),
    "schedule": _office(),
    "board": _office(),
    "schedule/baselines": _office(),
    "schedule/import": _office(),
    "people": _administrator(),
    "people/:tab": _administrator(tab="invitations|rights|devices|activity"),
    "people/person/:person": _administrator(),
    "people/invite": _administrator(),
    "reporting": _office(),
    "enter": _crew(),
    "more": _crew(),
    "sync": _crew(),
    "refusals": _crew(),
    "settings": _crew(),
    "profile": _office(),
}
"""Route -> how it is reached, in the router's order."""


async def _ask_for_code(page: Page, language: str) -> None:
    words = {"fr": "J'ai un code", "en": "I have a code"}
    await page.get_by_role("button", name=words[language]).click()


async def _refused(page: Page, language: str) -> None:
    labels = {"fr": ("Identifiant", "Mot de passe"), "en": ("Login", "Password")}
    buttons = {"fr": "Se connecter", "en": "Log in"}
    name, password = labels[language]
    await page.get_by_label(name, exact=True).fill("inconnu")
    await page.get_by_label(password, exact=True).fill("pas le bon mot")
    await page.get_by_role("button", name=buttons[language], exact=True).click()
    await page.get_by_role("alert").wait_for()


ENTRANCES: Mapping[str, Entrance] = {
    "login": Entrance("/"),
    "login-refused": Entrance("/", _refused),
    "new-password": Entrance("/", _ask_for_code),
    "reset-link": Entrance("/reset#" + "a" * 43),
    "invitation-link": Entrance("/invitation#" + "a" * 43),
}
"""Name -> a state of the welcome."""


def addresses_of(route: str, screen: Screen, rows: Mapping[str, str]) -> dict[str, str]:
    """Return the addresses of a route on the demo by name. KeyError: a row that the demo lacks."""
    name = route.replace("/", "_").replace(":", "") or "today"
    found: dict[str, str] = {}
    parts = route.split("/")
    choices = [
        [part] if part[:1] != ":" else screen.values.get(part[1:], part[1:]).split("|")
        for part in parts
    ]
    for chosen in product(*choices):
        said = [
            word if part[:1] != ":" or word not in TABLES else rows[word]
            for part, word in zip(parts, chosen, strict=True)
        ]
        several = [word for word, offered in zip(chosen, choices, strict=True) if len(offered) > 1]
        found[".".join((name, *several))] = "/" + "/".join(said)
    return found
