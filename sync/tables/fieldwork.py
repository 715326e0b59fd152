"""Tables of the projects service: what crews do and say on the site."""

from __future__ import annotations

from sync.schema import (
    Field,
    Kind,
    Table,
    Workflow,
    boolean,
    choice,
    date,
    decimal,
    document,
    identifier,
    integer,
    local_time,
    moment,
    reference,
    references,
    text,
)
from sync.tables.projects import NOTE_CHARACTERS_MAX, project_id

COMMENT = Table(
    name="comment",
    service="projects",
    scopes=("project",),
    scope_field="project_id",
    fields=(
        project_id(),
        Field("task_id", reference("task"), "write_once"),
        Field("subject_table", text(60), "write_once"),
        Field("subject_id", identifier(), "write_once"),
        Field("body", text(4_000), "write_once", required=True),
        Field("mentions", references("person", 50), "set"),
        Field("author_id", reference("person"), "write_once", required=True),
    ),
    indexes={
        "what was said of this task": ("task_id",),
        "what was said of this thing": ("subject_id",),
    },
)

CHECKLIST_ITEM = Table(
    name="checklist_item",
    service="projects",
    scopes=("project",),
    scope_field="project_id",
    fields=(
        project_id(),
        Field("task_id", reference("task"), "write_once", required=True),
        Field("position", integer()),
        Field("label", text(400), required=True),
        Field("mandatory", boolean()),
    ),
    indexes={"the checklist of a task, in order": ("task_id", "position")},
)

CHECKLIST_TICK = Table(
    name="checklist_tick",
    service="projects",
    scopes=("project",),
    scope_field="project_id",
    fields=(
        project_id(),
        Field("item_id", reference("checklist_item"), "write_once", required=True),
        Field("author_id", reference("person"), "write_once", required=True),
        Field("ticked_at", moment(), "write_once", required=True),
        Field("note", text(400)),
    ),
    indexes={"who ticked this item": ("item_id",)},
)
"""A tick is a row of its own: two people who tick one item offline both count."""

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
        project_id(),
        Field("date", date(), "write_once", required=True),
        Field("shift", choice("day", "night"), "write_once", required=True),
        Field("revision", integer(1, 1_000), "write_once"),
        Field("revises_id", identifier(), "write_once"),
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
        Field("contributors", references("person", 50), "set"),
        Field("incident", boolean()),
        Field("signature_id", identifier()),
        Field("signed_name", text(200)),
        Field("lines_headcount", integer(0), server=True),
        Field("lines_minutes", integer(0), server=True),
        Field("approved_by", identifier(), server=True),
        Field("approved_at", moment(), server=True),
        Field("external_id", text(120)),
    ),
    indexes={"the reports of a site, by day": ("date", "shift")},
)
"""One per site, day, shift and revision: its id is `sync.reports.report_id`, on every tablet.

Who writes the same report on another tablet becomes one of its contributors.
"""

REPORT_LINE_KINDS = (
    "labour",
    "equipment",
    "quantity",
    "delivery",
    "visitor",
    "delay",
    "safety",
)

REPORT_LINE = Table(
    name="report_line",
    service="projects",
    scopes=("project",),
    scope_field="project_id",
    fields=(
        project_id(),
        Field("report_id", reference("daily_report"), "write_once", required=True),
        Field("kind", choice(*REPORT_LINE_KINDS), "write_once", required=True),
        Field("label", text(200), required=True),
        Field("company", text(200)),
        Field("count", integer(0, 100_000), "review"),
        Field("minutes", integer(0, 10_000_000), "review"),
        Field("state", choice("working", "standby", "breakdown")),
        Field("cause", text(200)),
        Field("task_id", reference("task")),
        Field("quantity", decimal(), "review"),
        Field("unit", text(40)),
        Field("note", text(1_000)),
    ),
    indexes={"the lines of a report": ("report_id", "kind")},
)
"""One line of a daily report: a trade's hours, a machine's, a quantity, a delivery, a delay."""

INCIDENT_STATUS = Workflow(
    initial="open",
    transitions={
        "open": ("investigating", "closed"),
        "investigating": ("open", "closed"),
        "closed": ("investigating",),
    },
    precedence=("open", "investigating", "closed"),
)

INCIDENT = Table(
    name="incident",
    service="projects",
    scopes=("project",),
    scope_field="project_id",
    fields=(
        project_id(),
        Field("number", integer(1), server=True),
        Field(
            "kind",
            choice(
                "near_miss",
                "unsafe_condition",
                "first_aid",
                "injury",
                "environment",
                "damage",
                "fire",
                "security",
            ),
            required=True,
        ),
        Field("severity", choice("minor", "moderate", "serious", "major"), "review", required=True),
        Field("potential_severity", choice("minor", "moderate", "serious", "major"), "review"),
        Field("occurred_at", local_time(), required=True),
        Field("place", text(200)),
        Field("task_id", reference("task")),
        Field("description", _long_text(), "text"),
        Field("immediate_action", _long_text(), "text"),
        Field("root_cause", _long_text(), "text"),
        Field("lost_days", integer(0, 10_000), "maximum"),
        Field("status", choice(*INCIDENT_STATUS.precedence), "workflow", workflow=INCIDENT_STATUS),
        Field("author_id", reference("person"), "write_once", required=True),
    ),
    indexes={
        "the incidents of a site, newest first": ("occurred_at",),
        "the incidents that are not closed": ("status",),
    },
)

