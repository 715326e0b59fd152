"""How a synced table is declared, once.

The PostgreSQL table, the SQLite table, validation, OpenAPI and the app's types are derived from
these declarations. A kind says what a value is on the wire; a policy says what concurrent writes
give; the scope rule says where a row lives and so who reads it.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SCHEMA_VERSION = 1
"""Raised by one for every change of the declared tables that an older app would trip over."""

Policy = Literal["latest", "review", "maximum", "counter", "set", "text", "workflow", "write_once"]
ScopeKind = Literal["org", "project", "finance", "folder", "channel", "user"]

END = r"$(?!\n)"
"""The end of a pattern: a bare `$` would let a last line feed through in Python, not elsewhere."""
UUID_PATTERN = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}" + END
_ROW_ID = re.compile(UUID_PATTERN)
INTEGER_MAX = 2**53 - 1
"""Integers stay exact in every client, JavaScript's among them."""


def is_row_id(value: object) -> bool:
    """Whether a value is an id as rows have them, in the one way to write it."""
    return isinstance(value, str) and _ROW_ID.match(value) is not None


class Kind(Struct, frozen=True):
    """What a value is: its type on the wire, in PostgreSQL and in SQLite."""

    name: str
    wire: Any
    """A msgspec type that validates the wire value."""
    postgres: str
    """Column type in PostgreSQL."""
    sqlite: Literal["TEXT", "INTEGER"]
    multiple: bool = False
    """The value is a list; stored as an array in PostgreSQL and as JSON text in SQLite."""
    structured: bool = False
    """The value is a JSON document whose inside the schema does not describe."""
    choices: tuple[str, ...] = ()
    references: str | None = None
    """The table whose row the value names."""


def text(characters_max: int = 400) -> Kind:
    """Text of at most `characters_max` characters."""
    wire = Annotated[str, Meta(max_length=characters_max)]
    return Kind("text", wire, "text", "TEXT")


def integer(minimum: int = -INTEGER_MAX, maximum: int = INTEGER_MAX) -> Kind:
    """Return a whole number within bounds."""
    return Kind("integer", Annotated[int, Meta(ge=minimum, le=maximum)], "bigint", "INTEGER")


def money(minimum: int = -INTEGER_MAX) -> Kind:
    """Return an amount in minor units of the currency named beside it. Never a float."""
    return Kind("money", Annotated[int, Meta(ge=minimum, le=INTEGER_MAX)], "bigint", "INTEGER")


def boolean() -> Kind:
    """Yes or no."""
    return Kind("boolean", bool, "boolean", "INTEGER")


def date() -> Kind:
    """Return a calendar date, `YYYY-MM-DD`, without zone."""
    return Kind("date", dt.date, "date", "TEXT")


def local_time() -> Kind:
    """Return a date and time at the site, `YYYY-MM-DDTHH:MM`, without zone."""
    day = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    pattern = f"^{day}T([01][0-9]|2[0-3]):[0-5][0-9]{END}"
    return Kind("local_time", Annotated[str, Meta(pattern=pattern)], "timestamp", "TEXT")


def moment() -> Kind:
    """Return an instant, milliseconds since 1970 UTC."""
    return Kind("moment", Annotated[int, Meta(ge=0, le=INTEGER_MAX)], "bigint", "INTEGER")


def decimal() -> Kind:
    """Return an exact decimal number as text: a rate, a quantity."""
    wire = Annotated[str, Meta(pattern=r"^-?[0-9]{1,15}(\.[0-9]{1,10})?" + END)]
    return Kind("decimal", wire, "numeric", "TEXT")


def currency() -> Kind:
    """Return an ISO 4217 code."""
    return Kind("currency", Annotated[str, Meta(pattern="^[A-Z]{3}" + END)], "text", "TEXT")


def choice(*choices: str) -> Kind:
    """Return one of a closed list of words."""
    return Kind("choice", Literal[choices], "text", "TEXT", choices=choices)


def reference(table: str) -> Kind:
    """Return the id of a row of another synced table, in the same scope or in `org`."""
    wire = Annotated[str, Meta(pattern=UUID_PATTERN)]
    return Kind("reference", wire, "uuid", "TEXT", references=table)


