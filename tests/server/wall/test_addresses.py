"""The client's address is believed only from proxies that are trusted."""

from __future__ import annotations

import pytest

from server.wall.addresses import Proxies


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "1.2.3.4", "203.0.113.7"),
        ("10.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2", "1.2.3.4"),
        ("10.0.0.1", "1.2.3.4:5555", "1.2.3.4"),
        ("10.0.0.1", "[2001:db8::1]:443", "2001:db8::1"),
        ("::ffff:10.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "1.2.3.4, nonsense", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "", "10.0.0.1"),
    ],
)
def test_the_truth_is_read_from_the_end(peer: str, forwarded: str, found: str) -> None:
    """What a trusted proxy heard counts; what stands before it is whatever the client wrote."""
    hops = [hop for hop in forwarded.split(",") if hop.strip()]
    assert Proxies(["10.0.0.0/8"]).caller(peer, "http", hops, "").address == found


def test_a_stranger_cannot_say_that_it_spoke_tls() -> None:
    """X-Forwarded-Proto counts from a trusted proxy alone, and its last word."""
    proxies = Proxies(["10.0.0.0/8"])
    assert proxies.caller("1.1.1.1", "http", [], "https").scheme == "http"
    assert proxies.caller("10.0.0.1", "http", [], "https").scheme == "https"
    assert proxies.caller("10.0.0.1", "ws", [], "https").scheme == "wss"
    assert proxies.caller("10.0.0.1", "http", [], "https, http").scheme == "http"
