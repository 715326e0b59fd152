"""The clocked jobs."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from server.alerts import evaluate_clock, recompute_alerts
from server.budget import mend_daily_sums, mend_totals
from server.feed.snapshots import SnapshotPages
from server.figures import mend_figures
from server.jobs.running import Job
from server.jobs.telling import NOTICE_JOBS
from server.projects import mark_all, purge_deleted
from server.reports import forget_orders
from server.storage import Keeper
from server.users import KeyRing, end_unproved_sessions, prune_people, token_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.jobs.running import JobContext

log = structlog.get_logger()

MONTHS_AHEAD = 3
"""Partitions of the change log made ahead, this month's among them."""

SILENT_DAYS = 3
"""Days after which a device that said nothing is named in the log."""
SILENT_DEVICES_NAMED_MAX = 20

PRUNE_BATCH_ROWS = 10_000

# A replica's last receipt always stays: the answer that it may still ask for.
_PRUNE_RECEIPTS = """
    WITH old AS (
        SELECT receipt.replica, receipt.last_counter FROM receipt
        JOIN replica ON replica.id = receipt.replica
        WHERE receipt.received_at < $1 AND receipt.last_counter < replica.last_counter LIMIT $2
    )
    DELETE FROM receipt USING old
    WHERE receipt.replica = old.replica AND receipt.last_counter = old.last_counter
"""

_LAGGING_SNAPSHOTS = """
    SELECT scope.id, scope.name FROM scope
    CROSS JOIN LATERAL (SELECT max(seq) AS seq FROM snapshot WHERE scope_id = scope.id) AS newest
    WHERE newest.seq IS NOT NULL AND scope.head - newest.seq > $1 ORDER BY scope.id
"""

_SILENT_DEVICES = """
    SELECT id, name, person_id::text AS person, last_seen_at, waiting_change_sets FROM replica
    WHERE revoked_at IS NULL AND NOT office AND coalesce(last_seen_at, registered_at) < $1
    ORDER BY waiting_change_sets DESC, last_seen_at
"""


async def clock_alerts(context: JobContext) -> Mapping[str, Any]:
    """Raise and clear the alerts that the passing of days alone brings."""
    changed = await evaluate_clock(
        context.intake, context.pool, context.wall_ms(), context.settings.alert_lead_days
    )
    return {"projects": len(changed)}


async def recompute_totals(context: JobContext) -> Mapping[str, Any]:
    """Add up all totals and evaluate all alerts from scratch; mend and report what differs."""
    totals = await mend_totals(context.intake, context.pool)
    lead_days = context.settings.alert_lead_days
    days = await mend_daily_sums(context.intake, context.pool)
    figures = await mend_figures(context.intake, context.pool, context.now().date())
    alerts = await recompute_alerts(context.intake, context.pool, lead_days)
    return {
        "totals_mended": len(totals),
        "projects_mended": len({*days, *figures}),
        "alerts_mended": alerts,
    }


async def check_schedules(context: JobContext) -> Mapping[str, Any]:
    """Let every living project be dated anew: what is written then had been missed, and heals."""
    return {"projects": await mark_all(context.pool)}


async def make_months(context: JobContext) -> Mapping[str, Any]:
    """Make the change log's partitions before their months begin."""
    month = context.now().date().replace(day=1)
    made = []
    for _ in range(MONTHS_AHEAD):
        made.append(await context.pool.fetchval("SELECT make_change_log_month($1)", month))
        month = (month + dt.timedelta(days=32)).replace(day=1)
    return {"months": made}


async def prune_receipts(context: JobContext) -> Mapping[str, Any]:
    """Drop receipts that no replica can ask for any more."""
    before = context.now() - dt.timedelta(days=context.settings.replica_retention_days)
    pruned = 0
    while True:
        status = await context.pool.execute(_PRUNE_RECEIPTS, before, PRUNE_BATCH_ROWS)
        rows = int(status.rpartition(" ")[2])
        pruned += rows
        if rows < PRUNE_BATCH_ROWS:
            return {"receipts": pruned}


async def refresh_snapshots(context: JobContext) -> Mapping[str, Any]:
    """Rebuild snapshots at half the lag at which a new replica would have to wait for it."""
    pages = SnapshotPages(context.pool, context.settings)
    lag = context.settings.snapshot_lag_rows_max // 2
    lagging = await context.pool.fetch(_LAGGING_SNAPSHOTS, lag)
    for scope in lagging:
        await pages.build(scope["id"], scope["name"])
    return {"snapshots": len(lagging)}


