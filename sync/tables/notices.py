"""Tables of the notices: what one person was told, and how they want to be told."""

from __future__ import annotations

from sync.schema import END, Field, Table, boolean, choice, identifier, integer, moment, text, words

NOTICE_KINDS = (
    "alert",
    "approval",
    "assignment",
    "deadline",
    "digest",
    "escalation",
    "mention",
    "safety",
    "watching",
)

NOTICE_REASONS = (
    "assigned",
    "author",
    "escalated",
    "member",
    "mentioned",
    "owner",
    "role",
    "subscribed",
    "watching",
)
"""Why someone is told."""

NOTICE_CHANNELS = ("app", "email", "sms")

WATCHABLE = (
    "budget_request",
    "client_invoice",
    "daily_report",
    "document",
    "expense",
    "follow_up",
    "incident",
    "payment",
    "permit",
    "punch_item",
    "purchase_order",
    "supplier_invoice",
)
"""What one may watch; a task keeps those who watch it itself."""

HOUR_PATTERN = "^([01][0-9]|2[0-3]):[0-5][0-9]" + END


def _person() -> Field:
    return Field("person_id", identifier(), "write_once", required=True)


NOTIFICATION = Table(
    name="notification",
    service="alerts",
    scopes=("user",),
    scope_field="person_id",
    fields=(
        _person(),
        Field("kind", choice(*NOTICE_KINDS), "write_once", required=True),
        Field("urgent", boolean(), server=True),
        Field("project_id", identifier(), server=True),
        Field("subject_table", text(60), server=True),
        Field("subject_id", identifier(), server=True),
        Field("alert_id", identifier(), server=True),
        Field("count", integer(1), server=True),
        Field("title", text(400), server=True),
        Field("body", text(4_000), server=True),
        Field("reason", choice(*NOTICE_REASONS), server=True),
        Field("actor_id", identifier(), server=True),
        Field("channels", words(3, 10), server=True),
        Field("made_at", moment(), server=True),
        Field("sent_at", moment(), server=True),
        Field("ring_at", moment(), server=True),
        Field("repeats", integer(0), server=True),
        Field("repeated_at", moment(), server=True),
        Field("delivered_at", moment(), "write_once"),
        Field("read_at", moment(), "write_once"),
        Field("acknowledged_at", moment(), "write_once"),
    ),
    indexes={"what someone has not read yet": ("read_at", "made_at")},
)
"""One thing that one person was told. The server writes it in their language; they say that it
arrived, was read and, where it is urgent, was acknowledged: the first of their devices that says so
counts. `ring_at` is when quiet hours end: until then it makes no sound.
"""

NOTICE_PREFERENCE = Table(
    name="notice_preference",
    service="alerts",
    scopes=("user",),
    scope_field="person_id",
    fields=(
        _person(),
        Field("kind", choice(*NOTICE_KINDS), "write_once"),
        *(Field(channel, boolean()) for channel in NOTICE_CHANNELS),
        Field("quiet_from", text(5)),
        Field("quiet_until", text(5)),
    ),
    indexes={"how this kind of notice reaches this person": ("kind",)},
)
"""How someone wants to hear of a kind of notice; the row without a kind holds the quiet hours
(`22:00` to `06:30` in their own time zone), and goes for the kinds that have no row. Null leaves
the default.
"""

WATCH = Table(
    name="watch",
    service="alerts",
    scopes=("user",),
    scope_field="person_id",
    delete="delete_wins",
    fields=(
        _person(),
        Field("subject_scope", text(60), "write_once", required=True),
        Field("subject_table", choice(*WATCHABLE), "write_once", required=True),
        Field("subject_id", identifier(), "write_once", required=True),
    ),
    indexes={"whether I watch this": ("subject_id",)},
)
"""That someone wants to hear what becomes of a row. `subject_scope` is where they see it; once they
may not read that any more, the server deletes the watch. Two devices may both make one.
"""

TABLES = (NOTIFICATION, NOTICE_PREFERENCE, WATCH)
