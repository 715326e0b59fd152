"""A replica whose every merge is held against the naive model."""

from typing import Any, Protocol

import msgspec

from sync.changes import Change
from sync.merge import Merged, Row, canonical, merge
from sync.schema import Table
from tests.sync import model
from tests.sync.model import Write


class Merge(Protocol):
    """What `sync.merge.merge` is; a broken one can stand in for it."""

    def __call__(
        self, table: Table, row: Row | None, change: Change, *, replica: str, number: int, time: int
    ) -> Merged:
        """Merge one change."""
        ...


class Follower:
    """Hears of writes one by one, and checks outcome and state after each."""

    def __init__(self, table: Table, merge: Merge = merge) -> None:
        self.table = table
        self.newer = model.knows_later(table)
        self.known: list[Write] = []
        self.row: Row | None = None
        self.lost: dict[str | None, list[Any]] = {}
        self._merge = merge

    def hear(self, write: Write) -> None:
        """Merge a write and compare everything with the model."""
        merged = self._merge(
            self.table,
            self.row,
            write.change,
            replica=write.replica,
            number=write.number,
            time=write.time,
        )
        if any(one.dot == write.dot for one in self.known):
            assert merged.duplicate
            assert merged.row is self.row
            assert (merged.conflicts, merged.settled) == ([], [])
            return
        assert not merged.duplicate
        self._check_outcomes(write, merged)
        self.known.append(write)
        self.row = merged.row
        for notice in merged.conflicts:
            self.lost.setdefault(notice.field, []).append(notice.lost)
            assert notice.field is None or notice.kept == merged.row.values[notice.field]
        self._check_state(merged.row)
        self._check_losses(merged.row)
        self._check_lost_races()

    def reload(self) -> None:
        """Put the row into the store and read it back."""
        if self.row is not None:
            self.row = msgspec.msgpack.decode(msgspec.msgpack.encode(self.row), type=Row)

    def _check_outcomes(self, write: Write, merged: Merged) -> None:
        for name in write.change.after:
            field = self.newer.by_name[name]
            if field.policy in {"counter", "set"}:
                continue
            expected = model.outcome(field, self.known, write)
            assert (name in merged.late) == (expected == "late"), name
            assert (name in merged.concurrent) == (expected == "concurrent"), name
        flagged = set(self.row.review) if self.row else set()
        assert set(merged.settled) == flagged - set(merged.row.review)

    def _check_state(self, row: Row) -> None:
        expected = model.state(self.newer, self.known)
        assert row.values == expected.values
        assert row.deleted == expected.deleted
        assert row.review == expected.review
        writes = canonical(row)["writes"]
        live = {name: [(one[0], one[1]) for one in writes[name]] for name in writes}
        assert live == expected.siblings

    def _check_losses(self, row: Row) -> None:
        """Every live value that does not show was in a notice."""
        for field in self.newer.fields:
            name = field.name
            merged_text = field.policy == "text" and name not in row.review
            if name not in row.values or field.policy in {"counter", "set"} or merged_text:
                continue
            live = [one.change.after[name] for one in model.siblings(name, self.known)]
            if field.policy == "write_once":
                live = [value for value in live if value is not None]
            for value in live:
                assert value == row.values[name] or value in self.lost.get(name, []), name

    def _check_lost_races(self) -> None:
        """Every delete that raced an edit, and was not undone by one who knew, was in a notice."""
        edits = [one for one in self.known if not one.deletes]
        for delete in (one for one in self.known if one.deletes):
            undone = any(edit.saw(delete) for edit in edits)
            raced = any(not delete.saw(edit) for edit in edits)
            if raced and not undone:
                side = "edit" if self.table.delete == "delete_wins" else "delete"
                assert side in self.lost.get(None, [])
