"""What the demo's project is made of: a well pad, three wells and a flow line, in French.

Written by us for Derrick; the site, the quantities and the prices are invented, of the order of
what such works take and cost in Central Africa. Hours are working hours of the step's calendar;
prices are XAF a unit, an hour for labour and plant.
"""

from __future__ import annotations

from typing import Final, NamedTuple

OFFICE, RIG = "OFFICE", "RIG"


class Trade(NamedTuple):
    """A resource: its trade or plant, P6's type, the unit, the price."""

    name: str
    kind: str
    unit: str
    price: int


class Step(NamedTuple):
    """One activity of a chain, tied to the step before it."""

    name: str
    hours: int
    crew: dict[str, float]
    """Resource to units an hour; a step's materials are in whole units instead."""
    link: str = "PR_FS"
    lag: int = 0


class Tie(NamedTuple):
    """A link from another chain: from its last step unless `step` says which."""

    chain: str
    link: str = "PR_FS"
    lag: int = 0
    step: int = -1
    to: int = 0


class Chain(NamedTuple):
    """Steps done one after the other on one subject."""

    key: str
    wbs: str
    subject: str
    steps: tuple[Step, ...]
    ties: tuple[Tie, ...] = ()
    calendar: str = OFFICE


WBS: Final = {
    "ET": "Études",
    "AP": "Approvisionnement",
    "GC": "Génie civil",
    "FO": "Forage",
    "FO.1": "Puits MBK-101",
    "FO.2": "Puits MBK-102",
    "FO.3": "Puits MBK-103",
    "CP": "Complétion",
    "CP.1": "Puits MBK-101",
    "CP.2": "Puits MBK-102",
    "CP.3": "Puits MBK-103",
    "CO": "Conduite de collecte",
    "RA": "Raccordement",
    "ES": "Essais",
    "MS": "Mise en service",
}

TRADES: Final = {
    "ING": Trade("Ingénieur d’études", "RT_Labor", "h", 42_000),
    "ACH": Trade("Acheteur", "RT_Labor", "h", 28_000),
    "INS": Trade("Inspecteur", "RT_Labor", "h", 36_000),
    "CHF": Trade("Chef de chantier", "RT_Labor", "h", 24_000),
    "MAN": Trade("Manœuvre", "RT_Labor", "h", 3_500),
    "MAC": Trade("Maçon-coffreur", "RT_Labor", "h", 6_500),
    "SOU": Trade("Soudeur", "RT_Labor", "h", 14_000),
    "TUY": Trade("Tuyauteur", "RT_Labor", "h", 11_000),
    "ELE": Trade("Électricien instrumentiste", "RT_Labor", "h", 12_500),
    "FOR": Trade("Équipe de forage", "RT_Labor", "h", 210_000),
    "HSE": Trade("Superviseur HSE", "RT_Labor", "h", 22_000),
    "RIG": Trade("Appareil de forage 1 500 ch", "RT_Equip", "h", 1_150_000),
    "CIM": Trade("Unité de cimentation", "RT_Equip", "h", 380_000),
    "DIA": Trade("Unité de diagraphie", "RT_Equip", "h", 520_000),
    "PEL": Trade("Pelle hydraulique 30 t", "RT_Equip", "h", 65_000),
    "BUL": Trade("Bouteur D8", "RT_Equip", "h", 85_000),
    "GRU": Trade("Grue 80 t", "RT_Equip", "h", 110_000),
    "SID": Trade("Pose-tubes", "RT_Equip", "h", 78_000),
    "BET": Trade("Béton B30", "RT_Mat", "m3", 185_000),
    "LAT": Trade("Latérite compactée", "RT_Mat", "m3", 14_500),
    "CAS": Trade("Cuvelage", "RT_Mat", "m", 96_000),
    "TUB": Trade("Tube de conduite 8 pouces", "RT_Mat", "m", 88_000),
    "CIV": Trade("Ciment pétrolier classe G", "RT_Mat", "t", 310_000),
    "BOU": Trade("Fluide de forage", "RT_Mat", "m3", 240_000),
    "FOU": Trade("Fourniture au bordereau", "RT_Mat", "lot", 45_000_000),
}

