"""The pages that a person sees when another system asks for access: in French or in English.

Server-rendered, one style sheet of our own, no script.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from server.users.oauth_scopes import SCOPES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.users.oauth_browser import Browser
    from server.users.oauth_clients import Client
    from server.users.oauth_requests import AuthorizationRequest

Language = Literal["fr", "en"]

STYLE_FILE = Path(__file__).with_name("oauth.css")

WORDS: Mapping[Language, Mapping[str, str]] = {
    "fr": {
        "asks": "{client} demande l'accès à Derrick",
        "as": "Vous êtes connecté en tant que {name}.",
        "could": "Cette application pourra :",
        "limits": "Jamais plus que ce à quoi vous avez droit vous-même. Vous pourrez retirer "
        "cet accès à tout moment.",
        "leads": "Vous serez renvoyé vers {place}.",
        "allow": "Autoriser",
        "deny": "Refuser",
        "other": "Ce n'est pas vous ?",
        "sign_in": "Connectez-vous à Derrick",
        "for": "pour continuer vers {client}",
        "login": "Adresse e-mail ou téléphone",
        "password": "Mot de passe",
        "code": "Code à usage unique, si vous en utilisez",
        "enter": "Se connecter",
        "company": "Se connecter avec le compte de l'entreprise",
        "stop": "Cette demande ne peut pas aboutir",
        "unsafe": "L'application qui vous envoie n'est pas enregistrée ici, ou l'adresse à "
        "laquelle elle veut revenir n'est pas la sienne. Rien n'a été transmis.",
        "again": "Cette page n'est plus valable. Revenez à l'application et recommencez.",
        "failed": "La connexion n'a pas abouti. Revenez à l'application et recommencez.",
    },
    "en": {
        "asks": "{client} asks for access to Derrick",
        "as": "You are signed in as {name}.",
        "could": "This application will be able to:",
        "limits": "Never more than you may do yourself. You can take this access back at any time.",
        "leads": "You will be sent back to {place}.",
        "allow": "Allow",
        "deny": "Refuse",
        "other": "Not you?",
        "sign_in": "Sign in to Derrick",
        "for": "to go on to {client}",
        "login": "E-mail address or phone",
        "password": "Password",
        "code": "One-time code, if you use them",
        "enter": "Sign in",
        "company": "Sign in with the company's account",
        "stop": "This request cannot go on",
        "unsafe": "The application that sends you is not registered here, or the address it wants "
        "to return to is not its own. Nothing was passed on.",
        "again": "This page is no longer valid. Go back to the application and start again.",
        "failed": "The sign-in did not succeed. Go back to the application and start again.",
    },
}


def language_of(wanted: str | None, person: str | None, accepted: str) -> Language:
    """Choose a language: the one asked for, the person's, the browser's, French."""
    for tag in [*(wanted or "").split(), person or "", *accepted.split(",")]:
        primary = tag.strip().partition(";")[0].partition("-")[0].lower()
        if primary in ("fr", "en"):
            return "fr" if primary == "fr" else "en"
    return "fr"


def consent_page(
    client: Client,
    request: AuthorizationRequest,
    browser: Browser,
    *,
    language: Language,
    query: str,
    mark: str,
) -> str:
    """Ask the person whether the client may have what it asks for."""
    words = WORDS[language]
    asked = "".join(
        f"<li>{escape(getattr(SCOPES[one].told, language))} (<code>{escape(one)}</code>)</li>"
        for one in request.scopes
    )
    parts = urlsplit(request.redirect_uri)
    place = parts.netloc or f"{parts.scheme}:"
    action = f"/oauth2/authorize?{escape(query)}"
    hidden = _mark(mark)
    return _page(
        words["asks"].format(client=client.name),
        f"<p>{escape(words['as'].format(name=browser.name))}</p>"
        f"<p>{words['could']}</p><ul>{asked}</ul><p>{words['limits']}</p>"
        f"<p>{escape(words['leads'].format(place=place))}</p>"
        f"<form method='post' action='{action}'>{hidden}"
        f"<button name='decision' value='allow'>{words['allow']}</button>"
        f"<button name='decision' value='deny'>{words['deny']}</button></form>"
        f"<form method='post' action='/oauth2/sign-out?{escape(query)}'>{hidden}"
        f"<button>{words['other']}</button></form>",
        language=language,
        query=query,
    )


def sign_in_page(
    client: Client,
    *,
    language: Language,
    query: str,
    mark: str,
    company: bool,
    problem: str | None = None,
) -> str:
    """Ask who the person is."""
    words = WORDS[language]
    told = "" if problem is None else f"<p class='error' role='alert'>{escape(problem)}</p>"
    link = f"<p><a href='/oauth2/company?{escape(query)}'>{words['company']}</a></p>"
    return _page(
        words["sign_in"],
        f"<p>{escape(words['for'].format(client=client.name))}</p>{told}"
        f"<form method='post' action='/oauth2/sign-in?{escape(query)}'>{_mark(mark)}"
        f"<label>{words['login']}<input name='login' required autocomplete='username'></label>"
        f"<label>{words['password']}<input name='password' type='password' required "
        "autocomplete='current-password'></label>"
        f"<label>{words['code']}<input name='code' inputmode='numeric' "
        "autocomplete='one-time-code'></label>"
        f"<button>{words['enter']}</button></form>{link if company else ''}",
        language=language,
        query=query,
    )


def stop_page(word: str, *, language: Language) -> str:
    """Tell the person why nothing happens; they are sent nowhere."""
    words = WORDS[language]
    return _page(words["stop"], f"<p class='error' role='alert'>{words[word]}</p>", language)


def _mark(mark: str) -> str:
    return f"<input type='hidden' name='mark' value='{escape(mark)}'>"


def _page(title: str, body: str, language: Language, query: str | None = None) -> str:
    links = "" if query is None else _languages(query)
    return (
        f"<!doctype html><html lang='{language}'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        "<meta name='robots' content='noindex'>"
        f"<title>{escape(title)}</title><link rel='stylesheet' href='/oauth2/style.css'></head>"
        f"<body>{links}<h1>{escape(title)}</h1>{body}</body></html>"
    )


def _languages(query: str) -> str:
    kept = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != "ui_locales"]
    links = (
        f"<a lang='{code}' href='/oauth2/authorize?"
        f"{escape(urlencode([*kept, ('ui_locales', code)]))}'>{name}</a>"
        for code, name in (("fr", "Français"), ("en", "English"))
    )
    return f"<p class='languages'>{' · '.join(links)}</p>"
