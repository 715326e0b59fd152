"""What a client's token may do: a small catalogue, always within the person's own access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from server.users.oauth_errors import invalid_scope
from sync.changes import Sentence

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

ALL_KINDS = frozenset({"org", "project", "finance", "folder", "channel", "user"})
"""The kinds of scopes that rows are kept in; a client's token opens some of them."""

WRITE = "write"
SCOPES_CHARACTERS_MAX = 500


class Scope(Struct, frozen=True):
    """One thing that a client can be allowed."""

    name: str
    kinds: frozenset[str]
    """Kinds of row scopes that it lets the client read."""
    told: Sentence
    """How a person is asked."""


def _scope(name: str, kinds: Collection[str], fr: str, en: str) -> Scope:
    return Scope(name, frozenset(kinds), Sentence(fr=fr, en=en))


SCOPES: Mapping[str, Scope] = {
    one.name: one
    for one in (
        _scope(
            "read",
            ALL_KINDS,
            "Lire tout ce que vous pouvez lire, messages et finances compris",
            "Read all that you may read, messages and finances included",
        ),
        _scope(
            WRITE,
            (),
            "Saisir et modifier en votre nom, parmi ce qu'il peut lire",
            "Enter and change things in your name, among what it may read",
        ),
        _scope(
            "directory:read",
            {"org"},
            "Lire l'annuaire, les catégories et les devises",
            "Read the directory, categories and currencies",
        ),
        _scope(
            "projects:read",
            {"org", "project"},
            "Lire vos chantiers : tâches, rapports, incidents, dépenses",
            "Read your work sites: tasks, reports, incidents, expenses",
        ),
        _scope(
            "finance:read",
            {"org", "finance"},
            "Lire les budgets, factures et paiements de vos chantiers",
            "Read the budgets, invoices and payments of your work sites",
        ),
    )
}


def read_scopes(text: str | None, allowed: Iterable[str]) -> tuple[str, ...]:
    """Return the scopes asked for, in order; all that are allowed when none is named.

    Raises OAuthError for one that is unknown or not allowed (RFC 6749, section 3.3).
    """
    known = sorted({*allowed} & SCOPES.keys())
    if text is None:
        return tuple(known)
    asked = sorted({*text.split(" ")}) if len(text) <= SCOPES_CHARACTERS_MAX else []
    if not asked or not {*asked} <= {*known}:
        raise invalid_scope("a scope is unknown, or not one that this client may have")
    return tuple(asked)


def kinds_of(scopes: Iterable[str]) -> frozenset[str]:
    """Return the kinds of row scopes that a token with these scopes may read."""
    return frozenset().union(*(SCOPES[one].kinds for one in scopes if one in SCOPES))
