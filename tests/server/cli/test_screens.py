"""The list of screens that are photographed and held to the rules, beside the app's router."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server.cli.screens import SCREENS, Screen, addresses_of, routed
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


def test_an_address_names_rows_and_words() -> None:
    """A table stands for the demo's row of it, another word for itself, several for as many."""
    rows = {"task": "1", "expense": "2"}
    assert addresses_of("a/:task", Screen("crew"), rows) == {"a_task": "/a/1"}
    assert addresses_of("a/:row", Screen("crew", {"row": "expense"}), rows) == {"a_row": "/a/2"}
    both = addresses_of("a/:tab/b", Screen("crew", {"tab": "log|map"}), rows)
    assert both == {"a_tab_b.log": "/a/log/b", "a_tab_b.map": "/a/map/b"}
    with pytest.raises(KeyError):
        addresses_of("a/:budget", Screen("crew"), rows)
