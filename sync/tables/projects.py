"""Tables of the projects service: sites, projects, their members, tasks and daily work."""

from __future__ import annotations

from sync.schema import (
    Field,
    Kind,
    Table,
    Workflow,
    boolean,
    choice,
    currency,
    date,
    decimal,
    document,
    identifier,
    integer,
    local_time,
    money,
    reference,
    references,
    text,
    words,
)
from sync.tables.people import ROLES

NOTE_CHARACTERS_MAX = 20_000


def imported() -> Field:
    """Return a mark of each value that the schedule file gave at the last import.

    A re-import tells by it what the file has changed since from what people have; the importer
    (`server.projects.importing`) writes and reads it, nobody else.
    """
    return Field("imported", text(400))


SITE = Table(
    name="site",
    service="projects",
    scopes=("org",),
    fields=(
        Field("name", text(200), required=True),
        Field("field_name", text(200)),
        Field("block", text(100)),
        Field("operator", text(200)),
        Field("country", text(2)),
        Field("latitude_microdegrees", integer(-90_000_000, 90_000_000)),
        Field("longitude_microdegrees", integer(-180_000_000, 180_000_000)),
        Field("time_zone", text(60)),
        Field("external_id", text(120)),
    ),
)

PROJECT_STATUS = Workflow(
    initial="draft",
    transitions={
        "draft": ("active", "archived"),
        "active": ("suspended", "closed"),
        "suspended": ("active", "closed"),
        "closed": ("active", "archived"),
        "archived": ("closed",),
    },
    precedence=("draft", "active", "suspended", "closed", "archived"),
)

PROJECT = Table(
    name="project",
    service="projects",
    scopes=("project",),
    scope_field="id",
    fields=(
        Field("code", text(60), required=True),
        Field("name", text(200), required=True),
        Field("site_id", reference("site")),
        Field("status", choice(*PROJECT_STATUS.precedence), "workflow", workflow=PROJECT_STATUS),
        Field("currency", currency(), "write_once", required=True),
        Field("start", date()),
        Field("finish", date()),
        Field("time_zone", text(60)),
        Field("description", text(NOTE_CHARACTERS_MAX), "text"),
        Field("external_id", text(120)),
        imported(),
        Field("data_date", local_time()),
        Field("spent_off_budget", money(), server=True),
    ),
)


def _project_id() -> Field:
    return Field("project_id", identifier(), "write_once", required=True)


MEMBER = Table(
    name="member",
    service="projects",
    scopes=("project",),
    scope_field="project_id",
    delete="delete_wins",
    fields=(
        _project_id(),
        Field("person_id", reference("person"), "write_once", required=True),
        Field("role", choice(*ROLES), "review", required=True),
    ),
    indexes={"which projects does this person belong to": ("person_id",)},
)

CALENDAR = Table(
    name="calendar",
    service="projects",
    scopes=("project",),
    scope_field="project_id",
    fields=(
        _project_id(),
        Field("name", text(200), required=True),
        Field("week", document()),
        Field("exceptions", document()),
        Field("hours_per_day", decimal()),
        Field("external_id", text(120)),
        imported(),
    ),
)

RESOURCE = Table(
    name="resource",
    service="projects",
    scopes=("project",),
    scope_field="project_id",
    fields=(
        _project_id(),
        Field("name", text(200), required=True),
        Field("kind", choice("labour", "equipment", "material"), required=True),
        Field("unit", text(40)),
        Field("external_id", text(120)),
        imported(),
    ),
)

TASK_STATUS = Workflow(
    initial="todo",
    transitions={
        "todo": ("in_progress", "blocked", "done", "cancelled"),
        "in_progress": ("todo", "blocked", "done", "cancelled"),
        "blocked": ("todo", "in_progress", "cancelled"),
        "done": ("in_progress", "verified"),
        "verified": ("in_progress",),
        "cancelled": ("todo",),
    },
    precedence=("todo", "in_progress", "blocked", "done", "verified", "cancelled"),
    entered=("in_progress", "done"),
)

PROGRESS_MAX = 10_000
"""Progress is in basis points: 10 000 is done."""

