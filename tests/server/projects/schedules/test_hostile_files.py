"""Files that are damaged, disguised or built to harm: each has its code, and nothing is kept."""

import contextlib
import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from server.projects.schedules import ScheduleUnreadable, read_schedule
from server.projects.schedules.errors import SENTENCES
from tests.server.projects.schedules.small_files import HEADER, codes, mspdi, read, table, xer

TASKS = table("TASK", "task_id proj_id task_code task_name", "7|1|A10|Forage", "8|1|A20|Essai")
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE Project [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    "<Project><Name>&b;</Name></Project>"
)
EXTERNAL = (
    '<?xml version="1.0"?><!DOCTYPE Project [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    "<Project><Name>&x;</Name></Project>"
)


def _refused(data: bytes, *, encoding: str | None = None) -> ScheduleUnreadable:
    with pytest.raises(ScheduleUnreadable) as caught:
        read(data, encoding=encoding)
    return caught.value


def _refused_stream(stream: BinaryIO) -> ScheduleUnreadable:
    with pytest.raises(ScheduleUnreadable) as caught:
        read_schedule(stream)
    return caught.value


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b" \r\n", "empty_file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "unsupported_format"),
        (b"PK\x03\x04rest", "unsupported_format"),
        (b"%PDF-1.7", "unsupported_format"),
        (b"nom;debut;fin\r\nA;1;2\r\n", "unsupported_format"),
        (b"<html><body>Connexion</body></html>", "unsupported_format"),
        (b"<?xml version='1.0'?>", "unsupported_format"),
        (BOMB.encode(), "forbidden_xml"),
        (EXTERNAL.encode(), "forbidden_xml"),
        (b"<Project></Project></Project>", "malformed"),
        (b"<Project><Tasks></Project>", "malformed"),
        (b"<Project><Tasks><Task><UID>1</UID>", "truncated"),
        (b"<APIBusinessObjects></APIBusinessObjects>", "no_project"),
        (b'<?xml version="1.0" encoding="klingon"?><Project/>', "unknown_encoding"),
        (b'<?xml version="1.0" encoding="gb2312"?><Project/>', "unknown_encoding"),
        (b'<?xml version="1.0" encoding="utf-8"?><Project>\xe9</Project>', "malformed"),
        (b'<Project Sdk="build"><PropertyGroup/></Project>', "unsupported_format"),
        (xer(TASKS, project="").encode(), "no_project"),
        (xer(TASKS, end="").encode(), "truncated"),
        (xer(TASKS).encode()[:-20], "truncated"),
        (f"{HEADER}\r\n%R\t1\r\n%E\r\n".encode(), "malformed"),
        (f"{HEADER}\r\nnothing\r\n%E\r\n".encode(), "malformed"),
    ],
)
def test_a_damaged_or_foreign_file_is_refused_with_its_code(data: bytes, code: str) -> None:
    """The code is stable, and both sentences are whole."""
    error = _refused(data)
    assert error.code == code
    assert "{" not in error.sentence_fr + error.sentence_en


def test_every_code_has_both_sentences() -> None:
    """The catalogue says each thing in French and in English."""
    assert all(french and english and french != english for french, english in SENTENCES.values())


def test_depth_is_bounded() -> None:
    """Elements nested without end stop the reading."""
    deep = "<Tasks><Task>" + "<a>" * 100_000
    assert _refused(mspdi(deep)).code == "limit_exceeded"
    assert _refused(mspdi("<TimephasedData>" * 100_000)).code == "limit_exceeded"


def test_a_huge_text_in_xml_is_bounded() -> None:
    """One text of more characters than the bound stops the reading."""
    assert _refused(mspdi(f"<Name>{'x' * 9_000_000}</Name>")).code == "limit_exceeded"


def test_a_huge_tag_is_bounded() -> None:
    """A tag that does not end is refused after the bound, whatever the parser does with it."""
    data = b"<Project><Tasks " + b"a" * 60_000_000
    stream = io.BytesIO(data)
    assert _refused_stream(stream).code == "limit_exceeded"
    assert stream.tell() < len(data) // 2


def test_recurring_exceptions_are_bounded() -> None:
    """Rules without end, or thousands of them, cost little: the calendar is given up."""
    rule = (
        "<Exception><EnteredByOccurrences>0</EnteredByOccurrences><TimePeriod><FromDate>"
        "0001-01-01T00:00:00</FromDate><ToDate>9999-12-31T23:59:00</ToDate></TimePeriod>"
        "<Type>{kind}</Type><Period>1</Period><DaysOfWeek>0</DaysOfWeek></Exception>"
    )
    for kind in range(1, 10):
        rules = rule.format(kind=kind) * 3000
        calendar = f"<Calendar><UID>1</UID><Exceptions>{rules}</Exceptions></Calendar>"
        schedule, report = read(mspdi(f"<Calendars>{calendar}</Calendars>"))
        assert schedule.calendars[0].assumed
        assert codes(report)


