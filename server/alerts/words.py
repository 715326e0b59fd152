"""What notices say, in French and in English: a title for what happened, and why one is told."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Literal

from sync.labels import label_of
from sync.money import MINOR_UNITS, format_amount

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.changes import Sentence

Language = Literal["fr", "en"]

TITLES: Mapping[str, tuple[str, str]] = {
    "budget_threshold": (
        "Budget « {subject} » : {percent} % dépensés (seuil de {threshold} %)",
        "Budget “{subject}”: {percent} % spent (threshold of {threshold} %)",
    ),
    "budget_line_threshold": (
        "Ligne « {subject} » : {percent} % dépensés (seuil de {threshold} %)",
        "Line “{subject}”: {percent} % spent (threshold of {threshold} %)",
    ),
    "budget_committed": (
        "« {subject} » : {percent} % dépensés ou engagés (seuil de {threshold} %)",
        "“{subject}”: {percent} % spent or committed (threshold of {threshold} %)",
    ),
    "budget_forecast": (
        "« {subject} » : {percent} % du budget prévus à l'achèvement",
        "“{subject}”: {percent} % of the budget forecast at completion",
    ),
    "off_budget": ("Dépenses hors budget : {amount}", "Spending off budget: {amount}"),
    "expense_over_line": (
        "Dépense « {subject} » au-delà de sa ligne",
        "Expense “{subject}” goes over its line",
    ),
    "cost_index_low": (
        "Indice de coût à {index}, sous {bound}",
        "Cost index at {index}, under {bound}",
    ),
    "schedule_index_low": (
        "Indice de délai à {index}, sous {bound}",
        "Schedule index at {index}, under {bound}",
    ),
    "request_waiting": (
        "« {subject} » attend un visa depuis le {waiting_since}",
        "“{subject}” has waited for approval since {waiting_since}",
    ),
    "invoice_due": (
        "Facture « {subject} » à régler le {due}",
        "Invoice “{subject}” due on {due}",
    ),
    "task_overdue": (
        "Tâche en retard : « {subject} », prévue le {planned_finish}",
        "Task overdue: “{subject}”, planned for {planned_finish}",
    ),
    "task_due": (
        "Tâche à finir le {planned_finish} : « {subject} »",
        "Task to finish on {planned_finish}: “{subject}”",
    ),
    "task_past_project_end": (
        "Tâche « {subject} » prévue après la fin du projet ({project_finish})",
        "Task “{subject}” planned past the project's end ({project_finish})",
    ),
    "task_critical_slip": (
        "Tâche critique : « {subject} » glisse au {early_finish}, prévue le {agreed_finish}",
        "Critical task slipping: “{subject}”, to {early_finish} instead of {agreed_finish}",
    ),
    "milestone_at_risk": (
        "Jalon menacé : « {subject} », au {early_finish} au lieu du {agreed_finish}",
        "Milestone at risk: “{subject}”, on {early_finish} instead of {agreed_finish}",
    ),
    "report_missing": (
        "Rapport journalier manquant du {date}",
        "Daily report missing for {date}",
    ),
    "permit_expiring": (
        "Permis « {subject} » : fin de validité le {valid_until}",
        "Permit “{subject}”: valid until {valid_until}",
    ),
    "follow_up_overdue": (
        "Action en retard : « {subject} », pour le {due}",
        "Action overdue: “{subject}”, due on {due}",
    ),
    "follow_up_due": (
        "Action à finir le {due} : « {subject} »",
        "Action to finish on {due}: “{subject}”",
    ),
    "device_silent": (
        "L'appareil « {device} » est muet depuis le {last_seen_at}",
        "Device “{device}” has been silent since {last_seen_at}",
    ),
    "incident": (
        "Incident grave : {place} ({occurred_at})",
        "Serious incident: {place} ({occurred_at})",
    ),
    "mention": ("Vous êtes cité : « {subject} »", "You are mentioned: “{subject}”"),
    "comment": ("Nouveau commentaire : « {subject} »", "New comment: “{subject}”"),
    "assignment": ("Pour vous : « {subject} »", "Assigned to you: “{subject}”"),
    "task_changed": ("La tâche « {subject} » a changé", "Task “{subject}” has changed"),
    "watched_changed": (
        "« {subject} » a changé : {fields}",
        "“{subject}” has changed: {fields}",
    ),
    "watched_version": ("Nouvelle version de « {subject} »", "New version of “{subject}”"),
    "watched_deleted": ("« {subject} » a été supprimé", "“{subject}” was deleted"),
    "watched_restored": ("« {subject} » a été rétabli", "“{subject}” was restored"),
    "decided": ("« {subject} » : {status}", "“{subject}”: {status}"),
    "to_approve": ("« {subject} » attend votre visa", "“{subject}” waits for your approval"),
    "digest": ("Synthèse de la semaine", "The week in short"),
}
"""What happened -> how it is told."""

MANY: Mapping[str, tuple[str, str]] = {
    "alert": ("{count} alertes", "{count} alerts"),
    "approval": ("{count} visas et décisions", "{count} approvals and decisions"),
    "assignment": ("{count} nouvelles affectations", "{count} new assignments"),
    "deadline": ("{count} échéances", "{count} deadlines"),
    "digest": ("Synthèse de la semaine", "The week in short"),
    "escalation": ("{count} alertes sans réponse", "{count} alerts that nobody acknowledged"),
    "mention": ("Vous êtes cité {count} fois", "You are mentioned {count} times"),
    "safety": ("{count} avis de sécurité", "{count} safety notices"),
    "watching": ("{count} nouvelles de ce que vous suivez", "{count} news of what you watch"),
}
"""A kind -> how several are told as one."""

REASONS: Mapping[str, tuple[str, str]] = {
    "assigned": ("vous en êtes chargé", "it is assigned to you"),
    "author": ("vous en êtes l'auteur", "you wrote it"),
    "escalated": (
        "personne n'a répondu dans le délai",
        "nobody acknowledged it in time",
    ),
    "member": ("vous êtes membre du projet", "you are a member of the project"),
    "mentioned": ("un commentaire vous cite", "a comment mentions you"),
    "owner": ("vous en êtes responsable", "you own it"),
    "role": ("c'est votre rôle dans le projet", "it is your role in the project"),
    "subscribed": ("vous recevez la synthèse de vos projets", "you get your projects' digest"),
    "watching": ("vous suivez ce dont il parle", "you watch what it is about"),
}

STATES: Mapping[str, tuple[str, str]] = {
    "approved": ("approuvé", "approved"),
    "rejected": ("rejeté", "rejected"),
    "returned": ("renvoyé pour correction", "returned for correction"),
    "refused": ("refusé", "refused"),
}

_WHY = ("Vous recevez cet avis parce que {reason}.", "You get this notice because {reason}.")
_ACKNOWLEDGE = (
    "Ouvrez Derrick et confirmez que vous l'avez lu : l'avis est répété jusque-là.",
    "Open Derrick and confirm that you have read it: the notice is repeated until then.",
)
_OPEN = ("Ouvrir Derrick", "Open Derrick")
_NO_NAME = ("sans nom", "no name")
_MOMENTS = frozenset({"waiting_since", "last_seen_at"})


def _pick(pair: tuple[str, str], language: Language) -> str:
    return pair[0] if language == "fr" else pair[1]


def title_of(
    what: str, facts: Mapping[str, Any], subject: str | None, language: Language, zone: dt.tzinfo
) -> str:
    """Say what happened, in one line."""
    said = {
        name: _shown(name, value, facts, language, zone)
        for name, value in facts.items()
        if value is not None
    }
    said["subject"] = subject or _pick(_NO_NAME, language)
    line = _pick(TITLES[what], language).format_map(_Blank(said))
    return " ".join(line.split())[:400]


class _Blank(dict[str, str]):
    """What is not known is a dash."""

    def __missing__(self, key: str) -> str:
        return "—"


def _shown(
    name: str, value: Any, facts: Mapping[str, Any], language: Language, zone: dt.tzinfo
) -> str:
    """Write a fact for people: dates as they read them, amounts with their currency."""
    currency = facts.get("currency")
    if name == "amount" and isinstance(currency, str) and currency in MINOR_UNITS:
        return format_amount(value, currency, language)
    if name in _MOMENTS and isinstance(value, int):
        return date_of(dt.datetime.fromtimestamp(value / 1000, tz=zone).date(), language)
    if name == "fields":
        return ", ".join(_pick(_both(label_of(one)), language) for one in value)
    if name == "status":
        return _pick(STATES[value], language) if value in STATES else str(value)
    if isinstance(value, str) and _is_date(value[:10]):
        day = date_of(dt.date.fromisoformat(value[:10]), language)
        hour = value[11:16]
        return f"{day} {hour}" if hour and name in {"valid_until", "occurred_at"} else day
    return str(value)


def _both(said: Sentence) -> tuple[str, str]:
    return said.fr, said.en


def _is_date(text: str) -> bool:
    try:
        return len(text) == 10 and bool(dt.date.fromisoformat(text))  # noqa: PLR2004
    except ValueError:
        return False


def date_of(day: dt.date, language: Language) -> str:
    """Write a date as it is read: 05/03/2026 in French, 5 March 2026 in English."""
    if language == "fr":
        return day.strftime("%d/%m/%Y")
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def many_of(kind: str, count: int, language: Language) -> str:
    """Say several at once."""
    return _pick(MANY[kind], language).format(count=count)


def why(reason: str, language: Language, *, urgent: bool) -> str:
    """Say why one is told, and what is asked."""
    said = _pick(_WHY, language).format(reason=_pick(REASONS[reason], language))
    return f"{said}\n{_pick(_ACKNOWLEDGE, language)}" if urgent else said


def open_words(language: Language) -> str:
    """Return what the button of a letter says."""
    return _pick(_OPEN, language)
