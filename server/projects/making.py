"""A new project with what it begins with: one action, all or nothing."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from msgspec import Meta, Struct, structs

from server.intake import Proposal

MEMBERS_MAX = 500

Words = Annotated[str, Meta(min_length=1, max_length=200)]


class NewSite(Struct, frozen=True, forbid_unknown_fields=True):
    """A site that is not in the directory yet."""

    name: Words
    field_name: str | None = None
    block: str | None = None
    operator: str | None = None
    country: str | None = None
    latitude_microdegrees: int | None = None
    longitude_microdegrees: int | None = None
    time_zone: str | None = None


class NewMember(Struct, frozen=True, forbid_unknown_fields=True):
    """Who works on it, and as what."""

    person_id: str
    role: str


class NewCalendar(Struct, frozen=True, forbid_unknown_fields=True):
    """When it works."""

    name: Words
    week: dict[str, Any] | list[Any] | None = None
    exceptions: dict[str, Any] | list[Any] | None = None
    hours_per_day: str | None = None
    country: str | None = None


class NewProject(Struct, frozen=True, forbid_unknown_fields=True):
    """A project to make."""

    code: Annotated[str, Meta(min_length=1, max_length=60)]
    name: Words
    currency: str
    site_id: str | None = None
    site: NewSite | None = None
    """Made with it; `site_id` names one that is there."""
    start: str | None = None
    finish: str | None = None
    time_zone: str | None = None
    description: str | None = None
    language: str | None = None
    template: bool = False
    calendar: NewCalendar | None = None
    members: Annotated[list[NewMember], Meta(max_length=MEMBERS_MAX)] = []


class ProjectMade(Struct, frozen=True):
    """The ids of what was made."""

    project: str
    site: str | None
    calendar: str | None
    rows: int


def make_project(wanted: NewProject) -> tuple[ProjectMade, list[Proposal]]:
    """Return the ids of a new project's rows, and the proposals that make them."""
    project = _new_id()
    scope = f"project:{project}"
    site = wanted.site_id if wanted.site is None else _new_id()
    calendar = None if wanted.calendar is None else _new_id()
    values = _said(wanted, "site", "site_id", "calendar", "members")
    proposals = [
        Proposal(
            scope,
            "project",
            project,
            {**values, "status": "draft", **_present(site_id=site, calendar_id=calendar)},
            "create",
        )
    ]
    if wanted.site is not None and site is not None:
        proposals.insert(0, Proposal("org", "site", site, _said(wanted.site), "create"))
    if wanted.calendar is not None and calendar is not None:
        after = {"project_id": project, **_said(wanted.calendar)}
        proposals.append(Proposal(scope, "calendar", calendar, after, "create"))
    for member in wanted.members:
        after = {"project_id": project, **_said(member)}
        proposals.append(Proposal(scope, "member", _new_id(), after, "create"))
    return ProjectMade(project, site, calendar, len(proposals)), proposals


def _new_id() -> str:
    return str(uuid.uuid4())


def _present(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _said(wanted: Struct, *but: str) -> dict[str, Any]:
    """Return the fields of a body that say something, without some."""
    said = _present(**structs.asdict(wanted))
    return {name: value for name, value in said.items() if name not in but}
