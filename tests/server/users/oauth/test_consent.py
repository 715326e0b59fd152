"""The consent page: in both languages, by our own form alone, remembered, taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.server.users.oauth.flows import (
    BASE,
    OWN_PAGE,
    Browser,
    MovingClock,
    Pkce,
    System,
    answered,
    mark_of,
    refusal,
    register,
    stranger,
)
from tests.server.users.people.desk import PASSWORD, Clock, Desk

if TYPE_CHECKING:
    import httpx

    from tests.serving import Service


def policy_of(page: httpx.Response) -> dict[str, str]:
    """Return a page's security policy by directive."""
    parts = page.headers["content-security-policy"].split("; ")
    return {name: value for name, _, value in (part.partition(" ") for part in parts)}


async def test_the_page_says_who_asks_for_what_in_both_languages(
    browser: Browser, system: System
) -> None:
    """The client's name (harmless, whatever it is), the scopes in words, where it leads."""
    query = system.query(Pkce(), scope="projects:read write")
    english = await browser.open(query)
    assert "<html lang='en'>" in english.text
    assert "ERP de l&#x27;entreprise &lt;b&gt; asks for access" in english.text
    assert "Awa Ndiaye" in english.text
    assert "Read your work sites" in english.text
    assert "erp.example" in english.text
    french = await browser.open(f"{query}&ui_locales=fr-CG+en")
    assert "<html lang='fr'>" in french.text
    assert "Lire vos chantiers" in french.text
    assert "Saisir et modifier en votre nom" in french.text
    assert "<script" not in english.text + french.text


async def test_no_page_can_frame_it(browser: Browser, system: System) -> None:
    """Neither the sign-in nor the consent: frame-ancestors, X-Frame-Options; no script at all."""
    query = system.query(Pkce())
    consent = await browser.open(query)
    async with stranger(browser.service) as client:
        sign_in = await client.get(f"/oauth2/authorize?{query}")
    assert "name='password'" in sign_in.text
    for page in (consent, sign_in):
        assert page.status_code == 200
        assert page.headers["x-frame-options"] == "DENY"
        assert page.headers["cache-control"] == "no-store"
        policy = policy_of(page)
        assert policy["frame-ancestors"] == "'none'"
        assert policy["default-src"] == "'none'"
        assert policy["style-src"] == "'self'"
        assert "script-src" not in policy
        assert policy["form-action"] == "'self' https://erp.example"
    style = await browser.client.get("/oauth2/style.css")
    assert style.status_code == 200
    assert style.headers["content-type"].startswith("text/css")


async def test_a_get_grants_nothing(browser: Browser, system: System) -> None:
    """Parameters that look like a decision are only shown the page."""
    query = system.query(Pkce())
    page = await browser.open(query)
    for addition in (f"&decision=allow&mark={mark_of(page)}", "&decision=allow", "&prompt=none"):
        answer = await browser.open(query + addition)
        assert answer.status_code == 200
        assert "location" not in answer.headers


