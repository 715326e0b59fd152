"""Fixtures of the command line's tests."""

import pytest

from server.stack import Stack


@pytest.fixture
def stack_variables(stack: Stack) -> dict[str, str]:
    """Point the variables at the session's servers, as both roles."""
    return {
        "DERRICK_DATABASE_URL": stack.postgres_app_url,
        "DERRICK_DATABASE_OWNER_URL": stack.postgres_owner_url,
        "DERRICK_REDIS_URL": stack.redis_url,
    }
