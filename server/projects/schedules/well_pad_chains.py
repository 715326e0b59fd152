"""The chains of the demo's project: which steps on which subject, and what ties them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from server.projects.schedules.well_pad_content import (
    COMPLETION,
    CONCRETE,
    CROSSING,
    EARTHWORKS,
    FITTING,
    HYDROTEST,
    LOOP,
    RIG,
    SPREAD,
    STUDY,
    WIRING,
    Chain,
    Step,
    Tie,
    drill,
    purchase,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

STUDIES: Final = {
    "ET-PRO": "Procédé",
    "ET-GC": "Génie civil",
    "ET-TUY": "Tuyauterie",
    "ET-CON": "Conduite",
    "ET-ELE": "Électricité",
    "ET-INS": "Instrumentation",
    "ET-FOR": "Programme de forage",
    "ET-HSE": "Étude d’impact et de dangers",
}
PURCHASES: Final = {
    "AP-TET": ("Têtes de puits", "ET-FOR", 20, 9),
    "AP-CUV": ("Cuvelage et colonnes", "ET-FOR", 16, 4),
    "AP-GAR": ("Garnitures de complétion", "ET-FOR", 22, 7),
    "AP-TUB": ("Tubes de conduite", "ET-CON", 18, 3),
    "AP-VAN": ("Vannes et clapets", "ET-TUY", 16, 5),
    "AP-MAN": ("Manifold de production", "ET-TUY", 24, 8),
    "AP-RAC": ("Gares racleurs", "ET-CON", 20, 4),
    "AP-SEP": ("Séparateur de test", "ET-PRO", 26, 10),
    "AP-TRA": ("Transformateur et tableaux", "ET-ELE", 18, 5),
    "AP-CAB": ("Câbles", "ET-ELE", 10, 2),
    "AP-AUT": ("Automate et instruments", "ET-INS", 16, 6),
    "AP-INJ": ("Skid d’injection chimique", "ET-PRO", 20, 4),
}
WELLS: Final = (("1", "MBK-101", 1.0), ("2", "MBK-102", 1.12), ("3", "MBK-103", 0.94))
STRETCHES: Final = ("PK 0 à 2", "PK 2 à 4", "PK 4 à 6", "PK 6 à 8", "PK 8 à 10", "PK 10 à 12")
CROSSINGS: Final = {"CO-RIV": "Traversée de la rivière", "CO-ROU": "Traversée de la route"}


def chains() -> Iterator[Chain]:
    """Yield every chain; one comes after those that it is tied to."""
    for key, subject in STUDIES.items():
        ties = () if key in {"ET-PRO", "ET-FOR", "ET-HSE"} else (Tie("ET-PRO", "PR_SS", 80, 0),)
        yield Chain(key, "ET", subject, STUDY, ties)
    for key, (subject, study, weeks, lots) in PURCHASES.items():
        yield Chain(key, "AP", subject, purchase(weeks, lots), (Tie(study, step=1),))
    yield from _civil_works()
    yield from _wells()
    yield from _flow_line()
    yield from _connections()


def _civil_works() -> Iterator[Chain]:
    yield Chain("GC-ACC", "GC", "Route d’accès", EARTHWORKS, (Tie("ET-GC"), Tie("ET-HSE")))
    yield Chain("GC-PLA", "GC", "Plateforme", EARTHWORKS, (Tie("GC-ACC", "PR_FS", step=3),))
    yield Chain("GC-VIE", "GC", "Base vie", EARTHWORKS[:4], (Tie("GC-ACC", "PR_SS", 60, 2),))
    for number, name, _ in WELLS:
        ties = (Tie("GC-PLA", step=3),)
        yield Chain(f"GC-CA{number}", "GC", f"Cave {name}", CONCRETE, ties)
    for key, subject in {
        "GC-BOU": "Bourbier",
        "GC-FSE": "Massif du séparateur",
        "GC-FMA": "Massif du manifold",
        "GC-FTR": "Massif du transformateur",
    }.items():
        yield Chain(key, "GC", subject, CONCRETE, (Tie("GC-PLA", "PR_FS", 16),))


def _wells() -> Iterator[Chain]:
    """One rig: a well waits for the rig to leave the one before."""
    before: tuple[Tie, ...] = (Tie("AP-CUV"), Tie("GC-BOU"), Tie("ET-FOR"))
    for number, name, depth in WELLS:
        ties = (*before, Tie(f"GC-CA{number}"))
        key = f"FO-{number}"
        yield Chain(key, f"FO.{number}", name, drill(depth), ties, RIG)
        ties = (Tie(key), Tie("AP-GAR"), Tie("AP-TET", to=6))
        yield Chain(f"CP-{number}", f"CP.{number}", name, COMPLETION, ties, RIG)
        before = (Tie(f"CP-{number}", step=6),)


def _flow_line() -> Iterator[Chain]:
    before: tuple[Tie, ...] = (Tie("AP-TUB"), Tie("ET-CON"), Tie("GC-ACC"))
    for index, stretch in enumerate(STRETCHES):
        key = f"CO-T{index + 1}"
        yield Chain(key, "CO", f"Conduite {stretch}", SPREAD, before)
        before = (Tie(key, "PR_SS", 56, 0), Tie(key, "PR_FF", 16, 2, 2))
    for key, subject in CROSSINGS.items():
        yield Chain(key, "CO", subject, CROSSING, (Tie("CO-T2", "PR_SS", 40, 2),))
    stretches = tuple(Tie(f"CO-T{index + 1}") for index in range(len(STRETCHES)))
    crossings = tuple(Tie(key) for key in CROSSINGS)
    yield Chain("CO-RAC", "CO", "Gares racleurs", FITTING, (Tie("AP-RAC"), Tie("CO-T1", step=6)))
    ties = (*stretches, *crossings, Tie("CO-RAC"))
    yield Chain("CO-EPR", "CO", "Épreuve de la conduite", HYDROTEST, ties)


def _connections() -> Iterator[Chain]:
    yield Chain("RA-MAN", "RA", "Manifold", FITTING, (Tie("AP-MAN"), Tie("GC-FMA"), Tie("AP-VAN")))
    yield Chain("RA-SEP", "RA", "Séparateur de test", FITTING, (Tie("AP-SEP"), Tie("GC-FSE")))
    for number, name, _ in WELLS:
        ties = (Tie(f"CP-{number}", step=7), Tie("RA-MAN", step=1))
        yield Chain(f"RA-P{number}", "RA", f"Ligne du puits {name}", FITTING, ties)
    yield Chain("RA-INJ", "RA", "Skid d’injection", FITTING, (Tie("AP-INJ"), Tie("RA-SEP", step=1)))
    yield Chain("RA-ELE", "RA", "Énergie", WIRING, (Tie("AP-TRA"), Tie("AP-CAB"), Tie("GC-FTR")))
    yield Chain("RA-INS", "RA", "Contrôle-commande", WIRING, (Tie("AP-AUT"), Tie("RA-ELE", step=1)))
    lines = tuple(Tie(f"RA-P{number}") for number, _, _ in WELLS)
    yield Chain("ES-TUY", "ES", "Épreuves des tuyauteries", HYDROTEST, (*lines, Tie("RA-MAN")))
    # Start to finish: the temporary power goes only once the permanent one has begun to serve.
    yield Chain("ES-ELE", "ES", "Énergie", LOOP, (Tie("RA-ELE"),))
    yield Chain(
        "ES-PRO",
        "ES",
        "Alimentation provisoire",
        (Step("Groupe électrogène en service", 400, {"ELE": 0.25}),),
        (Tie("GC-VIE"), Tie("ES-ELE", "PR_SF", 8, 0)),
    )
    yield Chain("ES-INS", "ES", "Contrôle-commande", LOOP, (Tie("RA-INS"), Tie("ES-ELE", step=0)))
    yield Chain("ES-SEC", "ES", "Arrêt d’urgence et sécurité", LOOP, (Tie("ES-INS", step=1),))
    yield from _start_up()


def _start_up() -> Iterator[Chain]:
    ready = (Tie("ES-TUY"), Tie("ES-SEC"), Tie("CO-EPR"), Tie("RA-SEP"), Tie("RA-INJ"))
    steps = (
        Step("Revue de sécurité avant démarrage", 24, {"HSE": 2, "ING": 1}),
        Step("Inertage à l’azote", 32, {"TUY": 3, "HSE": 1}),
        Step("Mise en gaz et recherche de fuites", 24, {"TUY": 3, "HSE": 1}),
    )
    yield Chain("MS-PRE", "MS", "Installations", steps, ready)
    opening = (
        Step("Ouverture du puits", 12, {"INS": 1, "HSE": 1}),
        Step("Montée en débit", 48, {"INS": 1}),
        Step("Mesure au séparateur de test", 24, {"INS": 1, "ING": 1}),
    )
    before: tuple[Tie, ...] = (Tie("MS-PRE"),)
    for number, name, _ in WELLS:
        ties = (*before, Tie(f"CP-{number}"))
        yield Chain(f"MS-P{number}", "MS", name, opening, ties, RIG)
        before = (Tie(f"MS-P{number}", step=0),)
    wells = tuple(Tie(f"MS-P{number}") for number, _, _ in WELLS)
    closing = (
        Step("Marche probatoire de 72 h", 72, {"INS": 2, "HSE": 1}),
        Step("Dossier de fin de travaux", 24, {"ING": 2}),
    )
    yield Chain("MS-REC", "MS", "Réception", closing, wells, RIG)
