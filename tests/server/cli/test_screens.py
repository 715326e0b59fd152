"""The list of screens that are photographed and held to the rules, beside the app's router."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server.cli.screens import SCREENS, Screen, address_of, routed
from server.cli.screens.routes import RouterUnreadableError
from server.web import sources_directory

if TYPE_CHECKING:
    from pathlib import Path


def test_every_route_says_how_it_is_reached() -> None:
    """A route without an entry would be looked at by nobody; an entry without a route is stale."""
    assert set(routed(sources_directory())) == set(SCREENS)


def test_a_new_route_is_discovered(tmp_path: Path) -> None:
    """Routes are read from the router itself, quoted or not, in its order."""
    _write_router(
        tmp_path,
        'const SCREENS: Record<string, Screen> = {\n  tasks: () => import("a"),\n'
        '  "wells/:well": () => import("b"),\n  maps:\n    () => import("c"),\n};\n',
    )
    assert routed(tmp_path) == ("", "tasks", "wells/:well", "maps")


def test_a_router_of_another_shape_is_an_error(tmp_path: Path) -> None:
    """A reader that finds nothing would call every screen looked at."""
    _write_router(tmp_path, "export const routes = [];\n")
    with pytest.raises(RouterUnreadableError):
        routed(tmp_path)


def _write_router(folder: Path, text: str) -> None:
    router = folder / "src" / "app" / "router.tsx"
    router.parent.mkdir(parents=True)
    router.write_text(text, "utf-8")


def test_an_address_names_a_row_or_a_word() -> None:
    """What an entry names stands in the address; otherwise it is the demo's row of that name."""
    assert address_of("wells/:well", Screen("crew"), {"well": "1"}) == "/wells/1"
    assert address_of("wells/:tab", Screen("crew", {"tab": "log"}), {}) == "/wells/log"
    with pytest.raises(KeyError):
        address_of("wells/:well", Screen("crew"), {})
