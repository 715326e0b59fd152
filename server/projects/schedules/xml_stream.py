"""Hardened streaming of XML: records come out one by one, each a small tree, and are let go.

Document type declarations are refused whole (defusedxml), hence entities and external files too;
depth, text and record sizes are bounded.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Protocol
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from server.projects.schedules.errors import ScheduleUnreadable
from server.projects.schedules.limits import (
    XML_DEPTH_MAX,
    XML_RECORD_ELEMENTS_MAX,
    XML_TEXT_CHARACTERS_MAX,
    XML_TOKEN_BYTES_MAX,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.projects.schedules.source import ByteSource

DECLARED_ENCODING: Final = re.compile(
    rb"""(?:\xef\xbb\xbf)?<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']"""
)
NATIVE_ENCODINGS: Final = frozenset(("utf-8", "utf-16", "iso-8859-1", "us-ascii"))
NIL: Final = "{http://www.w3.org/2001/XMLSchema-instance}nil"


class RecordTaker(Protocol):
    """What a format does with its records. Paths are local names joined by `/`, root included."""

    skipped: frozenset[str]
    """Local names of elements that are passed over with all that is in them."""

    def is_record(self, path: str) -> bool:
        """Say whether elements at this path are wanted whole."""

    def record(self, path: str, element: Element, line: int) -> None:
        """Take a record; `line` is where it starts. It is let go afterwards."""

    def value(self, path: str, text: str, line: int) -> None:
        """Take the text of a leaf that stands outside records."""

    def closed(self, path: str) -> None:
        """Learn that an element outside records has ended."""


def stream_records(source: ByteSource, taker: RecordTaker) -> int:
    """Feed a whole file to a taker and return its number of lines.

    Raises ScheduleUnreadable `malformed`, `truncated`, `wrong_encoding`, `forbidden_xml` or
    `limit_exceeded`.
    """
    _check_declared_encoding(source.head)
    target = _Target(taker)
    parser = DefusedXMLParser(target=target, forbid_dtd=True)
    target.expat = parser.parser
    try:
        for chunk in source.chunks():
            parser.feed(chunk)
            unread = source.bytes_read - int(parser.parser.CurrentByteIndex)
            target.bound("xml_token_bytes_max", unread, XML_TOKEN_BYTES_MAX)
    except DefusedXmlException as error:
        raise ScheduleUnreadable("forbidden_xml", type(error).__name__, line=target.line) from error
    except ParseError as error:
        detail, line = str(error).partition(":")[0], error.position[0]
        raise ScheduleUnreadable("malformed", detail, line=line) from error
    lines = target.line
    try:
        parser.close()
    except ParseError as error:
        raise ScheduleUnreadable("truncated", "XML", line=lines) from error
    return lines


def _check_declared_encoding(head: bytes) -> None:
    """Refuse an encoding that the parser cannot take: unknown, or of several bytes a character."""
    declared = DECLARED_ENCODING.match(head)
    if declared is None:
        return
    name = declared[1].decode("ascii")
    if name.lower() in NATIVE_ENCODINGS:
        return
    try:
        single = len(bytes(range(256)).decode(name, "replace")) == 256  # noqa: PLR2004  (bytes)
    except (LookupError, ValueError):
        single = False
    if not single:
        raise ScheduleUnreadable("unknown_encoding", name, line=1)


def children(element: Element, name: str) -> Iterator[Element]:
    """Yield the children of that local name."""
    return (child for child in element if child.tag == name)


def leaf_texts(element: Element) -> dict[str, str]:
    """Return the texts of an element's leaves by local name; the first of a name stands."""
    texts: dict[str, str] = {}
    for child in element:
        if not len(child) and child.text:
            texts.setdefault(child.tag, child.text.strip())
    return texts


class _Target:
    """The parser's callbacks: a stack of names outside records, a stack of elements inside."""

    def __init__(self, taker: RecordTaker) -> None:
        self._taker = taker
        self.expat: Any = None
        self._names: list[str] = []
        self._open: list[Element] = []
        self._record_path = ""
        self._record_line = 0
        self._record_elements = 0
        self._skipping = 0
        self._leaf = False
        self._text: list[str] = []
        self._text_characters = 0

    @property
    def line(self) -> int:
        """The line that the parser stands on."""
        return int(self.expat.CurrentLineNumber)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        name = tag.rpartition("}")[2]
        if self._skipping or name in self._taker.skipped:
            self._skipping += 1
            self.bound("xml_depth_max", self._skipping, XML_DEPTH_MAX)
            return
        self._flush()
        if self._open:
            self._record_elements += 1
            self.bound("xml_record_elements_max", self._record_elements, XML_RECORD_ELEMENTS_MAX)
            self._push(name, attributes)
            return
        self._names.append(name)
        self.bound("xml_depth_max", len(self._names), XML_DEPTH_MAX)
        path = "/".join(self._names)
        self._leaf = True
        if self._taker.is_record(path):
            self._record_path, self._record_line = path, self.line
            self._record_elements = 0
            self._push(name, attributes)

    def _push(self, name: str, attributes: dict[str, str]) -> None:
        kept = {"nil": attributes[NIL]} if NIL in attributes else {}
        element = Element(name, kept)
        if self._open:
            self._open[-1].append(element)
        self._open.append(element)
        self.bound("xml_depth_max", len(self._names) + len(self._open), XML_DEPTH_MAX)

    def data(self, text: str) -> None:
        """Take a piece of text."""
        if self._skipping:
            return
        self._text.append(text)
        self._text_characters += len(text)
        self.bound("xml_text_characters_max", self._text_characters, XML_TEXT_CHARACTERS_MAX)

    def end(self, _tag: str) -> None:
        """Close an element."""
        if self._skipping:
            self._skipping -= 1
            return
        text = "".join(self._text)
        self._flush()
        if self._open:
            element = self._open.pop()
            if text and not len(element):
                element.text = text
            if self._open:
                return
            path = self._record_path
            self._names.pop()
            self._leaf = False
            self._taker.record(path, element, self._record_line)
            return
        path = "/".join(self._names)
        self._names.pop()
        if self._leaf:
            self._leaf = False
            self._taker.value(path, text.strip(), self.line)
        self._taker.closed(path)

    def close(self) -> None:
        """End the document."""

    def _flush(self) -> None:
        self._text.clear()
        self._text_characters = 0

    def bound(self, name: str, value: int, bound: int) -> None:
        """Hold a value to its bound. Raises ScheduleUnreadable `limit_exceeded`."""
        if value > bound:
            raise ScheduleUnreadable("limit_exceeded", f"{name} = {bound}", line=self.line)
