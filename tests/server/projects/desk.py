"""The office's browser: asks the projects' routes as someone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

    from tests.serving import Service, Tablet


async def ask(
    service: Service, by: Tablet, method: str, path: str, body: Any = None
) -> httpx.Response:
    """Ask one of the projects' routes."""
    return await service.client.request(
        method,
        f"/api/projects{path}",
        headers={"authorization": f"Bearer {by.token}", "accept": "application/json"},
        **({} if body is None else {"json": body}),
    )


async def told(
    service: Service, by: Tablet, method: str, path: str, body: Any = None
) -> tuple[int, str | None]:
    """Return the status and the code of an answer."""
    answer = await ask(service, by, method, path, body)
    return answer.status_code, answer.json().get("code")
