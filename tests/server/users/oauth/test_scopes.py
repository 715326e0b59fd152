"""A client's token does what its scopes say, and never more than the person may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sync.changes import PullRequest
from tests.server.users.oauth.flows import Browser, System, refusal, register, stranger
from tests.serving import Tablet, budget_created, task_created

if TYPE_CHECKING:
    from tests.serving import Service


async def site(service: Service, browser: Browser) -> tuple[Tablet, str]:
    """Make a project with a task and a budget, by the person of the browser."""
    tablet = await Tablet(service.client, browser.person, service.token(browser.person)).register()
    project = await service.project(tablet)
    await tablet.must(task_created(project))
    await tablet.must(budget_created(project))
    return tablet, project


async def replica_of(system: System, tokens: dict[str, Any], person: str) -> Tablet:
    """Register a replica as another system."""
    return await Tablet(system.service.client, person, tokens["access_token"]).register()


async def test_a_client_pulls_what_its_scopes_name(
    service: Service, browser: Browser, system: System
) -> None:
    """`projects:read` brings the directory and projects, `finance:read` the money, no more."""
    _, project = await site(service, browser)
    expected = {
        "projects:read": {"org", f"project:{project}"},
        "finance:read": {"org", f"finance:{project}"},
        "read": {"org", f"project:{project}", f"finance:{project}"},
    }
    for scope, names in expected.items():
        tokens = await system.tokens(browser, scope=scope)
        replica = await (await replica_of(system, tokens, browser.person)).pull()
        assert {name for name, _ in replica.rows} - {f"user:{browser.person}"} == names, scope


async def test_a_client_reads_no_more_than_its_person(service: Service, system: System) -> None:
    """A token with `read` of someone without projects reads the directory alone."""
    manager = await service.tablet("manager")
    project = await service.project(manager)
    person = await service.person("employee")
    async with stranger(service) as client:
        browser = Browser(service, client, person)
        await browser.sign_in()
        tokens = await system.tokens(browser, scope="read")
        replica = await (await replica_of(system, tokens, person)).pull()
        assert f"project:{project}" not in {name for name, _ in replica.rows}
        assert not any(name.startswith("finance:") for name, _ in replica.rows)


async def test_a_client_writes_only_with_write(
    service: Service, browser: Browser, system: System
) -> None:
    """Without `write` a push is refused whole; with it, only where the token reads."""
    _, project = await site(service, browser)
    reader = await replica_of(
        system, await system.tokens(browser, scope="projects:read"), browser.person
    )
    refused = await reader.send(reader.edit(task_created(project)))
    assert refused.status_code == 403
    tokens = await system.tokens(browser, scope="projects:read write")
    writer = await replica_of(system, tokens, browser.person)
    assert await writer.do(task_created(project)) == "merged"
    assert await writer.do(budget_created(project)) == "access_denied"


async def test_a_client_stays_with_its_own_replicas(
    service: Service, browser: Browser, system: System
) -> None:
    """It neither pushes as the person's tablet, nor pulls as it, nor takes it over."""
    tablet, project = await site(service, browser)
    tokens = await system.tokens(browser, scope="read write")
    other = Tablet(service.client, browser.person, tokens["access_token"])
    other.replica, other.counter = tablet.replica, tablet.counter
    answer = await other.send(other.edit(task_created(project)))
    assert answer.status_code == 403
    assert other.decode(answer, dict)["code"] == "replica_unknown"
    wanted = PullRequest(tablet.replica, 1, {}, None, 0)
    assert (await other.post("pull", other.encode(wanted))).status_code == 403
    known = {"replica": tablet.replica, "name": "x", "platform": "x", "app_version": "1"}
    assert (await other.post("replicas", other.encode(known))).status_code == 403
    assert await tablet.do(task_created(project)) == "merged"


async def test_doors_that_name_no_scope_refuse_clients(
    service: Service, browser: Browser, system: System
) -> None:
    """Live tickets, sessions, consents and the browser's hand-over are not for other systems."""
    tokens = await system.tokens(browser, scope="read write")
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    for method, path in (
        ("POST", "/api/sync/live-ticket"),
        ("GET", "/api/sync/replicas"),
        ("GET", "/api/sync/rejections"),
        ("GET", "/api/users/consents"),
        ("DELETE", f"/api/users/consents/{system.id}"),
        ("POST", "/oauth2/browser"),
    ):
        answer = await service.client.request(method, path, headers=headers)
        assert answer.status_code == 403, path


async def test_a_refresh_narrows_and_never_widens(browser: Browser, system: System) -> None:
    """Fewer scopes may be asked for at a refresh; one that was not consented to is refused."""
    tokens = await system.tokens(browser, scope="projects:read finance:read")
    wider = await system.refresh(tokens["refresh_token"], scope="projects:read write")
    assert refusal(wider) == "invalid_scope"
    narrower = await system.refresh(tokens["refresh_token"], scope="projects:read")
    assert narrower.json()["scope"] == "projects:read"
    again = await system.refresh(narrower.json()["refresh_token"])
    assert again.json()["scope"] == "finance:read projects:read"


async def test_a_client_gets_no_scope_that_it_is_not_registered_for(
    service: Service, browser: Browser
) -> None:
    """Without a scope in the request it asks for all of its own, and for no other."""
    system = await register(service, scopes=("finance:read",))
    tokens = await system.tokens(browser, scope=None)
    assert tokens["scope"] == "finance:read"


async def test_a_machine_acts_as_its_service_person(service: Service) -> None:
    """Client credentials give a token of the service person, within scopes and role, no refresh."""
    person = await service.person("auditor", name="ERP")
    machine = await register(service, "machine", scopes=("projects:read",), person=person)
    answer = await machine.post("token", {"grant_type": "client_credentials"})
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    assert "refresh_token" not in tokens
    assert tokens["scope"] == "projects:read"
    assert await machine.is_active(tokens["access_token"])
    replica = await (await replica_of(machine, tokens, person)).pull()
    assert {name for name, _ in replica.rows} == {"org"}
    wider = await machine.post("token", {"grant_type": "client_credentials", "scope": "read"})
    assert refusal(wider) == "invalid_scope"


async def test_client_credentials_are_for_machines_alone(
    service: Service, browser: Browser, system: System
) -> None:
    """Neither public clients nor those that act for people have that grant; machines no other."""
    public = await register(service, "public")
    for other in (public, system):
        answer = await other.post("token", {"grant_type": "client_credentials"})
        assert refusal(answer) == "unauthorized_client"
    machine = await register(
        service, "machine", scopes=("read",), person=await service.person("auditor")
    )
    page = await browser.open(f"client_id={machine.id}&response_type=code")
    assert page.status_code == 400
