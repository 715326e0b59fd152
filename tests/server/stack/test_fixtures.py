"""The fixtures give each test servers of its own."""

import asyncpg
import pytest
import redis

from server.settings import Settings
from tests.conftest import Database


@pytest.mark.parametrize("turn", [1, 2])
async def test_a_database_is_fresh(database: Database, turn: int) -> None:
    """What one test writes, the next does not find; the application cannot make tables."""
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute("CREATE TABLE written (turn integer)")
    await owner.execute("INSERT INTO written VALUES ($1)", turn)
    await owner.close()
    application = await asyncpg.connect(database.app_url)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await application.execute("CREATE TABLE mine (turn integer)")
    await application.close()


@pytest.mark.parametrize("turn", [1, 2])
def test_valkey_is_empty(settings: Settings, turn: int) -> None:
    """What one test leaves in Valkey, the next does not find."""
    assert settings.redis_url is not None
    with redis.Redis.from_url(settings.redis_url) as client:
        assert client.keys() == []
        client.set("turn", turn)
