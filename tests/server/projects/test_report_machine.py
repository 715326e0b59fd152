"""Daily reports under any interleaving of people on and offline.

There is one a day, shift and revision; none is approved by whoever may not; an approved one never
changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from sync.reports import report_id
from tests.server.budget.soundness import assert_legal_moves, moves_of
from tests.server.interleaving import Interleaving, choices, moments, people, play

if TYPE_CHECKING:
    from server.settings import Settings

writers = st.sampled_from((0, 0, 1, 3))
approvers = st.sampled_from((0, 1, 1, 3, 4, 5))
APPROVERS = {"supervisor", "manager", "administrator"}
OWN = {"manager", "administrator"}

_REPORTS = """
    SELECT report.id::text, date::text, shift, coalesce(revision, 1) AS revision,
        report.revises_id::text, report.status, report.author_id::text AS author, report.deleted,
        contributors::text[], approved_by::text, work_done, weather, headcount, worked_minutes,
        (SELECT coalesce(sum(count), 0) FROM report_line AS line WHERE NOT line.deleted
            AND line.project_id = $1 AND line.report_id = report.id AND line.kind = 'labour')
            AS counted,
        coalesce(lines_headcount, 0) AS lines_headcount
    FROM daily_report AS report WHERE project_id = $1
"""


class ReportMachine(Interleaving):
    """Crews who write the reports of two days, each other's too, and those who approve them."""

    async def prepare(self) -> None:
        """Nothing is written yet."""
        self.approved: dict[str, dict[str, Any]] = {}

    @rule(who=writers, day=st.integers(1, 2), shift=st.sampled_from(("day", "night")), when=moments)
    def begins(self, who: int, day: int, shift: str, when: str) -> None:
        """Begin the report of a day, which another tablet may have begun too."""
        by, date = self.who(who), f"2026-03-0{day}"
        row = self.track("daily_report", report_id(self.site.project, date, shift))
        if by.shown(row) is not None:
            return
        report = {"date": date, "shift": shift, "status": "draft", "weather": f"Pluie {who}"}
        mine = {"author_id": by.person, "contributors": [by.person]}
        self.does(by, when, self.site.create("daily_report", row, **report, **mine))

    @rule(who=people, choice=choices, note=st.integers(1, 3), when=moments)
    def writes(self, who: int, choice: int, note: int, when: str) -> None:
        """Write what was done."""
        by = self.who(who)
        row = self.standing(by, "daily_report", choice, "draft", "submitted")
        self.does(by, when, self.edit(by, row, work_done=f"Fait {note}", headcount=note))

    @rule(who=writers, choice=choices, count=st.integers(1, 9), when=moments)
    def counts(self, who: int, choice: int, count: int, when: str) -> None:
        """Add a line of labour."""
        by = self.who(who)
        row = self.standing(by, "daily_report", choice, "draft", "submitted")
        if row is None or by.shown(row) is None:
            return
        line = {"report_id": row, "kind": "labour", "label": "Soudeurs", "count": count}
        made = self.site.create("report_line", self.track("report_line"), **line)
        self.does(by, when, made)

    @rule(
        who=approvers,
        choice=choices,
        status=st.sampled_from(("submitted", "submitted", "approved", "approved", "draft")),
        when=moments,
    )
    def moves(self, who: int, choice: int, status: str, when: str) -> None:
        """Submit, approve or send back."""
        by = self.who(who)
        states = {"submitted": ("draft",), "approved": ("submitted",), "draft": ("submitted",)}
        row = self.standing(by, "daily_report", choice, *states[status])
        self.does(by, when, self.edit(by, row, status=status))

    @rule(who=writers, choice=choices, when=moments)
    def revises(self, who: int, choice: int, when: str) -> None:
        """Correct an approved report by a new revision."""
        by = self.who(who)
        revised = self.standing(by, "daily_report", choice, "approved")
        shown = None if revised is None else by.shown(revised)
        if shown is None:
            return
        revision = (shown.get("revision") or 1) + 1
        row = self.track(
            "daily_report",
            report_id(self.site.project, shown["date"], shown["shift"], revision),
        )
        if by.shown(row) is not None:
            return
        report = {name: shown[name] for name in ("date", "shift")}
        named = {"revision": revision, "revises_id": revised, "status": "draft"}
        mine = {"author_id": by.person, "contributors": [by.person]}
        self.does(by, when, self.site.create("daily_report", row, **report, **named, **mine))

    @rule(who=people, choice=choices, when=moments)
    def deletes(self, who: int, choice: int, when: str) -> None:
        """Delete a report."""
        by = self.who(who)
        row = self.standing(by, "daily_report", choice, "draft")
        self.does(by, when, self.drop(by, row))

    async def check(self) -> None:
        """Hold every report against who wrote it, who approved it, and what it was then."""
        site = self.site
        await assert_legal_moves(site)
        found = [dict(one) for one in await site.pool.fetch(_REPORTS, site.project)]
        live = [one for one in found if not one["deleted"]]
        places = [(one["date"], one["shift"], one["revision"]) for one in live]
        assert len({*places}) == len(places)
        for one in live:
            assert one["lines_headcount"] == one["counted"], one
        now = {one["id"]: one for one in found if one["status"] == "approved"}
        assert {row: now[row] for row in self.approved} == self.approved
        for one in live:
            revised = one["revises_id"]
            assert (revised is None) == (one["revision"] == 1), one
            assert revised is None or revised in now, one
        await self._check_approvals(now)
        self.approved = now

    async def _check_approvals(self, approved: dict[str, dict[str, Any]]) -> None:
        roles = {one.person: one.role for one in self.tablets}
        for move in await moves_of(self.site):
            if move["table"] != "daily_report" or move["after"] != "approved":
                continue
            report, person = approved[move["row"]], move["person"]
            assert roles[person] in APPROVERS, dict(move)
            own = person == report["author"] or person in (report["contributors"] or ())
            assert not own or roles[person] in OWN, dict(move)
            assert report["approved_by"] == person, report


def test_no_interleaving_changes_an_approved_report(settings: Settings) -> None:
    """Tablets that come late, in any order and twice, and people online: reports stay evidence."""
    play(ReportMachine, settings, max_examples=8, steps=25)
