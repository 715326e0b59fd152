"""The embedded servers as one thing: started in order, watched, stopped in order."""

import shutil
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Literal, Protocol, Self, TypeVar

import msgspec

from server.settings import Settings
from server.stack.account import choose_account
from server.stack.child import Child
from server.stack.directory import DataDirectory, DirectoryLock
from server.stack.errors import StackError
from server.stack.objects import PORT_NAMES, Objects, ObjectsAddress, objects_address
from server.stack.ports import StackState, keep_state, read_state, write_state
from server.stack.postgres import (
    APP_ROLE,
    OWNER_ROLE,
    SUPERUSER_ROLE,
    Postgres,
    PostgresAddress,
    postgres_programs,
)
from server.stack.valkey import Valkey, valkey_url

T = TypeVar("T")
PartName = Literal["postgres", "valkey", "objects"]

_PORTS_OF: dict[str, tuple[str, ...]] = {
    "postgres": ("postgres",),
    "valkey": ("valkey",),
    "objects": PORT_NAMES,
}


class Part(Protocol):
    """What the stack asks of each server."""

    child: Child

    def prepare(self) -> None:
        """Make ready what the server needs, and clear what an earlier life left."""

    def start(self) -> None:
        """Start the server without waiting for it."""

    def wait_ready(self) -> None:
        """Wait until the server does its work. Raises StackError when it does not."""


class Addresses(msgspec.Struct, frozen=True, kw_only=True):
    """The addresses of the embedded servers that run; None for one that does not."""

    postgres_owner_url: str | None = None
    postgres_app_url: str | None = None
    postgres_superuser_url: str | None = None
    redis_url: str | None = None
    s3: ObjectsAddress | None = None

    def fill(self, settings: Settings) -> Settings:
        """Return the settings with these addresses where they do not already point elsewhere."""
        if settings.database_url is None and self.postgres_app_url is not None:
            settings = msgspec.structs.replace(
                settings,
                database_url=self.postgres_app_url,
                database_owner_url=self.postgres_owner_url,
            )
        if settings.redis_url is None:
            settings = msgspec.structs.replace(settings, redis_url=self.redis_url)
        if settings.s3_endpoint_url is None and self.s3 is not None:
            settings = msgspec.structs.replace(
                settings,
                s3_endpoint_url=self.s3.endpoint_url,
                s3_access_key=self.s3.access_key,
                s3_secret_key=self.s3.secret_key,
            )
        return settings


def parts_needed(settings: Settings, *, objects: bool = True) -> tuple[PartName, ...]:
    """Return the embedded servers to start: those that the settings do not point elsewhere."""
    wanted: dict[PartName, bool] = {
        "postgres": settings.database_url is None,
        "valkey": settings.redis_url is None,
        "objects": objects and settings.s3_endpoint_url is None,
    }
    return tuple(name for name, needed in wanted.items() if needed)


def server_url(settings: Settings) -> str:
    """Return where the server should be: where `derrick up` said so, or as the settings say."""
    directory = DataDirectory(settings.data_directory.resolve())
    return read_state(directory).server_url or settings.http_url


def attach(settings: Settings) -> Settings:
    """Return the settings with the addresses of the stack that `derrick up` last ran here.

    For commands that run beside it. Where nothing was ever started, nothing is filled in.
    """
    directory = DataDirectory(settings.data_directory.resolve())
    state = read_state(directory)
    return _addresses(directory, state).fill(settings) if state.parts else settings


