"""What can make a file unreadable, each with a sentence for the person who chose it."""

from __future__ import annotations

from typing import Final

SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "empty_file": ("Le fichier est vide.", "The file is empty."),
    "file_missing": (
        "Le fichier n’existe pas ou ne peut pas être ouvert : {detail}.",
        "The file does not exist or cannot be opened: {detail}.",
    ),
    "unsupported_format": (
        "Ce format n’est pas pris en charge ({detail}). Exportez le planning en XER ou en XML.",
        "This format is not supported ({detail}). Export the schedule as XER or as XML.",
    ),
    "unknown_encoding": (
        "Le codage de caractères « {detail} » est inconnu.",
        "The character encoding “{detail}” is unknown.",
    ),
    "wrong_encoding": (
        "Le fichier ne se lit pas dans le codage {detail} : il est abîmé ou le codage est faux.",
        "The file cannot be read as {detail}: it is damaged, or the encoding is wrong.",
    ),
    "truncated": (
        "Le fichier est incomplet : {detail}. Exportez-le ou transférez-le de nouveau.",
        "The file is incomplete: {detail}. Export it or transfer it again.",
    ),
    "malformed": (
        "Le fichier est mal formé : {detail}.",
        "The file is malformed: {detail}.",
    ),
    "forbidden_xml": (
        "Le fichier XML contient une déclaration interdite ({detail}).",
        "The XML file holds a forbidden declaration ({detail}).",
    ),
    "no_project": (
        "Le fichier ne contient aucun projet.",
        "The file holds no project.",
    ),
    "limit_exceeded": (
        "Le fichier dépasse une limite : {detail}.",
        "The file exceeds a limit: {detail}.",
    ),
}


class ScheduleUnreadable(Exception):  # noqa: N818  (it names a state of the file, not of ours)
    """A file that cannot be read as a schedule; nothing of it is kept.

    `code` is stable and one of `SENTENCES`; `line` is the line of the file, from 1, if known.
    """

    def __init__(self, code: str, detail: str = "", *, line: int | None = None) -> None:
        french, english = SENTENCES[code]
        self.code = code
        self.detail = detail
        self.line = line
        self.sentence_fr = french.format(detail=detail) + (f" (ligne {line})" if line else "")
        self.sentence_en = english.format(detail=detail) + (f" (line {line})" if line else "")
        super().__init__(self.sentence_en)