@pytest.mark.parametrize("name", ["xer/mpxj_invalid-8.4.xer", "mspdi/mpxj_sample.xml"])
def test_damaged_bytes_never_raise_anything_else(
    name: str, real_schedule: Callable[[str], Path]
) -> None:
    """A real file with bytes changed at random is read or refused, whatever the bytes."""
    whole = real_schedule(name).read_bytes()
    for seed in range(150):
        chance = random.Random(seed)
        data = bytearray(whole)
        for _ in range(chance.randint(1, 40)):
            data[chance.randrange(len(data))] = chance.choice(b'\x00\t\n\r<>&"()|0179-:Az\xe9\xff')
        with contextlib.suppress(ScheduleUnreadable):
            read(bytes(data))


class _EndlessLine(io.RawIOBase):
    """A stream whose one line never ends; it counts what is taken from it."""

    def __init__(self, start: bytes) -> None:
        self._start = start
        self.bytes_given = 0

    def read(self, size: int = -1) -> bytes:
        data = self._start.ljust(size, b"x")[:size]
        self._start = b""
        self.bytes_given += len(data)
        return data


def test_a_line_without_end_is_left_early() -> None:
    """A line of 100 MB and more is refused after the bound, not read to its end."""
    stream = _EndlessLine(f"{HEADER}\r\n%T\tTASK\r\n%F\ttask_id\r\n%R\t".encode())
    with pytest.raises(ScheduleUnreadable) as caught:
        read_schedule(cast("BinaryIO", stream))
    assert (caught.value.code, caught.value.line) == ("limit_exceeded", 4)
    assert stream.bytes_given < 20_000_000


def test_continuation_lines_are_bounded() -> None:
    """A row continued for ever stops the reading."""
    data = xer(TASKS, "x\n" * 30_000).encode()
    assert _refused(data).code == "limit_exceeded"


def test_nul_characters_are_dropped_with_a_warning() -> None:
    """NUL, which no database stores, is dropped; the rest of the row stays."""
    schedule, report = read(xer(TASKS).replace("Forage", "For\0age"))
    assert schedule.projects[0].activities[0].name == "Forage"
    assert codes(report) == ["nul_characters"]


def test_an_encoding_that_does_not_fit_is_said() -> None:
    """A wrong or unknown encoding named by the caller has its own code."""
    data = xer(TASKS).replace("Forage", "Forê").encode("cp1252")
    assert _refused(data, encoding="utf-8").code == "wrong_encoding"
    assert _refused(data, encoding="klingon").code == "unknown_encoding"


def test_utf_16_cut_within_a_character_is_truncated() -> None:
    """Half a character at the end means that the file is cut."""
    data = xer(TASKS, end="").encode("utf-16-le")[:-1]
    assert _refused(data).code == "truncated"


def test_a_truncated_file_may_be_read_on_demand() -> None:
    """Without the end mark the caller may still ask for what is there, and gets a warning."""
    data = xer(TASKS, end="").encode()
    schedule, report = read_schedule(io.BytesIO(data), allow_truncated=True)
    assert len(schedule.projects[0].activities) == 2
    assert codes(report) == ["truncated"]


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    """A path that cannot be opened has its code, too."""
    with pytest.raises(ScheduleUnreadable) as caught:
        read_schedule(tmp_path / "absent.xer")
    assert caught.value.code == "file_missing"


def test_any_cut_of_a_file_is_refused_or_read_never_anything_else() -> None:
    """Cut at every byte, an XER or an XML gives a refusal, never another exception."""
    link = "<PredecessorLink><PredecessorUID>1</PredecessorUID></PredecessorLink>"
    xml = mspdi(f"<Tasks><Task><UID>1</UID><Name>été</Name>{link}</Task></Tasks>")
    for data in (xer(TASKS).encode("cp1252"), xml):
        for length in range(len(data) - 8):
            _refused(data[:length])


def test_warnings_are_bounded() -> None:
    """A file with nothing but faults gives a bounded list, and the number of those left out."""
    rows = [f"{number}|1|A{number}|N|faux{number}" for number in range(2000)]
    fields = "task_id proj_id task_code task_name total_float_hr_cnt"
    _, report = read(xer(table("TASK", fields, *rows)))
    assert len(report.warnings) == 500
    assert report.warnings_dropped == 1500
