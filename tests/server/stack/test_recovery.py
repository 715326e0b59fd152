"""Whatever is killed, the next start finds the data and nothing is left running."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from server.settings import Settings, load_settings
from server.stack import Stack
from server.stack.ports import free_port
from tests.conftest import run_sql
from tests.server.observing import alive, descendants, eventually

_HOLDER = """
import sys
from server.settings import load_settings
from server.stack import Stack
stack = Stack(load_settings({}, data_directory=sys.argv[1]), parts=["postgres", "valkey"])
stack.start()
print("started", flush=True)
sys.stdin.read()
stack.stop()
"""


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    """Point the settings at a data directory of the test's own."""
    return load_settings({}, data_directory=tmp_path / "data")


@pytest.fixture
def holder(here: Settings) -> Iterator[subprocess.Popen[str]]:
    """Run a durable stack in another process, which stops it when its input ends."""
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", _HOLDER, str(here.data_directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == "started\n"
    yield process
    process.stdin.close()
    process.wait(30)
    process.stdout.close()


def test_a_stop_and_a_start_keep_the_data(here: Settings) -> None:
    """A second start on the same directory has the same addresses, rows and keys."""
    with _durable(here) as first:
        _write(first, 1)
        before = first.addresses
    with _durable(here) as second:
        assert second.addresses == before
        assert _read(second) == ("1", b"1")


def test_killed_servers_recover(here: Settings) -> None:
    """After SIGKILL of PostgreSQL and Valkey, the next start finds what was acknowledged."""
    with _durable(here) as first:
        _write(first, 2)
        for part in first.parts.values():
            assert part.child.pid is not None
            os.kill(part.child.pid, signal.SIGKILL)
    with _durable(here) as second:
        assert _read(second) == ("2", b"2")


def test_a_killed_server_restarts_in_place(here: Settings) -> None:
    """While the stack runs, one killed part starts again on its own port with its data."""
    with _durable(here) as stack:
        _write(stack, 3)
        postmaster = stack.parts["postgres"].child.pid
        assert postmaster is not None
        os.kill(postmaster, signal.SIGKILL)
        stack.restart("postgres")
        stack.wait_ready("postgres")
        assert _read(stack) == ("3", b"3")


def test_a_killed_owner_leaves_no_orphans(here: Settings, holder: subprocess.Popen[str]) -> None:
    """When the process that started the servers is killed, they end, and a start recovers."""
    servers = descendants(holder.pid)
    assert len(servers) > 2
    _write(_attached(here), 4)
    holder.kill()
    assert eventually(lambda: not any(map(alive, servers)))
    with _durable(here) as stack:
        assert _read(stack) == ("4", b"4")


def test_a_stale_pid_file_does_not_hold_up_a_start(here: Settings) -> None:
    """A pid file whose number has since gone to a living process is no obstacle."""
    with _durable(here) as stack:
        _write(stack, 5)
        cluster = stack.directory.postgres
        file = (cluster / "postmaster.pid").read_text().splitlines()
        owner = (cluster / "postmaster.pid").stat()
    (cluster / "postmaster.pid").write_text("\n".join([str(os.getpid()), *file[1:], ""]))
    os.chown(cluster / "postmaster.pid", owner.st_uid, owner.st_gid)
    with _durable(here) as stack:
        assert _read(stack)[0] == "5"


def test_an_interrupted_first_start_begins_again(here: Settings) -> None:
    """What a kill in the middle of making the cluster leaves is made anew."""
    draft = here.data_directory / "postgres.new"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")
    with _durable(here) as stack:
        _write(stack, 6)


def test_lost_secrets_are_made_again(here: Settings) -> None:
    """A cluster that comes without its secrets, as from a backup, starts with new ones."""
    with _durable(here) as stack:
        _write(stack, 7)
    for secret in (here.data_directory / "secrets").iterdir():
        secret.unlink()
    with _durable(here) as stack:
        assert _read(stack) == ("7", b"7")


def test_a_taken_port_is_given_up(here: Settings) -> None:
    """When another program took a kept port meanwhile, the start chooses another."""
    with _durable(here) as stack:
        port = int(stack.redis_url.rpartition(":")[2].partition("/")[0])
    blocker = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", _LISTENER, str(port)], stdout=subprocess.PIPE, stdin=subprocess.PIPE
    )
    assert blocker.stdout is not None
    blocker.stdout.readline()
    try:
        with _durable(here) as stack:
            assert f":{port}/" not in stack.redis_url
            assert free_port() != port
    finally:
        blocker.communicate()


_LISTENER = """
import socket, sys
with socket.create_server(("127.0.0.1", int(sys.argv[1]))):
    print("listening", flush=True)
    sys.stdin.read()
"""


def _durable(settings: Settings) -> Stack:
    return Stack(settings, parts=["postgres", "valkey"])


def _attached(settings: Settings) -> Stack:
    """Return a stack object that knows the addresses of one that another process runs."""
    from server.stack.ports import read_state  # noqa: PLC0415

    stack = _durable(settings)
    stack._state = read_state(stack.directory)
    return stack


def _write(stack: Stack, number: int) -> None:
    run_sql(stack.postgres_owner_url, f"CREATE TABLE kept AS SELECT {number} AS number")
    with redis.Redis.from_url(stack.redis_url) as client:
        client.set("kept", number)


def _read(stack: Stack) -> tuple[str, object]:
    with redis.Redis.from_url(stack.redis_url) as client:
        return run_sql(stack.postgres_owner_url, "SELECT number FROM kept"), client.get("kept")
