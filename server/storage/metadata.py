"""What an image says of itself, when and where it was taken: put on its document where empty."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from server.storage.spool import SpoolFile

IMAGES = frozenset({"image/jpeg", "image/png", "image/webp", "image/tiff"})
EXIF_IFD = 0x8769
GPS_IFD = 0x8825
_TAKEN, _OFFSET = 0x9003, 0x9011
_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE = 1, 2, 3, 4


def read_metadata(file: SpoolFile, kind: str) -> dict[str, Any]:
    """Return `taken_at` and the position of an image, as far as it tells them."""
    if kind not in IMAGES:
        return {}
    from PIL import Image  # noqa: PLC0415 - needed by the workers alone

    try:
        # Reads the header alone; the pixels stay packed.
        with file.reader() as source, Image.open(source) as image:
            exif = image.getexif()
            return {**_taken(exif.get_ifd(EXIF_IFD)), **_position(exif.get_ifd(GPS_IFD))}
    except (OSError, ValueError, SyntaxError, TypeError, ZeroDivisionError, OverflowError):
        # Damaged or hostile: it says nothing of itself, and is stored all the same.
        return {}
    except Image.DecompressionBombError:
        return {}


def _taken(exif: Any) -> dict[str, int]:
    """Read the moment; without a zone it is taken for UTC."""
    text = exif.get(_TAKEN)
    if not isinstance(text, str):
        return {}
    moment = dt.datetime.strptime(text.strip("\0 "), "%Y:%m:%d %H:%M:%S").replace(tzinfo=dt.UTC)
    offset = exif.get(_OFFSET)
    if isinstance(offset, str) and len(offset) == len("+01:00"):
        zone = dt.datetime.strptime(offset, "%z").tzinfo
        moment = moment.replace(tzinfo=zone)
    milliseconds = int(moment.timestamp() * 1000)
    return {"taken_at": milliseconds} if milliseconds >= 0 else {}


def _position(gps: Any) -> dict[str, int]:
    latitude = _degrees(gps.get(_LATITUDE), gps.get(_LATITUDE_REF), "NS", 90)
    longitude = _degrees(gps.get(_LONGITUDE), gps.get(_LONGITUDE_REF), "EW", 180)
    if latitude is None or longitude is None:
        return {}
    return {"latitude_microdegrees": latitude, "longitude_microdegrees": longitude}


def _degrees(parts: Any, side: Any, sides: str, most: int) -> int | None:
    if not isinstance(parts, tuple) or len(parts) != 3 or side not in {*sides}:  # noqa: PLR2004
        return None
    degrees = float(parts[0]) + float(parts[1]) / 60 + float(parts[2]) / 3600
    if not 0 <= degrees <= most:
        return None
    return round(degrees * 1_000_000) * (1 if side == sides[0] else -1)
