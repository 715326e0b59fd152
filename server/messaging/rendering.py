"""The same words as a mail, in plain text and in simple HTML, and as an SMS."""

from __future__ import annotations

import html
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from server.messaging.letters import Words

SMS_CHARACTERS_MAX = 480
"""Three parts of a long SMS in the alphabet that has every letter of French."""

_FOOT = {
    "fr": "Message automatique de Derrick : inutile d'y répondre.",
    "en": "An automatic message of Derrick: there is no need to answer.",
}
_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>{subject}</title></head>
<body style="font:16px/1.5 sans-serif;color:#1a1a1a;max-width:36em;margin:0 auto;padding:1em">
{body}
<p style="color:#555;font-size:13px;border-top:1px solid #ccc;padding-top:1em">{foot}</p>
</body></html>
"""
_BUTTON = (
    '<p><a href="{url}" style="display:inline-block;background:#0b4a6f;color:#fff;'
    'padding:.8em 1.4em;text-decoration:none;border-radius:4px">{label}</a></p>'
    '<p style="font-size:13px;word-break:break-all">{url}</p>'
)


def as_text(words: Words, language: str) -> str:
    """Return the body of a mail as plain text."""
    parts = [*words.paragraphs]
    if words.link is not None:
        parts.append(f"{words.link.label} :\n{words.link.url}")
    return "\n\n".join([*parts, f"-- \n{_FOOT[language]}"]) + "\n"


def as_html(words: Words, language: str) -> str:
    """Return the body of a mail as HTML: nothing is fetched from anywhere."""
    parts = [f"<p>{html.escape(one).replace(chr(10), '<br>')}</p>" for one in words.paragraphs]
    if words.link is not None:
        url, label = html.escape(words.link.url), html.escape(words.link.label)
        parts.append(_BUTTON.format(url=url, label=label))
    return _PAGE.format(
        language=language,
        subject=html.escape(words.subject),
        body="\n".join(parts),
        foot=html.escape(_FOOT[language]),
    )


def as_mail(
    words: Words, language: str, *, sender: str, to: str, message_id: str, now: dt.datetime
) -> EmailMessage:
    """Return the whole mail. Raises ValueError when a header would not be one line."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = words.subject
    mail["Date"] = format_datetime(now)
    # The same at every attempt: mailboxes drop the second of two alike.
    mail["Message-ID"] = message_id
    mail["Content-Language"] = language
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(as_text(words, language))
    mail.add_alternative(as_html(words, language), subtype="html")
    return mail


def as_sms(words: Words) -> str:
    """Return what is sent to a phone; the link is never cut."""
    said = " ".join((words.short or words.subject).split())
    url = "" if words.link is None else f" {words.link.url}"
    room = max(0, SMS_CHARACTERS_MAX - len(url))
    return (said if len(said) <= room else f"{said[: max(0, room - 1)]}…") + url
