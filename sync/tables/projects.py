"""Tables of the projects service: sites, projects and their members."""

from __future__ import annotations

from sync.schema import (
    Field,
    Table,
    Workflow,
    boolean,
    choice,
    currency,
    date,
    identifier,
    integer,
    local_time,
    money,
    reference,
    text,
)
from sync.tables.people import ROLES

NOTE_CHARACTERS_MAX = 20_000

LAST_NUMBERS = (
    "last_task_number",
    "last_incident_number",
    "last_punch_number",
    "last_permit_number",
)
"""The highest numbers given in a project: a number is never given twice."""


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
        Field("calendar_id", identifier()),
        Field("template", boolean()),
        Field("copied_from", identifier(), "write_once"),
        Field("language", choice("fr", "en")),
        Field("spent_off_budget", money(), server=True),
        *(Field(name, integer(0), server=True) for name in LAST_NUMBERS),
    ),
)


def project_id() -> Field:
    """Return the field that says which project a row belongs to."""
    return Field("project_id", identifier(), "write_once", required=True)


MEMBER = Table(
    name="member",
    service="projects",
    scopes=("project",),
    scope_field="project_id",
    delete="delete_wins",
    fields=(
        project_id(),
        Field("person_id", reference("person"), "write_once", required=True),
        Field("role", choice(*ROLES), "review", required=True),
    ),
    indexes={"which projects does this person belong to": ("person_id",)},
)

TABLES = (SITE, PROJECT, MEMBER)
