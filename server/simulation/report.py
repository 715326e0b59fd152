"""The report at the end of a play."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.simulation.proof import Difference


class Outcome(Struct, frozen=True):
    """What a play came to. Nothing in `differences` is the proof."""

    seed: int
    tablets: int
    replicas: int
    days: int
    project: str
    script: str
    """Digest of the trace of intents: equal for equal seeds on equal sites."""
    steps: int
    change_sets: int
    """Made on the devices."""
    acknowledged: int
    """Answered by the server, each under its own dot."""
    did: dict[str, int]
    """Change sets by intent, and what was left out, refused at once, restored, cloned."""
    conflicts: dict[str, int]
    """By policy."""
    rejections: dict[str, int]
    """By code."""
    alerts: dict[str, int]
    """By rule, whatever their state now."""
    synchronisations: int
    broken_synchronisations: int
    duplicates: int
    """Answers that came again, because the first was lost on the way."""
    forks: int
    sent_bytes: int
    received_bytes: int
    seconds: float
    scopes: int
    rows: int
    """Rows of those scopes, alike on the server and on all who read them."""
    state: str
    """Digest of the scopes' checksums: equal states, equal digests."""
    proven: bool
    """Whether PostgreSQL itself was read; else a fresh replica stands for the server."""
    differences: list[Difference] = []

    @property
    def holds(self) -> bool:
        """Whether the proof succeeded."""
        return not self.differences


def lines(outcome: Outcome) -> list[str]:
    """Return the report for people."""
    shown = [
        (
            f"Seed {outcome.seed}: {outcome.replicas} replicas on {outcome.tablets} tablets and "
            f"two desks, {outcome.days} days in {outcome.seconds:.1f} s, project {outcome.project}."
        ),
        (
            f"  change sets    {outcome.change_sets} made, {outcome.acknowledged} acknowledged "
            f"({outcome.duplicates} answered again, {outcome.forks} forks)"
        ),
        f"  conflicts      {_counts(outcome.conflicts)}",
        f"  rejections     {_counts(outcome.rejections)}",
        f"  alerts         {_counts(outcome.alerts)}",
        (
            f"  links          {outcome.synchronisations} synchronisations, "
            f"{outcome.broken_synchronisations} broken off"
        ),
        f"  bytes          {_bytes(outcome.sent_bytes)} up, {_bytes(outcome.received_bytes)} down",
        f"  script         {outcome.script} ({outcome.steps} steps)",
    ]
    if outcome.holds:
        by = "PostgreSQL" if outcome.proven else "a fresh replica"
        shown.append(
            f"  proof          {by} and all replicas hold the same {outcome.rows} rows in "
            f"{outcome.scopes} scopes (state {outcome.state}); every acknowledged change set is "
            "there exactly once; every outbox is empty"
        )
        return shown
    shown.append(f"  PROOF FAILED   seed {outcome.seed}, {len(outcome.differences)} differences:")
    shown += [f"    {one.kind}: {one.where}: {one.says}" for one in outcome.differences[:20]]
    return shown


def _counts(counts: Mapping[str, int]) -> str:
    total = sum(counts.values())
    parts = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    return f"{total} ({parts})" if parts else "0"


def _bytes(count: int) -> str:
    return f"{count / 1_000_000:.2f} MB" if count >= 1_000_000 else f"{count / 1_000:.0f} kB"  # noqa: PLR2004
