"""The reports of the site: the project's status, and one day of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.figures import read_curve, read_dashboard
from server.reports.declaring import Column, Fact, KeyFigure, Table, TableDeclaration, words
from server.reports.parts import basis_notes, curve_chart, money_figures, value_figures

if TYPE_CHECKING:
    from collections.abc import Iterator

    import asyncpg

    from server.reports.declaring import Content
    from server.reports.reading import Source
    from sync.changes import Sentence

STATUS = words("État du projet", "Project status")
DAILY = words("Rapport journalier", "Daily report")

LATE_TASKS_MAX = 200

_READ_COUNTS = """
    SELECT count(*) AS tasks,
        count(*) FILTER (WHERE status IN ('done', 'verified')) AS done,
        count(*) FILTER (WHERE status = 'in_progress') AS under_way,
        count(*) FILTER (WHERE status = 'blocked') AS blocked,
        count(*) FILTER (WHERE planned_finish < $2::date::timestamp
            AND coalesce(status, 'todo') NOT IN ('done', 'verified', 'cancelled')) AS late
    FROM task WHERE project_id = $1::text::uuid AND NOT deleted AND kind IN ('task', 'milestone')
        AND status IS DISTINCT FROM 'cancelled'
"""

_READ_SITE = """
    SELECT
        (SELECT count(*) FROM incident WHERE project_id = $1::text::uuid AND NOT deleted
            AND status IS DISTINCT FROM 'closed') AS incidents,
        (SELECT count(*) FROM permit WHERE project_id = $1::text::uuid AND NOT deleted
            AND status = 'active') AS permits,
        (SELECT count(*) FROM punch_item WHERE project_id = $1::text::uuid AND NOT deleted
            AND coalesce(status, 'open') NOT IN ('verified', 'closed')) AS punch_items,
        (SELECT count(*) FROM alert WHERE project_id = $1::text::uuid AND NOT deleted
            AND coalesce(status, 'open') = 'open' AND scope_kind = ANY($2::text[])) AS alerts
"""

_READ_LATE = """
    SELECT code, name, coalesce(status, 'todo') AS status, planned_finish::date AS finish,
        $2::date - planned_finish::date AS days, coalesce(progress, 0) AS progress,
        coalesce(critical, false) AS critical
    FROM task WHERE project_id = $1::text::uuid AND NOT deleted AND kind = 'task'
        AND planned_finish < $2::date::timestamp
        AND coalesce(status, 'todo') NOT IN ('done', 'verified', 'cancelled')
    ORDER BY planned_finish, id LIMIT $3
"""

_READ_MILESTONES = """
    SELECT code, name, coalesce(status, 'todo') AS status, baseline_finish::date AS baseline,
        planned_finish::date AS finish, early_finish::date AS forecast,
        actual_finish::date AS actual
    FROM task WHERE project_id = $1::text::uuid AND NOT deleted AND kind = 'milestone'
    ORDER BY planned_finish NULLS LAST, id LIMIT $2
