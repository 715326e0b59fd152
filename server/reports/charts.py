"""Charts as SVG: lines for what grows, bars for what is compared. Vectors, sharp at any size."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from server.reports.wording import digits_of, say, write

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from server.reports.declaring import Chart, Series
    from server.reports.wording import Language

WIDTH, HEIGHT = 760, 270
LEFT, RIGHT, TOP, BOTTOM = 60, 14, 34, 30
_PLOT_WIDTH = WIDTH - LEFT - RIGHT
_PLOT_HEIGHT = HEIGHT - TOP - BOTTOM
LABELS_MAX = 12
LABEL_CHARACTERS_MAX = 16
_FONT = "Noto Sans, Noto Sans Arabic"
_INK, _GRID, _MARK = "#334155", "#E2E8F0", "#94A3B8"

_SCALES = (
    (1_000_000_000, "Md", "bn"),
    (1_000_000, "M", "m"),
    (1_000, "k", "k"),
    (1, "", ""),
)


def draw(chart: Chart, language: Language, currency: str) -> str:
    """Return a chart as SVG."""
    unit = 10 ** digits_of(currency)
    values = [value for one in chart.series for value in one.values if value is not None]
    low, high = min([0, *values]), max([0, *values])
    step = _step(max(high - low, 1) / unit) * unit
    bottom, top = (low // step) * step, -(-max(high, step) // step) * step
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="{_FONT}" font-size="11" fill="{_INK}">'
    )
    parts = [
        head,
        *_scale(range(bottom, top + 1, step), unit, language),
        *_labels(chart, language),
        *_legend(chart.series, language),
    ]
    if chart.shape == "lines":
        if chart.marked is not None:
            x = _x(chart.marked, len(chart.labels), bars=False)
            parts.append(
                f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{TOP + _PLOT_HEIGHT}" '
                f'stroke="{_MARK}" stroke-dasharray="2 3"/>'
            )
        parts += [_line(one, bottom, top) for one in chart.series]
    else:
        parts += _bars(chart.series, bottom, top)
    return "".join([*parts, "</svg>"])


def _step(span: float) -> int:
    """Return a round distance between grid lines, in units of the currency: four to eight lines."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if span / (size * factor) <= 6:  # noqa: PLR2004
                return size * factor
        size *= 10


def _y(value: int, bottom: int, top: int) -> float:
    return TOP + _PLOT_HEIGHT * (1 - (value - bottom) / (top - bottom))


def _x(place: int, count: int, *, bars: bool) -> float:
    if bars:
        return LEFT + _PLOT_WIDTH * (place + 0.5) / count
    return LEFT + (_PLOT_WIDTH * place / (count - 1) if count > 1 else _PLOT_WIDTH / 2)


def _scale(lines: range, unit: int, language: Language) -> Iterator[str]:
    bottom, top = lines[0], lines[-1]
    largest = max(abs(bottom), abs(top)) // unit
    divisor, fr, en = next(one for one in _SCALES if largest >= one[0] * 2 or one[0] == 1)
    suffix = fr if language == "fr" else en
    for value in lines:
        y = _y(value, bottom, top)
        stroke = _MARK if value == 0 else _GRID
        number = write(Decimal(value) / (unit * divisor), "quantity", language, "")
        yield (
            f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="{stroke}"/>'
            f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">'
            f"{number}{chr(0x202F) + suffix if suffix and value else ''}</text>"
        )


def _labels(chart: Chart, language: Language) -> Iterator[str]:
    count = len(chart.labels)
    every = max(1, -(-count // LABELS_MAX))
    for place in range(0, count, every):
        label = chart.labels[place]
        text = label if isinstance(label, str) else _day(label, language)
        if len(text) > LABEL_CHARACTERS_MAX:
            text = text[: LABEL_CHARACTERS_MAX - 1] + "…"
        x = _x(place, count, bars=chart.shape == "bars")
        if chart.shape == "lines":
            x = min(max(x, LEFT + 12), WIDTH - RIGHT - 22)
        yield (
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle" font-size="10">'
            f"{escape(text)}</text>"
        )


def _day(day: dt.date, language: Language) -> str:
    return f"{day:%d/%m/%y}" if language == "fr" else f"{day.day} {day:%b %y}"


def _legend(series: Sequence[Series], language: Language) -> Iterator[str]:
    x = LEFT
    for one in series:
        text = say(one.label, language)
        dash = ' stroke-dasharray="5 3"' if one.dashed else ""
        yield (
            f'<line x1="{x}" y1="14" x2="{x + 22}" y2="14" stroke="{one.colour}" '
            f'stroke-width="4"{dash}/><text x="{x + 28}" y="18">{escape(text)}</text>'
        )
        x += 48 + 7 * len(text)


def _line(series: Series, bottom: int, top: int) -> str:
    count = len(series.values)
    points = [
        (_x(place, count, bars=False), _y(value, bottom, top))
        for place, value in enumerate(series.values)
        if value is not None
    ]
    if not points:
        return ""
    path = "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    dash = ' stroke-dasharray="6 4"' if series.dashed else ""
    x, y = points[-1]
    return (
        f'<path d="{path}" fill="none" stroke="{series.colour}" stroke-width="2.5" '
        f'stroke-linejoin="round"{dash}/><circle cx="{x:.1f}" cy="{y:.1f}" r="3" '
        f'fill="{series.colour}"/>'
    )


def _bars(series: Sequence[Series], bottom: int, top: int) -> Iterator[str]:
    count = max((len(one.values) for one in series), default=0)
    if not count:
        return
    group = _PLOT_WIDTH / count * 0.76
    width = min(group / len(series), 34)
    zero = _y(0, bottom, top)
    for number, one in enumerate(series):
        for place, value in enumerate(one.values):
            if not value:
                continue
            x = _x(place, count, bars=True) + (number - len(series) / 2) * width
            y = _y(value, bottom, top)
            yield (
                f'<rect x="{x:.1f}" y="{min(y, zero):.1f}" width="{width * 0.92:.1f}" '
                f'height="{abs(zero - y):.1f}" fill="{one.colour}"/>'
            )
