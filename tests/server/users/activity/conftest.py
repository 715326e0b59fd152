"""A server in this process, on a fresh database."""

from collections.abc import AsyncIterator

import pytest

from server.settings import Settings
from tests.serving import Service, serve_here


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Service]:
    """Serve the test's own database."""
    async with serve_here(settings) as serving:
        yield serving
