"""The report at the end of a play."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
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
