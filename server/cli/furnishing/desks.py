"""The replicas on which the people of the demo work, one each, for the length of a block."""

from __future__ import annotations

import os
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from server.cli.replicas.opening import wall_milliseconds
from sync.replica import Replica, synchronise

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from server.settings import Settings
    from sync.replica.http import HttpTransport

T = TypeVar("T")


class DeskError(RuntimeError):
    """What somebody entered was refused, or could not be handed in."""


class Desks:
    """Opens a replica for whoever needs one, and closes them all."""

    def __init__(self, settings: Settings, address: str) -> None:
        self.settings = settings
        self.address = address
        self._stack = AsyncExitStack()
        self._folder = Path()
        self._open: dict[str, tuple[Replica, HttpTransport]] = {}

    async def __aenter__(self) -> Self:
        """Make the folder for the replicas."""
        folder = tempfile.TemporaryDirectory(prefix="derrick-demo-")
        self._folder = Path(self._stack.enter_context(folder))
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Close the replicas, and take the folder away."""
        await self._stack.aclose()

    async def work(self, person: str, act: Callable[[Replica], T], *, device: str) -> T:
        """Let someone work at a device on what the server has now, and hand it in.

        Raises DeskError: a refusal ends it all.
        """
        replica, transport = await self._of(person, device)
        await synchronise(replica, transport)
        done = act(replica)
        report = await synchronise(replica, transport)
        refused = [one.rejection for one in replica.rejections()]
        if refused or not report.complete:
            raise DeskError(f"The demo could not be furnished: {report.error} {refused}")
        return done

    async def _of(self, person: str, device: str) -> tuple[Replica, HttpTransport]:
        from server.users import token_for  # noqa: PLC0415 - needs the database's client
        from sync.replica.http import HttpTransport  # noqa: PLC0415 - a third of a second

        if person not in self._open:
            token = token_for(self.settings, person)
            replica = Replica.create(
                self._folder / f"{person}.sqlite",
                server=self.address,
                person=person,
                name=device,
                clock=wall_milliseconds,
                random=os.urandom,
            )
            self._stack.callback(replica.close)
            transport = HttpTransport(self.address, token=lambda: token)
            await self._stack.enter_async_context(transport)
            self._open[person] = replica, transport
        return self._open[person]
