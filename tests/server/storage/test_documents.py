"""Documents over HTTP and sync: versions, trash, search, previews, links, and who sees what."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from server.storage import Keeper, NewDocument, Subject, audit, draw_next, store_document
from sync.changes import Change
from tests.server.storage.shelf import sha256, some_bytes
from tests.serving import new_id, problem_of, task_created

if TYPE_CHECKING:
    import httpx

    from tests.server.storage.shelf import Shelf
    from tests.serving import Tablet

GPS_IFD, EXIF_IFD = 0x8825, 0x8769


def photo() -> bytes:
    """Return a JPEG that says when and where it was taken, lying on its side."""
    image = Image.new("RGB", (1200, 800), "orange")
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(EXIF_IFD)[0x9003] = "2026:03:01 10:20:30"
    exif.get_ifd(EXIF_IFD)[0x9011] = "+01:00"
    gps = exif.get_ifd(GPS_IFD)
    gps[1], gps[2], gps[3], gps[4] = "S", (4.0, 46.0, 30.0), "E", (11.0, 51.0, 0.0)
    kept = io.BytesIO()
    image.save(kept, format="JPEG", exif=exif)
    return kept.getvalue()


def pdf(text: str) -> bytes:
    """Return a page with a line of text."""
    stream = f"BT /F1 24 Tf 72 700 Td ({text}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
            b"/Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    made, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(made)
    made += b"xref\n0 6\n0000000000 65535 f \n"
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    return made + b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start


async def _draw(shelf: Shelf) -> None:
    while await draw_next(shelf.service.settings, shelf.service.context.pool, shelf.store):
        pass


async def _change(shelf: Shelf, row: str, by: Tablet, **after: Any) -> str:
    await by.pull()
    return await by.do(by.update(shelf.home(), row, **after))


async def _post(shelf: Shelf, path: str, by: Tablet | None, body: Any) -> httpx.Response:
    headers = {} if by is None else {"authorization": f"Bearer {by.token}"}
    return await shelf.service.client.post(f"/api/storage/{path}", json=body, headers=headers)


async def _found(shelf: Shelf, words: str, by: Tablet) -> list[str]:
    answer = await shelf.service.client.get(
        "/api/storage/search",
        params={"words": words},
        headers={"authorization": f"Bearer {by.token}"},
    )
    assert answer.status_code == 200, answer.text
    return [one["document"] for one in answer.json()]


async def test_a_photo_tells_its_place_to_its_document_and_to_nobody_else(shelf: Shelf) -> None:
    """Position and time go to the row; previews and copies given out have none; upright."""
    paper = await shelf.keep(photo(), file_name="vanne.jpg")
    document = await shelf.seen(paper.document)
    assert document["latitude_microdegrees"] == -4_775_000
    assert document["longitude_microdegrees"] == 11_850_000
    assert document["taken_at"] == 1_772_356_830_000
    waiting = await shelf.get(f"versions/{paper.version}/previews/thumbnail")
    assert problem_of(waiting).code == "content_not_ready"
    await _draw(shelf)
    for kind, side in (("thumbnail", 320), ("page", 1200)):
        answer = await shelf.get(f"versions/{paper.version}/previews/{kind}")
        assert answer.status_code == 200, answer.text
        with Image.open(io.BytesIO(answer.content)) as drawn:
            assert max(drawn.size) == side
            assert drawn.height > drawn.width
            assert not drawn.getexif()
    made = await _post(shelf, f"documents/{paper.document}/links", shelf.chief, {"hours": 1})
    given = await shelf.service.client.get(made.json()["url"])
    assert given.status_code == 200, given.text
    with Image.open(io.BytesIO(given.content)) as copy:
        assert not copy.getexif().get_ifd(GPS_IFD)
        assert copy.size == (1200, 800)
    assert await shelf.content(paper.version) == photo()
    assert (await audit(shelf.service.context.pool, shelf.store)).sound


async def test_search_finds_titles_tags_and_the_text_of_files(shelf: Shelf) -> None:
    """With accents or without, singular or plural; each person what they may read, no trash."""
    drawn = await shelf.keep(pdf("Procedure de soudage des pipelines"), file_name="p.pdf")
    named = await shelf.document(title="Vérification des soudures", tags=["étanchéité"])
    await _draw(shelf)
    assert await _found(shelf, "pipeline", shelf.tablet) == [drawn.document]
    assert await _found(shelf, "verifications", shelf.tablet) == [named]
    assert await _found(shelf, "Étanchéité", shelf.tablet) == [named]
    stranger = await shelf.service.tablet("employee")
    assert await _found(shelf, "pipeline", stranger) == []
    await _change(shelf, named, shelf.tablet, title="Plan", trashed_at=None)
    assert await _found(shelf, "verification", shelf.tablet) == []
    await _change(shelf, drawn.document, shelf.tablet, trashed_at=5)
    assert await _found(shelf, "pipeline", shelf.tablet) == []


async def test_an_old_version_is_restored_as_a_new_one(shelf: Shelf) -> None:
    """The bytes travel once; numbers go on; what was restored is the newest."""
    paper = await shelf.keep(b"first")
    second = await shelf.version(paper.document)
    await shelf.send(second, b"second")
    await shelf.drain()
    restored = await shelf.version(paper.document, restored_from=paper.version)
    version = await shelf.seen(restored)
    assert (version["state"], version["number"]) == ("stored", 3)
    assert version["object_sha256"] == sha256(b"first")
    assert (await shelf.seen(paper.document))["version_id"] == restored
    assert await shelf.content(restored) == b"first"
    other = await shelf.paper()
    wrong = await shelf.version(other.document, restored_from=paper.version)
    assert (await shelf.seen(wrong))["state"] == "refused"


async def test_the_trash_gives_back_for_ninety_days_then_purges(shelf: Shelf) -> None:
    """Recovered into its folder, made anew; purged with its bytes unless another has them too."""
    folder = new_id()
    values = {"home_id": shelf.project, "project_id": shelf.project, "name": "Photos"}
    await shelf.chief.must(Change(shelf.home(), "folder", folder, "create", after=values))
    paper = await shelf.keep(some_bytes(1000))
    twin = await shelf.keep(some_bytes(1000), shelf.chief)
    lone = await shelf.keep(some_bytes(2000, seed=2))
    assert await _change(shelf, paper.document, shelf.tablet, folder_id=folder) == "merged"
    for one in (paper, lone):
        assert await _change(shelf, one.document, shelf.tablet, trashed_at=7) == "merged"
    due = (await shelf.seen(paper.document))["purge_at"]
    await shelf.chief.pull()
    await shelf.chief.must(shelf.chief.delete(shelf.home(), folder))
    assert await _change(shelf, paper.document, shelf.tablet, trashed_at=None) == "merged"
    document = await shelf.seen(paper.document)
    assert (document["purge_at"], document["folder_id"]) == (None, folder)
    assert not shelf.tablet.rows[shelf.home(), folder].deleted
    context = shelf.service.context
    keeper = Keeper(shelf.service.settings, context.pool, context.intake, shelf.store)
    assert (await keeper.purge(due - 60_000))["documents_purged"] == 0
    assert await keeper.purge(due + 60_000) == {"documents_purged": 1, "objects_deleted": 1}
    await shelf.tablet.pull()
    assert shelf.tablet.rows[shelf.home(), lone.document].deleted
    assert shelf.tablet.rows[shelf.home(), lone.version].deleted
    assert await shelf.content(twin.version) == some_bytes(1000)
    assert (await shelf.get(f"versions/{lone.version}/content")).status_code == 404
    assert (await audit(context.pool, shelf.store)).sound
    assert await context.pool.fetchval("SELECT bytes FROM storage_use") == 2000


async def test_a_link_opens_for_its_time_its_count_and_its_password(shelf: Shelf) -> None:
    """Wrong, old, used up, revoked: one answer for all; those without the right make none."""
    paper = await shelf.keep(b"a plan")
    path = f"documents/{paper.document}/links"
    assert (await _post(shelf, path, shelf.tablet, {"hours": 1})).status_code == 403
    stranger = await shelf.service.tablet("manager")
    other = await shelf.paper()
    body = {"hours": 1, "password": "porte-7", "downloads_max": 2}
    made = (await _post(shelf, path, shelf.chief, body)).json()
    secret = made["url"].rpartition("/")[2]
    client = shelf.service.client
    for said in ({}, {"password": "porte-8"}, {"password": ""}):
        refused = await client.post(f"/api/storage/shared/{secret}", json=said)
        assert problem_of(refused).code == "share_link_refused"
    assert (await client.get(f"/api/storage/shared/{secret}")).status_code == 403
    for status in (200, 200, 403):
        answer = await client.post(f"/api/storage/shared/{secret}", json={"password": "porte-7"})
        assert answer.status_code == status
    once = (await _post(shelf, path, shelf.chief, {"hours": 1})).json()
    assert (await client.get(once["url"])).content == b"a plan"
    listed = (await shelf.get(path, shelf.chief)).json()
    assert [one["downloads"] for one in listed] == [1, 2]
    assert listed[1]["password"] is True
    ended = await client.delete(
        f"/api/storage/links/{once['id']}",
        headers={"authorization": f"Bearer {shelf.chief.token}"},
    )
    assert ended.status_code == 204
    assert problem_of(await client.get(once["url"])).code == "share_link_refused"
    old = (await _post(shelf, path, shelf.chief, {"hours": 1})).json()
    pool = shelf.service.context.pool
    await pool.execute("UPDATE share_link SET expires_at = now() - interval '1 s'")
    assert (await client.get(old["url"])).status_code == 403
    assert stranger.token != other.version


async def test_a_restricted_folder_is_its_members_alone(shelf: Shelf) -> None:
    """Sync, download, previews, search and links: not even the project's manager sees into it."""
    mate = await shelf.service.tablet("employee")
    await shelf.service.member(shelf.chief, shelf.project, mate.person, "employee")
    body = {"project": shelf.project, "name": "Personnel", "members": [mate.person]}
    assert (await _post(shelf, "folders", shelf.tablet, body)).status_code == 403
    made = await _post(shelf, "folders", shelf.chief, body)
    assert made.status_code == 201, made.text
    home = made.json()["scope"]
    kept = {"home": home, "category": "personnel", "title": "Contrat"}
    document = await shelf.document(mate, **kept)
    version = await shelf.version(document, mate, home=home)
    await shelf.send(version, b"secret", mate)
    await shelf.drain()
    manager = await shelf.service.tablet("manager")
    outsiders = (shelf.tablet, manager)
    for one in outsiders:
        await one.pull()
        assert home not in one.cursor
        assert (await shelf.get(f"versions/{version}/content", one)).status_code == 404
        assert (await shelf.get(f"versions/{version}/previews/page", one)).status_code == 404
        assert (await shelf.get(f"documents/{document}/links", one)).status_code == 404
        assert await _found(shelf, "contrat", one) == []
    for one in (mate, shelf.chief):
        assert await shelf.content(version, one) == b"secret"
        assert await _found(shelf, "contrat", one) == [document]
    # Named later, everything comes; no more named, everything goes.
    folder = home.partition(":")[2]
    await shelf.chief.pull()
    members = shelf.chief.rows[home, folder].values["members"]
    change = shelf.chief.update(home, folder, members=[*members, shelf.tablet.person])
    await shelf.chief.must(change)
    await shelf.tablet.pull()
    assert (home, document) in shelf.tablet.rows
    assert await shelf.content(version, shelf.tablet) == b"secret"
    await mate.pull()
    assert await mate.do(mate.update(home, folder, members=[])) == "access_denied"
    await shelf.chief.pull()
    await shelf.chief.must(shelf.chief.update(home, folder, members=[shelf.chief.person]))
    await shelf.tablet.pull()
    assert home not in shelf.tablet.cursor
    assert (await shelf.get(f"versions/{version}/content", shelf.tablet)).status_code == 404


