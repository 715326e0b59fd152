"""Which versions a tablet keeps: pinned, mine, recent, within the room."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sync.offline import DAY_MS, OfflineRule, kept_versions, rule_of

NOW = 1_772_366_400_000
ME = "me"

Shelf = tuple[list[tuple[str, dict[str, Any]]], dict[str, dict[str, Any]]]


def _shelf(*papers: dict[str, Any]) -> Shelf:
    documents: list[tuple[str, dict[str, Any]]] = []
    versions: dict[str, dict[str, Any]] = {}
    for number, paper in enumerate(papers):
        version = f"v{number}"
        known = {"version_id": version, "author_id": paper.get("author", "other")}
        documents.append(
            (
                f"d{number}",
                {**known, **{k: paper[k] for k in ("pinned", "trashed_at") if k in paper}},
            )
        )
        versions[version] = {
            "state": paper.get("state", "stored"),
            "stored_bytes": paper.get("bytes", 10),
            "stored_at": NOW - paper.get("days", 0) * DAY_MS,
        }
    return documents, versions


def _kept(rule: OfflineRule, *papers: dict[str, Any]) -> list[str]:
    documents, versions = _shelf(*papers)
    return kept_versions(documents, versions, rule, person=ME, now_ms=NOW)


def test_pinned_come_first_then_ones_own_then_the_recent() -> None:
    """Each from the newest; the old of others are not kept."""
    rule = OfflineRule(recent_days=7)
    assert _kept(
        rule,
        {"days": 1},
        {"days": 400, "author": ME},
        {"days": 900, "pinned": True},
        {"days": 8},
        {"days": 0},
    ) == ["v2", "v1", "v4", "v0"]


def test_what_is_large_in_the_trash_or_not_stored_is_not_kept() -> None:
    """Pinned or not."""
    rule = OfflineRule(file_bytes_max=100)
    pinned = {"pinned": True}
    assert _kept(
        rule,
        {**pinned, "bytes": 101},
        {**pinned, "trashed_at": 5},
        {**pinned, "state": "received"},
        {**pinned, "bytes": 100},
    ) == ["v3"]


def test_a_row_says_part_of_a_rule() -> None:
    """What it leaves out is as by default; nothing at all is the default."""
    assert rule_of(None) == OfflineRule()
    assert rule_of({"recent_days": 3, "mine": None}) == OfflineRule(recent_days=3)
    assert rule_of({"mine": False, "pinned": False, "recent_days": 0}).mine is False


@given(
    st.lists(
        st.fixed_dictionaries(
            {"bytes": st.integers(0, 60), "days": st.integers(0, 40)},
            optional={"pinned": st.booleans(), "author": st.sampled_from([ME, "other"])},
        ),
        max_size=12,
    ),
    st.integers(0, 150),
    st.randoms(),
)
def test_the_room_is_never_exceeded_and_the_order_of_rows_decides_nothing(
    papers: list[dict[str, Any]], room: int, source: Any
) -> None:
    """For any shelf: within the room, each once, the same for any order of the rows."""
    rule = OfflineRule(recent_days=20, total_bytes_max=room, file_bytes_max=50)
    documents, versions = _shelf(*papers)
    kept = kept_versions(documents, versions, rule, person=ME, now_ms=NOW)
    assert sum(versions[one]["stored_bytes"] for one in kept) <= room
    assert len({*kept}) == len(kept)
    mixed = [*documents]
    source.shuffle(mixed)
    assert kept_versions(mixed, versions, rule, person=ME, now_ms=NOW) == kept
