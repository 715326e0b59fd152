"""Draws previews of one file, in a process of its own with little memory and time.

Run as a script, by path, so that it loads nothing of ours: what a hostile file does to it stays
with it. It reads KIND FILE DIRECTORY, writes previews into the directory and what it found as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

MEMORY_BYTES_MAX = 1536 * 1024 * 1024
CPU_SECONDS_MAX = 60
FILE_BYTES_MAX = 256 * 1024 * 1024
PIXELS_MAX = 120_000_000
TEXT_PAGES_MAX = 500
TEXT_CHARACTERS_MAX = 500_000
SIDES = {"thumbnail": 320, "page": 1600}
QUALITY = 82
GPS_IFD = 0x8825
CLEANED: dict[str | None, dict[str, Any]] = {
    "JPEG": {"quality": "keep"},
    "PNG": {},
    "WEBP": {"quality": 95},
    "TIFF": {},
}


def draw(kind: str, file: Path, directory: Path) -> dict[str, Any]:
    """Draw what a file of this kind allows; return the previews' names and the text."""
    if kind == "application/pdf":
        return _draw_pdf(file, directory)
    if kind == "text/plain":
        head = file.read_bytes()[:TEXT_CHARACTERS_MAX]
        return {"previews": [], "text": head.decode("utf-8", "replace")}
    return _draw_image(file, directory)


def _draw_image(file: Path, directory: Path) -> dict[str, Any]:
    from PIL import Image, ImageOps  # noqa: PLC0415

    Image.MAX_IMAGE_PIXELS = PIXELS_MAX // 2  # beyond twice this, Pillow refuses
    with Image.open(file) as image:
        previews = []
        exif = image.getexif()
        if image.format in CLEANED and exif.get_ifd(GPS_IFD):
            # The picture as it was, but for where it was taken.
            del exif[GPS_IFD]
            options = CLEANED[image.format]
            image.save(directory / "clean", format=image.format, exif=exif, **options)
            previews.append("clean")
        image.draft("RGB", (SIDES["page"] * 2, SIDES["page"] * 2))
        upright = ImageOps.exif_transpose(image)
    return {"previews": previews + _shrink(upright, directory), "text": ""}


def _shrink(image: Any, directory: Path) -> list[str]:
    """Write the picture small and smaller, with nothing but its pixels."""
    from PIL import Image  # noqa: PLC0415

    if image.mode not in {"RGB", "L"}:
        ground = Image.new("RGB", image.size, "white")
        layer = image.convert("RGBA")
        ground.paste(layer, mask=layer.getchannel("A"))
        image = ground
    for name, side in sorted(SIDES.items(), key=lambda one: -one[1]):
        image.thumbnail((side, side))
        plain = Image.new(image.mode, image.size)
        plain.paste(image)
        plain.save(directory / name, format="JPEG", quality=QUALITY, optimize=True)
    return [*SIDES]


def _draw_pdf(file: Path, directory: Path) -> dict[str, Any]:
    import pypdfium2  # noqa: PLC0415

    document = pypdfium2.PdfDocument(file)
    try:
        texts: list[str] = []
        size = 0
        for index in range(min(len(document), TEXT_PAGES_MAX)):
            page = document[index]
            text = page.get_textpage().get_text_bounded()
            texts.append(text)
            size += len(text)
            if size > TEXT_CHARACTERS_MAX:
                break
        first = document[0]
        scale = SIDES["page"] / max(1.0, *first.get_size())
        image = first.render(scale=scale).to_pil()
        return {"previews": _shrink(image, directory), "text": "\n".join(texts)}
    finally:
        document.close()


def main() -> None:
    """Take the limits on, then draw."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES_MAX, FILE_BYTES_MAX))
    kind, file, directory = sys.argv[1:]
    found = draw(kind, Path(file), Path(directory))
    (Path(directory) / "found.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main()
