"""People of the company's provider: linked by issuer and subject, made at their first sign-in.

An e-mail address links to a person of the directory only when the provider has verified it and its
domain is one of those that the settings allow; otherwise it says nothing about who someone is.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from server.settings import SettingsError
from server.users.activity import record_activity
from server.users.following import follow_people
from server.users.logins import normalise
from server.users.oidc_company import SignInRefusedError
from sync.tables.people import ROLES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import asyncpg

    from server.context import Context
    from server.intake import MergeTransaction
    from server.settings import Settings
    from server.store import Connection

FIRST_ROLE = "employee"
"""Of a person whose role the provider does not say."""
NAME_CHARACTERS_MAX = 200

_LINKED = """
    SELECT one.person_id::text AS person, person.role,
        NOT person.deleted AND coalesce(person.active, true) AS active
    FROM oidc_identity AS one JOIN person ON person.id = one.person_id
    WHERE one.issuer = $1 AND one.subject = $2
"""
_SEE = "UPDATE oidc_identity SET last_at = $3 WHERE issuer = $1 AND subject = $2"
_BY_LOGIN = """
    SELECT person.id::text AS person, person.role, coalesce(person.active, true) AS active,
        EXISTS (SELECT FROM oidc_identity
            WHERE oidc_identity.person_id = person.id AND oidc_identity.issuer = $2) AS taken
    FROM person WHERE person.login = $1 AND NOT person.deleted
"""
_LINK = """
    INSERT INTO oidc_identity (issuer, subject, person_id, provisioned, linked_at, last_at)
    VALUES ($1, $2, $3, $4, $5, $5)
"""
_OTHER_ADMINISTRATORS = """
    SELECT EXISTS (SELECT FROM person WHERE role = 'administrator' AND id <> $1
        AND coalesce(active, true) AND NOT deleted)
"""


class Policy(Struct, frozen=True):
    """Whom the settings let in, and as what."""

    role_claim: str | None
    roles: Mapping[str, str]
    """Value of that claim -> role, in the order of precedence."""
    domains: frozenset[str]

    def role_for(self, claims: Mapping[str, Any]) -> str | None:
        """Return the role that the claims give; None when the settings map none.

        Raises SignInRefusedError when roles are mapped, and none of the person's is.
        """
        if self.role_claim is None:
            return None
        found = claims.get(self.role_claim)
        values = found if isinstance(found, list) else [found]
        for value, role in self.roles.items():
            if value in values:
                return role
        raise SignInRefusedError("no role is mapped to the person's claims")

    def email_of(self, claims: Mapping[str, Any]) -> str | None:
        """Return the verified e-mail address; None without one.

        Raises SignInRefusedError when it is not of an allowed domain.
        """
        email = claims.get("email")
        known = isinstance(email, str) and claims.get("email_verified") is True
        login = normalise(email) if known and isinstance(email, str) else None
        if self.domains and (login is None or login.rpartition("@")[2] not in self.domains):
            raise SignInRefusedError("no verified e-mail address of an allowed domain")
        return login


def policy_of(settings: Settings) -> Policy:
    """Read the settings. Raises SettingsError."""
    roles: dict[str, str] = {}
    for entry in _entries(settings.oidc_role_map):
        value, _, role = entry.rpartition("=")
        if not value or role not in ROLES:
            raise SettingsError(
                f"DERRICK_OIDC_ROLE_MAP does not accept {entry!r}: value=role, a role being one of "
                + ", ".join(ROLES)
            )
        roles.setdefault(value, role)
    domains = frozenset(one.lower() for one in _entries(settings.oidc_allowed_domains))
    return Policy(settings.oidc_role_claim, roles, domains)


def _entries(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


class Arrival(Struct, frozen=True):
    """What the provider tells of the person who arrives, judged by the policy."""

    issuer: str
    subject: str
    email: str | None
    role: str | None
    name: str
    language: str | None
    may_link: bool
    """Whether the address is good enough to be taken for a person's of the directory."""


