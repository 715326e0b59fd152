"""A person's own profile: name, phone, language, time zone and photo, changed through the merge."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 -- read at run time
import hashlib
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import available_timezones

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from server.errors import ProblemError
from server.users.accepting import Language, Name  # noqa: TC001 -- read at run time
from server.users.activity import record_activity
from server.users.logins import person_name, phone_number
from server.users.one_time_codes import CodesState, codes_state
from sync import errors

if TYPE_CHECKING:
    import asyncpg

    from server.intake import Intake
    from server.store import Connection

PHOTO_BYTES_MAX = 128 * 1024
"""The app scales a photo to a thumbnail before it sends it: it is shown beside a name."""

_READ = """
    SELECT person.id::text AS person, person.login, person.name, person.role, person.phone,
        person.language, person.time_zone, person.photo, credential.password_changed_at
    FROM person LEFT JOIN credential ON credential.person_id = person.id
    WHERE person.id = $1 AND NOT person.deleted
"""
_PUT_PHOTO = """
    INSERT INTO person_photo (person_id, digest, media_type, body) VALUES ($1, $2, $3, $4)
    ON CONFLICT (person_id) DO UPDATE SET digest = excluded.digest,
        media_type = excluded.media_type, body = excluded.body
"""
_READ_PHOTO = "SELECT digest, media_type, body FROM person_photo WHERE person_id = $1"


class Profile(Struct, frozen=True):
    """What a person sees of themselves."""

    person: str
    login: str
    name: str
    role: str
    phone: str | None
    language: str | None
    time_zone: str | None
    photo: str | None
    """SHA-256 of the photo, which `/people/ID/photo` gives."""
    password_changed_at: dt.datetime | None
    codes: CodesState


class ProfileChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What a person changes of themselves; what is left out stays, null empties."""

    name: Name | UnsetType = UNSET
    phone: Annotated[str, Meta(max_length=40)] | UnsetType | None = UNSET
    """With its country code; kept as E.164 writes it."""
    language: Language | UnsetType | None = UNSET
    time_zone: Annotated[str, Meta(max_length=64)] | UnsetType | None = UNSET
    """A name of the IANA database: `Africa/Brazzaville`."""


class Photo(Struct, frozen=True):
    """A photo, as it was sent."""

    digest: str
    media_type: str
    body: bytes


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


async def read_profile(connection: Connection | asyncpg.Pool, person: str) -> Profile:
    """Return a person's profile. Raises ProblemError."""
    record = await connection.fetchrow(_READ, person)
    if record is None:
        raise ProblemError(errors.NOT_FOUND)
    return Profile(**record, codes=await codes_state(connection, person))


async def change_profile(
    intake: Intake, person: str, wanted: ProfileChange, *, address: str | None
) -> None:
    """Change a person's own profile. Raises ProblemError."""
    given = structs.asdict(wanted)
    values = {name: value for name, value in given.items() if value is not UNSET}
    if values.get("phone"):
        values["phone"] = phone_number(values["phone"])
    elif "phone" in values:
        values["phone"] = None
    if "name" in values:
        values["name"] = person_name(values["name"])
    zone = values.get("time_zone")
    if zone is not None and zone not in _time_zones():
        raise ProblemError(errors.ENTRY_INVALID, "no such time zone", field="time_zone")
    await _write(intake, person, values, address=address)


async def put_photo(intake: Intake, person: str, body: bytes, *, address: str | None) -> str:
    """Keep a person's photo; return its digest. Raises ProblemError."""
    media_type = media_type_of(body)
    if media_type is None:
        raise ProblemError(errors.MEDIA_TYPE_UNSUPPORTED, "neither JPEG, PNG nor WebP")
    digest = hashlib.sha256(body).hexdigest()
    photo = Photo(digest, media_type, body)
    await _write(intake, person, {"photo": digest}, address=address, photo=photo)
    return digest


async def drop_photo(intake: Intake, person: str, *, address: str | None) -> None:
    """Take a person's photo away. Raises ProblemError."""
    await _write(intake, person, {"photo": None}, address=address)


async def read_photo(connection: Connection | asyncpg.Pool, person: str) -> Photo | None:
    """Return a person's photo."""
    record = await connection.fetchrow(_READ_PHOTO, person)
    return None if record is None else Photo(**record)


def media_type_of(body: bytes) -> str | None:
    """Return what an image is by its first bytes, whatever its sender calls it."""
    if body.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    return None


async def _write(
    intake: Intake,
    person: str,
    values: dict[str, Any],
    *,
    address: str | None,
    photo: Photo | None = None,
) -> None:
    async with intake.server_transaction(["org"]) as transaction:
        await transaction.load("org", [person])
        row = transaction.workspace.row("org", person)
        if row is None or row.deleted or row.values.get("active") is False:
            raise ProblemError(errors.NOT_FOUND)
        changed = {name: value for name, value in values.items() if row.values.get(name) != value}
        if not changed:
            return
        connection = transaction.connection
        transaction.workspace.write("org", "person", person, changed, intent="profile.change")
        if photo is not None:
            await connection.execute(_PUT_PHOTO, person, photo.digest, photo.media_type, photo.body)
        elif "photo" in changed:
            await connection.execute("DELETE FROM person_photo WHERE person_id = $1", person)
        detail = {"fields": sorted(changed)}
        await record_activity(
            connection, "profile_changed", person=person, address=address, detail=detail
        )
