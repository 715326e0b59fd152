"""The data directory: where each part keeps its files, its lock and its secrets."""

import fcntl
import os
import secrets
import tempfile
from pathlib import Path

import msgspec

from server.stack.errors import StackError

_SOCKET_PATH_BYTES_MAX = 90  # the kernel takes 107, of which PostgreSQL's file name needs some


class DataDirectory(msgspec.Struct, frozen=True):
    """The places inside one data directory."""

    root: Path

    @property
    def postgres(self) -> Path:
        """Return PostgreSQL's cluster."""
        return self.root / "postgres"

    @property
    def valkey(self) -> Path:
        """Return Valkey's append-only file and configuration."""
        return self.root / "valkey"

    @property
    def objects(self) -> Path:
        """Return the S3 server's volumes."""
        return self.root / "objects"

    @property
    def logs(self) -> Path:
        """Return the servers' log files."""
        return self.root / "logs"

    @property
    def secrets(self) -> Path:
        """Return the secrets, one file each, readable by their owner alone."""
        return self.root / "secrets"

    @property
    def state(self) -> Path:
        """Return the file that keeps the parts and their ports from one start to the next."""
        return self.root / "stack.json"

    @property
    def lock(self) -> Path:
        """Return the file that the running start holds locked."""
        return self.root / "lock"

    @property
    def sockets(self) -> Path:
        """Return the directory of Unix sockets: elsewhere when this one's path is too long."""
        inside = self.root / "run"
        if len(os.fsencode(inside)) <= _SOCKET_PATH_BYTES_MAX:
            return inside
        status = self.root.stat()
        return Path(tempfile.gettempdir()) / f"derrick-{status.st_dev:x}-{status.st_ino:x}"

    def make(self) -> None:
        """Make the directory and its own private places.

        As root, others may pass through (not look into) the top, since PostgreSQL runs as another
        user; what is private lies deeper. Raises StackError when it cannot be made or written.
        """
        try:
            if not self.root.exists():
                self.root.mkdir(parents=True)
                self.root.chmod(0o711 if os.geteuid() == 0 else 0o700)
            self.secrets.mkdir(mode=0o700, exist_ok=True)
            self.logs.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise StackError(
                f"The data directory {self.root} cannot be used: {error.strerror} "
                f"({error.filename})."
            ) from error


class DirectoryLock:
    """The right to start servers on a data directory: one process at a time holds it."""

    def __init__(self, directory: DataDirectory) -> None:
        self._path = directory.lock
        self._root = directory.root
        self._file: int | None = None

    def acquire(self) -> None:
        """Take the lock; it is given back when this process ends, however it ends.

        Raises StackError, naming the holder, when another process has it.
        """
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(file, 32).decode().strip() or "unknown"
            os.close(file)
            raise StackError(
                f"The data directory {self._root} is in use by process {holder}. "
                "Stop that one first, or choose another directory with --data."
            ) from None
        os.ftruncate(file, 0)
        os.write(file, f"{os.getpid()}\n".encode())
        self._file = file

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def keep_secret(directory: DataDirectory, name: str) -> str:
    """Return the secret `name`, made at random on first need; safe when several ask at once."""
    path = directory.secrets / name
    if path.exists():
        return path.read_text().strip()
    directory.secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
    file, draft_name = tempfile.mkstemp(dir=directory.secrets, prefix=f".{name}-")  # mode 0600
    draft = Path(draft_name)
    with os.fdopen(file, "w") as stream:
        stream.write(secrets.token_hex(32) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    try:
        path.hardlink_to(draft)  # refuses to replace what another process made meanwhile
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step, readable by its owner alone."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
