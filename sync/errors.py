"""The catalogue of codes: what went wrong, what the client does, what the person is told.

Every refusal that leaves the server carries one of these codes; screens, metrics and HTTP status
key off it. Adding a code here is the only way to invent one.
"""

from __future__ import annotations

from msgspec import Struct

from sync.changes import Rejection, Sentence


class ErrorCode(Struct, frozen=True):
    """One kind of refusal."""

    code: str
    status: int
    """HTTP status when a whole request is refused for it; 200 when it is a change set's answer."""
    cause: str
    remedy: str
    """What the client does next."""
    fr: str
    en: str


CATALOGUE: dict[str, ErrorCode] = {}


def _declare(code: str, status: int, *, cause: str, remedy: str, fr: str, en: str) -> ErrorCode:
    entry = ErrorCode(code=code, status=status, cause=cause, remedy=remedy, fr=fr, en=en)
    CATALOGUE[code] = entry
    return entry


ANSWER = 200

# Answers to one change set.

CHANGE_SET_MALFORMED = _declare(
    "change_set_malformed",
    ANSWER,
    cause="The change set does not have the wire's shape.",
    remedy="Keep it for support; do not resend it.",
    fr="Le serveur ne lit pas cette saisie ; elle est gardée, montrez-la à un responsable.",
    en="The server cannot read this entry; it is kept, show it to a supervisor.",
)
CHANGE_SET_TOO_LARGE = _declare(
    "change_set_too_large",
    ANSWER,
    cause="More changes or bytes than one change set may hold.",
    remedy="Split the action and resend.",
    fr="Cette saisie est trop volumineuse ; partagez-la en plusieurs.",
    en="This entry is too large; split it into several.",
)
SCHEMA_UNSUPPORTED = _declare(
    "schema_unsupported",
    ANSWER,
    cause="No upgrade leads from the change set's schema version to the server's.",
    remedy="Keep it; update the app and resend.",
    fr="Cette saisie vient d'une autre version de l'application ; mettez-la à jour et renvoyez.",
    en="This entry comes from another version of the app; update it and send again.",
)
TABLE_UNKNOWN = _declare(
    "table_unknown",
    ANSWER,
    cause="No such synced table.",
    remedy="Keep it; update the app and resend.",
    fr="Le serveur ne connaît pas ce type de donnée.",
    en="The server does not know this kind of record.",
)
FIELD_UNKNOWN = _declare(
    "field_unknown",
    ANSWER,
    cause="The table has no such field in the schema version the change set names.",
    remedy="Mend the entry and resend.",
    fr="Le serveur ne connaît pas ce champ.",
    en="The server does not know this field.",
)
FIELD_MISSING = _declare(
    "field_missing",
    ANSWER,
    cause="A new row lacks a required field.",
    remedy="Ask the person for the value and resend.",
    fr="Il manque une information obligatoire.",
    en="A required value is missing.",
)
FIELD_READ_ONLY = _declare(
    "field_read_only",
    ANSWER,
    cause="Only the server writes this field.",
    remedy="Drop the field and resend.",
    fr="Ce champ est calculé par le serveur ; il ne se saisit pas.",
    en="This field is computed by the server and cannot be entered.",
)
VALUE_INVALID = _declare(
    "value_invalid",
    ANSWER,
    cause="The value is not of the field's kind, or is out of its bounds.",
    remedy="Ask the person to mend the value and resend.",
    fr="Cette valeur n'est pas valable pour ce champ.",
    en="This value is not valid for the field.",
)
ROW_MISSING = _declare(
    "row_missing",
    ANSWER,
    cause="An update or delete of a row that the server has never held in this scope.",
    remedy="Usually its creation was rejected: mend and resend that first.",
    fr="L'élément modifié n'existe pas sur le serveur.",
    en="The record being changed does not exist on the server.",
)
ROW_MISMATCH = _declare(
    "row_mismatch",
    ANSWER,
    cause="The row's id is held by another table, or its scope is not the one named.",
    remedy="Keep it for support; do not resend it.",
    fr="L'élément modifié n'appartient pas à ce projet.",
    en="The record being changed does not belong to this project.",
)
ROW_REPEATED = _declare(
    "row_repeated",
    ANSWER,
    cause="One change set changes the same row twice.",
    remedy="Merge the two changes and resend.",
    fr="La même saisie modifie deux fois le même élément.",
    en="One entry changes the same record twice.",
)
SCOPE_UNKNOWN = _declare(
    "scope_unknown",
    ANSWER,
    cause="The scope does not exist and this change set does not create it.",
    remedy="Mend and resend.",
    fr="Ce projet n'existe pas sur le serveur.",
    en="This project does not exist on the server.",
)
REFERENCE_MISSING = _declare(
    "reference_missing",
    ANSWER,
    cause="A field names a row that the server has never held.",
    remedy="Choose an existing record and resend.",
    fr="L'élément auquel cette saisie se rattache n'existe pas.",
    en="The record this entry refers to does not exist.",
)
LINK_TO_ITSELF = _declare(
    "link_to_itself",
    ANSWER,
    cause="A link between tasks names the same task twice.",
    remedy="Choose another task and resend.",
    fr="Une tâche ne peut pas dépendre d'elle-même.",
    en="A task cannot depend on itself.",
)
LINK_REPEATED = _declare(
    "link_repeated",
    ANSWER,
    cause="A link of this kind already ties these two tasks.",
    remedy="Pull; change the link that is there.",
    fr="Ces deux tâches sont déjà liées ainsi.",
    en="These two tasks are already linked this way.",
)
WRITE_ONCE_WRITTEN = _declare(
    "write_once_written",
    ANSWER,
    cause="The field cannot change once written, and the writer had seen its value.",
    remedy="Record a correction as a new entry.",
    fr="Cette valeur ne peut plus être modifiée ; saisissez une correction.",
    en="This value can no longer be changed; record a correction instead.",
)
TRANSITION_FORBIDDEN = _declare(
    "transition_forbidden",
    ANSWER,
    cause="The state machine has no such transition.",
    remedy="Pull, show the current state, let the person choose again.",
    fr="Ce changement d'état n'est pas possible.",
    en="This change of state is not possible.",
)
ACCESS_DENIED = _declare(
    "access_denied",
    ANSWER,
    cause="The user may not make this change.",
    remedy="Keep it; show it to the author; a supervisor can make it.",
    fr="Vous n'avez pas le droit de faire cette modification.",
    en="You may not make this change.",
)
REPORT_EXISTS = _declare(
    "report_exists",
    ANSWER,
    cause="The site has a report of that day, shift and revision under another id; `other` "
    "names it.",
    remedy="Put the entries into that report and resend.",
    fr="Un rapport existe déjà pour ce jour et ce poste ; complétez celui-là.",
    en="There is a report for this day and shift already; add to that one.",
)
REPORT_LOCKED = _declare(
    "report_locked",
    ANSWER,
    cause="The report, or the report of this line, is approved: it does not change any more.",
    remedy="Make a new revision of the report that names it, and resend.",
    fr="Ce rapport est approuvé ; une correction est une nouvelle révision.",
    en="This report is approved; a correction is a new revision.",
)
REPORT_CHANGED = _declare(
    "report_changed",
    ANSWER,
    cause="The report changed since the approver last received it.",
    remedy="Pull, show the report as it is, let the person approve again.",
    fr="Ce rapport a changé depuis que vous l'avez lu ; relisez-le.",
    en="This report has changed since you read it; read it again.",
)
MENTION_UNREADABLE = _declare(
    "mention_unreadable",
    ANSWER,
    cause="A comment mentions, or a task is watched by, someone who may not read the project.",
    remedy="Leave the person out, or make them a member first, and resend.",
    fr="Cette personne ne fait pas partie du projet.",
    en="This person is not a member of the project.",
)
CHECKLIST_OPEN = _declare(
    "checklist_open",
    ANSWER,
    cause="The task has a mandatory checklist item that nobody ticked; `other` names it.",
    remedy="Show the checklist; resend when it is complete.",
    fr="Un point de contrôle obligatoire n'est pas coché.",
    en="A mandatory checklist item is not ticked.",
)
FOLLOW_UP_OPEN = _declare(
    "follow_up_open",
    ANSWER,
    cause="The incident has a follow-up that is neither done nor cancelled; `other` names it.",
    remedy="Show the follow-ups; resend when they are settled.",
    fr="Une action de suivi n'est pas terminée.",
    en="A follow-up action is not finished.",
)
SAME_PERSON = _declare(
    "same_person",
    ANSWER,
    cause="Two steps that two people must make: the one who did the first may not make the second.",
    remedy="Let somebody else make this step.",
    fr="Cette étape revient à une autre personne que vous.",
    en="This step must be taken by someone other than you.",
)
PERMIT_OFFLINE = _declare(
    "permit_offline",
    ANSWER,
    cause="A permit is made active or resumed by a change that was made offline, and not on "
    "the device that its issuer named.",
    remedy="Ask the server to activate it, or the authority's device on the site.",
    fr="Un permis ne s'active qu'en ligne, ou sur l'appareil désigné par l'émetteur.",
    en="A permit is activated only online, or on the device that its issuer named.",
)
PERMIT_HOURS = _declare(
    "permit_hours",
    ANSWER,
    cause="The permit's hours end before they begin, exceed a shift, or do not include this "
    "moment.",
    remedy="Show the permit's hours; another period is another permit.",
    fr="Ce permis n'est pas valable à cette heure.",
    en="This permit is not valid at this hour.",
)
CURRENCY_UNKNOWN = _declare(
    "currency_unknown",
    ANSWER,
    cause="Not an ISO 4217 currency that the server knows.",
    remedy="Choose another currency and resend.",
    fr="Cette devise n'est pas reconnue.",
    en="This currency is not known.",
)
RATE_MISSING = _declare(
    "rate_missing",
    ANSWER,
    cause="No rate leads from the amount's currency to the project's at its date.",
    remedy="Ask the accountant for the rate, then resend.",
    fr="Aucun taux de change n'est connu pour cette devise à cette date.",
    en="No exchange rate is known for this currency on this date.",
)
CONSTRAINT_FAILED = _declare(
    "constraint_failed",
    ANSWER,
    cause="The database refused the row: a rule that spans rows.",
    remedy="Mend the entry and resend.",
    fr="Cette saisie contredit une donnée déjà enregistrée.",
    en="This entry contradicts data already recorded.",
)
BUDGET_LOCKED = _declare(
    "budget_locked",
    ANSWER,
    cause="The budget is locked: its amounts move by approved requests alone.",
    remedy="Make a budget request instead.",
    fr="Ce budget est verrouillé ; faites une demande de budget pour changer ses montants.",
    en="This budget is locked; make a budget request to change its amounts.",
)
BUDGET_UNLOCKED = _declare(
    "budget_unlocked",
    ANSWER,
    cause="A request to change a budget that is still a draft.",
    remedy="Change the draft itself, or lock it first.",
    fr="Ce budget est encore un brouillon ; modifiez-le directement, ou verrouillez-le d'abord.",
    en="This budget is still a draft; change it directly, or lock it first.",
)
OVER_BUDGET = _declare(
    "over_budget",
    ANSWER,
    cause="The project's control stops an approval that its budget line has no room for.",
    remedy="Ask for an increase or a transfer, or refuse; then approve again.",
    fr="La ligne de budget n'a plus assez de crédit pour cette approbation.",
    en="The budget line does not have enough left for this approval.",
)
REVIEW_PENDING = _declare(
    "review_pending",
    ANSWER,
    cause="The field is read-only while the record waits for approval.",
    remedy="Withdraw it or wait for the decision, then change it.",
    fr="Cet élément attend une approbation ; il ne se modifie pas entre-temps.",
    en="This is waiting for approval and cannot be changed in the meantime.",
)
REVIEW_CLOSED = _declare(
    "review_closed",
    ANSWER,
    cause="The record was decided, withdrawn, or was never submitted.",
    remedy="Pull and show what became of it.",
    fr="Cet élément n'attend plus d'approbation : la décision est prise, ou la demande retirée.",
    en="This is no longer waiting for approval: it was decided or withdrawn.",
)
APPROVAL_OUTDATED = _declare(
    "approval_outdated",
    ANSWER,
    cause="The record was changed after the approver saw it: another round, another amount.",
    remedy="Pull, show the record as it is now, and let the person decide again.",
    fr="Cet élément a changé depuis que vous l'avez lu ; relisez-le avant de décider.",
    en="This has changed since you read it; read it again before you decide.",
)
APPROVAL_REPEATED = _declare(
    "approval_repeated",
    ANSWER,
    cause="The person has said the same at this level already.",
    remedy="Nothing: the first word counts.",
    fr="Vous avez déjà rendu cet avis.",
    en="You have already given this decision.",
)
APPROVAL_OWN = _declare(
    "approval_own",
    ANSWER,
    cause="The requester, or a delegate of theirs, may decide at no level.",
    remedy="Leave it to another approver.",
    fr="Personne n'approuve sa propre demande, ni celle de la personne qu'il remplace.",
    en="No one approves their own request, nor that of the person they stand in for.",
)
APPROVAL_NOT_AWAITED = _declare(
    "approval_not_awaited",
    ANSWER,
    cause="At this level the approval of another role or person is awaited.",
    remedy="Leave it to those who are awaited.",
    fr="À ce niveau, c'est l'approbation de quelqu'un d'autre qui est attendue.",
    en="At this level, someone else's approval is awaited.",
)
DELEGATION_INVALID = _declare(
    "delegation_invalid",
    ANSWER,
    cause="No delegation lets this person decide for the other: days, project, kinds, amount.",
    remedy="Ask the other, or have the delegation mended.",
    fr="Aucune délégation ne vous permet de décider au nom de cette personne.",
    en="No delegation lets you decide in that person's name.",
)
LINE_NEGATIVE = _declare(
    "line_negative",
    ANSWER,
    cause="A line of an invoice is below zero: its quantity, its price, or a claim that goes back.",
    remedy="Mend the line; take money back with a credit note.",
    fr="Une ligne de facture ne peut pas être négative ; établissez un avoir.",
    en="A line of an invoice cannot be negative; make a credit note.",
)
INVOICE_REPEATED = _declare(
    "invoice_repeated",
    ANSWER,
    cause="The same supplier's invoice, by its reference, was entered before.",
    remedy="Show the other one; keep this only if the reference was mistyped, then mend it.",
    fr="Cette facture du fournisseur est déjà enregistrée.",
    en="This supplier's invoice has already been entered.",
)
INVOICE_NOT_PAYABLE = _declare(
    "invoice_not_payable",
    ANSWER,
    cause="A payment of an invoice that was not approved, or was cancelled.",
    remedy="Have the invoice approved first; keep the payment.",
    fr="Cette facture n'est pas approuvée : elle ne peut pas être payée.",
    en="This invoice is not approved: it cannot be paid.",
)
OVERPAYMENT = _declare(
    "overpayment",
    ANSWER,
    cause="The payment is more than what is left to pay; another may have been recorded meanwhile.",
    remedy="Pull, show what is left, and let the person pay that or nothing.",
    fr="Ce paiement dépasse le reste à payer ; un autre a peut-être été saisi entre-temps.",
    en="This payment is more than what is left to pay; another may have been entered meanwhile.",
)
CURRENCY_DIFFERS = _declare(
    "currency_differs",
    ANSWER,
    cause="A payment or credit note in another currency than its invoice.",
    remedy="Enter it in the invoice's currency and resend.",
    fr="La devise doit être celle de la facture.",
    en="The currency must be that of the invoice.",
)
CREDIT_EXCEEDED = _declare(
    "credit_exceeded",
    ANSWER,
    cause="The credit notes of an invoice would take off more than the invoice asks for.",
    remedy="Mend the amount and resend.",
    fr="Les avoirs dépasseraient le montant de la facture.",
    en="The credit notes would exceed the amount of the invoice.",
)
DOCUMENT_LOCKED = _declare(
    "document_locked",
    ANSWER,
    cause="What waits for approval, was approved or was issued does not change.",
    remedy="Take it back to a draft where that is possible, or correct it with a new document.",
    fr="Ce document n'est plus un brouillon ; corrigez-le par un avoir ou un nouveau document.",
    en="This document is no longer a draft; correct it with a credit note or a new document.",
)
INVOICE_EMPTY = _declare(
    "invoice_empty",
    ANSWER,
    cause="An invoice without lines cannot be issued.",
    remedy="Add its lines, then resend.",
    fr="Une facture sans ligne ne peut pas être émise.",
    en="An invoice without lines cannot be issued.",
)
TOLERANCE_EXCEEDED = _declare(
    "tolerance_exceeded",
    ANSWER,
    cause="The invoice is over its order or expenses by more than the project's tolerance.",
    remedy="Leave it to a manager, or have the invoice or the order mended.",
    fr="L'écart avec la commande dépasse la tolérance ; un responsable doit l'approuver.",
    en="The difference with the order is over the tolerance; a manager must approve it.",
)
RECEIPT_MISSING = _declare(
    "receipt_missing",
    ANSWER,
    cause="An expense of this amount is approved only with a photo of its receipt.",
    remedy="Ask the author to add the photo, then approve again.",
    fr="La photo du reçu manque ; elle est exigée à partir de ce montant.",
    en="The photo of the receipt is missing; it is required from this amount.",
)
CHANGE_SET_HELD = _declare(
    "change_set_held",
    ANSWER,
    cause="The device is revoked: what it hands in waits for a supervisor to decide.",
    remedy="Take it as handed in; then wipe.",
    fr="Cet appareil a été retiré ; la saisie est gardée pour un responsable.",
    en="This device was withdrawn; the entry is kept for a supervisor.",
)