FOLLOW_UP_STATUS = Workflow(
    initial="todo",
    transitions={
        "todo": ("in_progress", "done", "cancelled"),
        "in_progress": ("todo", "done", "cancelled"),
        "done": ("in_progress", "verified"),
        "verified": (),
        "cancelled": ("todo",),
    },
    precedence=("todo", "in_progress", "done", "verified", "cancelled"),
)

FOLLOW_UP = Table(
    name="follow_up",
    service="projects",
    scopes=("project",),
    scope_field="project_id",
    fields=(
        project_id(),
        Field("subject_table", text(60), "write_once"),
        Field("subject_id", identifier(), "write_once"),
        Field("title", text(400), required=True),
        Field("owner_id", reference("person"), "review"),
        Field("due", date()),
        Field(
            "status", choice(*FOLLOW_UP_STATUS.precedence), "workflow", workflow=FOLLOW_UP_STATUS
        ),
        Field("result", text(2_000)),
        Field("author_id", reference("person"), "write_once", required=True),
    ),
    indexes={
        "what follows from this incident or report": ("subject_id",),
        "what someone has to do, by date": ("owner_id", "due"),
    },
)
"""What follows from an incident, a report or an inspection: who does what, until when."""

PUNCH_STATUS = Workflow(
    initial="open",
    transitions={
        "open": ("in_progress", "resolved"),
        "in_progress": ("open", "resolved"),
        "resolved": ("in_progress", "verified"),
        "verified": ("in_progress", "closed"),
        "closed": (),
    },
    precedence=("open", "in_progress", "resolved", "verified", "closed"),
)

PUNCH_ITEM = Table(
    name="punch_item",
    service="projects",
    scopes=("project",),
    scope_field="project_id",
    fields=(
        project_id(),
        Field("number", integer(1), server=True),
        Field("title", text(400), required=True),
        Field("place", text(200)),
        Field("task_id", reference("task")),
        Field("description", _long_text(), "text"),
        Field("priority", choice("low", "normal", "high", "blocking")),
        Field("due", date()),
        Field("company", text(200)),
        Field("owner_id", reference("person"), "review"),
        Field("status", choice(*PUNCH_STATUS.precedence), "workflow", workflow=PUNCH_STATUS),
        Field("resolved_by", identifier(), server=True),
        Field("verified_by", identifier(), server=True),
        Field("author_id", reference("person"), "write_once", required=True),
    ),
    indexes={
        "the punch list of a site, by state": ("status", "due"),
        "what is left to mend on this task": ("task_id",),
    },
)
"""A defect to be lifted before acceptance (réserve)."""

PERMIT_STATUS = Workflow(
    initial="requested",
    transitions={
        "requested": ("assessed", "refused", "cancelled"),
        "assessed": ("authorised", "refused", "cancelled"),
        "authorised": ("issued", "refused", "cancelled"),
        "issued": ("active", "cancelled"),
        "active": ("suspended", "handed_back"),
        "suspended": ("active", "handed_back"),
        "handed_back": ("closed",),
        "closed": (),
        "refused": (),
        "cancelled": (),
    },
    precedence=(
        "requested",
        "assessed",
        "authorised",
        "issued",
        "active",
        "suspended",
        "handed_back",
        "closed",
        "refused",
        "cancelled",
    ),
)

PERMIT_KINDS = (
    "hot_work",
    "cold_work",
    "confined_space",
    "excavation",
    "work_at_height",
    "lifting",
    "radiography",
    "isolation",
)

PERMIT = Table(
    name="permit",
    service="projects",
    scopes=("project",),
    scope_field="project_id",
    fields=(
        project_id(),
        Field("number", integer(1), server=True),
        Field("kind", choice(*PERMIT_KINDS), "write_once", required=True),
        Field("title", text(400), "write_once", required=True),
        Field("place", text(200), "write_once", required=True),
        Field("work", text(4_000), "write_once", required=True),
        Field("hazards", text(4_000), "write_once"),
        Field("precautions", text(4_000), "write_once"),
        Field("task_id", reference("task"), "write_once"),
        Field("valid_from", local_time(), "write_once", required=True),
        Field("valid_until", local_time(), "write_once", required=True),
        Field("status", choice(*PERMIT_STATUS.precedence), "workflow", workflow=PERMIT_STATUS),
        Field("reason", text(400)),
        Field("authority_replica", text(16)),
        Field("author_id", reference("person"), "write_once", required=True),
        Field("holder_id", reference("person"), "review"),
        *(
            Field(f"{step}_by", identifier(), server=True)
            for step in ("assessed", "authorised", "issued", "activated", "handed_back", "closed")
        ),
        Field("activated_at", moment(), server=True),
    ),
    indexes={
        "the permits of a site, by state and end": ("status", "valid_until"),
        "the permits for this task": ("task_id",),
    },
)
"""A permit to work. Its wording and scope never change: another scope is another permit."""

TABLES = (
    COMMENT,
    CHECKLIST_ITEM,
    CHECKLIST_TICK,
    DAILY_REPORT,
    REPORT_LINE,
    INCIDENT,
    FOLLOW_UP,
    PUNCH_ITEM,
    PERMIT,
)
