"""What a file is, by its content: names and declared types are not believed.

Programs are refused. So is a file whose name promises one of the kinds that can be told by content,
and whose content is another kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

HEAD_BYTES = 4096
"""What the kind is told from."""

UNKNOWN = "application/octet-stream"
TEXT = "text/plain"
PROGRAM = "application/x-program"

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"BM", "image/bmp"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (8, b"AVI ", "video/x-msvideo"),
    (8, b"WAVE", "audio/wav"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"AC10", "image/vnd.dwg"),
    (0, b"MZ", PROGRAM),
    (0, b"\x7fELF", PROGRAM),
    (0, b"\xca\xfe\xba\xbe", PROGRAM),
    (0, b"\xfe\xed\xfa\xce", PROGRAM),
    (0, b"\xfe\xed\xfa\xcf", PROGRAM),
    (0, b"\xcf\xfa\xed\xfe", PROGRAM),
    (0, b"#!", PROGRAM),
    (0, b"L\x00\x00\x00\x01\x14\x02\x00", PROGRAM),
)
_MARKUP = (b"<!doctype html", b"<html", b"<script", b"<svg", b"<?xml")

_ZIPPED = frozenset({"docx", "xlsx", "pptx", "odt", "ods", "odp", "zip", "kmz", "vsdx"})
_OLE = frozenset({"doc", "xls", "ppt", "msg", "mpp"})
_PROMISES: Mapping[str, frozenset[str]] = {
    "jpg": frozenset({"image/jpeg"}),
    "jpeg": frozenset({"image/jpeg"}),
    "png": frozenset({"image/png"}),
    "gif": frozenset({"image/gif"}),
    "webp": frozenset({"image/webp"}),
    "tif": frozenset({"image/tiff"}),
    "tiff": frozenset({"image/tiff"}),
    "bmp": frozenset({"image/bmp"}),
    "heic": frozenset({"image/heic"}),
    "avif": frozenset({"image/avif"}),
    "pdf": frozenset({"application/pdf"}),
    "mp4": frozenset({"video/mp4"}),
    "mov": frozenset({"video/mp4"}),
    "dwg": frozenset({"image/vnd.dwg"}),
    **dict.fromkeys(_ZIPPED, frozenset({"application/zip"})),
    **dict.fromkeys(_OLE, frozenset({"application/x-ole-storage"})),
    **dict.fromkeys(("txt", "csv", "xer", "md"), frozenset({TEXT, UNKNOWN})),
}
_PROGRAM_NAMES = frozenset(
    {
        *("exe", "dll", "com", "scr", "msi", "bat", "cmd", "ps1", "vbs", "js", "jse", "wsf"),
        *("hta", "jar", "apk", "app", "lnk", "sh", "so", "dylib"),
    }
)


_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b")


def content_type(head: bytes) -> str:
    """Return the kind of a file from its first bytes."""
    for offset, mark, kind in _SIGNATURES:
        if head[offset : offset + len(mark)] == mark:
            return kind
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(_MARKUP):
        return "text/xml" if start.startswith((b"<?xml", b"<svg")) else "text/html"
    return TEXT if _is_text(head) else UNKNOWN


def is_program(file_name: str) -> bool:
    """Whether a file's name is one that a machine would run."""
    return _ending(file_name) in _PROGRAM_NAMES


def is_refused(kind: str, file_name: str) -> bool:
    """Whether a file of this kind and name is not taken."""
    if kind == PROGRAM or is_program(file_name):
        return True
    promised = _PROMISES.get(_ending(file_name))
    return promised is not None and kind not in promised


def _ending(file_name: str) -> str:
    return file_name.rpartition(".")[2].lower() if "." in file_name else ""


def _is_text(head: bytes) -> bool:
    """Whether bytes read as text: UTF-8 that may be cut at the end, without control characters."""
    if not _CONTROLS.isdisjoint(head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return bool(head) and error.start > len(head) - 4
    return True