async def name_silent_devices(context: JobContext) -> Mapping[str, Any]:
    """Name the devices that have said nothing for days, those with unsent work first."""
    silent = await context.pool.fetch(
        _SILENT_DEVICES, context.now() - dt.timedelta(days=SILENT_DAYS)
    )
    for device in silent[:SILENT_DEVICES_NAMED_MAX]:
        log.warning(
            "device_silent",
            replica=device["id"],
            device=device["name"],
            person=device["person"],
            last_seen_at=device["last_seen_at"] and device["last_seen_at"].isoformat(),
            waiting_change_sets=device["waiting_change_sets"],
        )
    return {"devices": len(silent)}


async def purge_activity(context: JobContext) -> Mapping[str, Any]:
    """Drop what the record of activity holds past its retention."""
    before = context.now() - dt.timedelta(days=context.settings.activity_retention_days)
    return {"events": await context.pool.fetchval("SELECT purge_activity($1)", before)}


async def rotate_keys(context: JobContext) -> Mapping[str, Any]:
    """Replace the key that signs tokens when it is old; drop those that nothing needs."""
    secret = token_secret(context.settings)
    keys = KeyRing(context.pool, secret, context.wall_ms)
    made = await keys.rotate_if_due(context.settings.key_rotation_days)
    return {} if made is None else {"kid": made}


async def forget_what_is_over(context: JobContext) -> Mapping[str, Any]:
    """Drop the brakes, resets, invitations, messages, sessions and grants that are over."""
    async with context.pool.acquire() as connection:
        return await prune_people(connection, context.settings, context.now())


async def ask_for_codes(context: JobContext) -> Mapping[str, Any]:
    """End the sessions in which no one-time code was shown by the moment that they were given."""
    ended = await end_unproved_sessions(context.pool, context.now())
    context.end_sessions(ended)
    return {"sessions": len(ended)}


async def sweep_uploads(context: JobContext) -> Mapping[str, Any]:
    """Let go the uploads that were given up, and files that no upload owns."""
    return await _keeper(context).sweep()


async def purge_documents(context: JobContext) -> Mapping[str, Any]:
    """Empty the trash of what has lain there long enough, and delete what nothing refers to."""
    return await _keeper(context).purge(context.wall_ms())


def _keeper(context: JobContext) -> Keeper:
    return Keeper(context.settings, context.pool, context.intake, context.store)


async def forget_reports(context: JobContext) -> Mapping[str, Any]:
    """Forget who ordered which report; the documents stay."""
    before = context.now() - dt.timedelta(days=context.settings.report_order_days)
    return {"orders": await forget_orders(context.pool, before)}


async def purge_what_was_deleted(context: JobContext) -> Mapping[str, Any]:
    """Purge the rows and projects that nobody restored in time."""
    before = context.now() - dt.timedelta(days=context.settings.deleted_retention_days)
    return msgspec.structs.asdict(await purge_deleted(context.intake, context.pool, before))


JOBS = (
    # Every quarter of an hour: the days of zones at :30 and :45 turn then too.
    Job("alerts_clock", {"minute": "*/15"}, clock_alerts),
    Job("snapshots_refresh", {"minute": "*/5"}, refresh_snapshots),
    Job("change_log_months", {"hour": "0", "minute": "5"}, make_months),
    Job("totals_recompute", {"hour": "1", "minute": "10"}, recompute_totals),
    Job("schedules_check", {"hour": "0", "minute": "40"}, check_schedules),
    Job("deleted_purge", {"hour": "2", "minute": "40"}, purge_what_was_deleted),
    Job("receipts_prune", {"hour": "2", "minute": "20"}, prune_receipts),
    Job("activity_purge", {"hour": "3", "minute": "40"}, purge_activity),
    Job("keys_rotate", {"hour": "3", "minute": "30"}, rotate_keys),
    Job("people_prune", {"hour": "3", "minute": "50"}, forget_what_is_over),
    Job("uploads_sweep", {"minute": "25"}, sweep_uploads),
    Job("documents_purge", {"hour": "2", "minute": "40"}, purge_documents),
    Job("sessions_unproved", {"minute": "*/5"}, ask_for_codes),
    Job("reports_forget", {"hour": "4", "minute": "0"}, forget_reports),
    Job("devices_silent", {"hour": "5", "minute": "0"}, name_silent_devices),
    *NOTICE_JOBS,
)
"""Every clocked job; the times are UTC."""
