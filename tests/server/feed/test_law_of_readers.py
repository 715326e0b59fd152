"""A reader that has seen seq n never later finds a smaller unseen seq."""

import asyncio

from server.settings import Settings
from tests.serving import Service, Tablet, new_id, serve_here, task_created


async def test_readers_skip_nothing_while_eight_writers_push(
    service: Service, settings: Settings
) -> None:
    """Readers that poll two servers by cursor alone end up with every merged row."""
    async with serve_here(settings) as other:
        writers = [await service.tablet() for _ in range(8)]
        project = await service.project(writers[0])
        scope = f"project:{project}"
        readers = [await writers[0].twin().register() for _ in range(4)]
        for number, tablet in enumerate((*writers, *readers)):
            tablet.client = (service, other)[number % 2].client
        made: set[str] = set()
        done = asyncio.Event()

        async def write(tablet: Tablet) -> None:
            for _ in range(12):
                row = new_id()
                await tablet.must(task_created(project, row))
                made.add(row)

        async def read(tablet: Tablet) -> None:
            seen = 0
            while True:
                last = done.is_set()
                found = await tablet.pull_once(page_rows=5)
                for page in found.pages:
                    if page.scope == scope:
                        assert all(row.seq > seen for row in page.rows)
                        seen = page.seq
                if last and not found.more:
                    return

        reading = [asyncio.create_task(read(one)) for one in readers]
        await asyncio.gather(*(write(one) for one in writers))
        done.set()
        await asyncio.gather(*reading)
        assert len(made) == 96
        for reader in readers:
            reader.assert_sums()
            assert reader.live(scope).keys() == made | {project}
