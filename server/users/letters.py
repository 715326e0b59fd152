"""What the messages about accounts say: worded when they are sent, from the sealed link."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from server.messaging import LetterLostError, Link, Words
from server.users.outbox import unsealed_link
from server.users.proving import base_url
from server.users.sealing import IdentityKeys
from server.users.secret import token_secret

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from server.messaging import Opener, Waiting
    from server.settings import Settings

# kind -> language -> subject, paragraphs, the words on the link; {life} is how long it is good.
_WORDS: Mapping[str, Mapping[str, tuple[str, tuple[str, ...], str]]] = {
    "invitation": {
        "fr": (
            "Votre invitation à Derrick",
            (
                "Bonjour,",
                (
                    "Vous êtes invité à travailler avec votre équipe dans Derrick. Ouvrez ce lien "
                    "pour choisir un mot de passe ; il sert une fois et vaut {life}."
                ),
                "Si vous n'attendiez pas cette invitation, ignorez ce message.",
            ),
            "Accepter l'invitation",
        ),
        "en": (
            "Your invitation to Derrick",
            (
                "Hello,",
                (
                    "You are invited to work with your team in Derrick. Open this link to choose a "
                    "password; it is good once, for {life}."
                ),
                "If you did not expect this invitation, ignore this message.",
            ),
            "Accept the invitation",
        ),
    },
    "registration": {
        "fr": (
            "Terminez votre inscription à Derrick",
            (
                "Bonjour,",
                (
                    "Ce compte a été demandé pour votre adresse. Ouvrez ce lien pour choisir un "
                    "mot de passe ; il sert une fois et vaut {life}."
                ),
                "Si ce n'était pas vous, ignorez ce message : aucun compte n'est créé.",
            ),
            "Terminer l'inscription",
        ),
        "en": (
            "Complete your registration with Derrick",
            (
                "Hello,",
                (
                    "An account was asked for with your address. Open this link to choose a "
                    "password; it is good once, for {life}."
                ),
                "If that was not you, ignore this message: no account is made.",
            ),
            "Complete the registration",
        ),
    },
    "already_registered": {
        "fr": (
            "Vous avez déjà un compte Derrick",
            (
                "Bonjour,",
                (
                    "Un compte a été demandé pour votre adresse, qui en a déjà un. "
                    "Connectez-vous ; si vous avez perdu votre mot de passe, "
                    "demandez-en un nouveau à cet endroit."
                ),
                "Si ce n'était pas vous, ignorez ce message.",
            ),
            "Ouvrir Derrick",
        ),
        "en": (
            "You already have a Derrick account",
            (
                "Hello,",
                (
                    "An account was asked for with your address, which has one already. Log in; if "
                    "you lost your password, ask for a new one there."
                ),
                "If that was not you, ignore this message.",
            ),
            "Open Derrick",
        ),
    },
    "password_reset": {
        "fr": (
            "Votre nouveau mot de passe Derrick",
            (
                "Bonjour,",
                (
                    "Un nouveau mot de passe a été demandé pour votre compte. Ouvrez ce lien pour "
                    "le choisir ; il sert une fois et vaut {life}."
                ),
                "Si ce n'était pas vous, ignorez ce message : votre mot de passe ne change pas.",
            ),
            "Choisir un mot de passe",
        ),
        "en": (
            "Your new Derrick password",
            (
                "Hello,",
                (
                    "A new password was asked for your account. Open this link to choose it; it is "
                    "good once, for {life}."
                ),
                "If that was not you, ignore this message: your password stays as it is.",
            ),
            "Choose a password",
        ),
    },
}

_UNITS = {"fr": ("minute", "heure", "jour"), "en": ("minute", "hour", "day")}


def openers(settings: Settings) -> dict[str, Opener]:
    """Return who words the messages about accounts, by kind."""
    keys = IdentityKeys(token_secret(settings))
    return {kind: partial(_worded, keys, base_url(settings)) for kind in _WORDS}


def _worded(keys: IdentityKeys, home: str, letter: Waiting) -> Words:
    language = "en" if letter.language == "en" else "fr"
    subject, paragraphs, label = _WORDS[letter.kind][language]
    url = home if letter.secret is None else unsealed_link(keys, letter.secret)
    if url is None:
        raise LetterLostError("it was sealed with the secret of another installation")
    life = "" if letter.expires_at is None else _life(letter.expires_at - letter.made_at, language)
    return Words(
        subject=subject,
        paragraphs=tuple(one.format(life=life) for one in paragraphs),
        link=Link(label, url),
    )


def _life(life: dt.timedelta, language: str) -> str:
    """Return how long a link is good in words: `60 minutes`, `7 jours`."""
    minutes = round(life.total_seconds() / 60)
    minute, hour, day = _UNITS[language]
    if minutes % (24 * 60) == 0:
        count, unit = minutes // (24 * 60), day
    elif minutes % 60 == 0:
        count, unit = minutes // 60, hour
    else:
        count, unit = minutes, minute
    return f"{count} {unit}{'s' if count > 1 else ''}"
