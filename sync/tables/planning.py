"""Tables of the projects service: calendars, tasks and the network they form, baselines."""

from __future__ import annotations

from sync.schema import (
    Field,
    Table,
    Workflow,
    boolean,
    choice,
    date,
    decimal,
    document,
    integer,
    local_time,
    moment,
    reference,
    references,
    text,
    words,
)
from sync.tables.projects import NOTE_CHARACTERS_MAX, imported, project_id

CALENDAR = Table(
    name="calendar",
    service="projects",
    scopes=("project",),
    scope_field="project_id",
    fields=(
        project_id(),
        Field("name", text(200), required=True),
        Field("week", document()),
        Field("exceptions", document()),
        Field("hours_per_day", decimal()),
        Field("country", text(2)),
        Field("rotation_start", date()),
        Field("rotation_days_on", integer(1, 3_650)),
        Field("rotation_days_off", integer(1, 3_650)),
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
        project_id(),
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

PROGRESS_METHODS = ("percent", "quantity", "duration", "units", "children")
"""How progress is known: said, measured, or derived from durations, units or the tasks below."""

CONSTRAINTS = (
    "start_no_earlier",
    "start_no_later",
    "start_on",
    "finish_no_earlier",
    "finish_no_later",
    "finish_on",
    "mandatory_start",
    "mandatory_finish",
    "as_late_as_possible",
)

TASK = Table(
    name="task",
    service="projects",
    scopes=("project",),
    scope_field="project_id",
    fields=(
        project_id(),
        Field("parent_id", reference("task")),
        Field("position", integer()),
        Field("code", text(120)),
        Field("name", text(400), required=True),
        Field("kind", choice("summary", "task", "milestone", "level_of_effort"), required=True),
        # Of a milestone: the beginning of work that it marks, or (unsaid) the end.
        Field("milestone_at", choice("start", "finish")),
        Field("status", choice(*TASK_STATUS.precedence), "workflow", workflow=TASK_STATUS),
        Field("number", integer(1), server=True),
        Field("progress", integer(0, PROGRESS_MAX), "maximum"),
        Field("progress_by", choice(*PROGRESS_METHODS)),
        Field("weight", integer(0, 1_000_000)),
        Field("quantity_planned_thousandths", integer(0)),
        Field("quantity_done_thousandths", integer(), "counter"),
        Field("quantity_unit", text(40)),
        Field("progress_rolled", integer(0, PROGRESS_MAX), server=True),
        Field("planned_start", local_time()),
        Field("planned_finish", local_time()),
        Field("actual_start", local_time()),
        Field("actual_finish", local_time()),
        Field("duration_minutes", integer(0)),
        Field("remaining_minutes", integer(0)),
        Field("float_minutes", integer()),
        Field("constraint_kind", choice(*CONSTRAINTS)),
        Field("constraint_date", local_time()),
        Field("early_start", local_time(), server=True),
        Field("early_finish", local_time(), server=True),
        Field("late_start", local_time(), server=True),
        Field("late_finish", local_time(), server=True),
        Field("total_float_minutes", integer(), server=True),
        Field("free_float_minutes", integer(), server=True),
        Field("critical", boolean(), server=True),
        Field("baseline_start", local_time(), server=True),
        Field("baseline_finish", local_time(), server=True),
        Field("calendar_id", reference("calendar")),
        Field("assignees", references("person"), "set"),
        Field("watchers", references("person"), "set"),
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

LAG_CALENDARS = ("predecessor", "successor", "project", "elapsed")
"""Whose working time a lag counts: the predecessor's, unless it is said."""

TASK_LINK = Table(
    name="task_link",
    service="projects",
    scopes=("project",),
    scope_field="project_id",
    fields=(
        project_id(),
        Field("predecessor_id", reference("task"), "write_once", required=True),
        Field("successor_id", reference("task"), "write_once", required=True),
        Field("kind", choice(*LINK_KINDS), required=True),
        Field("lag_minutes", integer()),
        Field("lag_calendar", choice(*LAG_CALENDARS)),
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
        project_id(),
        Field("task_id", reference("task"), "write_once", required=True),
        Field("resource_id", reference("resource"), "write_once", required=True),
        Field("planned_units", decimal(), "review"),
        Field("actual_units", decimal(), "review"),
        Field("external_id", text(120)),
        imported(),
    ),
    indexes={"what does this task need": ("task_id",)},
)

BASELINE = Table(
    name="baseline",
    service="projects",
    scopes=("project",),
    scope_field="project_id",
    fields=(
        project_id(),
        Field("name", text(200), required=True),
        Field("reason", text(400)),
        Field("author_id", reference("person"), "write_once", required=True),
        Field("number", integer(1), server=True),
        Field("taken_at", moment(), server=True),
        Field("tasks", integer(0), server=True),
    ),
    indexes={"the baselines of a project, in order": ("number",)},
)
"""A frozen plan: what the tasks were planned to be when it was taken. The latest one counts."""

TABLES = (CALENDAR, RESOURCE, TASK, TASK_LINK, ASSIGNMENT, BASELINE)
