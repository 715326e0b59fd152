"""What `derrick import` says, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from server.cli.replicas.saying import Both

if TYPE_CHECKING:
    from server.projects.importing.plan import ConflictReason, LeftReason

TABLES: Final = {
    "project": Both("chantier", "project"),
    "calendar": Both("calendriers", "calendars"),
    "resource": Both("ressources", "resources"),
    "task": Both("tâches", "tasks"),
    "task_link": Both("liens", "links"),
    "assignment": Both("affectations", "assignments"),
    "budget": Both("budget", "budget"),
    "budget_line": Both("lignes de budget", "budget lines"),
}
HEADINGS: Final = {
    "added": Both("ajoutés", "added"),
    "changed": Both("modifiés", "changed"),
    "removed": Both("supprimés", "removed"),
    "unchanged": Both("inchangés", "unchanged"),
    "conflicts": Both("en conflit", "in conflict"),
    "what": Both("élément", "item"),
    "field": Both("champ", "field"),
    "before": Both("avant", "before"),
    "after": Both("après", "after"),
    "here": Both("sur le chantier (gardé)", "on the site (kept)"),
    "file": Both("dans le fichier", "in the file"),
    "why": Both("pourquoi", "why"),
    "count": Both("nombre", "count"),
    "example": Both("par exemple", "for example"),
    "read": Both("lus", "read"),
    "left": Both("laissés", "left"),
    "code": Both("code", "code"),
    "lot": Both("lot", "lot"),
    "amount": Both("montant", "amount"),
}
FIELDS: Final = {
    "actual_finish": Both("fin réelle", "actual finish"),
    "actual_start": Both("début réel", "actual start"),
    "actual_units": Both("quantité réelle", "actual units"),
    "amount": Both("montant", "amount"),
    "calendar_id": Both("calendrier", "calendar"),
    "code": Both("code", "code"),
    "constraint_date": Both("date de contrainte", "constraint date"),
    "constraint_kind": Both("contrainte", "constraint"),
    "data_date": Both("date d'état", "data date"),
    "duration_minutes": Both("durée (min)", "duration (min)"),
    "finish": Both("fin", "finish"),
    "float_minutes": Both("marge (min)", "float (min)"),
    "kind": Both("genre", "kind"),
    "lag_calendar": Both("calendrier du décalage", "lag calendar"),
    "lag_minutes": Both("décalage (min)", "lag (min)"),
    "name": Both("nom", "name"),
    "parent_id": Both("sous", "under"),
    "planned_finish": Both("fin prévue", "planned finish"),
    "planned_start": Both("début prévu", "planned start"),
    "planned_units": Both("quantité prévue", "planned units"),
    "progress": Both("avancement", "progress"),
    "progress_by": Both("mesure de l'avancement", "measure of progress"),
    "remaining_minutes": Both("durée restante (min)", "remaining (min)"),
    "spent": Both("dépensé", "spent"),
    "start": Both("début", "start"),
    "status": Both("état", "status"),
    "tags": Both("étiquettes", "tags"),
    "time_zone": Both("fuseau", "time zone"),
}
CONFLICTS: Final[dict[ConflictReason, Both]] = {
    "both_changed": Both("modifié des deux côtés", "changed on both sides"),
    "progress_kept": Both("avancement saisi sur le chantier", "progress entered on the site"),
    "status_move": Both("changement d'état impossible", "status cannot move so"),
    "removed_in_file": Both("absent du fichier, gardé ici", "not in the file, kept here"),
    "deleted_here": Both("supprimé ici, toujours au fichier", "deleted here, still in the file"),
}
LEFT: Final[dict[LeftReason, Both]] = {
    "calendar_exceptions_cut": Both(
        "jours particuliers anciens d'un calendrier trop long",
        "oldest exceptions of a calendar that is too long",
    ),
    "calendar_unused": Both("calendriers sans usage ici", "calendars not used here"),
    "constraint_secondary": Both(
        "secondes contraintes d'une tâche", "second constraints of a task"
    ),
    "cost_negative": Both("coût négatif d'un lot", "negative cost of a lot"),
    "cost_currency": Both(
        "coûts dans une autre devise que le chantier", "costs in another currency than the project"
    ),
    "cost_locked": Both(
        "coûts d'un budget verrouillé, qui bouge par demandes",
        "costs of a locked budget, which moves by requests",
    ),
    "code_cut": Both("codes d'activité en trop sur une tâche", "too many codes on an activity"),
    "dated_by_hand": Both(
        "tâches datées à la main : pas plus tôt que leur date",
        "tasks dated by hand: no earlier than their date",
    ),
    "lag_percent": Both(
        "décalages en pourcentage, fixés en minutes", "percentage lags, fixed in minutes"
    ),
    "link_external": Both("liens vers un autre projet", "links to another project"),
    "link_repeated": Both("liens en double", "repeated links"),
    "link_to_project": Both("liens avec le projet entier", "links with the whole project"),
    "link_to_itself": Both("liens d'une tâche à elle-même", "links of a task to itself"),
    "rate": Both("tarifs des ressources : sans place encore", "resource rates: no place yet"),
    "resource_unused": Both("ressources sans affectation", "resources without assignment"),
    "text_cut": Both("textes trop longs, coupés", "texts too long, cut"),
    "user_field": Both("champs personnels : sans place encore", "user fields: no place yet"),
    "value_out_of_range": Both("valeurs hors limites", "values out of range"),
    "work_unassigned": Both("travail affecté à personne", "work assigned to nobody"),
}
READING_LEFT: Final = {
    "personal_data": Both("données personnelles", "personal data"),
    "unknown_table": Both("table inconnue", "unknown table"),
    "not_needed": Both("sans usage", "not needed"),
    "blank_row": Both("ligne vide", "blank row"),
    "empty": Both("valeur vide", "empty value"),
    "external_task": Both("tâche d'un autre projet", "task of another project"),
    "on_summary": Both("sur une tâche récapitulative", "on a summary task"),
}
