"""What a reader has gathered, file order kept, and its assembly into a checked `Schedule`.

The checks are the same for every format: identifiers are unique, references inside the file
hold (one that does not is cut, with a warning), the work breakdown is a tree, links to
activities that are not in the file are marked external.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

from msgspec.structs import replace

from server.projects.schedules.calendars import DraftCalendar, merge_bases
from server.projects.schedules.errors import ScheduleUnreadable
from server.projects.schedules.model import (
    Activity,
    ActivityCode,
    ActivityCodeType,
    ActivityCodeUse,
    Assignment,
    Currency,
    Expense,
    Relation,
    Resource,
    Role,
    Schedule,
    ScheduleProject,
    SourceFormat,
    UserField,
    UserFieldValue,
    WbsNode,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from server.projects.schedules.report import ReportBuilder


class _Identified(Protocol):
    @property
    def identifier(self) -> str: ...


IdentifiedT = TypeVar("IdentifiedT", bound=_Identified)


@dataclass(slots=True)
class ProjectRows:
    """What belongs to one project."""

    wbs: list[WbsNode] = field(default_factory=list)
    activities: list[Activity] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    expenses: list[Expense] = field(default_factory=list)
    code_uses: list[ActivityCodeUse] = field(default_factory=list)
    user_values: list[UserFieldValue] = field(default_factory=list)


@dataclass(slots=True)
class Gathering:
    """Everything read so far. Rows wait under their project's identifier."""

    projects: list[ScheduleProject] = field(default_factory=list)
    baselines: dict[str, str] = field(default_factory=dict)
    rows: defaultdict[str, ProjectRows] = field(default_factory=lambda: defaultdict(ProjectRows))
    calendars: list[DraftCalendar] = field(default_factory=list)
    currencies: list[Currency] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    code_types: list[ActivityCodeType] = field(default_factory=list)
    codes: list[ActivityCode] = field(default_factory=list)
    user_fields: list[UserField] = field(default_factory=list)
    user_values: list[UserFieldValue] = field(default_factory=list)


def assemble(
    gathered: Gathering,
    report: ReportBuilder,
    *,
    source_format: SourceFormat,
    source_version: str | None,
    exported_at: datetime | None,
    currency: str | None,
) -> Schedule:
    """Check what was gathered and return it whole.

    Raises ScheduleUnreadable `no_project` when there is none.
    """
    if not gathered.projects:
        raise ScheduleUnreadable("no_project")
    calendars = merge_bases(gathered.calendars, report)
    known = _Known(gathered, {calendar.identifier for calendar in calendars}, report)
    projects = _with_baselines(
        [known.project(project) for project in _unique(gathered.projects, "project", report)],
        gathered.baselines,
    )
    dates = [project.data_date for project in projects if project.data_date is not None]
    return Schedule(
        source_format=source_format,
        source_version=source_version,
        exported_at=exported_at,
        data_date=max(dates, default=None),
        currency=currency,
        currencies=tuple(gathered.currencies),
        projects=tuple(projects),
        calendars=calendars,
        resources=_unique(gathered.resources, "resource", report),
        roles=_unique(gathered.roles, "role", report),
        code_types=_unique(gathered.code_types, "code_type", report),
        codes=_unique(gathered.codes, "code", report),
        user_fields=_unique(gathered.user_fields, "user_field", report),
        user_values=tuple(gathered.user_values),
    )


def _unique(
    rows: Iterable[IdentifiedT], kind: str, report: ReportBuilder
) -> tuple[IdentifiedT, ...]:
    """Return the rows without those whose identifier came before."""
    first: dict[str, IdentifiedT] = {}
    for row in rows:
        if first.setdefault(row.identifier, row) is not row:
            report.warn("duplicate_identifier", kind, row.identifier)
    return tuple(first.values())


