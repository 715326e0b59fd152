"""Logging in from the command line: a session of this device, whose tokens stay beside the file."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING, Any, Literal

import click
import msgspec
from msgspec import Struct, structs

from server.cli.replicas import opening
from server.cli.replicas.saying import LOGIN_NEEDED, NO_LINK, Both, Mistake, both
from sync.changes import Problem
from sync.replica.session import Granted, Tokens, granted, logged_out

if TYPE_CHECKING:
    from server.cli.replicas.desk import Desk

PASSWORD_VARIABLE = "DERRICK_PASSWORD"  # noqa: S105 - the variable's name
TIMEOUT_SECONDS = 60

_OTHER_PERSON = Both(
    "Cette réplique est à une autre personne ; rien n'a changé.",
    "This replica is another person's; nothing was changed.",
)
_ENROL = Both(
    "Votre rôle demande des codes à usage unique : activez-les d'abord depuis un navigateur.",
    "Your role asks for one-time codes: turn them on in a browser first.",
)


class _Answer(Struct, frozen=True):
    status: Literal["open", "code_required", "enrolment_required"]
    session: Granted | None = None
    known_device: str | None = None


def log_in(
    desk: Desk, server: str, login: str, *, name: str, before: Tokens | None = None
) -> Tokens:
    """Log in with a password, and a code where one is asked for; return the tokens to keep.

    Args:
        desk: where the person sits.
        server: address of the server.
        login: an e-mail address, a phone number or a plain name.
        name: what people call this device.
        before: what an earlier login on this device left.

    """
    before = before or Tokens()
    password = os.environ.get(PASSWORD_VARIABLE) or _asked(desk, "Mot de passe", "Password")
    body: dict[str, Any] = {
        "login": login,
        "password": password,
        "device": {
            "name": name,
            "platform": platform.system(),
            **({} if before.device is None else {"id": before.device}),
        },
        **({} if before.known_device is None else {"known_device": before.known_device}),
    }
    answer = _post(server, "/api/users/login", body)
    if answer.status == "code_required":
        code = _asked(desk, "Code à usage unique", "One-time code")
        answer = _post(server, "/api/users/login", {**body, "code": code})
    if answer.session is None:
        raise Mistake(_ENROL, LOGIN_NEEDED)
    tokens = granted(answer.session, before, opening.wall_milliseconds())
    proof = answer.known_device or before.known_device
    return structs.replace(tokens, login=login, known_device=proof)


def log_in_again(desk: Desk, login: str | None) -> None:
    """Log in on a replica that exists: its person, on the same device; what waits is kept."""
    with desk.open() as replica:
        mine = replica.identity()
    store = opening.TokenFile(desk.path)
    before = store.read()
    wanted = login or before.login or mine.person
    tokens = log_in(desk, mine.server, wanted, name=mine.name, before=before)
    if tokens.person != (mine.person_id or tokens.person):
        log_out(mine.server, tokens)
        raise Mistake(_OTHER_PERSON)
    store.write(tokens)


def log_out(server: str, tokens: Tokens) -> None:
    """End a session on the server. Raises Mistake when it cannot be reached."""
    if tokens.refresh_token is not None:
        body = {"refresh_token": tokens.refresh_token}
        _exchange(server, "/api/users/session/logout", body)


def log_out_here(desk: Desk) -> None:
    """End the session and forget its tokens; every row and every entry stays."""
    with desk.open() as replica:
        server = replica.identity().server
    store = opening.TokenFile(desk.path)
    kept = store.read()
    try:
        log_out(server, kept)
    finally:
        # Without a link too: who hands the laptop on is not logged in on it any more.
        store.write(logged_out(kept))


def say_pin_set(server: str, tokens: Tokens) -> None:
    """Tell the server that a PIN was set on this device; the PIN itself stays here."""
    headers = {"authorization": f"Bearer {tokens.access_token}"}
    _exchange(server, "/api/users/session/pin", None, method="PUT", headers=headers)


def _asked(desk: Desk, fr: str, en: str) -> str:
    answer: str = click.prompt(Both(fr, en).to(desk.language), hide_input=True, err=True)
    return answer


def _post(server: str, path: str, body: dict[str, Any]) -> _Answer:
    content = _exchange(server, path, body)
    try:
        return msgspec.json.decode(content, type=_Answer)
    except msgspec.DecodeError:
        raise Mistake(_not_ours(server), NO_LINK) from None


def _exchange(
    server: str,
    path: str,
    body: dict[str, Any] | None,
    *,
    method: str = "POST",
    headers: dict[str, str] | None = None,
) -> bytes:
    import httpx  # noqa: PLC0415 - a third of a second, often unused

    try:
        answer = httpx.request(
            method,
            server.rstrip("/") + path,
            json=body,
            headers={"accept": "application/json", **(headers or {})},
            timeout=TIMEOUT_SECONDS,
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        fr = f"Le serveur ne répond pas. ({error})"
        raise Mistake(Both(fr, f"The server does not answer. ({error})"), NO_LINK) from None
    if answer.is_success:
        return answer.content
    try:
        problem = msgspec.json.decode(answer.content, type=Problem)
    except msgspec.DecodeError:
        raise Mistake(_not_ours(server), NO_LINK) from None
    raise Mistake(both(problem.message), LOGIN_NEEDED)


def _not_ours(server: str) -> Both:
    return Both(f"Ce n'est pas un serveur Derrick : {server}", f"Not a Derrick server: {server}")
