"""The login of a replica: its tokens, renewed when they have expired.

Whoever keeps the tokens (a file, a browser's store) hands them in; new ones are stored before they
are used, since their use tells the server that they arrived. A lost answer does no harm: the same
refresh token is sent again and gives the same next one.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct, structs

from sync import errors
from sync.replica.transport import LoginNeededError, RefusedByServerError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Exchange = Callable[[str, str, type[Any]], Awaitable[Any]]
    """Sends (path, refresh token) and returns an answer of that type."""

REFRESH_PATH = "/api/users/session/refresh"
HAND_OVER_PATH = "/api/users/session/hand-over"


class Tokens(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a login gave, as it is kept on the device."""

    access_token: str = ""
    refresh_token: str | None = None
    """None: the access token cannot be renewed, or nobody is logged in."""
    expires_at: int | None = None
    """When the access token expires by this device's clock, in milliseconds."""
    person: str | None = None
    device: str | None = None
    """The device that a next login names, so that it is known again."""
    login: str | None = None
    """What the person logged in with last."""
    known_device: str | None = None
    """Proof of an earlier login, which a next one shows."""
    pin_reset_at: int | None = None
    """A PIN set on this device before this moment is void."""


class TokenStore(Protocol):
    """Keeps the tokens of one replica."""

    def read(self) -> Tokens:
        """Return what is kept; another process may have written it."""

    def write(self, tokens: Tokens) -> None:
        """Keep tokens: on the disk when this returns."""


class Granted(Struct, frozen=True):
    """What a login or a refresh answers."""

    access_token: str
    refresh_token: str
    expires_in: int
    person: str
    device: str
    pin_reset_at: int | None = None


class HandOver(Struct, frozen=True):
    """What a revoked device is given to hand in its work with."""

    access_token: str


def granted(answer: Granted, before: Tokens, wall_ms: int) -> Tokens:
    """Return the tokens to keep after a login or a refresh."""
    return structs.replace(
        before,
        access_token=answer.access_token,
        refresh_token=answer.refresh_token,
        expires_at=wall_ms + answer.expires_in * 1000,
        person=answer.person,
        device=answer.device,
        pin_reset_at=answer.pin_reset_at or before.pin_reset_at,
    )


def logged_out(tokens: Tokens) -> Tokens:
    """Return what is kept once the session is over: which device this is, and whose."""
    return Tokens(device=tokens.device, login=tokens.login, known_device=tokens.known_device)


class Session:
    """The tokens of the moment, for a transport."""

    def __init__(self, store: TokenStore, clock: Callable[[], int]) -> None:
        """Take where the tokens are kept, and the device's clock in milliseconds."""
        self._store = store
        self._clock = clock
        self._hand_over: str | None = None
        self._renewing = asyncio.Lock()

    def token(self) -> str:
        """Return the access token of the moment. Raises LoginNeededError when there is none."""
        token = self._hand_over or self._store.read().access_token
        if not token:
            raise LoginNeededError("log in to go on; unsent work is kept")
        return token

    def has_expired(self) -> bool:
        """Whether the access token has expired by this device's clock, and another may be had."""
        tokens = self._store.read()
        if self._hand_over is not None or tokens.refresh_token is None:
            return False
        return tokens.expires_at is not None and tokens.expires_at <= self._clock()

    async def renew(self, refused: str, exchange: Exchange) -> bool:
        """Get another access token than one that was refused; False: only a login helps.

        A revoked device gets one that hands in its work and nothing else. Raises TransportError.
        """
        async with self._renewing:
            tokens = self._store.read()
            if self.token() != refused:
                return True  # meanwhile another task did, or another process
            if tokens.refresh_token is None:
                return False
            try:
                if self._hand_over is None and await self._refresh(tokens, exchange):
                    return True
                answer = await exchange(HAND_OVER_PATH, tokens.refresh_token, HandOver)
            except LoginNeededError:
                return False
            self._hand_over = answer.access_token
            return True

    async def _refresh(self, tokens: Tokens, exchange: Exchange) -> bool:
        """Exchange the refresh token; False when the device was revoked."""
        try:
            answer = await exchange(REFRESH_PATH, tokens.refresh_token or "", Granted)
        except RefusedByServerError as error:
            if error.problem.code != errors.DEVICE_REVOKED.code:
                raise
            return False
        self._store.write(granted(answer, tokens, self._clock()))
        return True

    def forget(self) -> None:
        """Log out here: forget the tokens, but not which device this is."""
        self._hand_over = None
        self._store.write(logged_out(self._store.read()))
