"""The people of the demo that have a name on every screen: who they are, and their invitation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from sync.replica import Edit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.replica import Replica

Role = Literal["crew", "office", "chief", "books", "entry"]


class Someone(Struct, frozen=True):
    """A person of the demo."""

    login: str
    name: str
    phone: str
    role: str
    project_role: str
    device: str


PEOPLE: Mapping[Role, Someone] = {
    "crew": Someone(
        "awa.mboup", "Awa Mboup", "+237 655 10 20 30", "employee", "employee", "téléphone d'Awa"
    ),
    "office": Someone(
        "paul.ndongo", "Paul Ndongo", "+237 699 41 52 63", "manager", "manager", "poste de Paul"
    ),
    "chief": Someone(
        "jean.essono",
        "Jean-Marc Essono",
        "+237 677 20 31 42",
        "employee",
        "supervisor",
        "tablette de Jean-Marc",
    ),
    "books": Someone(
        "sylvie.mballa",
        "Sylvie Mballa",
        "+237 690 15 26 37",
        "accountant",
        "accountant",
        "poste de Sylvie",
    ),
    "entry": Someone(
        "aime.tchoua",
        "Aimé Tchoua",
        "+237 691 48 59 60",
        "accountant",
        "accountant",
        "poste d'Aimé",
    ),
}
"""The crew's, the manager, the site's supervisor, the accountant, and who enters invoices: nobody
approves what they have entered, so the books take two."""


def are_there(administrator: Replica) -> bool:
    """Whether the people were invited before: the demo is furnished once."""
    login = PEOPLE["office"].login
    return bool(administrator.rows("person", "org", "login = ?", [login], limit=1))


def invite_people(administrator: Replica, project: str) -> dict[Role, str]:
    """Put the people into the directory and the project; return their ids."""
    found: dict[Role, str] = {}
    for role, one in PEOPLE.items():
        person = administrator.new_id()
        values = {
            "name": one.name,
            "login": one.login,
            "phone": one.phone,
            "role": one.role,
            "language": "fr",
            "active": True,
        }
        member = {"project_id": project, "person_id": person, "role": one.project_role}
        administrator.edit(
            "person.invite",
            [
                Edit("person", person, operation="create", after=values),
                Edit("member", operation="create", after=member),
            ],
        )
        found[role] = person
    return found