"""

TASK_STATUS = {
    "todo": words("à faire", "to do"),
    "in_progress": words("en cours", "in progress"),
    "blocked": words("bloquée", "blocked"),
    "done": words("faite", "done"),
    "verified": words("vérifiée", "verified"),
    "cancelled": words("annulée", "cancelled"),
}
_YES = {True: words("oui", "yes"), False: words("non", "no")}

LATE_TABLE = TableDeclaration(
    "late",
    words("Tâches en retard", "Late tasks"),
    (
        Column("code", words("Code", "Code"), width=12),
        Column("name", words("Tâche", "Task"), width=36),
        Column("status", words("État", "Status"), width=11),
        Column("finish", words("Fin prévue", "Planned end"), "date", 12),
        Column("days", words("Jours de retard", "Days late"), "integer", 9),
        Column("progress", words("Avancement", "Progress"), "percent", 11),
        Column("critical", words("Critique", "Critical"), width=9),
    ),
)

MILESTONE_TABLE = TableDeclaration(
    "milestones",
    words("Jalons", "Milestones"),
    (
        Column("code", words("Code", "Code"), width=12),
        Column("name", words("Jalon", "Milestone"), width=36),
        Column("status", words("État", "Status"), width=11),
        Column("baseline", words("Référence", "Baseline"), "date", 12),
        Column("finish", words("Prévu", "Planned"), "date", 12),
        Column("forecast", words("Calculé", "Forecast"), "date", 12),
        Column("actual", words("Atteint", "Reached"), "date", 12),
    ),
)


async def read_status(source: Source) -> Content:
    """Read how a project stands: work, site, and for those who see amounts money and value."""
    connection, basis = source.connection, source.basis
    at = basis.data_date
    (counts,) = await connection.fetch(_READ_COUNTS, basis.project, at)
    kinds = ["project", "finance"] if source.finance else ["project"]
    (site,) = await connection.fetch(_READ_SITE, basis.project, kinds)
    figures = [
        KeyFigure(words("Tâches", "Tasks"), counts["tasks"], "integer"),
        KeyFigure(words("Faites", "Done"), counts["done"], "integer"),
        KeyFigure(words("En cours", "In progress"), counts["under_way"], "integer"),
        KeyFigure(words("En retard", "Late"), counts["late"], "integer", bad=counts["late"] > 0),
        KeyFigure(words("Bloquées", "Blocked"), counts["blocked"], "integer"),
        KeyFigure(words("Incidents ouverts", "Open incidents"), site["incidents"], "integer"),
        KeyFigure(words("Permis actifs", "Active permits"), site["permits"], "integer"),
        KeyFigure(words("Réserves ouvertes", "Open punch items"), site["punch_items"], "integer"),
        KeyFigure(words("Alertes ouvertes", "Open alerts"), site["alerts"], "integer"),
    ]
    charts = []
    notes: list[Sentence] = []
    if source.finance:
        found = await read_dashboard(connection, basis)
        figures += [
            KeyFigure(words("Avancement acquis", "Earned progress"), found.progress, "percent"),
            *money_figures(found.money[0])[1:6],
            *value_figures(found.earned_value)[6:9],
        ]
        charts.append(curve_chart(await read_curve(connection, basis), at))
        notes = basis_notes(basis)
    late = await connection.fetch(_READ_LATE, basis.project, at, LATE_TASKS_MAX)
    milestones = await connection.fetch(_READ_MILESTONES, basis.project, LATE_TASKS_MAX)
    return source.content(
        "status",
        STATUS,
        figures=figures,
        charts=charts,
        tables=[
            Table(LATE_TABLE, [_cells(one) for one in late]),
            Table(MILESTONE_TABLE, [_cells(one) for one in milestones]),
        ],
        notes=notes,
    )


def _cells(record: asyncpg.Record) -> tuple[Any, ...]:
    return tuple(
        TASK_STATUS.get(value, value)
        if name == "status"
        else _YES[value]
        if name == "critical"
        else value
        for name, value in record.items()
    )


_READ_DAY = """
    SELECT report.*, author.name AS author, approver.name AS approver FROM daily_report AS report
    LEFT JOIN person AS author ON author.id = report.author_id
    LEFT JOIN person AS approver ON approver.id = report.approved_by
    WHERE report.project_id = $1::text::uuid AND NOT report.deleted
        AND ($2::text IS NULL OR report.id = $2::text::uuid) AND report.date <= $3
    ORDER BY report.date DESC, report.shift DESC, coalesce(report.revision, 1) DESC LIMIT 1
"""

_READ_DAY_LINES = """
    SELECT line.kind, line.label, line.company, line.count, line.minutes, line.state, line.cause,
        line.quantity, line.unit, task.name AS task, line.note
    FROM report_line AS line
    LEFT JOIN task ON task.project_id = line.project_id AND task.id = line.task_id
    WHERE line.project_id = $1::text::uuid AND line.report_id = $2 AND NOT line.deleted
    ORDER BY line.kind, line.label, line.id
