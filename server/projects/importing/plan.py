"""What an import would do: the changes, and the account of it for people and programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from sync.replica import Edit

ConflictReason = Literal[
    "both_changed", "progress_kept", "status_move", "removed_in_file", "deleted_here"
]
LeftReason = Literal[
    "calendar_exceptions_cut",
    "calendar_unused",
    "constraint_secondary",
    "cost_negative",
    "cost_currency",
    "cost_locked",
    "code_cut",
    "dated_by_hand",
    "lag_percent",
    "link_external",
    "link_repeated",
    "link_to_project",
    "link_to_itself",
    "rate",
    "resource_unused",
    "text_cut",
    "user_field",
    "value_out_of_range",
    "work_unassigned",
]


class CurrentRow(Struct, frozen=True):
    """A row as the replica shows it."""

    id: str
    values: dict[str, Any]


class Wanted(Struct, frozen=True):
    """A row as the file would have it.

    `values` are compared at a re-import; `fixed` are written at creation only.
    """

    table: str
    key: str
    row: str
    label: str
    """What people call it."""
    values: dict[str, Any]
    fixed: dict[str, Any] = {}
    code_types: tuple[str, ...] | None = None
    """How the tags begin that are the file's activity codes; other tags are people's own."""


class FieldChange(Struct, frozen=True):
    """A field before and after; rows are named by their key."""

    field: str
    before: Any
    after: Any


class RowPreview(Struct, frozen=True):
    """A row that is added, changed or removed."""

    table: str
    row: str
    key: str
    label: str
    fields: list[FieldChange] = []


class Conflict(Struct, frozen=True):
    """The file and the people on the site both changed something; what the site has is kept."""

    table: str
    row: str
    key: str
    label: str
    reason: ConflictReason
    field: str | None = None
    here: Any = None
    file: Any = None


class Left(Struct, frozen=True):
    """Something of the file that has no place in the project, counted, with one example."""

    reason: LeftReason
    count: int
    example: str


class CostLine(Struct, frozen=True):
    """The cost of one lot: exact as the file has it, and in minor units."""

    key: str
    code: str
    name: str
    exact: str
    amount: int


class CostSummary(Struct, frozen=True):
    """How the file's costs became a budget. `rounding` is `total` less `exact`, in units."""

    currency: str
    exact: str
    total: int
    rounding: str
    lines: list[CostLine] = []


class Counts(Struct, frozen=True):
    """Rows of one table."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0


class ImportPlan(Struct, frozen=True):
    """What an import would do. Nothing is done yet.

    `settled` counts rows of which only the import's own mark moves: the file has caught up with
    what people had entered.
    """

    project_id: str
    project_code: str
    project_name: str
    new_project: bool
    currency: str
    edits: list[Edit]
    counts: dict[str, Counts]
    added: list[RowPreview]
    changed: list[RowPreview]
    removed: list[RowPreview]
    conflicts: list[Conflict]
    left: list[Left]
    costs: CostSummary | None
    settled: int = 0


class ImportRefusedError(Exception):
    """The import cannot be: `code` is stable, the sentences are for people."""

    def __init__(self, code: str, fr: str, en: str) -> None:
        super().__init__(en)
        self.code = code
        self.fr = fr
        self.en = en


class LeftBuilder:
    """Counts what is left, with the first example of each reason."""

    def __init__(self) -> None:
        self._found: dict[LeftReason, Left] = {}

    def add(self, reason: LeftReason, example: str, count: int = 1) -> None:
        """Count something left."""
        known = self._found.get(reason)
        if known is None:
            self._found[reason] = Left(reason, count, example)
        else:
            self._found[reason] = Left(reason, known.count + count, known.example)

    def finish(self) -> list[Left]:
        """Return the account."""
        return sorted(self._found.values(), key=lambda one: one.reason)