# Answers to a whole request.

COUNTER_GAP = _declare(
    "counter_gap",
    409,
    cause="The push starts after the counter that the server expects next.",
    remedy="Resend from last_counter + 1.",
    fr="Des saisies précédentes manquent sur le serveur ; elles vont être renvoyées.",
    en="Earlier entries are missing on the server; they will be sent again.",
)
REPLICA_FORKED = _declare(
    "replica_forked",
    409,
    cause="A counter was reused with different content, or the epoch is old: a restored or cloned "
    "replica.",
    remedy="Take a new replica id, pull afresh, push the unacknowledged work under it.",
    fr="Cette tablette a été restaurée ; ses saisies vont être renvoyées sous une nouvelle "
    "identité.",
    en="This tablet was restored; its entries will be sent again under a new identity.",
)
REPLICA_UNKNOWN = _declare(
    "replica_unknown",
    403,
    cause="The replica is not registered to this user.",
    remedy="Register a replica for the logged-in user; keep the outbox.",
    fr="Cette tablette n'est pas enregistrée pour votre compte.",
    en="This tablet is not registered to your account.",
)
UNAUTHENTICATED = _declare(
    "unauthenticated",
    401,
    cause="No valid token.",
    remedy="Log in again; keep the outbox.",
    fr="Connectez-vous pour continuer ; vos saisies sont conservées.",
    en="Log in to go on; your entries are kept.",
)
SESSION_ENDED = _declare(
    "session_ended",
    401,
    cause="The session was ended, has expired, or its refresh token was used by two.",
    remedy="Log in again; keep the outbox.",
    fr="Votre session est terminée ; reconnectez-vous, vos saisies sont conservées.",
    en="Your session has ended; log in again, your entries are kept.",
)
DEVICE_REVOKED = _declare(
    "device_revoked",
    403,
    cause="The device was revoked: its tokens give access to nothing.",
    remedy="Get a hand-over token with the refresh token, pull, push what waits, wipe, and say so.",
    fr="Cet appareil a été retiré ; ses saisies sont remises, puis ses données effacées.",
    en="This device was withdrawn; its entries are handed in, then its data erased.",
)
FORBIDDEN = _declare(
    "forbidden",
    403,
    cause="The user may not do this.",
    remedy="Show it to the person.",
    fr="Vous n'avez pas accès à cette fonction.",
    en="You do not have access to this.",
)
NOT_FOUND = _declare(
    "not_found",
    404,
    cause="No such resource, or none that this user may see.",
    remedy="Show it to the person.",
    fr="Élément introuvable.",
    en="Not found.",
)
METHOD_NOT_ALLOWED = _declare(
    "method_not_allowed",
    405,
    cause="The resource does not answer to this HTTP method.",
    remedy="Correct the client.",
    fr="Cette opération n'existe pas ici.",
    en="This operation does not exist here.",
)
REQUEST_MALFORMED = _declare(
    "request_malformed",
    400,
    cause="The body cannot be decoded: truncated, nested too deep, not UTF-8, of another shape.",
    remedy="Resend once; then keep the outbox and report.",
    fr="Le message reçu est illisible.",
    en="The message received cannot be read.",
)
BODY_TOO_LARGE = _declare(
    "body_too_large",
    413,
    cause="The body, after decompression, is over the limit.",
    remedy="Send fewer change sets at a time.",
    fr="L'envoi est trop volumineux ; il va être partagé.",
    en="The message is too large; it will be split.",
)
MEDIA_TYPE_UNSUPPORTED = _declare(
    "media_type_unsupported",
    415,
    cause="Neither MessagePack nor JSON, or an unknown content encoding.",
    remedy="Correct the client.",
    fr="Le format de l'envoi n'est pas pris en charge.",
    en="The format of the message is not supported.",
)
PROTOCOL_UNSUPPORTED = _declare(
    "protocol_unsupported",
    400,
    cause="The client speaks a protocol number that the server does not.",
    remedy="Update the app; keep the outbox.",
    fr="Mettez l'application à jour pour synchroniser ; vos saisies sont conservées.",
    en="Update the app to synchronise; your entries are kept.",
)
REQUEST_STALLED = _declare(
    "request_stalled",
    408,
    cause="The body stopped arriving in its middle.",
    remedy="Resend, in smaller parts on a poor link.",
    fr="La liaison s'est interrompue pendant l'envoi ; il va être repris.",
    en="The link was interrupted while sending; it will be tried again.",
)
TARGET_TOO_LONG = _declare(
    "target_too_long",
    414,
    cause="The path and query are over the limit.",
    remedy="Correct the client.",
    fr="L'adresse demandée est trop longue.",
    en="The address asked for is too long.",
)
HEADERS_TOO_LARGE = _declare(
    "headers_too_large",
    431,
    cause="The headers are over the limit.",
    remedy="Correct the client; drop stray cookies.",
    fr="Les en-têtes de la demande sont trop volumineux.",
    en="The headers of the request are too large.",
)
CROSS_SITE = _declare(
    "cross_site",
    403,
    cause="Another site's page asked, with this user's cookies.",
    remedy="Ask from the app itself, or with a bearer token.",
    fr="Cette demande vient d'un autre site ; ouvrez Derrick et recommencez.",
    en="This request comes from another site; open Derrick and try again.",
)
RATE_LIMITED = _declare(
    "rate_limited",
    429,
    cause="Too many requests.",
    remedy="Wait the time that Retry-After names.",
    fr="Trop de demandes ; nouvel essai dans un instant.",
    en="Too many requests; trying again shortly.",
)
SNAPSHOT_GONE = _declare(
    "snapshot_gone",
    410,
    cause="The snapshot build was replaced.",
    remedy="Pull again for a new offer.",
    fr="Le jeu de données de départ a changé ; le téléchargement recommence.",
    en="The starting data set has changed; the download starts again.",
)
INTERNAL = _declare(
    "internal",
    500,
    cause="A fault of ours.",
    remedy="Retry later with backoff; keep the outbox.",
    fr="Le serveur a rencontré une erreur ; vos saisies sont conservées.",
    en="The server met an error; your entries are kept.",
)
UNAVAILABLE = _declare(
    "unavailable",
    503,
    cause="PostgreSQL cannot be reached.",
    remedy="Retry later with backoff; keep the outbox.",
    fr="Le serveur est momentanément indisponible ; vos saisies sont conservées.",
    en="The server is unavailable for the moment; your entries are kept.",
)

