"""Parts that several reports share: key figures, the S-curve, the words of tables."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from server.figures import Undefined
from server.reports.declaring import (
    Chart,
    Column,
    KeyFigure,
    Series,
    TableDeclaration,
    words,
)
from server.reports.wording import write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.figures import Basis, CurvePoint, EarnedValueShown, MoneyShown, Tablets
    from sync.changes import Sentence

BLUE, GREEN, RED, GREY = "#2563EB", "#15803D", "#B91C1C", "#94A3B8"

CODE = Column("cost_code", words("Code", "Code"), width=12)
DESCRIPTION = Column("description", words("Désignation", "Description"), width=26)


def money(name: str, fr: str, en: str, *, total: bool = True, width: int = 14) -> Column:
    """Declare a column of amounts."""
    return Column(name, words(fr, en), "money", width, sum=total)


LINES = TableDeclaration(
    "lines",
    words("Budget par ligne", "Budget by line"),
    (
        CODE,
        DESCRIPTION,
        Column("currency", words("Devise", "Currency"), width=8),
        money("original", "Initial", "Original"),
        money("revised", "Révisé", "Revised"),
        money("committed", "Engagé", "Committed"),
        money("spent", "Dépensé", "Spent"),
        money("remaining", "Reste", "Remaining"),
        Column("consumed", words("Consommé", "Consumed"), "percent", 10),
        money("forecast", "Prévu à terme", "Forecast"),
        money("variance", "Écart", "Variance"),
    ),
    currency_column="currency",
)
"""The six figures of each line, how much of it is used, and what will be over or left."""

YEARS = TableDeclaration(
    "years",
    words("Budget par année", "Budget by year"),
    (
        CODE,
        DESCRIPTION,
        Column("year", words("Année", "Year"), width=8),
        Column("currency", words("Devise", "Currency"), width=8),
        money("amount", "Budget", "Budget"),
        money("committed", "Engagé", "Committed"),
        money("spent", "Dépensé", "Spent"),
        money("remaining", "Reste", "Remaining"),
        Column("consumed", words("Consommé", "Consumed"), "percent", 10),
    ),
    currency_column="currency",
)
"""What lines may take year by year, and how much of it is used."""

CURRENCIES = TableDeclaration(
    "currencies",
    words("Budgets par devise", "Budgets by currency"),
    (
        Column("currency", words("Devise", "Currency"), width=8),
        money("original", "Initial", "Original", total=False),
        money("allocated", "Alloué", "Allocated", total=False),
        money("committed", "Engagé", "Committed", total=False),
        money("spent", "Dépensé", "Spent", total=False),
        money("remaining", "Reste", "Remaining", total=False),
        money("forecast", "Prévu à terme", "Forecast", total=False),
        money("off_budget", "Hors budget", "Off budget", total=False),
    ),
    currency_column="currency",
)

EARNED = TableDeclaration(
    "earned_value",
    words("Valeur acquise par ligne", "Earned value by line"),
    (
        CODE,
        DESCRIPTION,
        money("bac", "BAC", "BAC"),
        money("pv", "VP (PV)", "PV"),
        money("ev", "VA (EV)", "EV"),
        money("ac", "CR (AC)", "AC"),
        money("cv", "Écart coût (CV)", "CV"),
        money("sv", "Écart délai (SV)", "SV"),
        Column("cpi", words("IPC (CPI)", "CPI"), "ratio", 10),
        Column("spi", words("IPD (SPI)", "SPI"), "ratio", 10),
        money("eac", "EAC", "EAC", total=False),
    ),
)

WEEKS = TableDeclaration(
    "weeks",
    words("Courbe en S", "S-curve"),
    (
        Column("day", words("Fin de semaine", "Week ending"), "date", 14),
        money("pv", "Valeur planifiée", "Planned value", total=False),
        money("ev", "Valeur acquise", "Earned value", total=False),
        money("ac", "Coût réel", "Actual cost", total=False),
    ),
)

MONTHS = TableDeclaration(
    "cash",
    words("Trésorerie par mois", "Cash flow by month"),
    (
        Column("month", words("Mois", "Month"), width=10),
        Column("currency", words("Devise", "Currency"), width=8),
        money("received", "Encaissé", "Received"),
        money("paid", "Décaissé", "Paid"),
        money("expected", "À encaisser", "To receive"),
        money("to_pay", "À payer", "To pay"),
        money("balance", "Solde cumulé", "Balance", total=False),
    ),
    currency_column="currency",
)

REASON = {one.value: one.sentence for one in Undefined}


def money_figures(found: MoneyShown) -> list[KeyFigure]:
    """Return what a project's money comes to."""
    return [
        KeyFigure(words("Budget initial", "Original budget"), found.original),
        KeyFigure(words("Budget alloué", "Allocated"), found.allocated),
        KeyFigure(words("Engagé", "Committed"), found.committed),
        KeyFigure(words("Dépensé", "Spent"), found.spent),
        KeyFigure(words("Reste", "Remaining"), found.remaining, bad=found.remaining < 0),
        KeyFigure(
            words("Prévu à terme", "Forecast at completion"),
            found.forecast,
            bad=found.forecast > found.allocated,
        ),
        KeyFigure(words("Hors budget", "Off budget"), found.off_budget, bad=found.off_budget > 0),
    ]


