"""The proof: what the devices hold, what the server holds, and what it acknowledged, agree. Pure.

Every check is one of the promises: nothing acknowledged is lost or doubled, all hold the same, and
the server's own books are in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from server.simulation.device import Receipt
    from server.simulation.truth import ScopeTruth, Truth

Dot = tuple[str, int]


class Difference(Struct, frozen=True):
    """Something that does not agree."""

    kind: str
    where: str
    says: str


class Held(Struct, frozen=True):
    """What one device holds at the end."""

    name: str
    checksums: dict[str, int]
    """Scope -> checksum, counted anew from the rows."""
    cursor: dict[str, int]
    shown: dict[str, int]
    """Scope -> rows shown to the person."""
    readable: frozenset[str]
    """Scopes that its person may read."""
    waiting: int
    receipts: dict[Dot, Receipt]
    refetched: int = 0
    """How often a scope differed after its pages, and had to be fetched again from the start."""


def differences(truth: Truth, devices: Iterable[Held]) -> list[Difference]:
    """Return all that does not agree; nothing when the promises were kept."""
    held = list(devices)
    found = [*_books(truth)]
    for device in held:
        found += _state(truth, device)
        found += _acknowledged(truth, device.name, device.receipts)
    found += _contiguous(truth)
    found += [Difference("merged twice", "change_log", one) for one in truth.twice]
    found += [Difference("money", "figures", one) for one in truth.money]
    return found


def _books(truth: Truth) -> Iterator[Difference]:
    """Check the server's own sums: checksum, rows, typed tables, change log."""
    typed: dict[str, int] = {}
    for scope in truth.scopes.values():
        yield from _scope_books(scope)
        if scope.name != "org":
            for table, count in scope.tables.items():
                typed[table] = typed.get(table, 0) + count
    for table, count in truth.typed.items():
        if typed.get(table, 0) != count:
            says = f"{count} typed rows, {typed.get(table, 0)} documents"
            yield Difference("typed rows", table, says)


def _scope_books(scope: ScopeTruth) -> Iterator[Difference]:
    if scope.checksum != scope.counted_checksum:
        says = f"kept {scope.checksum}, counted {scope.counted_checksum}"
        yield Difference("server checksum", scope.name, says)
    if scope.rows != scope.counted_rows:
        yield Difference(
            "server rows", scope.name, f"kept {scope.rows}, counted {scope.counted_rows}"
        )
    if not scope.log_rows == scope.log_seqs == scope.head == scope.log_last:
        says = f"{scope.log_rows} entries, {scope.log_seqs} seqs, last {scope.log_last}"
        yield Difference("change log", scope.name, f"{says}, head {scope.head}")


def _state(truth: Truth, device: Held) -> Iterator[Difference]:
    """Check that a device holds what the server does, all that it may read and nothing else."""
    if device.waiting:
        yield Difference("outbox", device.name, f"{device.waiting} change sets wait")
    if device.refetched:
        yield Difference("pages skipped a row", device.name, f"{device.refetched} times")
    scopes = frozenset(device.cursor) & frozenset(truth.scopes)
    missing = (device.readable & frozenset(truth.scopes)) - scopes
    for scope in sorted(missing):
        yield Difference("scope missing", device.name, scope)
    for scope in sorted(scopes - device.readable):
        yield Difference("scope not its own", device.name, scope)
    for name in sorted(scopes):
        wanted = truth.scopes[name]
        if device.cursor[name] != wanted.head:
            says = f"at {device.cursor[name]}, head {wanted.head}"
            yield Difference("cursor", f"{device.name} {name}", says)
        if device.checksums[name] != wanted.counted_checksum:
            says = f"holds {device.checksums[name]}, the server {wanted.counted_checksum}"
            yield Difference("checksum", f"{device.name} {name}", says)
        if device.shown[name] != wanted.counted_rows:
            says = f"shows {device.shown[name]} rows, the server {wanted.counted_rows}"
            yield Difference("rows shown", f"{device.name} {name}", says)


def _acknowledged(truth: Truth, name: str, receipts: Mapping[Dot, Receipt]) -> Iterator[Difference]:
    """Check that each answered change set is on the server exactly once, as it was answered."""
    for dot, receipt in receipts.items():
        logged, apart = truth.merged.get(dot, (0, 0))
        rejected = dot in truth.rejected
        where = f"{name} {dot[0]}:{dot[1]}"
        if receipt.rejected:
            if not rejected or logged:
                says = f"answered rejected; {logged} rows merged, rejection kept: {rejected}"
                yield Difference("acknowledged", where, says)
        elif rejected or logged != receipt.rows or apart != receipt.rows:
            says = f"answered merged, {receipt.rows} rows; {logged} in the log, {apart} different"
            yield Difference("acknowledged", where, says)


def _contiguous(truth: Truth) -> Iterator[Difference]:
    """Check that the server holds every counter of every replica once: merged or rejected."""
    for replica, last in truth.last_counters.items():
        for counter in range(1, last + 1):
            merged, rejected = (
                (replica, counter) in truth.merged,
                (replica, counter) in truth.rejected,
            )
            if merged == rejected:
                says = "both merged and rejected" if merged else "neither merged nor rejected"
                yield Difference("counter", f"{replica}:{counter}", says)