# Answers to people who prove who they are.

LOGIN_REFUSED = _declare(
    "login_refused",
    403,
    cause="The login or the password is wrong, or the account is not in use: which, is not told.",
    remedy="Let the person try again, or ask for a new password; keep the outbox.",
    fr="L'identifiant ou le mot de passe n'est pas le bon.",
    en="The login or the password is not right.",
)
LOGIN_SLOWED = _declare(
    "login_slowed",
    429,
    cause="Too many failed attempts on this account from here.",
    remedy="Wait the time that Retry-After names; a device that has logged in before sends its "
    "proof.",
    fr="Trop d'essais ; attendez un peu avant de recommencer.",
    en="Too many attempts; wait a little before trying again.",
)
LOGIN_INVALID = _declare(
    "login_invalid",
    400,
    cause="Neither an e-mail address nor a phone number with its country code.",
    remedy="Ask the person to mend it and resend.",
    fr="Donnez une adresse e-mail, ou un numéro de téléphone avec son indicatif (+242…).",
    en="Give an e-mail address, or a phone number with its country code (+242…).",
)
LOGIN_TAKEN = _declare(
    "login_taken",
    409,
    cause="Another person of the directory has this login; told to those who read the directory.",
    remedy="Choose another login and resend.",
    fr="Cet identifiant est déjà celui d'une autre personne.",
    en="This login already belongs to another person.",
)
PASSWORD_WEAK = _declare(
    "password_weak",
    400,
    cause="The password is too short, too long, among the commonest, or is the login itself.",
    remedy="Ask the person for another and resend.",
    fr="Choisissez un mot de passe d'au moins dix caractères, que d'autres ne devineront pas.",
    en="Choose a password of at least ten characters that others will not guess.",
)
ONE_TIME_CODE_REFUSED = _declare(
    "one_time_code_refused",
    403,
    cause="The one-time or recovery code is wrong, too old, or was used before.",
    remedy="Ask the person for the next code and resend.",
    fr="Ce code n'est pas valable ; attendez le suivant et essayez de nouveau.",
    en="This code is not valid; wait for the next one and try again.",
)
ONE_TIME_CODES_REQUIRED = _declare(
    "one_time_codes_required",
    403,
    cause="The person's role must log in with one-time codes, which cannot be turned off.",
    remedy="Show it to the person.",
    fr="Votre rôle exige les codes à usage unique ; ils ne peuvent pas être désactivés.",
    en="Your role requires one-time codes; they cannot be turned off.",
)
INVITATION_REFUSED = _declare(
    "invitation_refused",
    403,
    cause="No such invitation, or it is used, withdrawn or too old: which, is not told.",
    remedy="Ask for a new invitation.",
    fr="Cette invitation n'est plus valable ; demandez-en une nouvelle.",
    en="This invitation is no longer valid; ask for a new one.",
)
RESET_REFUSED = _declare(
    "reset_refused",
    403,
    cause="The link or the code is wrong, used, or too old: which, is not told.",
    remedy="Let the person check it, or ask for a new one.",
    fr="Ce lien ou ce code n'est pas valable ; vérifiez-le ou demandez-en un nouveau.",
    en="This link or code is not valid; check it or ask for a new one.",
)
REGISTRATION_CLOSED = _declare(
    "registration_closed",
    403,
    cause="The setting `registration` does not let people in this way.",
    remedy="Ask an administrator for an account.",
    fr="Les inscriptions sont fermées ; adressez-vous à un administrateur.",
    en="Registration is closed; ask an administrator.",
)
LAST_ADMINISTRATOR = _declare(
    "last_administrator",
    409,
    cause="The change would leave nobody to administer the installation.",
    remedy="Name another administrator first.",
    fr="C'est le dernier administrateur ; nommez-en d'abord un autre.",
    en="This is the last administrator; name another one first.",
)
ENTRY_INVALID = _declare(
    "entry_invalid",
    400,
    cause="A value that a person entered is not one that the field takes.",
    remedy="Show the field; ask the person to mend the value and resend.",
    fr="Cette valeur n'est pas valable ; corrigez-la.",
    en="This value is not valid; please correct it.",
)