def value_figures(found: EarnedValueShown) -> list[KeyFigure]:
    """Return what the work is worth, and the indices."""
    plain = (
        ("Budget à terme (BAC)", "Budget at completion (BAC)", found.bac),
        ("Valeur planifiée (VP)", "Planned value (PV)", found.pv),
        ("Valeur acquise (VA)", "Earned value (EV)", found.ev),
        ("Coût réel (CR)", "Actual cost (AC)", found.ac),
    )
    reason = REASON.get(found.cv.reason or "")
    figures = [KeyFigure(words(fr, en), value, reason=reason) for fr, en, value in plain]
    figures += [
        KeyFigure(
            words(fr, en),
            one.value,
            reason=REASON.get(one.reason or ""),
            bad=one.value is not None and one.value < 0,
        )
        for fr, en, one in (
            ("Écart de coût (CV)", "Cost variance (CV)", found.cv),
            ("Écart de délai (SV)", "Schedule variance (SV)", found.sv),
        )
    ]
    figures += [
        KeyFigure(
            words(fr, en),
            one.value,
            "ratio",
            REASON.get(one.reason or ""),
            bad=one.value is not None and one.value.startswith(("0.", "-")),
        )
        for fr, en, one in (
            ("Indice de coût (IPC)", "Cost index (CPI)", found.cpi),
            ("Indice de délai (IPD)", "Schedule index (SPI)", found.spi),
        )
    ]
    figures += [
        KeyFigure(words(fr, en), one.value, reason=REASON.get(one.reason or ""))
        for fr, en, one in (
            ("EAC = BAC / IPC", "EAC = BAC / CPI", found.typical.eac),
            ("EAC = CR + BAC − VA", "EAC = AC + BAC − EV", found.atypical.eac),
            ("EAC, coût et délai", "EAC, cost and delay", found.combined.eac),
            ("Reste à faire (ETC)", "To complete (ETC)", found.typical.etc),
        )
    ]
    tcpi = found.tcpi
    return [
        *figures,
        KeyFigure(
            words("Écart à terme (VAC)", "Variance at completion (VAC)"),
            found.typical.vac.value,
            reason=REASON.get(found.typical.vac.reason or ""),
            bad=(found.typical.vac.value or 0) < 0,
        ),
        KeyFigure(words("TCPI", "TCPI"), tcpi.value, "ratio", REASON.get(tcpi.reason or "")),
    ]


def curve_chart(points: Sequence[CurvePoint], at: dt.date) -> Chart:
    """Return the S-curve as a chart; the data date is marked."""
    marked = next((place for place, one in enumerate(points) if one.day >= at), None)
    return Chart(
        words("Courbe en S : planifié, acquis, dépensé", "S-curve: planned, earned, spent"),
        "lines",
        [one.day for one in points],
        [
            Series(words("Planifié (VP)", "Planned (PV)"), [one.pv for one in points], BLUE),
            Series(words("Acquis (VA)", "Earned (EV)"), [one.ev for one in points], GREEN),
            Series(
                words("Dépensé (CR)", "Spent (AC)"), [one.ac for one in points], RED, dashed=True
            ),
        ],
        marked,
    )


def basis_notes(basis: Basis) -> list[Sentence]:
    """Return what the figures are measured against."""
    baseline = basis.baseline
    if baseline is None:
        return [Undefined.NO_BASELINE.sentence]
    name = baseline.name or ""
    notes = [words(f"Planning de référence : {name}.", f"Baseline: {name}.")]
    if baseline.tasks_added:
        count = baseline.tasks_added
        notes.append(
            words(
                f"{count} tâche(s) ajoutée(s) depuis : sans valeur avant la prochaine référence.",
                f"{count} task(s) added since: worth nothing until the next baseline.",
            )
        )
    return notes


def freshness(tablets: Tablets, zone: dt.tzinfo) -> Sentence:
    """Say how old the field's word is: a silent tablet makes value look late."""
    if tablets.oldest_sync_at is None:
        return words(
            "Aucune tablette du chantier n'a encore synchronisé.",
            "No tablet of the site has synchronised yet.",
        )
    oldest = dt.datetime.fromtimestamp(tablets.oldest_sync_at / 1000, tz=zone)
    fr = write(oldest, "moment", "fr", "")
    en = write(oldest, "moment", "en", "")
    waiting = tablets.waiting_change_sets
    return words(
        f"{tablets.devices} tablette(s) ; la plus ancienne synchronisation date du {fr} ; "
        f"{waiting} saisie(s) encore à envoyer.",
        f"{tablets.devices} tablet(s); the oldest synchronisation was on {en}; "
        f"{waiting} entries still to be sent.",
    )
