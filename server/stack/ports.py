"""Loopback ports: chosen free once, then kept, so that addresses survive a restart."""

import secrets
import socket
from collections.abc import Iterable, Mapping

import msgspec

from server.stack.directory import DataDirectory, write_private
from server.stack.errors import StackError

LOOPBACK = "127.0.0.1"

# Below the range from which the kernel picks the ports of outgoing connections.
_PORTS = range(20_000, 32_000)
_ATTEMPTS = 200


def port_is_free(port: int, host: str = LOOPBACK) -> bool:
    """Say whether a server could listen on `host`:`port` now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(taken: Iterable[int] = ()) -> int:
    """Return a loopback port that is free now and not among `taken`."""
    refused = set(taken)
    for _ in range(_ATTEMPTS):
        port = secrets.choice(_PORTS)
        if port not in refused and port_is_free(port):
            return port
    raise StackError(f"No free port was found between {_PORTS.start} and {_PORTS.stop - 1}.")


class StackState(msgspec.Struct, frozen=True):
    """What the last start ran, and on which ports."""

    parts: tuple[str, ...] = ()
    ports: dict[str, int] = {}
    server_url: str | None = None  # where `derrick up` serves


def read_state(directory: DataDirectory) -> StackState:
    """Return the state that the last start left; an empty one before the first."""
    try:
        return msgspec.json.decode(directory.state.read_bytes(), type=StackState)
    except (FileNotFoundError, msgspec.DecodeError):
        return StackState()


def keep_state(directory: DataDirectory, ports_of: Mapping[str, tuple[str, ...]]) -> StackState:
    """Choose a port for each name that each part needs, and write all of it down.

    A port of an earlier start is kept where nobody else took it meanwhile.
    """
    kept = read_state(directory).ports
    needed = [name for names in ports_of.values() for name in names]
    chosen = {name: port for name, port in kept.items() if name not in needed}
    for name in needed:
        port = kept.get(name)
        if port is None or port in chosen.values() or not port_is_free(port):
            port = free_port(chosen.values())
        chosen[name] = port
    state = StackState(parts=tuple(ports_of), ports=chosen)
    write_state(directory, state)
    return state


def write_state(directory: DataDirectory, state: StackState) -> None:
    """Keep the state for the next start and for the commands that run beside this one."""
    write_private(directory.state, msgspec.json.encode(state).decode() + "\n")
