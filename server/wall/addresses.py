"""Who is calling: the client's address and scheme, through the proxies that we trust."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from litestar.connection import ASGIConnection

Address = IPv4Address | IPv6Address
HOPS_MAX = 20
"""Forwarding entries that are looked at: longer lists are made to cost time."""


class Caller(Struct, frozen=True):
    """Where a request came from."""

    address: str
    scheme: str
    """`http` or `https` (`ws` or `wss`), as the client spoke it."""
    peer: str
    """Who holds our end of the connection: the client, or the last proxy."""


class Proxies:
    """The networks whose X-Forwarded headers are believed."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = [ip_network(one, strict=False) for one in networks]

    def trusts(self, address: str) -> bool:
        """Whether an address is one of our proxies."""
        found = parsed(address)
        return found is not None and any(found in network for network in self._networks)

    def caller(self, peer: str, scheme: str, forwarded: Sequence[str], proto: str) -> Caller:
        """Return the caller behind a peer.

        Args:
            peer: address at our end of the connection.
            scheme: what is spoken with the peer.
            forwarded: the entries of X-Forwarded-For, first hop first. Each proxy appends whom it
                heard, so the truth is read from the end, as far as proxies that we trust reach;
                what stands before is whatever the client wrote.
            proto: X-Forwarded-Proto.

        """
        if not self._networks or not self.trusts(peer):
            return Caller(peer, scheme, peer)
        address = peer
        for hop in reversed(forwarded[-HOPS_MAX:]):
            found = parsed(hop)
            if found is None:
                break
            address = str(found)
            if not self.trusts(address):
                break
        secure = proto.rpartition(",")[2].strip().lower() in ("https", "wss")
        web = "ws" if scheme.startswith("ws") else "http"
        return Caller(address, f"{web}s" if secure else scheme, peer)


def parsed(text: str) -> Address | None:
    """Read an address as proxies write it, with or without a port; None for anything else."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def see_caller(scope: dict[str, Any], headers: Mapping[bytes, bytes], proxies: Proxies) -> Caller:
    """Find who calls, and put it into an ASGI scope for all that come after."""
    client = scope.get("client") or ("", 0)
    forwarded = headers.get(b"x-forwarded-for", b"").decode("latin-1")
    caller = proxies.caller(
        str(client[0]),
        scope["scheme"],
        [hop for hop in forwarded.split(",") if hop.strip()],
        headers.get(b"x-forwarded-proto", b"").decode("latin-1"),
    )
    if caller.address != caller.peer:
        scope["client"] = (caller.address, 0)
    scope["scheme"] = caller.scheme
    scope["derrick_peer"] = caller.peer
    return caller


def client_address(request: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Return the address of the client, for the record of activity and for limits."""
    return "" if request.client is None else request.client.host
