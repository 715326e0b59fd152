"""A foreign page cannot act with a person's cookies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.serving import problem_of, serve_here

if TYPE_CHECKING:
    from server.settings import Settings

FRIEND = "https://bureau.example"
COOKIE = {"cookie": "session=stolen"}


@pytest.mark.parametrize(
    ("headers", "forged"),
    [
        ({"sec-fetch-site": "cross-site", **COOKIE}, True),
        ({"sec-fetch-site": "same-site", **COOKIE}, True),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "same-origin", **COOKIE}, False),
        ({"origin": "https://evil.example", **COOKIE}, True),
        ({"origin": "null", **COOKIE}, True),
        ({"origin": "http://derrick.test", **COOKIE}, False),
        ({"origin": "https://derrick.test", **COOKIE}, True),
        ({"origin": "http://derrick.test.evil.example", **COOKIE}, True),
        ({"origin": FRIEND, "sec-fetch-site": "cross-site", **COOKIE}, False),
        (COOKIE, True),
        ({}, False),
        ({"authorization": "Bearer x", "sec-fetch-site": "cross-site"}, False),
        ({"authorization": "Basic eDp5", "sec-fetch-site": "cross-site", **COOKIE}, True),
    ],
)
async def test_a_change_must_come_from_our_own_pages_or_with_a_token(
    settings: Settings, headers: dict[str, str], *, forged: bool
) -> None:
    """What another site makes a browser send is refused; programs and our own pages pass."""
    async with serve_here(msgspec.structs.replace(settings, cors_origins=(FRIEND,))) as service:
        answer = await service.client.post("/api/sync/push", headers=headers)
        looked = await service.client.get("/health", headers=headers)
    assert looked.status_code == 200
    assert problem_of(answer).code == ("cross_site" if forged else "unauthenticated")