PERMISSION_FIXED = _declare(
    "permission_fixed",
    409,
    cause="This cell of the permission table is not a matter of choice.",
    remedy="Show it to the person; the matrix says which cells are locked.",
    fr="Ce droit ne peut pas être modifié pour ce rôle.",
    en="This right cannot be changed for this role.",
)
PERMISSIONS_OUTDATED = _declare(
    "permissions_outdated",
    409,
    cause="Someone else changed the permission table since the version that the request names.",
    remedy="Read the table again, show it, let the person decide anew.",
    fr="Quelqu'un d'autre vient de modifier les droits ; relisez le tableau.",
    en="Someone else has just changed the permissions; read the table again.",
)
COMPANY_SIGN_IN_REFUSED = _declare(
    "company_sign_in_refused",
    403,
    cause="The sign-in with the company did not succeed, is too old, or was not begun here.",
    remedy="Let the person begin again.",
    fr="La connexion avec le compte de l'entreprise n'a pas abouti ; recommencez.",
    en="The sign-in with the company's account did not succeed; start again.",
)
COMPANY_UNREACHABLE = _declare(
    "company_unreachable",
    503,
    cause="The company's sign-in does not answer, or not as one.",
    remedy="Let the person try later, or log in with a password.",
    fr="La connexion de l'entreprise ne répond pas ; essayez plus tard.",
    en="The company's sign-in does not answer; try again later.",
)

