"""The people of a play: names made by Faker from the seed, in French."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from faker import Faker
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.simulation.script import Device

LOCALE = "fr_FR"
ORGANISATION_ROLES = {"accountant": "accountant"}
"""Roles held for the organisation; everyone else is an employee there."""


class Person(Struct, frozen=True):
    """Someone who uses a device."""

    device: str
    name: str
    login: str
    phone: str
    role: str
    """In the project."""

    @property
    def organisation_role(self) -> str:
        """Return the role in the organisation."""
        return ORGANISATION_ROLES.get(self.role, "employee")


def make_people(devices: Sequence[Device], seed: int) -> list[Person]:
    """Return one person for each replica; same seed, same people."""
    fake = Faker(LOCALE)
    fake.seed_instance(seed)
    people = []
    for number, device in enumerate(devices):
        first, last = fake.first_name(), fake.last_name()
        login = f"{_plain(first)}.{_plain(last)}.{seed}-{number}"
        people.append(
            Person(device.name, f"{first} {last}", login, fake.phone_number(), device.role)
        )
    return people


def _plain(name: str) -> str:
    """Return a name in small Latin letters, for a login."""
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "".join(letter for letter in bare.lower() if letter.isalnum())
