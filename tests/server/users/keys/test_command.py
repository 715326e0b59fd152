"""`derrick keys` and `derrick device`, as an operator runs them beside a server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from server.settings import settings_environment
from tests.server.cli.running import derrick
from tests.server.users.entering import log_in
from tests.serving import serve_here

if TYPE_CHECKING:
    import subprocess

    from server.settings import Settings


async def command(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command on the test's database, while the server goes on."""
    return await asyncio.to_thread(derrick, *arguments, **settings_environment(settings))


async def test_an_operator_rotates_keys_and_nobody_notices(settings: Settings) -> None:
    """The command makes a key and lists both; the running server goes on with the old tokens."""
    async with serve_here(settings) as service:
        crew = await log_in(service)
        made = await command(settings, "keys", "rotate", "--now")
        assert made.returncode == 0, made.stderr
        listed = (await command(settings, "keys", "list")).stdout.splitlines()
        assert len(listed) == 2
        assert listed[-1].startswith(made.stdout.strip())
        assert await crew.code() == "ok"
        await crew.refresh()
        assert await crew.code() == "ok"
        unknown = await command(settings, "keys", "drop", "nothing")
        assert unknown.returncode == 1
        assert "there is no key nothing" in unknown.stderr


async def test_an_operator_revokes_a_device(settings: Settings) -> None:
    """The list shows the device; revoking it ends its sessions on the running server."""
    async with serve_here(settings) as service:
        crew = await log_in(service)
        administrator = await service.person("administrator", login="chef")
        assert administrator
        listed = await command(settings, "device", "list", "--json")
        assert [one["id"] for one in msgspec.json.decode(listed.stdout)] == [crew.device]
        assert "in use" in (await command(settings, "device", "list")).stdout
        done = await command(settings, "device", "revoke", crew.device, "--by", "chef")
        assert done.stdout.startswith("1 sessions ended"), done.stderr
        assert await crew.code() == "device_revoked"
        again = await command(
            settings, "device", "revoke", "00000000-0000-4000-8000-000000000000", "--by", "chef"
        )
        assert again.returncode == 1
        assert "no such device" in again.stderr