# Answers about files.

TUS_UNSUPPORTED = _declare(
    "tus_unsupported",
    412,
    cause="The request names no version of tus, or none that the server speaks.",
    remedy="Correct the client: Tus-Resumable: 1.0.0.",
    fr="L'application n'envoie pas les fichiers comme ce serveur les attend.",
    en="The app does not send files the way this server expects.",
)
UPLOAD_OFFSET_MISMATCH = _declare(
    "upload_offset_mismatch",
    409,
    cause="The bytes do not follow those that the server holds.",
    remedy="Ask for the offset (HEAD), then go on from there.",
    fr="L'envoi va reprendre là où le serveur en est.",
    en="The upload will go on from where the server is.",
)
UPLOAD_TAKEN_OVER = _declare(
    "upload_taken_over",
    409,
    cause="A later request writes to this upload.",
    remedy="Let that one go on; otherwise ask for the offset (HEAD).",
    fr="Un autre envoi du même fichier a pris la suite.",
    en="Another request goes on with this upload.",
)
UPLOAD_ID_TAKEN = _declare(
    "upload_id_taken",
    409,
    cause="The upload's id is in use for another file.",
    remedy="Make a new id and begin again.",
    fr="Cet envoi existe déjà pour un autre fichier ; il va recommencer.",
    en="This upload exists for another file; it will start again.",
)
UPLOAD_GONE = _declare(
    "upload_gone",
    410,
    cause="The upload was ended, given up after long silence, or refused.",
    remedy="Begin again under a new id; after a refusal show it to the person.",
    fr="Cet envoi n'existe plus ; il va recommencer.",
    en="This upload is gone; it will start again.",
)
UPLOAD_PARTS_MISSING = _declare(
    "upload_parts_missing",
    409,
    cause="The object store lacks parts of the upload, or holds them at another size.",
    remedy="Ask for the upload, send the parts that are not held, complete it again.",
    fr="Il manque des parties du fichier ; l'envoi va reprendre.",
    en="Parts of the file are missing; the upload will go on.",
)
DIRECT_UPLOADS_OFF = _declare(
    "direct_uploads_off",
    409,
    cause="Tablets do not reach this installation's object store.",
    remedy="Send the file by tus.",
    fr="Les fichiers passent par le serveur.",
    en="Files go through the server.",
)
UPLOAD_TOO_LARGE = _declare(
    "upload_too_large",
    413,
    cause="The file is over the limit, or more bytes came than were announced.",
    remedy="Show it to the person.",
    fr="Ce fichier est trop volumineux.",
    en="This file is too large.",
)
STORAGE_QUOTA_EXCEEDED = _declare(
    "storage_quota_exceeded",
    413,
    cause="The project keeps as many bytes as it may.",
    remedy="Keep the file on the device; show it; ask for room.",
    fr="Le projet a épuisé sa place de stockage ; le fichier reste sur l'appareil.",
    en="The project has used up its storage; the file stays on the device.",
)
SPOOL_FULL = _declare(
    "spool_full",
    507,
    cause="The disk where uploads wait has no room to spare.",
    remedy="Retry later with backoff; keep the file.",
    fr="Le serveur manque de place pour l'instant ; le fichier reste sur l'appareil.",
    en="The server is short of room for now; the file stays on the device.",
)
FILE_TYPE_REFUSED = _declare(
    "file_type_refused",
    415,
    cause="The content is a program, or another kind of file than its name says.",
    remedy="Show it to the person; do not resend it.",
    fr="Ce fichier n'est pas du type annoncé, ou ce type n'est pas accepté.",
    en="This file is not of the type it says, or its type is not accepted.",
)
CHECKSUM_MISMATCH = _declare(
    "checksum_mismatch",
    460,
    cause="The bytes are not those whose checksum was sent.",
    remedy="Send the part again.",
    fr="Le fichier a été abîmé en route ; il va être renvoyé.",
    en="The file was damaged on the way; it will be sent again.",
)
DOCUMENT_VERSION_MISSING = _declare(
    "document_version_missing",
    409,
    cause="The server holds no such version of a document that this person may give bytes to.",
    remedy="Push the outbox first, then try again.",
    fr="La fiche du document n'est pas encore sur le serveur ; elle part d'abord.",
    en="The document's record is not on the server yet; it is sent first.",
)
CONTENT_NOT_READY = _declare(
    "content_not_ready",
    409,
    cause="The version's bytes, or this preview, are not here yet.",
    remedy="Try again later.",
    fr="Le contenu de ce fichier n'est pas encore arrivé au serveur.",
    en="The content of this file has not reached the server yet.",
)
CONTENT_QUARANTINED = _declare(
    "content_quarantined",
    403,
    cause="The virus scanner found something in it.",
    remedy="Show it to the person.",
    fr="Ce fichier est en quarantaine : il contient un logiciel malveillant.",
    en="This file is in quarantine: it contains malware.",
)
RANGE_UNSATISFIABLE = _declare(
    "range_unsatisfiable",
    416,
    cause="The range begins beyond the end.",
    remedy="Ask for the whole, or for a range within it.",
    fr="Cette partie du fichier n'existe pas.",
    en="This part of the file does not exist.",
)
STORAGE_UNAVAILABLE = _declare(
    "storage_unavailable",
    503,
    cause="The object store cannot be reached.",
    remedy="Retry later with backoff.",
    fr="Les fichiers sont momentanément indisponibles.",
    en="Files are unavailable for the moment.",
)
SHARE_LINK_REFUSED = _declare(
    "share_link_refused",
    403,
    cause="No such link, or it is revoked, used up, too old, or its password is another: which, is "
    "not told.",
    remedy="Ask who gave it for a new one.",
    fr="Ce lien n'est pas valable, ou le mot de passe n'est pas le bon.",
    en="This link is not valid, or the password is not right.",
)


