"""One's own profile, and the photo beside a name."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.server.users.people.desk import Desk

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


async def test_people_change_their_own_profile_through_the_merge(desk: Desk) -> None:
    """Tablets learn of it at their next pull; what is left out stays, null empties."""
    tablet = await desk.service.tablet("manager")
    who = await desk.somebody()
    token = await desk.session_token(who)
    change = {
        "name": "Aïcha N'Goma",
        "phone": "+242 06 123 45 67",
        "language": "en",
        "time_zone": "Africa/Brazzaville",
    }
    profile = await desk.must("PATCH", "/profile", change, token=token)
    assert profile["phone"] == "+242061234567"
    assert profile["codes"] == {"enrolled": False, "required": False, "recovery_codes_left": 0}
    await tablet.pull()
    values = tablet.rows["org", who.person].values
    assert values["name"] == "Aïcha N'Goma"
    assert values["time_zone"] == "Africa/Brazzaville"
    tablet.assert_sums()
    profile = await desk.must("PATCH", "/profile", {"phone": None, "time_zone": None}, token=token)
    assert (profile["phone"], profile["time_zone"]) == (None, None)
    assert (profile["name"], profile["language"]) == ("Aïcha N'Goma", "en")
    detail = await desk.service.context.pool.fetchval(
        "SELECT detail FROM activity WHERE kind = 'profile_changed' ORDER BY id LIMIT 1"
    )
    assert "name" in detail
    assert "Goma" not in detail


async def test_a_change_that_changes_nothing_is_no_change(desk: Desk) -> None:
    """No row moves, nothing is recorded."""
    who = await desk.somebody()
    token = await desk.session_token(who)
    head = "SELECT head FROM scope WHERE name = 'org'"
    before = await desk.service.context.pool.fetchval(head)
    for same in ({}, {"phone": None}):
        await desk.must("PATCH", "/profile", same, token=token)
    assert await desk.service.context.pool.fetchval(head) == before
    assert "profile_changed" not in await desk.kinds(who.person)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"phone": "06 123 45 67"}, "entry_invalid"),
        ({"phone": "+0612345678"}, "entry_invalid"),
        ({"phone": "n'importe quoi"}, "entry_invalid"),
        ({"time_zone": "Africa/Derrick"}, "entry_invalid"),
        ({"time_zone": "../etc/passwd"}, "entry_invalid"),
        ({"name": "   "}, "entry_invalid"),
        ({"name": None}, "request_malformed"),
        ({"name": "x" * 201}, "request_malformed"),
        ({"language": "de"}, "request_malformed"),
        ({"role": "administrator"}, "request_malformed"),
        ({"login": "autre@example.com"}, "request_malformed"),
        ({"active": True}, "request_malformed"),
        ({"photo": "0" * 64}, "request_malformed"),
    ],
)
async def test_what_a_profile_does_not_take_is_refused(
    desk: Desk, change: dict[str, Any], code: str
) -> None:
    """Neither another's fields, nor one's own role, nor values of another kind."""
    token = await desk.session_token(await desk.somebody())
    before = await desk.must("GET", "/profile", token=token)
    assert await desk.refused("PATCH", "/profile", change, token=token) == code
    assert await desk.must("GET", "/profile", token=token) == before


@pytest.mark.parametrize(("image", "kind"), [(JPEG, "image/jpeg"), (PNG, "image/png")])
async def test_a_photo_is_seen_by_everyone_beside_the_name(
    desk: Desk, image: bytes, kind: str
) -> None:
    """Its digest travels with the directory, so that the app knows when it changed."""
    who, other = await desk.somebody(), await desk.service.person("employee")
    token = await desk.session_token(who)
    profile = await desk.must("PUT", "/profile/photo", token=token, content=image)
    assert profile["photo"] == hashlib.sha256(image).hexdigest()
    path = f"/people/{who.person}/photo"
    answer = await desk.send("GET", path, token=desk.token(other))
    assert (answer.content, answer.headers["content-type"]) == (image, kind)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert await desk.refused("GET", path) == "unauthenticated"
    await desk.must("DELETE", "/profile/photo", token=token)
    assert await desk.refused("GET", path, token=token) == "not_found"
    assert (await desk.must("GET", "/profile", token=token))["photo"] is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<svg onload='alert(1)'/>", "media_type_unsupported"),
        (b"GIF89a", "media_type_unsupported"),
        (b"", "media_type_unsupported"),
        (JPEG + bytes(200 * 1024), "body_too_large"),
    ],
)
async def test_what_is_no_small_image_is_refused(desk: Desk, body: bytes, code: str) -> None:
    """Whatever its sender calls it."""
    token = await desk.session_token(await desk.somebody())
    headers = {"content-type": "image/jpeg"}
    answer = await desk.refused("PUT", "/profile/photo", token=token, content=body, headers=headers)
    assert answer == code


async def test_nobody_has_a_photo_under_a_name_that_is_no_id(desk: Desk) -> None:
    """Not found, not a fault."""
    token = await desk.session_token(await desk.somebody())
    for name in ("x", "00000000-0000-7000-8000-000000000000"):
        assert await desk.refused("GET", f"/people/{name}/photo", token=token) == "not_found"
