"""A server whose passwords are cheap to compute, and whose clock the test moves."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from server.settings import Settings
from tests.server.users.people.desk import Desk, open_desk


@pytest.fixture
def cheap(settings: Settings) -> Settings:
    """Make a password cost little, and count no requests: the brakes are what is looked at."""
    return msgspec.structs.replace(
        settings,
        password_hash_memory_kib=64,
        password_hash_passes=1,
        login_requests_per_minute_max=0,
        address_requests_per_minute_max=0,
        account_requests_per_minute_max=0,
    )


@pytest.fixture
async def desk(cheap: Settings) -> AsyncIterator[Desk]:
    """Serve the test's own database."""
    async with open_desk(cheap) as opened:
        yield opened