def rejection(
    error: ErrorCode,
    *,
    change: int | None = None,
    table: str | None = None,
    row: str | None = None,
    field: str | None = None,
    other: str | None = None,
) -> Rejection:
    """Build the answer that tells an author why a change set was refused, and where."""
    return Rejection(
        code=error.code,
        message=Sentence(fr=error.fr, en=error.en),
        change=change,
        table=table,
        row=row,
        field=field,
        other=other,
    )


# Answers about reports.

SCHEDULE_UNREADABLE = _declare(
    "schedule_unreadable",
    400,
    cause="A file that is no schedule, is damaged, or passes a bound; the detail names which.",
    remedy="Show the sentence that comes with it; choose another file.",
    fr="Ce fichier ne se lit pas comme un planning.",
    en="This file cannot be read as a schedule.",
)
IMPORT_REFUSED = _declare(
    "import_refused",
    409,
    cause="A schedule that cannot be imported so; the detail names why.",
    remedy="Show the sentence that comes with it; choose otherwise.",
    fr="Ce planning ne peut pas être importé ainsi.",
    en="This schedule cannot be imported like this.",
)
IMPORT_OUTDATED = _declare(
    "import_outdated",
    409,
    cause="What the import would do is no longer what its preview showed.",
    remedy="Show the preview anew.",
    fr="Le projet a changé depuis l'aperçu ; regardez le nouvel aperçu.",
    en="The project has changed since the preview; look at the new one.",
)
REPORT_TOO_LARGE = _declare(
    "report_too_large",
    409,
    cause="The report has more rows than can be made at once, or in its format.",
    remedy="Order it (POST) or ask for a shorter period or another format.",
    fr="Ce rapport est trop long : demandez une période plus courte, ou un autre format.",
    en="This report is too long: ask for a shorter period, or another format.",
)
