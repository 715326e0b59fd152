"""Reads Primavera P6's XER: every table by name, in whatever order and with whatever columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from server.projects.schedules import xer_records as records
from server.projects.schedules.cells import Cells
from server.projects.schedules.gathering import Gathering, assemble
from server.projects.schedules.model import (
    ActivityCode,
    ActivityCodeType,
    ActivityCodeUse,
    ResourceRate,
    Role,
    SchedulingOptions,
    SourceFormat,
    UserField,
    UserFieldValue,
)
from server.projects.schedules.xer_rows import XerRows

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.projects.schedules.model import Schedule, ScheduleProject
    from server.projects.schedules.report import ReportBuilder
    from server.projects.schedules.source import ByteSource
    from server.projects.schedules.xer_rows import XerRow

# fmt: off
NOT_NEEDED: Final = frozenset(  # P6's own tables that a work site has no use for
    (
        "ACCOUNT", "APPLYACTOPTIONS", "DOCCATG", "DOCUMENT", "FINTMPL", "FUNDSRC", "ISSUHIST",
        "LOCATION", "MEMOTYPE", "NONWORK", "OBS", "PCATTYPE", "PCATVAL", "PHASE", "POBS",
        "PREFER", "PROJEST", "PROJFUND", "PROJISSU", "PROJPCAT", "PROJTHRS", "RCATTYPE",
        "RCATVAL", "RISKTYPE", "ROLECATTYPE", "ROLECATVAL", "ROLERATE", "ROLERCAT",
        "RSRCANDASH", "RSRCCURV", "RSRCCURVDATA", "RSRCLEVELLIST", "RSRCRCAT", "RSRCROLE",
        "SCENARIO", "SCENROLE", "SCENUSER", "SHIFT", "SHIFTPER", "TASKDOC",
        "TASKFDBK", "TASKFIN", "TASKPROC", "THRSPARM", "TRSRCFIN", "VIEWPROP", "WBSBUDG",
        "WBSSTEP", "PROJRISK", "TASKRISK", "RISK", "RISKCTRL",
    )
)
# fmt: on
PERSONAL: Final = frozenset(("USERS", "USEROBS", "TASKMEMO", "WBSMEMO", "PROJMEMO", "TASKNOTE"))
HEADER_VERSION, HEADER_DATE, HEADER_CURRENCY = 1, 2, 8


def read_xer(
    source: ByteSource,
    report: ReportBuilder,
    *,
    encoding: str | None = None,
    include_personal: bool = False,
    allow_truncated: bool = False,
) -> tuple[Schedule, str, int]:
    """Read a whole file; return it with the encoding used and the number of lines.

    Raises ScheduleUnreadable.
    """
    rows = XerRows(source, report, encoding=encoding, whole=not allow_truncated)
    reading = _Reading(rows, report, include_personal=include_personal)
    for row in rows.rows():
        reading.take(row)
    header = Cells("ERMHDR", dict(enumerate_texts(rows.header)), 1, report)
    schedule = assemble(
        reading.finish(),
        report,
        source_format=SourceFormat.XER,
        source_version=header.text(str(HEADER_VERSION)),
        exported_at=header.moment(str(HEADER_DATE)),
        currency=header.text(str(HEADER_CURRENCY)),
    )
    return schedule, rows.encoding, rows.lines_read


def enumerate_texts(texts: list[str]) -> list[tuple[str, str]]:
    """Name texts by their position, so that cells can be read from a line without names."""
    return [(str(index), text) for index, text in enumerate(texts)]


class _NotedRow(dict[str, str]):
    """A row that notes which of its fields are asked for: the rest has no place with us."""

    def __init__(self, row: dict[str, str]) -> None:
        super().__init__(row)
        self.asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)


class _Reading:
    """The tables of one file, taken row by row."""

    def __init__(self, rows: XerRows, report: ReportBuilder, *, include_personal: bool) -> None:
        self._rows = rows
        self._report = report
        self._personal = include_personal
        self._gathered = Gathering()
        self._unasked: dict[str, list[int]] = {}
        self._orders: dict[str, int] = {}
        self._units: dict[str, str] = {}
        self._categories: dict[str, str] = {}
        self._rates: dict[str, list[ResourceRate]] = {}
        self._notes: dict[str, list[str]] = {}
        self._field_tables: dict[str, str] = {}
        self._project_names: dict[str, str] = {}
        self._project_options: dict[str, SchedulingOptions] = {}
        self._takers: dict[str, Callable[[Cells], bool | None]] = {
            "PROJECT": self._project,
            "SCHEDOPTIONS": self._options,
            "CURRTYPE": self._currency,
            "CALENDAR": self._calendar,
            "PROJWBS": self._wbs,
            "TASK": self._activity,
            "TASKPRED": self._relation,
            "UMEASURE": self._unit,
            "RSRC": self._resource,
            "RSRCRATE": self._rate,
            "ROLES": self._role,
            "TASKRSRC": self._assignment,
            "COSTTYPE": self._category,
            "PROJCOST": self._expense,
            "ACTVTYPE": self._code_type,
            "ACTVCODE": self._code,
            "TASKACTV": self._code_use,
            "UDFTYPE": self._user_field,
            "UDFVALUE": self._user_value,
        }
        if include_personal:
            self._takers["TASKMEMO"] = self._note

    def take(self, row: XerRow) -> None:
        """Take one row, or count it as left."""
        table = row.table
        taker = self._takers.get(table)
        if taker is None:
            self._report.left(table, self._reason(table))
            return
        named = dict(zip(row.fields, row.cells, strict=True))
        if table in self._unasked:
            taken = taker(Cells(table, named, row.line, self._report))
        else:
            noted = _NotedRow(named)
            taken = taker(Cells(table, noted, row.line, self._report))
            self._unasked[table] = [
                index for index, name in enumerate(row.fields) if name not in noted.asked
            ]
        if taken is not False:
            self._report.read(table)
        self._note_unasked(row)

    def finish(self) -> Gathering:
        """Return everything, with what only the end of the file can tell put in its place."""
        gathered = self._gathered
        gathered.projects = [
            replace(
                project,
                name=self._project_names.get(project.identifier, project.name),
                options=self._whole_options(project),
            )
            for project in gathered.projects
        ]
        gathered.resources = [
            replace(resource, rates=tuple(self._rates.get(resource.identifier, ())))
            for resource in gathered.resources
        ]
        if self._notes:
            for held in gathered.rows.values():
                held.activities = [
                    replace(a, notes="\n\n".join(self._notes[a.identifier]))
                    if a.identifier in self._notes
                    else a
                    for a in held.activities
                ]
        return gathered

    @staticmethod
    def _reason(table: str) -> str:
        if table in PERSONAL:
            return "personal_data"
        return "not_needed" if table in NOT_NEEDED else "unknown_table"

    def _note_unasked(self, row: XerRow) -> None:
        """Name the columns that hold something and are not ours; each is looked for once."""
        waiting = self._unasked[row.table]
        cells = row.cells
        found = [index for index in waiting if index < len(cells) and cells[index]]
        if not found:
            return
        for index in found:
            self._report.field_left(row.table, row.fields[index])
        self._unasked[row.table] = [index for index in waiting if index not in found]

    def _project(self, cells: Cells) -> None:
        project = records.project(cells)
        self._gathered.projects.append(project)
        baseline = cells.text("sum_base_proj_id")
        if baseline is not None and baseline != project.identifier:
            self._gathered.baselines[project.identifier] = baseline
        original = cells.text("orig_proj_id")
        if original is not None and original != project.identifier:
            self._gathered.baselines.setdefault(original, project.identifier)

    def _options(self, cells: Cells) -> None:
        self._project_options[cells.text("proj_id") or ""] = records.options(cells)

    def _whole_options(self, project: ScheduleProject) -> SchedulingOptions:
        said = self._project_options.get(project.identifier)
        if said is None:
            return project.options
        limit = project.options.critical_float_hours_max
        return replace(said, critical_float_hours_max=limit)

    def _currency(self, cells: Cells) -> None:
        header = self._rows.header
        base = header[HEADER_CURRENCY] if len(header) > HEADER_CURRENCY else None
        self._gathered.currencies.append(records.currency(cells, base))

    def _calendar(self, cells: Cells) -> None:
        self._gathered.calendars.append(records.calendar(cells, include_personal=self._personal))

    def _wbs(self, cells: Cells) -> None:
        node = records.wbs_node(cells)
        project = cells.text("proj_id") or ""
        if cells.flag("proj_node_flag"):
            self._project_names[project] = node.name
            node = replace(node, parent=None)  # what stands above a project is not in the file
        self._gathered.rows[project].wbs.append(node)

    def _activity(self, cells: Cells) -> None:
        held = self._gathered.rows[cells.text("proj_id") or ""].activities
        held.append(records.activity(cells, len(held)))

    def _relation(self, cells: Cells) -> None:
        self._gathered.rows[cells.text("proj_id") or ""].relations.append(records.relation(cells))

    def _unit(self, cells: Cells) -> None:
        name = cells.words("unit_abbrev") or cells.words("unit_name")
        self._units[cells.text("unit_id") or ""] = name

    def _resource(self, cells: Cells) -> None:
        resource = records.resource(cells, self._units, include_personal=self._personal)
        self._gathered.resources.append(resource)

    def _rate(self, cells: Cells) -> None:
        self._rates.setdefault(cells.text("rsrc_id") or "", []).append(records.rate(cells))

    def _role(self, cells: Cells) -> None:
        code = cells.words("role_short_name")
        identifier = cells.text("role_id") or ""
        name = cells.words("role_name") or code
        self._gathered.roles.append(Role(identifier, code or None, name))

    def _assignment(self, cells: Cells) -> None:
        held = self._gathered.rows[cells.text("proj_id") or ""].assignments
        held.append(records.assignment(cells))

    def _category(self, cells: Cells) -> None:
        self._categories[cells.text("cost_type_id") or ""] = cells.words("cost_type")

    def _expense(self, cells: Cells) -> None:
        held = self._gathered.rows[cells.text("proj_id") or ""].expenses
        held.append(records.expense(cells, self._categories))

    def _code_type(self, cells: Cells) -> None:
        identifier = cells.text("actv_code_type_id") or ""
        name = cells.words("actv_code_type")
        kind = ActivityCodeType(identifier, name, cells.text("proj_id"))
        self._gathered.code_types.append(kind)

    def _code(self, cells: Cells) -> None:
        code = cells.words("short_name")
        self._gathered.codes.append(
            ActivityCode(
                identifier=cells.text("actv_code_id") or "",
                type=cells.text("actv_code_type_id") or "",
                code=code,
                name=cells.words("actv_code_name") or code,
                parent=cells.text("parent_actv_code_id"),
                sequence=cells.whole("seq_num"),
            )
        )

    def _code_use(self, cells: Cells) -> None:
        use = ActivityCodeUse(cells.text("task_id") or "", cells.text("actv_code_id") or "")
        self._gathered.rows[cells.text("proj_id") or ""].code_uses.append(use)

    def _user_field(self, cells: Cells) -> None:
        identifier, table = cells.text("udf_type_id") or "", cells.text("table_name") or ""
        label = cells.words("udf_type_label") or cells.words("udf_type_name")
        data_type = (cells.text("logical_data_type") or "FT_TEXT").removeprefix("FT_").lower()
        self._field_tables[identifier] = table
        self._gathered.user_fields.append(UserField(identifier, table, label, data_type))

    def _user_value(self, cells: Cells) -> bool:
        field = cells.text("udf_type_id") or ""
        value = records.user_value(cells)
        project = cells.text("proj_id")
        if self._field_tables.get(field) == "RSRC" and not self._personal:
            self._report.left("UDFVALUE", "personal_data")
            return False
        if value is None:
            self._report.left("UDFVALUE", "empty")
            return False
        held = self._gathered.rows[project].user_values if project else self._gathered.user_values
        held.append(UserFieldValue(field, cells.text("fk_id") or "", value))
        return True

    def _note(self, cells: Cells) -> None:
        text = records.plain_text(cells.text("task_memo") or "")
        if text:
            self._notes.setdefault(cells.text("task_id") or "", []).append(text)