STUDY: Final = (
    Step("Notes de calcul", 120, {"ING": 2}),
    Step("Plans pour approbation", 160, {"ING": 3}, "PR_SS", 40),
    Step("Visa du maître d’ouvrage", 80, {"ING": 0.25}),
    Step("Plans bons pour exécution", 80, {"ING": 2}),
    Step("Bordereau de prix", 40, {"ING": 1}, "PR_FF", 24),
)


def purchase(weeks: int, lots: int) -> tuple[Step, ...]:
    """Return the steps of buying something that takes so many weeks to make."""
    return (
        Step("Dossier de consultation", 60, {"ACH": 1, "ING": 0.5}),
        Step("Consultation des fournisseurs", 120, {"ACH": 0.5}),
        Step("Bon de commande", 24, {"ACH": 1}),
        Step("Fabrication", weeks * 40, {"FOU": lots}),
        Step("Inspection en usine", 24, {"INS": 2}, "PR_FF", 8),
        Step("Transport et dédouanement", 160, {"ACH": 0.2}),
        Step("Réception sur site", 16, {"CHF": 1, "MAN": 4, "GRU": 0.5}),
    )


EARTHWORKS: Final = (
    Step("Piquetage", 16, {"CHF": 1, "MAN": 2}),
    Step("Débroussaillage", 56, {"BUL": 1, "MAN": 6}),
    Step("Terrassement", 120, {"BUL": 2, "PEL": 2, "MAN": 8}, "PR_SS", 24),
    Step("Remblai compacté en latérite", 96, {"PEL": 1, "MAN": 10, "LAT": 4200}),
    Step("Drainage et finition", 40, {"MAC": 4, "MAN": 8}, "PR_FF", 16),
)
CONCRETE: Final = (
    Step("Fouilles", 24, {"PEL": 1, "MAN": 4}),
    Step("Ferraillage et coffrage", 56, {"MAC": 6, "MAN": 4}),
    Step("Bétonnage", 16, {"MAC": 6, "MAN": 8, "BET": 85}),
    Step("Cure et décoffrage", 40, {"MAC": 2}, "PR_FS", 24),
)


def drill(depth: float) -> tuple[Step, ...]:
    """Return the drilling of a well; `depth` stretches its sections."""
    rig = {"RIG": 1.0, "FOR": 1.0}

    def section(hours: int, **crew: float) -> tuple[int, dict[str, float]]:
        return round(hours * depth), rig | crew

    return (
        Step("Ripage de l’appareil", *section(48, GRU=1)),
        Step("Montage et réception de l’appareil", *section(60, GRU=1)),
        Step("Forage phase 26 pouces", *section(54, BOU=180)),
        Step("Descente du cuvelage 20 pouces", *section(20, CAS=320)),
        Step("Cimentation du 20 pouces", *section(14, CIM=1, CIV=38)),
        Step("Montage du bloc obturateur", *section(24)),
        Step("Essai en pression du bloc obturateur", *section(8)),
        Step("Forage phase 17 pouces 1/2", *section(110, BOU=260)),
        Step("Diagraphies phase 17 pouces 1/2", *section(16, DIA=1)),
        Step("Descente du cuvelage 13 pouces 3/8", *section(30, CAS=1150)),
        Step("Cimentation du 13 pouces 3/8", *section(16, CIM=1, CIV=64)),
        Step("Forage phase 12 pouces 1/4", *section(150, BOU=240)),
        Step("Diagraphies phase 12 pouces 1/4", *section(22, DIA=1)),
        Step("Descente du cuvelage 9 pouces 5/8", *section(36, CAS=2050)),
        Step("Cimentation du 9 pouces 5/8", *section(18, CIM=1, CIV=52)),
        Step("Essai d’étanchéité de la formation", *section(6)),
        Step("Forage phase 8 pouces 1/2", *section(120, BOU=150)),
        Step("Carottage du réservoir", *section(36)),
        Step("Diagraphies de réservoir", *section(30, DIA=1)),
        Step("Descente de la colonne perdue 7 pouces", *section(28, CAS=680)),
        Step("Cimentation de la colonne perdue", *section(14, CIM=1, CIV=21)),
        Step("Nettoyage du puits", *section(18)),
    )


