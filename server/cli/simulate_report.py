"""The report of a play, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.cli.replicas.saying import Both, Language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.simulation import Outcome

_DIFFERENCES_SHOWN = 20
_MEGABYTE = 1_000_000


def lines(outcome: Outcome, language: Language) -> list[str]:
    """Return what a play came to, and the proof."""
    up, down = _bytes(outcome.sent_bytes, language), _bytes(outcome.received_bytes, language)
    seconds = _decimal(f"{outcome.seconds:.1f}", language)
    shown = [
        Both(
            f"Graine {outcome.seed} : {outcome.replicas} répliques sur {outcome.tablets} tablettes"
            f" et trois bureaux, {outcome.days} jours joués en {seconds} s, projet"
            f" {outcome.project}.",
            f"Seed {outcome.seed}: {outcome.replicas} replicas on {outcome.tablets} tablets and"
            f" three desks, {outcome.days} days played in {seconds} s, project {outcome.project}.",
        ),
        Both(
            f"  saisies        {outcome.change_sets} faites, {outcome.acknowledged} accusées"
            f" ({outcome.duplicates} réponses redonnées, {outcome.forks} répliques dédoublées)",
            f"  change sets    {outcome.change_sets} made, {outcome.acknowledged} acknowledged"
            f" ({outcome.duplicates} answered again, {outcome.forks} forks)",
        ),
        _row("conflits", "conflicts", outcome.conflicts),
        _row("refus", "rejections", outcome.rejections),
        _row("alertes", "alerts", outcome.alerts),
        Both(
            f"  liaisons       {outcome.synchronisations} synchronisations, dont"
            f" {outcome.broken_synchronisations} coupées",
            f"  links          {outcome.synchronisations} synchronisations,"
            f" {outcome.broken_synchronisations} broken off",
        ),
        Both(
            f"  octets         {up} montés, {down} descendus",
            f"  bytes          {up} up, {down} down",
        ),
        Both(
            f"  scénario       {outcome.script} ({outcome.steps} étapes)",
            f"  script         {outcome.script} ({outcome.steps} steps)",
        ),
        *(_proof(outcome) if outcome.holds else _failure(outcome)),
    ]
    return [one.to(language) for one in shown]


def _row(fr: str, en: str, counts: Mapping[str, int]) -> Both:
    total = sum(counts.values())
    parts = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    listed = f"{total} ({parts})" if parts else "0"
    return Both(f"  {fr:<15}{listed}", f"  {en:<15}{listed}")


def _proof(outcome: Outcome) -> list[Both]:
    by = Both("PostgreSQL", "PostgreSQL")
    if not outcome.proven:
        by = Both("une réplique neuve", "a fresh replica")
    return [
        Both(
            f"  preuve         {by.fr} et toutes les répliques portent les mêmes {outcome.rows}"
            f" éléments dans {outcome.scopes} périmètres (état {outcome.state}) ;",
            f"  proof          {by.en} and all replicas hold the same {outcome.rows} rows in"
            f" {outcome.scopes} scopes (state {outcome.state});",
        ),
        Both(
            "                 chaque saisie accusée y est exactement une fois ; rien n'attend.",
            "                 every acknowledged change set is there exactly once; nothing waits.",
        ),
    ]


def _failure(outcome: Outcome) -> list[Both]:
    count = len(outcome.differences)
    listed = [
        f"    {one.kind}: {one.where}: {one.says}"
        for one in outcome.differences[:_DIFFERENCES_SHOWN]
    ]
    return [
        Both(
            f"  PREUVE MANQUÉE graine {outcome.seed}, {count} différences :",
            f"  PROOF FAILED   seed {outcome.seed}, {count} differences:",
        ),
        *(Both(one, one) for one in listed),
    ]


def _bytes(count: int, language: Language) -> str:
    unit = "o" if language == "fr" else "B"
    if count >= _MEGABYTE:
        return f"{_decimal(f'{count / _MEGABYTE:.2f}', language)} M{unit}"
    return f"{count / 1_000:.0f} k{unit}"


def _decimal(number: str, language: Language) -> str:
    return number.replace(".", ",") if language == "fr" else number
