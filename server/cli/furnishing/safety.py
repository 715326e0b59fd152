"""Safety on the demo's site: incidents with what follows, permits in every state, the punch list.

The crew asks, reports and notes; the supervisor assesses, authorises, verifies and closes. Permits
are activated on the supervisor's tablet, which is named the authority on site when they are issued.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.cli.furnishing.ground import make, move

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.cli.furnishing.ground import Ground
    from sync.replica import Replica

_STEPS = ("assessed", "authorised", "issued", "active")
PERMITS: tuple[tuple[str, str, str, str, str, str, tuple[str, ...]], ...] = (
    (
        "excavation",
        "Fouille pour le passage de la conduite sous la route",
        "Carrefour du camp, PK 2",
        "Fouille de 1,80 m, blindage, pompage.",
        "Éboulement, câbles enterrés.",
        "Plan des réseaux visé, blindage avant descente, échelle tous les 7 m.",
        (*_STEPS, "suspended", "active", "handed_back", "closed"),
    ),
    (
        "confined_space",
        "Nettoyage du bac de rétention",
        "Bac B-12",
        "Curage manuel, ventilation forcée.",
        "Manque d'oxygène, vapeurs d'hydrocarbures.",
        "Mesure de l'air toutes les 30 min, surveillant à l'entrée, harnais et trépied.",
        (*_STEPS, "suspended"),
    ),
    (
        "lifting",
        "Levage du séparateur S-101",
        "Plateforme, aire de grutage",
        "Levage à deux grues, 42 t.",
        "Charge suspendue, vent.",
        "Plan de levage signé, arrêt au-delà de 10 m/s, zone interdite.",
        _STEPS,
    ),
    (
        "radiography",
        "Radiographie des soudures 4 à 7",
        "Tranchée, tronçon 2",
        "Source Ir-192, poste de nuit.",
        "Rayonnements.",
        "Balisage à 50 m, dosimètres, évacuation annoncée.",
        ("assessed", "authorised"),
    ),
    (
        "isolation",
        "Consignation de la pompe P-03",
        "Local des pompes",
        "Isolement électrique et hydraulique.",
        "Redémarrage, pression résiduelle.",
        "Cadenas et étiquette de chaque intervenant, essai de démarrage.",
        ("refused",),
    ),
    (
        "hot_work",
        "Reprise de la soudure du joint 7",
        "Manifold nord, niveau +3",
        "Meulage et soudage d'un joint DN200, contrôle visuel.",
        "Gaz résiduel, projections.",
        "Détecteur quatre gaz en continu, surveillant de feu, extincteur à poudre.",
        (),
    ),
)
"""Kind, title, place, work, hazards, precautions, and the steps that the supervisor takes it."""
_REASONS = {
    "suspended": "Orage annoncé : chacun sort, le permis est suspendu.",
    "refused": "Le plan de consignation ne nomme pas la vanne amont.",
}

DEFECTS = (
    ("Peinture écaillée sur le garde-corps est", "low", -9, ("resolved", "verified", "closed")),
    ("Boulon manquant à la bride du clapet", "high", -4, ("in_progress", "resolved", "verified")),
    ("Étiquette illisible sur la vanne V-17", "normal", -1, ("resolved",)),
    ("Caillebotis mal fixé, escalier nord", "high", 2, ("in_progress",)),
    ("Fuite au joint de bride DN200", "blocking", 0, ()),
)
"""Title, priority, days until due, and the steps that it was taken."""
_VERIFYING = ("verified", "closed")

Action = tuple[str, str, int, tuple[str, ...]]
"""What is to be done, by whom, in how many days, and the steps that it was taken."""
Incident = tuple[str, str, str, str, tuple[Action, ...]]
"""Kind, severity, place, what happened, and what is to be done."""

INCIDENTS: tuple[Incident, ...] = (
    (
        "near_miss",
        "serious",
        "Zone de levage",
        "Élingue usée retirée avant le levage.",
        (("Contrôler toutes les élingues du magasin", "chief", 3, ()),),
    ),
    (
        "environment",
        "minor",
        "Bassin de rétention",
        "Fuite d'huile d'un litre, absorbée.",
        (
            ("Remplacer le flexible de la pompe de transfert", "crew", -1, ("done", "verified")),
            ("Kit antipollution à compléter", "crew", 5, ("in_progress",)),
        ),
    ),
    (
        "first_aid",
        "moderate",
        "Atelier de tuyauterie",
        "Coupure à la main au meulage, soignée à l'infirmerie.",
        (("Causerie sécurité sur les gants anticoupure", "crew", -2, ("done", "verified")),),
    ),
)
STATES: Mapping[str, tuple[str, ...]] = {
    "near_miss": (),
    "environment": ("investigating",),
    "first_aid": ("investigating", "closed"),
}
"""Kind of incident -> the states that the supervisor takes it through."""


def ask(replica: Replica, ground: Ground) -> None:
    """Report incidents, ask for permits, note and mend defects: what the crew does."""
    person = ground.people["crew"]
    mine = {"project_id": ground.project, "author_id": person}
    for kind, title, place, work, hazards, precautions, _ in PERMITS:
        values = mine | {
            "kind": kind,
            "title": title,
            "place": place,
            "work": work,
            "hazards": hazards,
            "precautions": precautions,
            "valid_from": ground.hour(-2),
            "valid_until": ground.hour(6),
            "status": "requested",
            "holder_id": person,
        }
        ground.made[title] = make(replica, "permit.request", "permit", values)
    for title, priority, due, steps in DEFECTS:
        values = mine | {
            "title": title,
            "place": "Manifold nord",
            "priority": priority,
            "due": ground.day(due),
            "status": "open",
            "owner_id": person,
        }
        row = ground.made[title] = make(replica, "punch.note", "punch_item", values)
        for step in (one for one in steps if one not in _VERIFYING):
            move(replica, f"punch.{step}", "punch_item", row, status=step)
    for incident in INCIDENTS:
        _report(replica, ground, incident)


def _report(replica: Replica, ground: Ground, incident: Incident) -> None:
    kind, severity, place, description, actions = incident
    mine = {"project_id": ground.project, "author_id": ground.people["crew"]}
    values = mine | {
        "kind": kind,
        "severity": severity,
        "occurred_at": ground.hour(0),
        "status": "open",
        "place": place,
        "task_id": ground.made.get("task"),
        "description": description,
    }
    row = ground.made[kind] = make(replica, "incident.report", "incident", values)
    for title, owner, days, steps in actions:
        action = mine | {
            "subject_table": "incident",
            "subject_id": row,
            "title": title,
            "owner_id": ground.people["chief" if owner == "chief" else "crew"],
            "due": ground.day(days),
            "status": "todo",
        }
        made = ground.made[title] = make(replica, "follow_up.plan", "follow_up", action)
        for step in (one for one in steps if one not in _VERIFYING):
            move(replica, f"follow_up.{step}", "follow_up", made, status=step)


def supervise(replica: Replica, ground: Ground) -> None:
    """Take permits their steps, verify what was mended, close what is over."""
    tablet = replica.identity().replica
    for _, title, _, _, _, _, steps in PERMITS:
        for step in steps:
            after = {"status": step}
            if step in _REASONS:
                after["reason"] = _REASONS[step]
            if step == "issued":
                after["authority_replica"] = tablet
            move(replica, f"permit.{step}", "permit", ground.made[title], **after)
    for title, *_, steps in DEFECTS:
        for step in (one for one in steps if one in _VERIFYING):
            move(replica, f"punch.{step}", "punch_item", ground.made[title], status=step)
    for kind, *_, actions in INCIDENTS:
        _follow(replica, ground, kind, actions)


def _follow(replica: Replica, ground: Ground, kind: str, actions: tuple[Action, ...]) -> None:
    """Verify what was done about an incident, and take it further."""
    for title, _, _, steps in actions:
        for step in (one for one in steps if one in _VERIFYING):
            move(replica, f"follow_up.{step}", "follow_up", ground.made[title], status=step)
    for status in STATES[kind]:
        move(replica, f"incident.{status}", "incident", ground.made[kind], status=status)