"""

LINE_KINDS = {
    "labour": words("Main-d'œuvre", "Labour"),
    "equipment": words("Matériel", "Equipment"),
    "quantity": words("Quantité", "Quantity"),
    "delivery": words("Livraison", "Delivery"),
    "visitor": words("Visiteur", "Visitor"),
    "delay": words("Retard", "Delay"),
    "safety": words("Sécurité", "Safety"),
}
MACHINE_STATES = {
    "working": words("en travail", "working"),
    "standby": words("en attente", "standby"),
    "breakdown": words("en panne", "breakdown"),
}
SHIFTS = {"day": words("jour", "day"), "night": words("nuit", "night")}
REPORT_STATUS = {
    "draft": words("brouillon", "draft"),
    "submitted": words("soumis", "submitted"),
    "approved": words("approuvé", "approved"),
}

DAY_TABLE = TableDeclaration(
    "day",
    words("Détail de la journée", "The day in detail"),
    (
        Column("kind", words("Nature", "Kind"), width=12),
        Column("label", words("Désignation", "Description"), width=22),
        Column("company", words("Entreprise", "Company"), width=14),
        Column("count", words("Nombre", "Count"), "integer", 8, sum=False),
        Column("hours", words("Heures", "Hours"), "quantity", 8),
        Column("state", words("État, cause", "State, cause"), width=14),
        Column("quantity", words("Quantité", "Quantity"), "quantity", 10),
        Column("unit", words("Unité", "Unit"), width=7),
        Column("note", words("Tâche, note", "Task, note"), width=24),
    ),
)

_TEXTS = (
    ("weather", words("Météo", "Weather")),
    ("work_done", words("Travaux réalisés", "Work done")),
    ("work_planned", words("Travaux prévus", "Work planned")),
    ("delays", words("Retards", "Delays")),
    ("safety", words("Sécurité", "Safety")),
    ("signed_name", words("Signé par", "Signed by")),
)

NO_DAY = words("Aucun rapport journalier à cette date.", "No daily report by this date.")


async def read_day(source: Source) -> Content:
    """Read one daily report: the one asked for, or the latest by the data date."""
    connection, basis = source.connection, source.basis
    found = await connection.fetch(_READ_DAY, basis.project, source.asked.row, basis.data_date)
    if not found:
        return source.content("daily", DAILY, tables=[Table(DAY_TABLE, [])], notes=[NO_DAY])
    (report,) = found
    lines = await connection.fetch(_READ_DAY_LINES, basis.project, report["id"])
    people = sum(one["count"] or 0 for one in lines if one["kind"] == "labour")
    minutes = sum(one["minutes"] or 0 for one in lines if one["kind"] == "labour")
    shift = SHIFTS[report["shift"]]
    revision = report["revision"] or 1
    return source.content(
        "daily",
        words(
            f"Rapport journalier du {report['date']:%d/%m/%Y}, équipe de {shift.fr}",
            f"Daily report of {report['date']:%d/%m/%Y}, {shift.en} shift",
        ),
        figures=[
            KeyFigure(words("Effectif", "Headcount"), report["headcount"] or people, "integer"),
            KeyFigure(
                words("Heures travaillées", "Hours worked"),
                _hours(report["worked_minutes"] or minutes),
                "quantity",
            ),
            KeyFigure(
                words("État", "Status"), REPORT_STATUS.get(report["status"] or "draft"), "text"
            ),
            KeyFigure(words("Révision", "Revision"), revision, "integer"),
        ],
        facts=[*_facts(report)],
        tables=[Table(DAY_TABLE, [_day_cells(one) for one in lines])],
    )


def _facts(report: asyncpg.Record) -> Iterator[Fact]:
    for label, name in (
        (words("Établi par", "Made by"), report["author"]),
        (words("Approuvé par", "Approved by"), report["approver"]),
    ):
        if name:
            yield Fact(label, name)
    for name, label in _TEXTS:
        if report[name]:
            yield Fact(label, report[name])


def _hours(minutes: int | None) -> str | None:
    return None if minutes is None else f"{minutes // 60}.{minutes % 60 * 100 // 60:02d}"


def _day_cells(one: asyncpg.Record) -> tuple[Any, ...]:
    state = MACHINE_STATES.get(one["state"] or "", one["cause"])
    note = " · ".join(text for text in (one["task"], one["note"]) if text)
    return (
        LINE_KINDS[one["kind"]],
        one["label"],
        one["company"],
        one["count"],
        _hours(one["minutes"]),
        state,
        one["quantity"],
        one["unit"],
        note,
    )