class _Known:
    """The identifiers of a whole file, against which each project's references are checked."""

    def __init__(self, gathered: Gathering, calendars: set[str], report: ReportBuilder) -> None:
        rows = gathered.rows
        self._rows = rows
        self._report = report
        self._calendars = calendars
        self._resources = {resource.identifier for resource in gathered.resources}
        self._roles = {role.identifier for role in gathered.roles}
        self._codes = {code.identifier for code in gathered.codes}
        self._wbs = {node.identifier for held in rows.values() for node in held.wbs}
        self._activities = {row.identifier for held in rows.values() for row in held.activities}

    def project(self, project: ScheduleProject) -> ScheduleProject:
        held = self._rows[project.identifier]
        return replace(
            project,
            calendar=self._calendar(project.calendar, f"project {project.code}"),
            wbs=self._tree(_unique(held.wbs, "wbs", self._report)),
            activities=tuple(
                self._activity(activity)
                for activity in _unique(held.activities, "activity", self._report)
            ),
            relations=tuple(self._relation(relation) for relation in held.relations),
            assignments=tuple(
                self._assignment(assignment)
                for assignment in _unique(held.assignments, "assignment", self._report)
                if self._on_activity(assignment.activity, "assignment", assignment.identifier)
            ),
            expenses=tuple(
                expense
                for expense in _unique(held.expenses, "expense", self._report)
                if self._on_activity(expense.activity, "expense", expense.identifier)
            ),
            code_uses=tuple(
                use
                for use in held.code_uses
                if use.code in self._codes and self._on_activity(use.activity, "code", use.code)
            ),
            user_values=tuple(held.user_values),
        )

    def _calendar(self, calendar: str | None, subject: str) -> str | None:
        if calendar is None or calendar in self._calendars:
            return calendar
        self._report.warn("reference_missing", subject, f"calendar {calendar}")
        return None

    def _tree(self, nodes: tuple[WbsNode, ...]) -> tuple[WbsNode, ...]:
        """Cut parents that are not in the file, and rings."""
        parents = {node.identifier: node.parent for node in nodes}
        rooted: set[str] = set()
        for start in parents:
            path: dict[str, None] = {}
            here: str | None = start
            while here is not None and here not in rooted:
                path[here] = None
                parent = parents[here]
                if parent is not None and (parent in path or parent not in parents):
                    if parent in path:
                        self._report.warn("wbs_cycle", here, parent)
                    parents[here] = parent = None
                here = parent
            rooted.update(path)
        return tuple(
            node
            if node.parent == parents[node.identifier]
            else replace(node, parent=parents[node.identifier])
            for node in nodes
        )

    def _activity(self, activity: Activity) -> Activity:
        wbs, calendar = activity.wbs, activity.calendar
        if (wbs is None or wbs in self._wbs) and (calendar is None or calendar in self._calendars):
            return activity
        if wbs is not None and wbs not in self._wbs:
            self._report.warn("reference_missing", f"activity {activity.code}", f"wbs {wbs}")
            wbs = None
        calendar = self._calendar(calendar, f"activity {activity.code}")
        return replace(activity, wbs=wbs, calendar=calendar)

    def _relation(self, relation: Relation) -> Relation:
        outside = [
            end
            for end in (relation.predecessor, relation.successor)
            if end not in self._activities and not (relation.summary and end in self._wbs)
        ]
        return replace(relation, external=True) if outside else relation

    def _assignment(self, assignment: Assignment) -> Assignment:
        resource, role = assignment.resource, assignment.role
        if resource is not None and resource not in self._resources:
            subject = f"assignment {assignment.identifier}"
            self._report.warn("reference_missing", subject, f"resource {resource}")
            resource = None
        if role is not None and role not in self._roles:
            role = None
        return replace(assignment, resource=resource, role=role)

    def _on_activity(self, activity: str, kind: str, identifier: str) -> bool:
        if activity in self._activities:
            return True
        self._report.warn("reference_missing", f"{kind} {identifier}", f"activity {activity}")
        return False


def _with_baselines(
    projects: list[ScheduleProject], baselines: dict[str, str]
) -> list[ScheduleProject]:
    """Give activities the planned dates of their namesakes in the baseline, if the file holds it.

    `baselines` says which project is the baseline of which, by identifiers: project -> baseline.
    """
    by_identifier = {project.identifier: project for project in projects}
    owners = {baseline: owner for owner, baseline in baselines.items()}
    result = []
    for project in projects:
        owner = owners.get(project.identifier)
        baseline = by_identifier.get(baselines.get(project.identifier, ""))
        activities = project.activities
        if baseline is not None:
            planned = {activity.code: activity for activity in baseline.activities}
            activities = tuple(_baselined(a, planned.get(a.code)) for a in activities)
        result.append(
            replace(
                project,
                activities=activities,
                baseline_of=owner if owner in by_identifier else None,
            )
        )
    return result


def _baselined(activity: Activity, baseline: Activity | None) -> Activity:
    if baseline is None:
        return activity
    return replace(
        activity,
        baseline_start=baseline.planned_start,
        baseline_finish=baseline.planned_finish,
    )
