"""The bound on everything that a schedule file may ask of us, its unit last in the name."""

from typing import Final

FILE_BYTES_MAX: Final = 512 * 1024 * 1024
CHUNK_BYTES: Final = 128 * 1024

LINE_CHARACTERS_MAX: Final = 8 * 1024 * 1024
"""Real calendars reach 200 kB on one line; nothing honest comes near this."""

ROW_LINES_MAX: Final = 20_000
"""Continuation lines of one row: a long note has hundreds."""

ROWS_MAX: Final = 5_000_000
TABLES_MAX: Final = 1_000
FIELDS_MAX: Final = 1_000

XML_DEPTH_MAX: Final = 64
XML_TEXT_CHARACTERS_MAX: Final = 8 * 1024 * 1024
XML_TOKEN_BYTES_MAX: Final = 8 * 1024 * 1024
"""A tag longer than this: older parsers re-read it with every chunk, in quadratic time."""

XML_RECORD_ELEMENTS_MAX: Final = 2_000_000

CALENDAR_DEPTH_MAX: Final = 32
CALENDAR_EXCEPTIONS_MAX: Final = 20_000
CALENDAR_BASES_MAX: Final = 32
"""How far a calendar may lean on another that leans on another."""

CALENDAR_RECURRENCES_MAX: Final = 1_000
RECURRENCE_YEARS_MAX: Final = 60
"""A rule without an end is followed this far; no schedule of ours looks further."""

WARNINGS_MAX: Final = 500
NUMBER_CHARACTERS_MAX: Final = 64