class Stack:
    """The embedded servers on one data directory.

    `durable=False` is for tests that do not test durability: nothing is forced to disk. Start it
    from a thread that lives as long as it should, for the servers end with that thread.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        parts: Iterable[PartName] = ("postgres", "valkey", "objects"),
        durable: bool = True,
    ) -> None:
        self.settings = settings
        self.directory = DataDirectory(settings.data_directory.resolve())
        self.parts: dict[PartName, Part] = {}
        self._names = tuple(parts)
        self._durable = durable
        self._lock = DirectoryLock(self.directory)
        self._state = StackState()

    @property
    def addresses(self) -> Addresses:
        """Return where the started servers are."""
        return _addresses(self.directory, self._state)

    @property
    def resolved_settings(self) -> Settings:
        """Return the settings with the started servers' addresses filled in."""
        return self.addresses.fill(self.settings)

    @property
    def postgres_owner_url(self) -> str:
        """Return PostgreSQL's address as the owner of the tables."""
        return _started(self.addresses.postgres_owner_url, "PostgreSQL")

    @property
    def postgres_app_url(self) -> str:
        """Return PostgreSQL's address as the application."""
        return _started(self.addresses.postgres_app_url, "PostgreSQL")

    @property
    def postgres_superuser_url(self) -> str:
        """Return PostgreSQL's address as the superuser, for maintenance and tests."""
        return _started(self.addresses.postgres_superuser_url, "PostgreSQL")

    @property
    def redis_url(self) -> str:
        """Return Valkey's address."""
        return _started(self.addresses.redis_url, "Valkey")

    @property
    def s3(self) -> ObjectsAddress:
        """Return the S3 server's endpoint and keys."""
        return _started(self.addresses.s3, "The S3 server")

    def launch(self) -> None:
        """Lock the directory and start every part, without waiting until they are ready.

        Raises StackError when another process uses the directory or a part cannot be started.
        """
        self.directory.make()
        self._lock.acquire()
        try:
            self._make_parts()
            for part in self.parts.values():
                part.prepare()
                part.start()
        except BaseException:
            self.stop()
            raise

    def wait_ready(self, *names: PartName) -> None:
        """Wait until the named parts, or all of them, are ready. Raises StackError."""
        for name in names or self.parts:
            if part := self.parts.get(name):
                part.wait_ready()

    def start(self) -> Self:
        """Start every part and wait until all are ready; on failure, stop what was started."""
        self.launch()
        try:
            self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def tell_server(self, url: str) -> None:
        """Keep the server's address where commands that run beside it find it."""
        self._state = msgspec.structs.replace(self._state, server_url=url)
        write_state(self.directory, self._state)

    def restart(self, name: PartName) -> None:
        """Start one part again after it ended, on the same port."""
        part = self.parts[name]
        part.child.kill()
        part.prepare()
        part.start()

    def stop(self, report: Callable[[str], None] = lambda _: None) -> bool:
        """Stop every part and give the directory back; say whether anything ran."""
        running = [part.child for part in self.parts.values() if part.child.running]
        for child in running:
            report(child.spec.name)
            child.signal_stop()
        for part in reversed(self.parts.values()):
            part.child.wait_stopped()
        if running and self.directory.root not in self.directory.sockets.parents:
            shutil.rmtree(self.directory.sockets, ignore_errors=True)
        self._lock.release()
        return bool(running)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _make_parts(self) -> None:
        directory, settings = self.directory, self.settings
        account = choose_account(
            directory.postgres,
            directory.postgres,
            directory.sockets,
            postgres_programs(),
        )
        self._state = keep_state(directory, {name: _PORTS_OF[name] for name in self._names})
        ports = self._state.ports
        makers: dict[PartName, Callable[[], Part]] = {
            "objects": lambda: Objects(
                directory,
                ports=ports,
                account=account,
                bucket=settings.s3_bucket,
                region=settings.s3_region,
            ),
            "valkey": lambda: Valkey(
                directory, port=ports["valkey"], account=account, durable=self._durable
            ),
            "postgres": lambda: Postgres(
                directory, port=ports["postgres"], account=account, durable=self._durable
            ),
        }
        # In this order: the slowest to get ready starts first.
        self.parts = {name: make() for name, make in makers.items() if name in self._names}


def _started(value: T | None, name: str) -> T:
    if value is None:
        raise StackError(f"{name} was not started.")
    return value


def _addresses(directory: DataDirectory, state: StackState) -> Addresses:
    ports, addresses = state.ports, Addresses()
    if "postgres" in state.parts:
        postgres = PostgresAddress(port=ports["postgres"], directory=directory)
        addresses = msgspec.structs.replace(
            addresses,
            postgres_owner_url=postgres.url(OWNER_ROLE),
            postgres_app_url=postgres.url(APP_ROLE),
            postgres_superuser_url=postgres.url(SUPERUSER_ROLE),
        )
    if "valkey" in state.parts:
        addresses = msgspec.structs.replace(
            addresses, redis_url=valkey_url(directory, ports["valkey"])
        )
    if "objects" in state.parts:
        addresses = msgspec.structs.replace(addresses, s3=objects_address(directory, ports["s3"]))
    return addresses