def identifier() -> Kind:
    """Return a UUID that names something outside the synced tables, or of several tables."""
    return Kind("identifier", Annotated[str, Meta(pattern=UUID_PATTERN)], "uuid", "TEXT")


def references(table: str, count_max: int = 200) -> Kind:
    """Return a set of ids of rows of another synced table."""
    member = Annotated[str, Meta(pattern=UUID_PATTERN)]
    wire = Annotated[list[member], Meta(max_length=count_max)]
    return Kind("references", wire, "uuid[]", "TEXT", multiple=True, references=table)


def words(count_max: int = 100, characters_max: int = 80) -> Kind:
    """Return a set of short texts: tags."""
    member = Annotated[str, Meta(min_length=1, max_length=characters_max)]
    wire = Annotated[list[member], Meta(max_length=count_max)]
    return Kind("words", wire, "text[]", "TEXT", multiple=True)


def document() -> Kind:
    """Return a small JSON document, read whole: a calendar's week, a headcount by trade."""
    wire = dict[str, Any] | list[Any]
    return Kind("document", wire, "jsonb", "TEXT", structured=True)


class Workflow(Struct, frozen=True):
    """A state machine, and which state wins when two people moved it at once."""

    initial: str
    transitions: Mapping[str, tuple[str, ...]]
    precedence: tuple[str, ...]
    """From weakest to strongest: of concurrent states the strongest stands."""
    entered: tuple[str, ...] = ()
    """Other states that a first write may give: work begun before Derrick knew of it."""

    def allows(self, before: str | None, after: str) -> bool:
        """Whether `before` may become `after`; staying put is always allowed."""
        if before is None:
            return after == self.initial or after in self.entered
        return before == after or after in self.transitions.get(before, ())


class Field(Struct, frozen=True):
    """One column of a synced table."""

    name: str
    kind: Kind
    policy: Policy = "latest"
    required: bool = False
    """A new row must bring it, and it is never null."""
    server: bool = False
    """Only the server writes it."""
    workflow: Workflow | None = None
    check_reference: bool = True
    """Refuse a row that the server has never held; false where a rule of the service says more."""


