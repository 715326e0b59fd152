"""Sentences in the person's language: French, unless their machine or they say English."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, Literal, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.changes import Sentence

Language = Literal["fr", "en"]

MISTAKE, NO_LINK, LOGIN_NEEDED, REFUSED = 1, 3, 4, 5
"""Exit statuses beside 0 (done) and 2 (the command line itself is wrong). `REFUSED`: the server
refused entries, which are kept."""

_LANGUAGE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


class Both(NamedTuple):
    """One sentence in both languages."""

    fr: str
    en: str

    def to(self, language: Language) -> str:
        """Return it in a language."""
        return self.fr if language == "fr" else self.en


def both(sentence: Sentence) -> Both:
    """Take over a sentence of the catalogue."""
    return Both(sentence.fr, sentence.en)


class Mistake(click.ClickException):
    """Something a person can mend, said in a sentence; `exit_code` tells programs which kind."""

    def __init__(self, sentence: Both, exit_code: int = MISTAKE) -> None:
        super().__init__(sentence.en)
        self.sentence = sentence
        self.exit_code = exit_code  # type: ignore[misc]
        # Taken here: when it is shown, the command's context is gone.
        self._language = _language_of_command()

    def show(self, file: IO[Any] | None = None) -> None:
        """Write it in the language of the command."""
        language = _language_of_command() or self._language or "fr"
        label = "Erreur : " if language == "fr" else "Error: "
        click.echo(label + self.sentence.to(language), file=file, err=file is None)


def _language_of_command() -> Language | None:
    context = click.get_current_context(silent=True)
    given = None if context is None else context.find_root().meta.get("derrick.language")
    return given if given in {"fr", "en"} else None


def language_of(environment: Mapping[str, str]) -> Language:
    """Return the language that an environment asks for: the first that is set decides."""
    for variable in _LANGUAGE_VARIABLES:
        if environment.get(variable):
            return "en" if environment[variable].lower().startswith("en") else "fr"
    return "fr"
