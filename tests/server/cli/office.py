"""An administrator at a real server, whom the tests of clients ask for people and devices."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx

from server.users import ensure_administrator, token_for
from tests.server.users.people.desk import PASSWORD

if TYPE_CHECKING:
    from server.settings import Settings

LOGIN = "chef@example.com"


class Office:
    """An administrator at a real server, and a person with a password."""

    def __init__(self, settings: Settings, url: str) -> None:
        administrator = asyncio.run(ensure_administrator(settings))
        token = token_for(settings, administrator)
        self._client = httpx.Client(
            base_url=f"{url}/api/users",
            headers={"authorization": f"Bearer {token}", "accept": "application/json"},
        )
        self.person(LOGIN, "manager", "bureau")

    def person(self, login: str, role: str, device: str) -> str:
        """Make a person with a password, who logged in on a device once; return their id."""
        body = {"login": login, "name": login, "role": role, "form": "code"}
        code = self.ask("POST", "/invitations", body)["code"]
        accept = {"login": login, "code": code, "password": PASSWORD}
        answer = self.ask("POST", "/invitations/accept", {**accept, "device": {"name": device}})
        return str(answer["session"]["person"])

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request that must succeed."""
        answer = self._client.request(method, path, json=body)
        assert answer.is_success, (answer.status_code, answer.text)
        return answer.json()

    def device(self, name: str) -> dict[str, Any]:
        """Return a device by its name."""
        (found,) = [one for one in self.ask("GET", "/devices") if one["name"] == name]
        return dict(found)

    def revoke(self, name: str) -> None:
        """Revoke a device."""
        self.ask("POST", f"/devices/{self.device(name)['id']}/revoke")

    def close(self) -> None:
        """Leave."""
        self._client.close()
