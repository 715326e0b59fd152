"""From bytes to text for a format that never says how it was encoded.

P6 writes XER in the Windows code page of the exporting machine, and does not name it. So: a byte
order mark is believed; then what the caller says; then UTF-8, if the bytes are valid UTF-8 (a
legacy text with accents practically never is); then the code page that the header's currency
suggests (a rouble comes from a Windows in Cyrillic); then Windows-1252.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Final

from server.projects.schedules.errors import ScheduleUnreadable

if TYPE_CHECKING:
    from server.projects.schedules.report import ReportBuilder

DEFAULT_CODE_PAGE: Final = "cp1252"
CODE_PAGE_OF_CURRENCY: Final = dict.fromkeys(
    ("RUB", "UAH", "KZT", "BYN", "BGN", "RSD", "KGS"), "cp1251"
)
BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
HEADER_CURRENCY_FIELD: Final = 8


def encoding_of_mark(head: bytes) -> tuple[str, int] | None:
    """Return the encoding that the first bytes prove, and the length of the mark, if any does.

    UTF-16 without a mark is known by the zero byte of its first letter.
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding, len(mark)
    if len(head) > 1 and head[1] == 0 and head[0] != 0:
        return "utf-16-le", 0
    if len(head) > 1 and head[0] == 0 and head[1] != 0:
        return "utf-16-be", 0
    return None


def code_page_hint(head: bytes) -> str:
    """Return the code page that the header line's base currency suggests."""
    header = head.split(b"\n", 1)[0].rstrip(b"\r").split(b"\t")
    if len(header) <= HEADER_CURRENCY_FIELD:
        return DEFAULT_CODE_PAGE
    currency = header[HEADER_CURRENCY_FIELD].decode("ascii", "replace")
    return CODE_PAGE_OF_CURRENCY.get(currency, DEFAULT_CODE_PAGE)


class TextDecoder:
    """An incremental decoder that settles on an encoding at the first byte that needs one."""

    def __init__(self, head: bytes, asked: str | None, report: ReportBuilder) -> None:
        """Settle what the first bytes and the caller (`asked`) tell.

        Raises ScheduleUnreadable `unknown_encoding` for an encoding that Python does not know.
        """
        self._report = report
        self._pending = b""
        self._code_page = code_page_hint(head)
        proven = encoding_of_mark(head)
        self.mark_bytes = proven[1] if proven else 0
        self._guessing = proven is None and asked is None
        self.encoding = "ascii" if self._guessing else _known(proven[0] if proven else asked or "")
        self._decoder = codecs.getincrementaldecoder(self.encoding)("strict")

    def decode(self, chunk: bytes, *, final: bool = False) -> str:
        """Decode the next bytes.

        Raises ScheduleUnreadable `wrong_encoding` when a known encoding does not fit them, and
        `truncated` when they end within a character.
        """
        if not self._guessing:
            return self._strict(chunk, final=final)
        if self.encoding == "ascii":
            if chunk.isascii():
                return chunk.decode("ascii")
            self._switch("utf-8")
        if self.encoding == "utf-8":
            unread = self._decoder.getstate()[0]
            try:
                return self._decoder.decode(chunk, final)
            except UnicodeDecodeError:
                self._switch(self._code_page)
                self._report.encoding_assumed = True
                chunk = unread + chunk
        return decode_code_page(chunk, self.encoding)

    def _strict(self, chunk: bytes, *, final: bool) -> str:
        try:
            return self._decoder.decode(chunk, final)
        except UnicodeDecodeError as error:
            if final and error.end >= len(error.object):
                raise ScheduleUnreadable("truncated", f"{self.encoding}, {error.reason}") from error
            if self.encoding.startswith("cp125"):
                return decode_code_page(chunk, self.encoding)
            raise ScheduleUnreadable("wrong_encoding", self.encoding) from error

    def _switch(self, encoding: str) -> None:
        self.encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")


def decode_code_page(chunk: bytes, encoding: str) -> str:
    """Decode a Windows code page; bytes that it leaves undefined become control characters.

    That is what Windows itself does with them, and one stray byte must not refuse a file.
    """
    try:
        return chunk.decode(encoding)
    except UnicodeDecodeError:
        return "".join(bytes((byte,)).decode(encoding, "ignore") or chr(byte) for byte in chunk)


def _known(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError as error:
        raise ScheduleUnreadable("unknown_encoding", encoding) from error
