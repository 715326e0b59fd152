"""Tables of the users service: the directory of people."""

from __future__ import annotations

from sync.schema import Field, Table, boolean, choice, text

ROLES = ("administrator", "manager", "accountant", "supervisor", "employee", "auditor")

PERSON = Table(
    name="person",
    service="users",
    scopes=("org",),
    fields=(
        Field("name", text(200), "review", required=True),
        Field("login", text(200), "write_once", required=True),
        Field("phone", text(40)),
        Field("role", choice(*ROLES), "review", required=True),
        Field("language", choice("fr", "en")),
        Field("time_zone", text(64)),
        Field("photo", text(64)),
        Field("active", boolean(), "review"),
    ),
    indexes={"who has this login": ("login",)},
)

TABLES = (PERSON,)
