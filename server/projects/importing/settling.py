"""Collects the edits of an import, row by row, and what people are shown of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.projects.importing.comparing import compare, marks
from server.projects.importing.plan import Conflict, Counts, FieldChange, RowPreview
from sync.replica import Edit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.projects.importing.plan import CurrentRow, Wanted
    from server.projects.importing.removing import Removals

KEYLESS = ("project", "budget")
"""Tables whose key is kept elsewhere, or nowhere: their rows are found by their id."""


class Changes:
    """The edits so far, in an order in which every row comes after those it refers to."""

    def __init__(self, project_id: str, names: Mapping[str, str], *, take_file: bool) -> None:
        self.project_id = project_id
        self.edits: list[Edit] = []
        self.added: list[RowPreview] = []
        self.changed: list[RowPreview] = []
        self.removed: list[RowPreview] = []
        self.conflicts: list[Conflict] = []
        self.settled = 0
        self._names = names
        self._take_file = take_file
        self._unchanged: dict[str, int] = {}
        self._absent: set[str] = set()

    def project(self, wanted: Wanted, current: CurrentRow | None) -> None:
        """Make or change the project itself; its code and currency stay as they are."""
        if current is not None:
            zone = wanted.fixed.get("time_zone")
            differs = zone is not None and zone != current.values.get("time_zone")
            self._update(wanted, current, asked={"time_zone": zone} if differs else {})
            return
        after = _given(wanted) | {"imported": marks(wanted.table, wanted.values)}
        self.edits.append(Edit("project", self.project_id, operation="create", after=after))
        self.added.append(RowPreview("project", self.project_id, wanted.key, wanted.label))

    def settle(self, wanted: Wanted, current: CurrentRow | None, *, deleted: bool) -> None:
        """Bring one row to what the file says, as far as people have not changed it."""
        if current is not None:
            self._update(wanted, current)
        elif (deleted and not self._take_file) or self._leans_on_absent(wanted):
            self._absent.add(wanted.row)
            if deleted:
                self.conflicts.append(
                    Conflict(wanted.table, wanted.row, wanted.key, wanted.label, "deleted_here")
                )
        else:
            self._create(wanted)

    def remove(self, removals: Removals) -> None:
        """Delete what the file has no more and nobody has worked on."""
        for table, row in removals.rows:
            self.edits.append(Edit(table, row.id, operation="delete"))
            self.removed.append(RowPreview(table, row.id, key_of(row), label_of(row)))

    def counts(self) -> dict[str, Counts]:
        """Count rows by table and fate."""
        found: dict[str, dict[str, int]] = {}
        for fate, rows in (
            ("added", self.added),
            ("changed", self.changed),
            ("removed", self.removed),
        ):
            for row in rows:
                table = found.setdefault(row.table, {})
                table[fate] = table.get(fate, 0) + 1
        for name, unchanged in self._unchanged.items():
            found.setdefault(name, {})["unchanged"] = unchanged
        return {name: Counts(**fates) for name, fates in found.items()}

    def _leans_on_absent(self, wanted: Wanted) -> bool:
        """Whether a row belongs to a task that people have deleted."""
        if not self._absent:
            return False
        references = (*wanted.fixed.values(), wanted.values.get("parent_id"))
        return any(isinstance(one, str) and one in self._absent for one in references)

    def _create(self, wanted: Wanted) -> None:
        after = _given(wanted) | {
            "project_id": self.project_id,
            "imported": marks(wanted.table, wanted.values),
        }
        if wanted.table not in KEYLESS:
            after["external_id"] = wanted.key
        self.edits.append(Edit(wanted.table, wanted.row, operation="create", after=after))
        self.added.append(RowPreview(wanted.table, wanted.row, wanted.key, wanted.label))

    def _update(
        self, wanted: Wanted, current: CurrentRow, asked: Mapping[str, Any] | None = None
    ) -> None:
        """Change a row that is there; `asked` is what the person says beside the file."""
        shared, own = _tags(wanted, current)
        here = current.values | ({} if shared is None else {"tags": shared or None})
        found = compare(wanted.table, wanted.values, here, take_file=self._take_file)
        for one in found.conflicts:
            self.conflicts.append(
                Conflict(
                    wanted.table,
                    current.id,
                    wanted.key,
                    wanted.label,
                    one.reason,
                    one.field,
                    self._named(one.here),
                    self._named(one.file),
                )
            )
        take = found.take | dict(asked or {})
        if own and "tags" in take:
            take["tags"] = sorted({*(take["tags"] or ()), *own})
        after: dict[str, Any] = dict(take)
        if found.imported != (current.values.get("imported") or ""):
            after["imported"] = found.imported
        if after:
            self.edits.append(Edit(wanted.table, current.id, after=after))
        if take:
            fields = [
                FieldChange(name, self._named(current.values.get(name)), self._named(value))
                for name, value in take.items()
            ]
            self.changed.append(
                RowPreview(wanted.table, current.id, wanted.key, wanted.label, fields)
            )
            return
        self.settled += bool(after)
        self._unchanged[wanted.table] = self._unchanged.get(wanted.table, 0) + 1

    def _named(self, value: Any) -> Any:
        """Name a row by its key, which people can read."""
        return self._names.get(value, value) if isinstance(value, str) else value


def _tags(wanted: Wanted, current: CurrentRow) -> tuple[list[str] | None, list[str]]:
    """Split the tags of a task into those of the file's activity codes and people's own.

    The former are None where the file says nothing of codes.
    """
    if wanted.code_types is None:
        return None, []
    held: list[str] = current.values.get("tags") or []
    shared = [tag for tag in held if tag.startswith(wanted.code_types)]
    return sorted(shared), [tag for tag in held if not tag.startswith(wanted.code_types)]


def key_of(row: CurrentRow) -> str:
    """Return the key of a row that an import made."""
    return str(row.values.get("external_id") or "")


def label_of(row: CurrentRow) -> str:
    """Return what people call a row."""
    values = row.values
    name = values.get("name") or values.get("description") or ""
    code = values.get("code") or values.get("cost_code") or ""
    return f"{code} {name}".strip() or key_of(row).partition(":")[2] or row.id


def _given(wanted: Wanted) -> dict[str, Any]:
    """Return the values that the file gives; an absent one is not written at creation."""
    given = wanted.values | wanted.fixed
    return {name: value for name, value in given.items() if value is not None}