async def test_another_sites_form_grants_nothing(
    service: Service, browser: Browser, system: System
) -> None:
    """Without our mark, with another browser's or request's, or from another origin: refused."""
    query = system.query(Pkce())
    other_query = system.query(Pkce(), scope="read")
    async with stranger(service) as client:
        other = Browser(service, client, await service.person("manager"))
        await other.sign_in()
        theirs = mark_of(await other.open(query))
    for mark in ("", "0" * 64, "é", theirs, mark_of(await browser.open(other_query))):
        answer = await browser.decide(query, form={"mark": mark})
        assert answer.status_code == 400, mark
        assert "location" not in answer.headers
    foreign: tuple[dict[str, str], ...] = (
        {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        {"origin": "https://evil.example", "sec-fetch-site": ""},
        {"origin": "null", "sec-fetch-site": "cross-site"},
        {"origin": BASE, "sec-fetch-site": "same-site"},
    )
    for headers in foreign:
        answer = await browser.decide(query, headers=headers)
        assert answer.status_code == 403, headers
    assert (await browser.open(query)).status_code == 200, "nothing was granted meanwhile"


async def test_a_refusal_goes_to_the_client(
    service: Service, browser: Browser, system: System
) -> None:
    """`access_denied` with state and issuer; whatever is not `allow` is a refusal."""
    for decision in ("deny", "", "ALLOW"):
        answer = answered(await browser.decide(system.query(Pkce()), decision))
        assert answer["error"] == "access_denied"
        assert answer["state"] == "st 4+te"
        assert answer["iss"] == service.settings.http_url


async def test_a_consent_is_remembered_for_its_scopes(browser: Browser, system: System) -> None:
    """The same or fewer scopes are not asked again, more are; and so is any public client."""
    await browser.consent(system.query(Pkce(), scope="projects:read finance:read"))
    answered(await browser.open(system.query(Pkce(), scope="projects:read")))
    assert (await browser.open(system.query(Pkce(), scope="read"))).status_code == 200
    public = await register(browser.service, "public")
    await browser.consent(public.query(Pkce()))
    assert (await browser.open(public.query(Pkce()))).status_code == 200


async def test_a_person_takes_a_consent_back(
    service: Service, browser: Browser, system: System
) -> None:
    """It is listed with its scopes; once taken back, all its tokens are dead, and it is asked."""
    tokens = await system.tokens(browser)
    headers = {"authorization": f"Bearer {service.token(browser.person)}"}
    (listed,) = (await service.client.get("/api/users/consents", headers=headers)).json()
    assert (listed["client"], listed["scopes"]) == (system.id, ["projects:read"])
    other = {"authorization": f"Bearer {service.token(await service.person('administrator'))}"}
    path = f"/api/users/consents/{system.id}"
    assert (await service.client.delete(path, headers=other)).status_code == 404
    assert (await service.client.delete(path, headers=headers)).status_code == 204
    assert (await service.client.delete(path, headers=headers)).status_code == 404
    assert not await system.is_active(tokens["access_token"])
    assert refusal(await system.refresh(tokens["refresh_token"])) == "invalid_grant"
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (await service.client.get("/api/sync/conflicts", headers=bearer)).status_code == 401
    assert (await browser.open(system.query(Pkce()))).status_code == 200


async def test_a_session_that_ended_ends_here_too(
    service: Service, browser: Browser, system: System, clock: MovingClock
) -> None:
    """Logged out elsewhere, revoked, or after half a day, the page asks who it is."""
    query = system.query(Pkce())
    assert "Awa Ndiaye" in (await browser.open(query)).text
    await service.context.pool.execute("UPDATE session SET ended_at = now()")
    assert "name='password'" in (await browser.open(query)).text
    await browser.sign_in()
    clock.pass_seconds(13 * 3600)
    assert "name='password'" in (await browser.open(query)).text


async def test_not_you_signs_the_browser_out(browser: Browser, system: System) -> None:
    """The button ends the session; without our mark it does not."""
    query = system.query(Pkce())
    page = await browser.open(query)
    path = f"/oauth2/sign-out?{query}"
    forged = await browser.client.post(path, data={"mark": "x"}, headers=OWN_PAGE)
    assert forged.status_code == 400
    assert "Awa Ndiaye" in (await browser.open(query)).text
    form = {"mark": mark_of(page)}
    assert (await browser.client.post(path, data=form, headers=OWN_PAGE)).status_code == 303
    assert "name='password'" in (await browser.open(query)).text


async def test_a_forged_cookie_is_nobody(
    service: Service, browser: Browser, system: System
) -> None:
    """A cookie that we did not seal, or sealed for something else, signs nobody in."""
    name = "derrick-browser"
    good = browser.client.cookies[name]
    for value in ("", "x", good[:-2], good[::-1], "00" * 100):
        async with stranger(service) as client:
            client.cookies.set(name, value)
            page = await client.get(f"/oauth2/authorize?{system.query(Pkce())}")
            assert page.status_code == 200
            assert "name='password'" in page.text


async def test_a_person_signs_in_on_the_page(service: Service, system: System) -> None:
    """Login and password lead on to consent; a wrong one is told in the page's language."""
    who = await Desk(service, Clock()).somebody("manager")
    query = system.query(Pkce())
    path = f"/oauth2/sign-in?{query}"
    async with stranger(service) as client:
        page = await client.get(f"/oauth2/authorize?{query}", headers={"accept-language": "fr"})
        right = {"login": who.login, "password": PASSWORD, "mark": mark_of(page)}
        in_french = {**OWN_PAGE, "accept-language": "fr"}
        wrong = await client.post(path, data={**right, "password": "x"}, headers=in_french)
        assert wrong.status_code == 403
        assert "mot de passe n&#x27;est pas le bon" in wrong.text
        refused = await client.post(path, data={**right, "mark": "x"}, headers=OWN_PAGE)
        assert refused.status_code == 400
        entered = await client.post(path, data=right, headers=OWN_PAGE)
        assert entered.status_code == 303, entered.text
        assert entered.headers["location"] == f"/oauth2/authorize?{query}"
        assert "name='decision'" in (await client.get(entered.headers["location"])).text