COMPLETION: Final = (
    Step("Diagraphie de ciment", 14, {"RIG": 1, "FOR": 1, "DIA": 1}),
    Step("Perforation", 16, {"RIG": 1, "FOR": 1, "DIA": 1}),
    Step("Descente du garnissage et de la garniture", 40, {"RIG": 1, "FOR": 1}),
    Step("Pose de la vanne de sécurité de subsurface", 10, {"RIG": 1, "FOR": 1}),
    Step("Ancrage et essai de la garniture", 8, {"RIG": 1, "FOR": 1}),
    Step("Dépose du bloc obturateur", 12, {"RIG": 1, "FOR": 1}),
    Step("Pose de la tête de puits", 16, {"RIG": 1, "FOR": 1, "GRU": 1}),
    Step("Essai en pression de la tête", 6, {"FOR": 0.5}),
    Step("Dégorgement", 36, {"FOR": 0.5}),
    Step("Essai de production court", 48, {"FOR": 0.5, "INS": 1}),
    Step("Fermeture et sécurisation du puits", 8, {"FOR": 0.5, "HSE": 1}),
)
SPREAD: Final = (
    Step("Ouverture de la piste", 32, {"BUL": 1, "PEL": 1, "MAN": 6}),
    Step("Bardage des tubes", 24, {"SID": 2, "MAN": 6, "TUB": 2000}, "PR_SS", 16),
    Step("Soudage", 64, {"SOU": 6, "TUY": 4, "SID": 2}, "PR_SS", 16),
    Step("Contrôle radiographique", 56, {"INS": 2}, "PR_FF", 8),
    Step("Revêtement des joints", 32, {"TUY": 4, "MAN": 4}, "PR_SS", 24),
    Step("Ouverture de tranchée", 40, {"PEL": 2, "MAN": 6}),
    Step("Mise en fouille", 24, {"SID": 3, "TUY": 4}),
    Step("Remblai et remise en état", 40, {"PEL": 2, "MAN": 8}),
)
CROSSING: Final = (
    Step("Installation de chantier", 16, {"CHF": 1, "MAN": 4}),
    Step("Fonçage de la gaine", 72, {"PEL": 1, "TUY": 4}),
    Step("Tirage et soudage", 40, {"SOU": 3, "SID": 2}),
    Step("Remise en état", 24, {"PEL": 1, "MAN": 6}),
)
FITTING: Final = (
    Step("Préfabrication", 120, {"TUY": 4, "SOU": 3}),
    Step("Pose", 96, {"TUY": 4, "SOU": 3, "GRU": 0.5}, "PR_SS", 60),
    Step("Contrôles non destructifs", 40, {"INS": 2}, "PR_FF", 16),
    Step("Peinture et calorifuge", 40, {"MAN": 6}),
)
WIRING: Final = (
    Step("Chemins de câbles", 80, {"ELE": 4}),
    Step("Tirage des câbles", 100, {"ELE": 6, "MAN": 6}, "PR_SS", 40),
    Step("Raccordement", 80, {"ELE": 6}, "PR_FF", 24),
    Step("Contrôle d’isolement", 24, {"ELE": 2, "INS": 1}),
)
HYDROTEST: Final = (
    Step("Passage du racleur calibreur", 16, {"TUY": 4, "INS": 1}),
    Step("Remplissage en eau", 24, {"TUY": 3}),
    Step("Épreuve hydraulique de 24 h", 24, {"INS": 2, "HSE": 1}),
    Step("Vidange et séchage", 40, {"TUY": 3}),
)
LOOP: Final = (
    Step("Essais à froid", 40, {"ELE": 3, "INS": 1}),
    Step("Essais de boucles", 56, {"ELE": 4, "ING": 1}, "PR_SS", 16),
    Step("Levée des réserves", 40, {"CHF": 1, "TUY": 2, "ELE": 2}),
)
