"""The scripts in ops/: plain about what they need, and content with a lock that did not change."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_SHELL_TOOLS = ("sh", "awk", "cat", "cmp", "dirname", "basename", "id", "mv", "rm", "uname", "head")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Copy what the scripts need into a checkout of the test's own."""
    place = tmp_path / "a checkout"
    for name in ("ops", ".ci"):
        shutil.copytree(_ROOT / name, place / name)
    shutil.copy(_ROOT / "requirements.lock", place)
    return place


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """Make a path that holds the shell's tools and no Python."""
    place = tmp_path / "bin"
    place.mkdir()
    for tool in _SHELL_TOOLS:
        found = shutil.which(tool)
        assert found
        (place / tool).symlink_to(found)
    return place


@pytest.mark.parametrize("script", ["ops/up", "ops/test", "ops/lock"])
def test_an_old_python_is_one_sentence(checkout: Path, tools: Path, script: str) -> None:
    """Without Python 3.11 the script says what it found and what to do, and makes nothing."""
    _program(tools / "python3", 'case "$2" in *print*) echo 3.9 ;; *) exit 1 ;; esac')
    done = _run(checkout / script, tools)
    assert done.returncode == 1
    assert done.stderr.startswith("Derrick needs Python 3.11 or newer (python3 is 3.9).")
    assert done.stderr.count("\n") == 1
    assert not (checkout / ".venv").exists()


def test_no_python_is_one_sentence(checkout: Path, tools: Path) -> None:
    """A machine without any Python gets the same sentence."""
    done = _run(checkout / "ops" / "up", tools)
    assert done.returncode == 1
    assert done.stderr.startswith("Derrick needs Python 3.11 or newer (none was found).")


def test_a_current_environment_is_used_as_it_is(checkout: Path, tools: Path) -> None:
    """With the lock it was made from, the environment is neither rebuilt nor the index asked."""
    _make_environment(checkout)
    done = _run(checkout / "ops" / "up", tools, "--port", "0")
    data = checkout / "data"
    said = f"app build from {data}\nup --port 0 from {data}\n"
    assert done.stdout == said, done.stderr
    assert done.stderr == ""


def test_without_an_app_the_server_starts_all_the_same(checkout: Path, tools: Path) -> None:
    """An app that cannot be built is one sentence, not the end."""
    _make_environment(checkout)
    command = checkout / ".venv" / "bin" / "derrick"
    _program(command, '[ "$1" = app ] && exit 1; echo "$*"')
    done = _run(checkout / "ops" / "up", tools, "--port", "0")
    assert done.stdout == "up --port 0\n", done.stderr
    assert done.stderr == "Starting without the app; the next start tries again.\n"


def test_a_changed_lock_asks_for_an_installation(checkout: Path, tools: Path) -> None:
    """When the lock changed, what it names is installed before anything is started."""
    _make_environment(checkout)
    with (checkout / "requirements.lock").open("a") as lock:
        lock.write("# another\n")
    _program(tools / "uv", 'echo "uv $*" >&2; exit 1')
    done = _run(checkout / "ops" / "up", tools, PYTHON=sys.executable)
    assert done.returncode == 1
    assert "uv pip install" in done.stderr
    assert "--constraint" in done.stderr
    assert "--group" not in done.stderr, "running needs no development packages"
    assert "could not be installed" in done.stderr
    assert done.stdout == ""


def test_everything_is_locked() -> None:
    """Every package that pyproject.toml names stands in the lock, at one version, with hashes."""
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text())
    named = [
        *project["project"]["dependencies"],
        *project["dependency-groups"]["dev"],
        *project["build-system"]["requires"],
    ]
    lock = (_ROOT / "requirements.lock").read_text()
    entries = r"^([a-z0-9-]+)==[^\n]*\n((?:    --hash=[^\n]*\n?)+)"
    locked = dict(re.findall(entries, lock, re.MULTILINE))
    for requirement in named:
        name = re.split(r"[^A-Za-z0-9_.-]", requirement)[0].lower().replace("_", "-")
        assert "sha256:" in locked.get(name, ""), f"{name}: run ops/lock"


def _make_environment(checkout: Path) -> None:
    """Make what a finished installation leaves, around a derrick that tells how it was called."""
    programs = checkout / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(sys.executable)
    _program(programs / "derrick", 'echo "$* from $DERRICK_DATA_DIRECTORY"')
    stamp = f"runtime {checkout} {sys.version}\n"
    lock = (checkout / "requirements.lock").read_text()
    (checkout / ".venv" / ".derrick-runtime").write_text(stamp + lock)


def _program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def _run(script: Path, tools: Path, *arguments: str, **variables: str) -> "_Done":
    """Run a script from elsewhere, with an empty home and only the tools on its path."""
    return subprocess.run(  # noqa: S603
        [script, *arguments],
        env={"PATH": str(tools), "HOME": ""} | variables,
        cwd=os.sep,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


_Done = subprocess.CompletedProcess[str]
