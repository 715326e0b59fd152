"""Bodies are bounded however they are packed, and no map names a key twice."""

import gzip

import msgspec
import pytest
import zstandard

from server.errors import ProblemError
from server.plain import is_plain, repeats_keys, repeats_outer_keys
from server.wire import decompress


@pytest.mark.parametrize(
    ("body", "repeats"),
    [
        (b"\x82\xa1a\x01\xa1b\x02", False),
        (b"\x82\xa1a\x01\xa1a\x01", True),
        (b"\xde\x00\x02\xa1a\x01\xa1b\x02", False),
        (b"\xde\x00\x02\xa1a\x01\xd9\x01a\x01", True),
        (b"\xdf\x00\x00\x00\x01\xa1a\x91\x82\xa1x\xc0\xa1x\xc0", True),
    ],
)
def test_a_repeated_key_is_found_in_any_form(body: bytes, *, repeats: bool) -> None:
    """Short or long heads, at any level: twice is twice."""
    assert repeats_keys(body, "msgpack") is repeats


def test_json_keys_are_compared_as_they_read() -> None:
    """An escaped key is the same key."""
    assert repeats_keys(b'{"a":1,"\\u0061":2}', "json")
    assert not repeats_keys(b'[{"a":1},{"a":2}]', "json")


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
def test_only_the_outer_maps_are_looked_at(encoding: str) -> None:
    """A change set's own repetitions are its own affair."""
    if encoding == "json":
        inner, twice = b'{"sets":[{"a":1,"a":1}]}', b'{"waiting":{"a":1,"a":1}}'
    else:
        repeated = b"\x82\xa1a\x01\xa1a\x01"
        inner, twice = b"\x81\xa4sets\x91" + repeated, b"\x81\xa7waiting" + repeated
    assert not repeats_outer_keys(inner, encoding, "waiting")  # type: ignore[arg-type]
    assert repeats_outer_keys(twice, encoding, "waiting")  # type: ignore[arg-type]


def test_what_not_every_client_reads_alike_is_not_plain() -> None:
    """Floats, NUL, bytes and integers beyond a double's are told apart."""
    assert is_plain({"a": [1, "b", None, True, {"c": -(2**53) + 1}]})
    for value in (1.5, float("nan"), "a\x00", {"a\x00": 1}, b"a", 2**53, {1: 2}, [[2**64]]):
        assert not is_plain(value)


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_damaged_body_is_refused(coding: str) -> None:
    """Cut, followed by rubbish, or empty: a clear refusal."""
    plain = msgspec.msgpack.encode(["x" * 1000])
    packed = gzip.compress(plain) if coding == "gzip" else zstandard.compress(plain)
    assert decompress(packed, coding, 2_000) == plain
    with pytest.raises(ProblemError, match="body_too_large"):
        decompress(packed, coding, 900)
    for damaged in (packed[:-9], packed + b"rubbish", b"rubbish"):
        with pytest.raises(ProblemError, match="request_malformed"):
            decompress(damaged, coding, 2_000)
