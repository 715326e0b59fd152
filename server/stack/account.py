"""The system user that the embedded servers run as, since PostgreSQL refuses root."""

import os
import pwd
import shutil
import stat
import subprocess
import time
from pathlib import Path

import msgspec

from server.stack.errors import StackError

SERVICE_USER = "derrick"
_FALLBACK_USERS = ("postgres", "nobody")
_NO_CAPABILITY = -1
_CAP_DAC_OVERRIDE = 1
_CAP_DAC_READ_SEARCH = 2
_CREATE_ATTEMPTS = 20


class Account(msgspec.Struct, frozen=True):
    """A user and group id, and the one capability that it keeps; -1 stands for no change."""

    uid: int = -1
    gid: int = -1
    capability: int = _NO_CAPABILITY

    def take(self, path: Path) -> None:
        """Give `path` to this account, where it is another than the one running."""
        if self.uid >= 0:
            os.chown(path, self.uid, self.gid)


def choose_account(owned: Path, *needed: Path) -> Account:
    """Return the account to run servers as: ourselves, or as root a system user.

    An existing `owned` directory keeps its user. Where that user cannot enter the way to one of
    the `needed` paths (a data directory under /root, say), it keeps of root's rights the one to
    look into directories, and no one's permissions have to be changed.

    Raises StackError when root has no such right to give, as in some containers.
    """
    if os.geteuid() != 0:
        return Account()
    entry = _owner(owned) or _service_user()
    closed = [path for path in needed if not _reachable(path, entry)]
    capability = _capability_to_pass() if closed else _NO_CAPABILITY
    if closed and capability == _NO_CAPABILITY:
        raise StackError(
            f"Started as root, the database runs as the user {entry.pw_name}, who may not enter "
            f"{closed[0]}. Open the way with chmod o+x, or choose another place with --data."
        )
    return Account(uid=entry.pw_uid, gid=entry.pw_gid, capability=capability)


def _owner(path: Path) -> pwd.struct_passwd | None:
    try:
        uid = path.stat().st_uid
        return pwd.getpwuid(uid) if uid != 0 else None
    except (FileNotFoundError, KeyError):
        return None


def _service_user() -> pwd.struct_passwd:
    """Return the system user of the servers, made on first need; several may ask at once."""
    command = shutil.which("useradd")
    for _ in range(_CREATE_ATTEMPTS):
        if entry := _user(SERVICE_USER):
            return entry
        if command is None:
            break
        arguments = ["--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVICE_USER]
        made = subprocess.run([command, *arguments], capture_output=True, check=False)  # noqa: S603
        if made.returncode != 0:
            time.sleep(0.1)  # another start holds the lock on the list of users
    for name in _FALLBACK_USERS:
        if entry := _user(name):
            return entry
    raise StackError(
        f"PostgreSQL refuses to run as root, and the user {SERVICE_USER} could not be made. "
        "Start Derrick as an ordinary user."
    )


def _user(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _reachable(path: Path, entry: pwd.struct_passwd) -> bool:
    """Say whether the user may pass through every directory on the way to `path`."""
    return all(_may_enter(parent, entry) for parent in path.resolve().parents)


def _may_enter(directory: Path, entry: pwd.struct_passwd) -> bool:
    status = directory.stat()
    if status.st_uid == entry.pw_uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == entry.pw_gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def _capability_to_pass() -> int:
    """Return the smallest right of ours that opens directories."""
    held = _effective_capabilities()
    for capability in (_CAP_DAC_READ_SEARCH, _CAP_DAC_OVERRIDE):
        if held >> capability & 1:
            return capability
    return _NO_CAPABILITY


def _effective_capabilities() -> int:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1], 16) for line in lines if line.startswith("CapEff:")), 0)