def arrival_of(policy: Policy, claims: Mapping[str, Any]) -> Arrival:
    """Judge the claims of a sound id_token. Raises SignInRefusedError."""
    email = policy.email_of(claims)
    names = (claims.get(one) for one in ("name", "preferred_username"))
    name = next((one for one in names if isinstance(one, str) and one.strip()), email or "?")
    locale = claims.get("locale")
    primary = locale.partition("-")[0].lower() if isinstance(locale, str) else ""
    printable = "".join(letter for letter in name if letter.isprintable())
    return Arrival(
        issuer=claims["iss"],
        subject=claims["sub"],
        email=email,
        role=policy.role_for(claims),
        name=printable.strip()[:NAME_CHARACTERS_MAX] or "?",
        language=primary if primary in ("fr", "en") else None,
        may_link=email is not None and bool(policy.domains),
    )


async def person_arriving(context: Context, arrival: Arrival, now: dt.datetime) -> str:
    """Return the person who arrives: known, linked, or made. Raises SignInRefusedError."""
    known: asyncpg.Record | None = await context.pool.fetchrow(
        _LINKED, arrival.issuer, arrival.subject
    )
    if known is not None and known["active"] and arrival.role in (None, known["role"]):
        await context.pool.execute(_SEE, arrival.issuer, arrival.subject, now)
        return str(known["person"])
    # The directory's lock lets one of two first sign-ins make the person.
    async with context.intake.server_transaction(["org"]) as transaction:
        connection = transaction.connection
        known = await connection.fetchrow(_LINKED, arrival.issuer, arrival.subject)
        if known is None:
            known = await _link(transaction, arrival, now)
        if known is None:
            return await _make(transaction, arrival, now)
        if not known["active"]:
            raise SignInRefusedError("the person is not active")
        await connection.execute(_SEE, arrival.issuer, arrival.subject, now)
        await _follow_role(transaction, known["person"], known["role"], arrival.role)
        await follow_people(transaction, grace_hours=context.settings.one_time_codes_grace_hours)
        return str(known["person"])


async def _link(
    transaction: MergeTransaction, arrival: Arrival, now: dt.datetime
) -> asyncpg.Record | None:
    """Link the identity to the person who has its verified address as login, if there is one."""
    if arrival.email is None:
        return None
    connection = transaction.connection
    found = await connection.fetchrow(_BY_LOGIN, arrival.email, arrival.issuer)
    if found is None:
        return None
    if not arrival.may_link or found["taken"] or not found["active"]:
        raise SignInRefusedError("the address is another account's, which is not to be taken over")
    await _keep_link(connection, arrival, found["person"], now, provisioned=False)
    detail = {"issuer": arrival.issuer}
    await record_activity(connection, "identity_linked", person=found["person"], detail=detail)
    return found


async def _make(transaction: MergeTransaction, arrival: Arrival, now: dt.datetime) -> str:
    """Make a person, through the merge as all others."""
    person = str(uuid.uuid4())
    digest = hashlib.sha256(f"{arrival.issuer} {arrival.subject}".encode()).hexdigest()
    role = arrival.role or FIRST_ROLE
    values = {
        "name": arrival.name,
        "login": arrival.email or f"oidc-{digest[:16]}",
        "role": role,
        "active": True,
        **({} if arrival.language is None else {"language": arrival.language}),
    }
    transaction.workspace.write("org", "person", person, values, intent="company.sign_in")
    connection = transaction.connection
    await _keep_link(connection, arrival, person, now, provisioned=True)
    detail = {"issuer": arrival.issuer, "role": role}
    await record_activity(connection, "person_provisioned", person=person, detail=detail)
    return person


async def _keep_link(
    connection: Connection, arrival: Arrival, person: str, now: dt.datetime, *, provisioned: bool
) -> None:
    await connection.execute(_LINK, arrival.issuer, arrival.subject, person, provisioned, now)


async def _follow_role(
    transaction: MergeTransaction, person: str, before: str, wanted: str | None
) -> None:
    """Give a person the role that the provider says now; never take the last administrator."""
    if wanted is None or wanted == before:
        return
    connection = transaction.connection
    detail = {"from": before, "to": wanted, "by": "company"}
    if before == "administrator" and not await connection.fetchval(_OTHER_ADMINISTRATORS, person):
        await record_activity(connection, "role_kept", person=person, detail=detail)
        return
    await transaction.load("org", [person])
    transaction.workspace.write("org", "person", person, {"role": wanted}, intent="company.sign_in")
    await record_activity(connection, "role_changed", person=person, detail=detail)
