"""A server in this process, on a clock that the test moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.server.users.entering import Clock
from tests.serving import Service, serve_here

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.settings import Settings


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def service(settings: Settings, clock: Clock) -> AsyncIterator[Service]:
    async with serve_here(settings, clock=clock) as served:
        yield served
