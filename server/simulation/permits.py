"""Permits to work in a play: asked for by crews, taken through their steps by who may."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from server.simulation.doing import Intended, made, updated

if TYPE_CHECKING:
    from server.simulation.doing import Scene
    from server.simulation.script import Step
    from sync.replica import Replica

NEXT = {
    "requested": "assessed",
    "assessed": "authorised",
    "authorised": "issued",
    "issued": "active",
    "active": "handed_back",
    "suspended": "active",
    "handed_back": "closed",
}
"""State of a permit -> the step that follows when nothing is wrong."""


def ask(scene: Scene, replica: Replica, step: Step) -> list[Intended]:
    """Ask for a permit, whose hours are those in which the play takes place."""
    wanted = step.values
    begins, ends = (_local(scene, replica, hours) for hours in (-1, 8))
    person = scene.people[step.device]
    return made(
        "permit",
        scene.row_id(step),
        "permit.request",
        project_id=scene.site.project,
        kind=wanted["kind"],
        title=wanted["title"],
        place="Manifold nord",
        work=wanted["title"],
        task_id=scene.rows.get(wanted["task"]),
        valid_from=begins,
        valid_until=ends,
        status="requested",
        author_id=person,
        holder_id=person,
    )


def _local(scene: Scene, replica: Replica, hours: int) -> str:
    """Return a time beside that of the play, by the clock of the site."""
    project = replica.row(scene.site.project)
    zone = None if project is None else project.values.get("time_zone")
    at = dt.datetime.fromtimestamp(scene.started_ms / 1000, ZoneInfo(zone or "UTC"))
    return f"{at + dt.timedelta(hours=hours):%Y-%m-%dT%H:%M}"


def advance(scene: Scene, replica: Replica, step: Step) -> list[Intended]:
    """Take the oldest permits of others some steps further, as the authority on site."""
    found = replica.rows(
        "permit",
        scene.scope,
        "status NOT IN ('closed', 'refused', 'cancelled') AND author_id <> ? "
        "AND sync_state = 'confirmed'",
        [scene.people[step.device]],
        order="id",
        limit=step.values["count"],
    )
    tablet = replica.identity().replica
    moves = []
    for permit in found:
        state = str(permit.values.get("status"))
        for _ in range(step.values["steps"]):
            if state not in NEXT or not _mine(state, permit.values, tablet):
                break
            state = NEXT[state]
            after = {"status": state}
            if state == "issued":
                after["authority_replica"] = tablet
            moves += updated(permit, f"permit.{state}", **after)
    return moves


def _mine(state: str, values: dict[str, object], tablet: str) -> bool:
    """Whether the next step is this tablet's: what another's was issued for, that one activates."""
    authority = values.get("authority_replica")
    return state not in ("issued", "suspended") or authority in (None, tablet)


def seize(scene: Scene, replica: Replica, _: Step) -> list[Intended]:
    """Activate a permit from a desk that is not its authority, which the server must refuse."""
    found = replica.rows(
        "permit",
        scene.scope,
        "status IN ('issued', 'suspended') AND authority_replica IS NOT NULL",
        order="id",
        limit=1,
    )
    return [one for row in found for one in updated(row, "permit.active", status="active")]


def suspend(scene: Scene, replica: Replica, step: Step) -> list[Intended]:
    """Suspend one's own permit that is at work, as anyone may at any time."""
    found = replica.rows(
        "permit",
        scene.scope,
        "status = 'active' AND holder_id = ?",
        [scene.people[step.device]],
        order="id",
        limit=1,
    )
    reason = "Orage annoncé."
    return [
        one
        for row in found
        for one in updated(row, "permit.suspended", status="suspended", reason=reason)
    ]
