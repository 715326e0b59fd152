"""The permission table: which role has which right, as data.

A right is `table.operation` (create, update, delete), a narrower right on a table
(`expense.approve`, `task.report`), or what a role sees (`finance.read`). The defaults are declared
here, once; an administrator's changes are stored and laid over them (`server.users.permissions`).
The guards ask `Judgement.may`. What is not a matter of role stays in the guards' code: an author is
oneself, an approved report is locked, nobody gives a role above their own.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

from sync.changes import Sentence
from sync.tables import TABLES
from sync.tables.people import ROLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Operation = Literal["read", "create", "update", "delete"]
OPERATIONS: tuple[Operation, ...] = ("read", "create", "update", "delete")

EVERYONE = frozenset(ROLES)
NOBODY: frozenset[str] = frozenset()
CREW = EVERYONE - {"auditor"}
"""All but the auditor, who reads all and writes nothing."""
ADMINISTRATORS = frozenset({"administrator"})
MANAGERS = ADMINISTRATORS | {"manager"}
SUPERVISORS = MANAGERS | {"supervisor"}
ACCOUNTANTS = ADMINISTRATORS | {"accountant"}
BUDGET_KEEPERS = MANAGERS | ACCOUNTANTS
APPROVERS = SUPERVISORS | ACCOUNTANTS

READS = {
    "org": "organisation.read",
    "user": "organisation.read",
    "project": "project.read",
    "finance": "finance.read",
    # Those whom the folder names; see Access.role_in.
    "folder": "project.read",
}
"""Kind of scope -> the right to read it: a scope is read whole, or not at all."""
EVERYWHERE = "project.everywhere"
FOLDERS = "folder.everywhere"
"""To read every restricted folder, so that none is lost with the last person it names."""
EDIT = "permission.update"
OVERRIDES_KEPT = 8


class Right(Struct, frozen=True):
    """One line of the table."""

    name: str
    roles: frozenset[str]
    """Who has it unless an administrator says otherwise."""
    sentence: Sentence
    fixed: bool = False
    """Not a matter of taste: nobody changes it."""

    @property
    def subject(self) -> str:
        """Return the table that it is about, or another word."""
        return self.name.partition(".")[0]


def _right(name: str, roles: frozenset[str], fr: str, en: str, *, fixed: bool = False) -> Right:
    return Right(name, roles, Sentence(fr=fr, en=en), fixed)


_NOUNS = {
    "person": ("les personnes", "people"),
    "site": ("les sites", "sites"),
    "project": ("les projets", "projects"),
    "member": ("les membres du projet", "the project's members"),
    "calendar": ("les calendriers", "calendars"),
    "resource": ("les ressources", "resources"),
    "task": ("les tâches", "tasks"),
    "task_link": ("les liens entre tâches", "links between tasks"),
    "assignment": ("les affectations de ressources", "assignments of resources"),
    "baseline": ("les plannings de référence", "baselines"),
    "comment": ("les commentaires", "comments"),
    "checklist_item": ("les points de contrôle", "checklist items"),
    "checklist_tick": ("les coches des points de contrôle", "ticks of checklists"),
    "daily_report": ("les rapports journaliers", "daily reports"),
    "report_line": ("les lignes des rapports journaliers", "lines of daily reports"),
    "incident": ("les incidents et presqu'accidents", "incidents and near misses"),
    "follow_up": ("les actions de suivi", "follow-up actions"),
    "punch_item": ("les réserves", "punch items"),
    "permit": ("les permis de travail", "permits to work"),
    "exchange_rate": ("les taux de change", "exchange rates"),
    "budget": ("les budgets", "budgets"),
    "budget_line": ("les lignes de budget", "budget lines"),
    "budget_version": ("les versions des budgets", "versions of budgets"),
    "finance_settings": ("les règles financières du projet", "the project's rules of money"),
    "approval_rule": ("les règles d'approbation", "rules of approval"),
    "budget_request": ("les demandes de budget", "budget requests"),
    "approval": ("les visas", "approvals"),
    "delegation": ("les délégations", "delegations"),
    "purchase_order": ("les bons de commande", "purchase orders"),
    "expense": ("les dépenses", "expenses"),
    "supplier_invoice": ("les factures des fournisseurs", "suppliers' invoices"),
    "client_invoice": ("les factures aux clients", "invoices to clients"),
    "invoice_line": ("les lignes des factures", "lines of invoices"),
    "payment": ("les paiements", "payments"),
    "alert": ("les alertes", "alerts"),
    "alert_rule": ("les règles d'alerte", "rules of alerts"),
    "folder": ("les dossiers de documents", "folders of documents"),
    "document": ("les documents", "documents"),
    "document_version": ("les versions de documents", "versions of documents"),
    "document_link": ("les rattachements de documents", "what documents belong to"),
    "offline_rule": ("ce que les tablettes gardent", "what tablets keep"),
    "notification": ("ses avis", "one's own notices"),
    "notice_preference": ("la façon d'être prévenu", "how one is told"),
    "watch": ("ce que l'on suit", "what one watches"),
}
_VERBS = {
    "create": ("Saisir", "Add"),
    "update": ("Modifier", "Change"),
    "delete": ("Supprimer", "Delete"),
}


def _operations(
    table: str,
    create: frozenset[str],
    update: frozenset[str] | None = None,
    delete: frozenset[str] | None = None,
) -> Iterable[Right]:
    """Yield the rights to the operations on a table; none where nobody ever has it."""
    given = {"create": create, "update": update, "delete": delete}
    for operation, roles in given.items():
        wanted = create if roles is None else roles
        if wanted:
            (verb_fr, verb_en), (fr, en) = _VERBS[operation], _NOUNS[table]
            yield _right(f"{table}.{operation}", wanted, f"{verb_fr} {fr}.", f"{verb_en} {en}.")


RIGHTS: Mapping[str, Right] = {
    right.name: right
    for right in (
        # What is seen.
        _right(
            READS["org"],
            EVERYONE,
            "Voir l'annuaire, les sites et les taux.",
            "See the directory, the sites and the rates.",
            fixed=True,
        ),
        _right(
            READS["project"], EVERYONE, "Voir ses projets.", "See one's own projects.", fixed=True
        ),
        _right(
            READS["finance"],
            APPROVERS | {"auditor"},
            "Voir les budgets et leurs montants.",
            "See budgets and their amounts.",
        ),
        _right(
            EVERYWHERE,
            MANAGERS | {"accountant", "auditor"},
            "Avoir son rôle dans tous les projets, s'il vaut pour l'organisation.",
            "Have one's role in every project, when it is held for the organisation.",
        ),
        _right(
            "rejection.read",
            APPROVERS | {"auditor"},
            "Voir les saisies refusées des autres.",
            "See what was refused to others.",
        ),
        _right(
            EDIT,
            ADMINISTRATORS,
            "Modifier ce tableau des droits.",
            "Change this table of rights.",
            fixed=True,
        ),
        # The directory.
        *_operations("person", ADMINISTRATORS),
        _right(
            "person.update_own",
            CREW,
            "Modifier son nom, son téléphone, sa langue.",
            "Change one's own name, phone and language.",
        ),
        *_operations("site", MANAGERS),
        *_operations("project", MANAGERS, delete=ADMINISTRATORS),
        *_operations("member", MANAGERS),
        # The work.
        *_operations("calendar", SUPERVISORS),
        *_operations("resource", SUPERVISORS),
        *_operations("assignment", SUPERVISORS),
        *_operations("task_link", SUPERVISORS),
        *_operations("task", SUPERVISORS),
        _right(
            "task.report",
            CREW,
            "Dire où en est une tâche : avancement, heures, notes.",
            "Say how a task goes: progress, hours, notes.",
        ),
        _right(
            "task.verify",
            SUPERVISORS,
            "Vérifier une tâche faite, ou la rouvrir.",
            "Verify a task that is done, or reopen it.",
        ),
        *_operations("baseline", SUPERVISORS, delete=MANAGERS),
        *_operations("comment", CREW, update=NOBODY, delete=SUPERVISORS),
        _right(
            "comment.delete_own",
            CREW,
            "Retirer ses propres commentaires.",
            "Withdraw one's own comments.",
        ),
        *_operations("daily_report", CREW, update=SUPERVISORS, delete=SUPERVISORS),
        _right(
            "daily_report.update_own",
            CREW,
            "Modifier ses propres rapports.",
            "Change one's own reports.",
        ),
        _right(
            "daily_report.delete_own",
            CREW,
            "Supprimer ses propres rapports.",
            "Delete one's own reports.",
        ),
        _right(
            "daily_report.approve",
            SUPERVISORS,
            "Approuver le rapport d'un autre.",
            "Approve another's report.",
        ),
        _right(
            "daily_report.approve_own",
            MANAGERS,
            "Approuver son propre rapport.",
            "Approve one's own report.",
        ),
        *_operations("checklist_item", SUPERVISORS),
        *_operations("checklist_tick", CREW, delete=SUPERVISORS),
        _right(
            "checklist_tick.delete_own",
            CREW,
            "Retirer ses propres coches.",
            "Take back one's own ticks.",
        ),
        *_operations("report_line", CREW),
        *_operations("incident", CREW, update=SUPERVISORS, delete=MANAGERS),
        _right(
            "incident.update_own",
            CREW,
            "Compléter les incidents que l'on a signalés.",
            "Complete the incidents that one reported.",
        ),
        *_operations("follow_up", CREW, update=SUPERVISORS, delete=SUPERVISORS),
        _right(
            "follow_up.update_own",
            CREW,
            "Dire où en sont les actions dont on est chargé.",
            "Say how the actions go that one is charged with.",
        ),
        _right(
            "follow_up.verify",
            SUPERVISORS,
            "Vérifier qu'une action est faite, sauf la sienne.",
            "Verify that an action is done, but for one's own.",
        ),
        *_operations("punch_item", CREW, delete=SUPERVISORS),
        _right(
            "punch_item.verify",
            SUPERVISORS,
            "Constater la levée d'une réserve, sauf la sienne, et la clore.",
            "Verify that a defect is gone, unless one mended it, and close it.",
        ),
        *_operations("permit", CREW, update=SUPERVISORS, delete=MANAGERS),
        *(
            _right(f"permit.{step}", roles, fr, en)
            for step, roles, fr, en in (
                ("assess", SUPERVISORS, "Évaluer un permis.", "Assess a permit."),
                (
                    "authorise",
                    SUPERVISORS,
                    "Autoriser, refuser ou annuler le permis d'un autre.",
                    "Authorise, refuse or cancel another's permit.",
                ),
                (
                    "issue",
                    SUPERVISORS,
                    "Délivrer le permis d'un autre.",
                    "Issue another's permit.",
                ),
                (
                    "activate",
                    SUPERVISORS,
                    "Activer un permis, ou le reprendre.",
                    "Activate a permit, or resume it.",
                ),
                ("suspend", CREW, "Suspendre un permis.", "Suspend a permit."),
                ("hand_back", SUPERVISORS, "Restituer un permis.", "Hand back a permit."),
                (
                    "hand_back_own",
                    CREW,
                    "Restituer un permis dont on est titulaire.",
                    "Hand back a permit that one holds.",
                ),
                ("close", SUPERVISORS, "Clore un permis.", "Close a permit."),
            )
        ),
        # The money.
        *_operations("exchange_rate", ACCOUNTANTS),
        *_operations("budget", BUDGET_KEEPERS),
        *_operations("budget_line", BUDGET_KEEPERS),
        *_operations("finance_settings", BUDGET_KEEPERS, delete=NOBODY),
        *_operations("approval_rule", MANAGERS),
        *_operations("budget_request", APPROVERS, update=MANAGERS, delete=MANAGERS),
        _right(
            "budget_request.update_own",
            APPROVERS,
            "Modifier, soumettre et retirer ses propres demandes de budget.",
            "Change, submit and withdraw one's own budget requests.",
        ),
        _right(
            "budget_request.delete_own",
            APPROVERS,
            "Supprimer ses propres demandes de budget jamais soumises.",
            "Delete one's own budget requests that were never submitted.",
        ),
        *_operations("approval", APPROVERS, update=NOBODY, delete=NOBODY),
        *_operations("delegation", CREW, update=ADMINISTRATORS, delete=NOBODY),
        _right(
            "delegation.update_own",
            CREW,
            "Modifier ses propres délégations, ou y mettre fin.",
            "Change or end one's own delegations.",
        ),
        *_operations("purchase_order", APPROVERS, delete=BUDGET_KEEPERS),
        _right(
            "purchase_order.close",
            MANAGERS,
            "Solder ou annuler un bon de commande approuvé.",
            "Close or cancel an approved purchase order.",
        ),
        *_operations("expense", CREW, update=NOBODY, delete=MANAGERS),
        _right(
            "expense.update_own",
            CREW,
            "Corriger ses dépenses tant qu'elles ne sont pas approuvées.",
            "Mend one's own expenses until they are approved.",
        ),
        _right(
            "expense.delete_own",
            CREW,
            "Retirer ses dépenses tant qu'elles ne sont pas approuvées.",
            "Withdraw one's own expenses until they are approved.",
        ),
        _right(
            "expense.classify",
            APPROVERS,
            "Dire à quelle ligne, tâche, commande ou facture va la dépense d'un autre.",
            "Say on which line, task, order or invoice another's expense counts.",
        ),
        _right(
            "expense.approve",
            APPROVERS,
            "Approuver ou refuser la dépense d'un autre.",
            "Approve or refuse another's expense.",
        ),
        _right(
            "expense.pay",
            ACCOUNTANTS,
            "Comptabiliser et payer les dépenses.",
            "Post and pay expenses.",
        ),
        *_operations("supplier_invoice", BUDGET_KEEPERS),
        _right(
            "supplier_invoice.cancel",
            BUDGET_KEEPERS,
            "Annuler une facture approuvée dont rien n'a été payé.",
            "Cancel an approved invoice of which nothing was paid.",
        ),
        _right(
            "supplier_invoice.approve_over",
            MANAGERS,
            "Approuver une facture au-delà de la tolérance.",
            "Approve an invoice that is over the tolerance.",
        ),
        *_operations("client_invoice", BUDGET_KEEPERS),
        *_operations("invoice_line", BUDGET_KEEPERS),
        *_operations("payment", ACCOUNTANTS),
        *_operations("alert_rule", MANAGERS),
        _right("alert.acknowledge", CREW, "Prendre en charge une alerte.", "Acknowledge an alert."),
        _right(
            "alert.mute",
            APPROVERS,
            "Mettre une alerte en sourdine jusqu'à une date.",
            "Mute an alert until a date.",
        ),
        # One's own: nobody else reads or writes them.
        *_operations("notification", NOBODY, update=EVERYONE, delete=NOBODY),
        *_operations("notice_preference", EVERYONE, delete=NOBODY),
        *_operations("watch", EVERYONE, update=NOBODY),
        # The documents.
        *_operations("folder", SUPERVISORS),
        _right(
            "folder.restrict",
            MANAGERS,
            "Réserver un dossier à certaines personnes.",
            "Keep a folder to certain people.",
        ),
        _right(
            FOLDERS,
            ADMINISTRATORS,
            "Voir tous les dossiers réservés.",
            "See every restricted folder.",
            fixed=True,
        ),
        *_operations("document", CREW, update=APPROVERS, delete=MANAGERS),
        _right(
            "document.update_own",
            CREW,
            "Modifier ses propres documents, ou les mettre à la corbeille.",
            "Change one's own documents, or put them in the trash.",
        ),
        _right(
            "document.publish",
            APPROVERS,
            "Publier un document, ou le retirer.",
            "Publish a document, or withdraw it.",
        ),
        _right(
            "document.share",
            APPROVERS,
            "Donner un document à l'extérieur par un lien.",
            "Give a document to outsiders by a link.",
        ),
        *_operations("document_version", CREW, update=APPROVERS, delete=MANAGERS),
        *_operations("document_link", CREW, update=NOBODY, delete=APPROVERS),
        _right(
            "document_link.delete_own",
            CREW,
            "Retirer les rattachements que l'on a faits.",
            "Withdraw what one has attached.",
        ),
        *_operations("offline_rule", SUPERVISORS),
    )
}
"""Every right by name."""

_KEPT = frozenset({EDIT, "person.create", "person.update", READS["finance"], EVERYWHERE})
"""What an administrator never loses: without it nobody could give anything back."""
_SEEING = frozenset({*READS.values(), EVERYWHERE, "rejection.read"})


class Permissions(Struct, frozen=True):
    """The table as it stands: role -> its rights."""

    rights: Mapping[str, frozenset[str]]
    overrides: Mapping[str, Mapping[str, bool]] = {}
    """Role -> right -> what an administrator said, where it is not the default."""

    def allows(self, role: str | None, right: str) -> bool:
        """Whether a role has a right."""
        return role is not None and right in self.rights.get(role, NOBODY)

    def roles_with(self, right: str) -> frozenset[str]:
        """Return the roles that have a right."""
        return frozenset(role for role, rights in self.rights.items() if right in rights)


def is_locked(role: str, right: str) -> bool:
    """Whether nobody may change this cell.

    Rights that are fixed; an administrator's to keep people and permissions; an auditor's to write
    nothing.
    """
    if RIGHTS[right].fixed or (role == "administrator" and right in _KEPT):
        return True
    return role == "auditor" and right not in _SEEING


def permissions_with(overrides: Mapping[str, Mapping[str, bool]]) -> Permissions:
    """Lay an administrator's changes over the defaults.

    What names a right or role of another version of the code, or a locked cell, counts for nothing.
    """
    table: dict[str, frozenset[str]] = {}
    for role in ROLES:
        said = {
            name: allowed
            for name, allowed in overrides.get(role, {}).items()
            if name in RIGHTS and not is_locked(role, name)
        }
        table[role] = frozenset(
            name for name, right in RIGHTS.items() if said.get(name, role in right.roles)
        )
    return Permissions(table, overrides)


SHIPPED = permissions_with({})
"""The table before anyone changed it."""


@lru_cache(OVERRIDES_KEPT)
def permissions_of(stored: str | None) -> Permissions:
    """Return the table from its stored overrides, JSON; the same text is worked out once."""
    if stored is None or stored == "{}":
        return SHIPPED
    return permissions_with(msgspec.json.decode(stored, type=dict[str, dict[str, bool]]))


def reads_of(table: str) -> tuple[str, ...]:
    """Return the rights that let people read a table: one for each kind of scope it lives in."""
    return tuple(dict.fromkeys(READS[kind] for kind in TABLES[table].scopes if kind in READS))


def noun_of(table: str) -> Sentence:
    """Return what people call the rows of a table."""
    fr, en = _NOUNS[table]
    return Sentence(fr=fr, en=en)
