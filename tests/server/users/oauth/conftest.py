"""A server with a clock that tests move, a person's browser, and another system."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.server.users.oauth.flows import Browser, MovingClock, System, register, stranger
from tests.serving import Service, serve_here

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.settings import Settings


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
async def service(settings: Settings, clock: MovingClock) -> AsyncIterator[Service]:
    """Serve the test's own database."""
    async with serve_here(settings, clock=clock) as serving:
        yield serving


@pytest.fixture
async def browser(service: Service) -> AsyncIterator[Browser]:
    """Sign a manager in on a browser."""
    person = await service.person("manager", name="Awa Ndiaye", language="en")
    async with stranger(service) as client:
        found = Browser(service, client, person)
        await found.sign_in()
        yield found


@pytest.fixture
async def system(service: Service) -> System:
    """Register a confidential client."""
    return await register(service)