class Table(Struct, frozen=True, dict=True):
    """One synced table."""

    name: str
    service: str
    fields: tuple[Field, ...]
    scopes: tuple[ScopeKind, ...]
    """Kinds of scope its rows live in; the first when there is no choice to make."""
    scope_field: str | None = None
    """The field that holds the id in `kind:ID`; `id` for the row's own; None for `org`."""
    delete: Literal["edit_wins", "delete_wins"] = "edit_wins"
    also_locks: tuple[ScopeKind, ...] = ()
    """Sister scopes that a merge of these rows also writes: totals, alerts."""
    indexes: Mapping[str, tuple[str, ...]] = {}
    """The question an index answers -> its columns, after the scope field."""

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """Return the fields by name."""
        return {field.name: field for field in self.fields}

    @cached_property
    def required(self) -> frozenset[str]:
        """Return the names a new row must bring."""
        return frozenset(field.name for field in self.fields if field.required)

    @cached_property
    def server_fields(self) -> frozenset[str]:
        """Return the names that only the server writes."""
        return frozenset(field.name for field in self.fields if field.server)

    @cached_property
    def names(self) -> frozenset[str]:
        """Return every field's name."""
        return frozenset(self.by_name)

    @cached_property
    def never_plain(self) -> frozenset[str]:
        """Return fields whose merge needs more than 'the writer had seen all, so it overwrites'."""
        return self._of_policy("counter", "set", "text", "write_once")

    @cached_property
    def never_plain_at_creation(self) -> frozenset[str]:
        """Return the same for a row that nobody has written before."""
        return self._of_policy("counter", "set", "text")

    def _of_policy(self, *policies: str) -> frozenset[str]:
        return frozenset(field.name for field in self.fields if field.policy in policies)

    @cached_property
    def local_times(self) -> frozenset[str]:
        """Return fields whose pattern admits times that no calendar holds."""
        return frozenset(field.name for field in self.fields if field.kind.name == "local_time")

    @cached_property
    def structured(self) -> frozenset[str]:
        """Return fields that hold a document."""
        return frozenset(field.name for field in self.fields if field.kind.structured)

    @cached_property
    def reference_fields(self) -> frozenset[str]:
        """Return fields that name rows the server must already hold."""
        return frozenset(
            field.name for field in self.fields if field.kind.references and field.check_reference
        )

    @cached_property
    def workflows(self) -> dict[str, Workflow]:
        """Return the state machines by field."""
        return {field.name: field.workflow for field in self.fields if field.workflow is not None}

    @cached_property
    def once(self) -> frozenset[str]:
        """Return the fields that never change once written."""
        return self._of_policy("write_once")

    @cached_property
    def arithmetic(self) -> frozenset[str]:
        """Return the fields whose merge or check reads what the writer saw before."""
        return self._of_policy("counter", "set", "text", "workflow")

    @cached_property
    def counters(self) -> frozenset[str]:
        """Return the fields whose concurrent changes add up."""
        return self._of_policy("counter")

    @cached_property
    def lists(self) -> frozenset[str]:
        """Return the fields that hold a list of texts."""
        return frozenset(field.name for field in self.fields if field.kind.multiple)

    @cached_property
    def validator(self) -> type[Struct]:
        """Return a struct that validates the values a change leaves, derived from the fields."""
        members = [
            (
                field.name,
                field.kind.wire | UnsetType
                if field.required
                else field.kind.wire | None | UnsetType,
                UNSET,
            )
            for field in self.fields
        ]
        return msgspec.defstruct(f"{self.name}_values", members)

    @cached_property
    def validator_before(self) -> type[Struct]:
        """Return a struct that validates the values a merge or check reads of `before`."""
        members = [
            (field.name, field.kind.wire | None | UnsetType, UNSET)
            for field in self.fields
            if field.name in self.arithmetic
        ]
        return msgspec.defstruct(f"{self.name}_before", members)

    @property
    def leading(self) -> str | None:
        """Return the column before `id` in every key, or None when the row's id is enough."""
        return None if self.scope_field in {None, "id"} else self.scope_field

    @property
    def scoped_to(self) -> str:
        """Return the column every key of this table leads with: a scope id's field, or `id`."""
        return self.scope_field or "id"


def scope_of(table: Table, row: str, values: Mapping[str, Any], kind: str) -> str | None:
    """Return the scope a row belongs to, or None when its values do not say.

    Args:
        table: the row's declaration.
        row: the row's id.
        values: the row's values.
        kind: which of the table's kinds of scope.

    """
    if kind == "org":
        return "org"
    if table.scope_field is None:
        return None
    key = row if table.scope_field == "id" else values.get(table.scope_field)
    return f"{kind}:{key}" if isinstance(key, str) else None


_POLICY_KINDS: dict[str, tuple[str, ...]] = {
    "maximum": ("integer", "money", "moment"),
    "counter": ("integer", "money"),
    "set": ("references", "words"),
    "text": ("text",),
    "workflow": ("choice",),
}


def _contradiction(table: Table) -> str | None:
    """Say what in a declaration cannot be merged, if anything."""
    if len(table.by_name) != len(table.fields):
        return "declares a field twice"
    key = table.scope_field
    if key not in {None, "id"} and not (key in table.once and key in table.required):
        return f"could move between scopes: {key!r} must be write_once and required"
    for field in table.fields:
        kinds = _POLICY_KINDS.get(field.policy)
        if kinds is not None and field.kind.name not in kinds:
            return f"cannot merge {field.name!r}, a {field.kind.name}, by {field.policy!r}"
        if (field.policy == "workflow") != (field.workflow is not None):
            return f"needs a state machine for {field.name!r}, and for no other policy"
    return None


def registry(tables: Iterable[Table]) -> dict[str, Table]:
    """Index tables by name.

    Raises:
        ValueError: two tables share a name, or a declaration contradicts itself.

    """
    indexed: dict[str, Table] = {}
    for table in tables:
        if table.name in indexed:
            raise ValueError(f"table {table.name!r} is declared twice")
        wrong = _contradiction(table)
        if wrong is not None:
            raise ValueError(f"table {table.name!r} {wrong}")
        indexed[table.name] = table
    return indexed
