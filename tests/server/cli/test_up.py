"""`derrick up`: one supervisor that starts, watches and stops everything."""

import os
import signal
import socket
from pathlib import Path

from tests.server.cli.running import Running, derrick, derrick_up, start_up
from tests.server.observing import alive, descendants, eventually, program


def test_ctrl_c_stops_everything(tmp_path: Path) -> None:
    """SIGINT ends every process in order, cleanly and within seconds."""
    with derrick_up(tmp_path / "data", "--no-s3") as running:
        children = descendants(running.process.pid)
        running.process.send_signal(signal.SIGINT)
        output, _ = running.process.communicate(timeout=15)
    assert running.process.returncode == 0, output
    assert not any(map(alive, children))
    assert output.index("Stopping the server") < output.index("Stopping PostgreSQL")
    assert "All stopped" in output
    assert not (tmp_path / "data" / "postgres" / "postmaster.pid").exists()


def test_an_interrupted_start_leaves_nothing(tmp_path: Path) -> None:
    """SIGTERM in the middle of starting ends what was started, and the next start works."""
    data = tmp_path / "data"
    process = start_up(data, "--no-s3")
    assert eventually((data / "postgres" / "postmaster.pid").exists)
    children = descendants(process.pid)
    process.terminate()
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 130, output
    assert not any(map(alive, children))
    with derrick_up(data, "--no-s3") as again:
        assert again.answer()


def test_a_killed_supervisor_leaves_no_orphans(tmp_path: Path) -> None:
    """After SIGKILL of the supervisor nothing of it lives, and a second start works."""
    with derrick_up(tmp_path / "data", "--no-s3") as running:
        children = descendants(running.process.pid)
        assert {"postgres", "valkey-server"} <= set(map(program, children))
        running.process.kill()
        assert eventually(lambda: not any(map(alive, children)))
    with derrick_up(tmp_path / "data", "--no-s3") as again:
        assert again.answer()


def test_a_crashed_server_is_started_again(tmp_path: Path) -> None:
    """After SIGKILL of the serving processes, others answer at the same address."""
    with derrick_up(tmp_path / "data", "--no-s3") as running:
        worker = _answering(running)
        os.kill(worker, signal.SIGKILL)
        assert eventually(lambda: _answering(running) not in (0, worker))
        worker, granian = _answering(running), _parent(_answering(running))
        os.kill(granian, signal.SIGKILL)
        assert eventually(lambda: not alive(worker))
        assert eventually(lambda: _answering(running) not in (0, worker))


def test_crashed_servers_of_the_stack_are_started_again(tmp_path: Path) -> None:
    """After SIGKILL of PostgreSQL and Valkey, the supervisor brings both back."""
    data = tmp_path / "data"
    with derrick_up(data, "--no-s3") as running:
        names = ("postgres", "valkey-server")
        killed = [_child(running, name) for name in names]
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: all(_child(running, name) not in (0, *killed) for name in names))
        assert eventually(lambda: _well(data, "PostgreSQL") and _well(data, "Redis"))


def test_a_second_up_is_refused(tmp_path: Path) -> None:
    """Two starts on one data directory: the second is one sentence and exit status 1."""
    with derrick_up(tmp_path / "data", "--no-s3") as running:
        second = derrick("up", "--data", str(tmp_path / "data"), "--port=0", "--no-s3")
        assert second.returncode == 1
        assert f"in use by process {running.process.pid}" in second.stderr
        assert "Traceback" not in second.stderr
        assert running.answer()


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    """When the port is taken, nothing is started and the way out is named."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = derrick("up", "--data", str(tmp_path / "data"), f"--port={port}")
    assert refused.returncode == 1
    assert f"Port {port} on 127.0.0.1 is taken" in refused.stderr
    assert not (tmp_path / "data").exists()


def test_files_are_served_by_and_by(tmp_path: Path) -> None:
    """The S3 server gets ready beside the rest, and the doctor then finds all well."""
    data = tmp_path / "data"
    with derrick_up(data) as running:
        assert running.answer()
        assert eventually(lambda: _well(data, "Files (S3)"), seconds_max=60)
        assert _well(data, "Server")


def _answering(running: Running) -> int:
    """Return the id of the process that answers over HTTP; 0 when none does."""
    return int((running.answer() or "0").split()[0])


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def _child(running: Running, name: str) -> int:
    """Return the supervisor's own child that runs `name`; 0 when there is none."""
    children = descendants(running.process.pid)
    own = [pid for pid in children if program(pid) == name and _is_child(pid, running)]
    return own[0] if own else 0


def _is_child(pid: int, running: Running) -> bool:
    try:
        return _parent(pid) == running.process.pid
    except OSError:
        return False


def _well(data: Path, part: str) -> bool:
    lines = derrick("doctor", "--data", str(data)).stdout.splitlines()
    return any(line.split()[0] == "ok" and part in line for line in lines if line.strip())
