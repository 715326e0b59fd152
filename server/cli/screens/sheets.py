"""Contact sheets: the pictures of a screen side by side, to be taken in at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from server.cli.screens.browsing import LANGUAGES, THEMES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

WIDTHS = {"phone": 300, "tablet": 420, "desktop": 760}
"""How wide a picture of each size is on a sheet."""
GAP = 16
HEIGHT_PX_MAX = 1_100
_PAPER = (118, 122, 126)


def lay_out(folder: Path, names: Iterable[str]) -> list[Path]:
    """Make one sheet a screen and size: both languages, both themes; return the files."""
    made = []
    for name in names:
        for size, width in WIDTHS.items():
            pictures = [
                _small(folder / f"{name}-{size}-{language}-{theme}.png", width)
                for language in LANGUAGES
                for theme in THEMES
            ]
            made.append(_sheet(pictures, folder / "sheets" / f"{name}-{size}.png"))
    return made


def _small(path: Path, width: int) -> Image.Image:
    with Image.open(path) as picture:
        height = round(picture.height * width / picture.width)
        small = picture.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
    return small.crop((0, 0, width, min(height, HEIGHT_PX_MAX)))


def _sheet(pictures: list[Image.Image], path: Path) -> Path:
    width = sum(one.width + GAP for one in pictures) + GAP
    height = max(one.height for one in pictures) + 2 * GAP
    sheet = Image.new("RGB", (width, height), _PAPER)
    left = GAP
    for one in pictures:
        sheet.paste(one, (left, GAP))
        left += one.width + GAP
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)
    return path
