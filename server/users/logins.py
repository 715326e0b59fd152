"""What people log in with: an e-mail address, a phone number, or a plain name given to them."""

from __future__ import annotations

import re
import unicodedata

from server.errors import ProblemError
from sync import errors

LOGIN_CHARACTERS_MAX = 200

_EMAIL = re.compile(r"[^\s@,;<>()\"]{1,64}@[^\s@,;<>()\"._-][^\s@,;<>()\"]*\.[^\s@,;<>()\".]{2,63}")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_PHONE_PUNCTUATION = re.compile(r"[\s.()/\u2010-\u2015-]")


def normalise(login: str) -> str:
    """Return the one way to write a login, by which it is looked up; never refuses anything."""
    plain = unicodedata.normalize("NFKC", login).strip()
    phone = _phone(plain)
    return plain.lower() if phone is None else phone


def _phone(text: str) -> str | None:
    digits = _PHONE_PUNCTUATION.sub("", text)
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    return digits if _PHONE.fullmatch(digits) else None


def phone_number(text: str) -> str:
    """Return a phone number as E.164 writes it. Raises ProblemError."""
    phone = _phone(unicodedata.normalize("NFKC", text).strip())
    if phone is None:
        raise ProblemError(
            errors.ENTRY_INVALID, "not a phone number with its country code", field="phone"
        )
    return phone


def person_name(text: str) -> str:
    """Return a name without the spaces around it. Raises ProblemError when nothing is left."""
    name = text.strip()
    if not name:
        raise ProblemError(errors.ENTRY_INVALID, "a name is needed", field="name")
    return name


def reachable_login(text: str) -> str:
    """Return a login that messages can be sent to, normalised. Raises ProblemError."""
    login = normalise(text)
    if len(login) > LOGIN_CHARACTERS_MAX or not (
        _PHONE.fullmatch(login) or _EMAIL.fullmatch(login)
    ):
        raise ProblemError(errors.LOGIN_INVALID, field="login")
    return login


def is_phone(login: str) -> bool:
    """Whether a normalised login is a phone number."""
    return _PHONE.fullmatch(login) is not None