TASK = Table(
    name="task",
    service="projects",
    scopes=("project",),
    scope_field="project_id",
    fields=(
        _project_id(),
        Field("parent_id", reference("task")),
        Field("position", integer()),
        Field("code", text(120)),
        Field("name", text(400), required=True),
        Field("kind", choice("summary", "task", "milestone", "level_of_effort"), required=True),
        Field("status", choice(*TASK_STATUS.precedence), "workflow", workflow=TASK_STATUS),
        Field("progress", integer(0, PROGRESS_MAX), "maximum"),
        Field("planned_start", local_time()),
        Field("planned_finish", local_time()),
        Field("actual_start", local_time()),
        Field("actual_finish", local_time()),
        Field("duration_minutes", integer(0)),
        Field("float_minutes", integer()),
        Field("calendar_id", reference("calendar")),
        Field("assignees", references("person"), "set"),
        Field("tags", words(), "set"),
        Field("hours_spent_minutes", integer(), "counter"),
        Field("notes", text(NOTE_CHARACTERS_MAX), "text"),
        Field("external_id", text(120)),
        imported(),
    ),
    indexes={
        "what is under this node, in order": ("parent_id", "position"),
        "what falls due": ("planned_finish",),
        "which task is this activity of the schedule": ("external_id",),
    },
)

LINK_KINDS = ("finish_start", "start_start", "finish_finish", "start_finish")

TASK_LINK = Table(
    name="task_link",
    service="projects",
    scopes=("project",),
    scope_field="project_id",
    fields=(
        _project_id(),
        Field("predecessor_id", reference("task"), "write_once", required=True),
        Field("successor_id", reference("task"), "write_once", required=True),
        Field("kind", choice(*LINK_KINDS), required=True),
        Field("lag_minutes", integer()),
        Field("external_id", text(120)),
        imported(),
    ),
    indexes={
        "what follows this task": ("predecessor_id",),
        "what precedes this task": ("successor_id",),
    },
)

ASSIGNMENT = Table(
    name="assignment",
    service="projects",
    scopes=("project",),
    scope_field="project_id",
    fields=(
        _project_id(),
        Field("task_id", reference("task"), "write_once", required=True),
        Field("resource_id", reference("resource"), "write_once", required=True),
        Field("planned_units", decimal(), "review"),
        Field("actual_units", decimal(), "review"),
        Field("external_id", text(120)),
        imported(),
    ),
    indexes={"what does this task need": ("task_id",)},
)

COMMENT = Table(
    name="comment",
    service="projects",
    scopes=("project",),
    scope_field="project_id",
    fields=(
        _project_id(),
        Field("task_id", reference("task"), "write_once"),
        Field("body", text(4_000), "write_once", required=True),
        Field("author_id", reference("person"), "write_once", required=True),
    ),
    indexes={"what was said of this task": ("task_id",)},
)

REPORT_STATUS = Workflow(
    initial="draft",
    transitions={
        "draft": ("submitted",),
        "submitted": ("approved", "draft"),
        "approved": (),
    },
    precedence=("draft", "submitted", "approved"),
)


def _long_text() -> Kind:
    return text(NOTE_CHARACTERS_MAX)


DAILY_REPORT = Table(
    name="daily_report",
    service="projects",
    scopes=("project",),
    scope_field="project_id",
    fields=(
        _project_id(),
        Field("date", date(), "write_once", required=True),
        Field("shift", choice("day", "night"), "write_once", required=True),
        Field("status", choice(*REPORT_STATUS.precedence), "workflow", workflow=REPORT_STATUS),
        Field("weather", text(200)),
        Field("headcount", integer(0, 10_000), "review"),
        Field("worked_minutes", integer(0), "counter"),
        Field("trades", document()),
        Field("work_done", _long_text(), "text"),
        Field("work_planned", _long_text(), "text"),
        Field("delays", _long_text(), "text"),
        Field("safety", _long_text(), "text"),
        Field("author_id", reference("person"), "write_once"),
        Field("incident", boolean()),
        Field("external_id", text(120)),
    ),
    indexes={"the reports of a site, by day": ("date", "shift")},
)

TABLES = (
    SITE,
    PROJECT,
    MEMBER,
    CALENDAR,
    RESOURCE,
    TASK,
    TASK_LINK,
    ASSIGNMENT,
    COMMENT,
    DAILY_REPORT,
)