@pytest.mark.parametrize("category", ["financial", "contractual", "personnel"])
async def test_confidential_papers_do_not_lie_where_everyone_reads(
    shelf: Shelf, category: str
) -> None:
    """Refused in the project's own scope; in its finance, seen by those who read the budget."""
    document = new_id()
    values = {
        "home_id": shelf.project,
        "project_id": shelf.project,
        "title": "Marché",
        "author_id": shelf.chief.person,
        "category": category,
    }
    change = Change(shelf.home(), "document", document, "create", after=values)
    assert await shelf.chief.do(change) == "value_invalid"
    moved = Change(shelf.home("finance"), "document", document, "create", after=values)
    expected = "value_invalid" if category == "personnel" else "merged"
    assert await shelf.chief.do(moved) == expected
    if expected == "merged":
        version = await shelf.version(document, shelf.chief, home=shelf.home("finance"))
        await shelf.send(version, b"amounts", shelf.chief)
        await shelf.drain()
        assert (await shelf.get(f"versions/{version}/content")).status_code == 404
        assert await shelf.content(version, shelf.chief) == b"amounts"


async def test_what_the_server_makes_is_kept_as_a_document_once(shelf: Shelf) -> None:
    """A report made by a worker, and made again: one version, linked, found, downloaded."""
    task = new_id()
    await shelf.chief.must(task_created(shelf.project, task))
    context, settings = shelf.service.context, shelf.service.settings
    given = NewDocument(
        scope=shelf.home(),
        project=shelf.project,
        author=shelf.chief.person,
        title="Rapport mensuel",
        file_name="rapport.pdf",
        document=new_id(),
        version=new_id(),
        tags=("rapport",),
        subjects=(Subject("task", task, "report"),),
    )
    content = pdf("Avancement")
    for _ in range(2):
        made = await store_document(context.intake, settings, given, content)
    assert (await shelf.seen(made.version))["state"] == "received"
    assert await shelf.content(made.version) == content
    assert await shelf.drain() == 1
    assert await shelf.content(made.version) == content
    links = [
        one for one in shelf.tablet.live(shelf.home()).values() if one.table == "document_link"
    ]
    assert [(one.values["subject_id"], one.values["purpose"]) for one in links] == [
        (task, "report")
    ]
    assert await _found(shelf, "rapport mensuel", shelf.tablet) == [made.document]


async def test_a_bomb_or_a_broken_file_costs_its_preview_alone(shelf: Shelf) -> None:
    """A picture of 900 megapixels in a few kilobytes, a cut PDF: stored, drawn never, no harm."""
    image = Image.new("1", (30_000, 30_000))
    kept = io.BytesIO()
    image.save(kept, format="PNG", optimize=True)
    bomb = await shelf.keep(kept.getvalue(), file_name="plan.png")
    cut = await shelf.keep(pdf("coupe")[:300], file_name="coupe.pdf")
    pool = shelf.service.context.pool
    for _ in range(3):
        await pool.execute("UPDATE stored_object SET preview_at = now()")
        await _draw(shelf)
    for paper in (bomb, cut):
        answer = await shelf.get(f"versions/{paper.version}/previews/thumbnail")
        assert answer.status_code == 404
        assert (await shelf.seen(paper.version))["state"] == "stored"
    assert await pool.fetchval("SELECT count(*) FROM stored_object WHERE preview_state = 'failed'")
