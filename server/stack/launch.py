"""Become the program named on the command line, in such a way that it cannot outlive its parent.

Run as a script, by path, with `python -I -S`: it stands between the supervisor and a server
because what it does (kernel calls, leaving root) is not safe between fork and exec in a process
that may have threads. It imports nothing outside the standard library.

    launch.py PARENT_PID DEATH_SIGNAL UID GID CAPABILITY PROGRAM [ARGUMENT...]

DEATH_SIGNAL is sent by Linux when the parent's starting thread ends. UID, GID and CAPABILITY are -1
when nothing is to change; the capability is the one right that the new user keeps of root's.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAPABILITY_VERSION_3 = 0x20080522


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapabilitySets(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def die_with_parent(death_signal: int, parent_pid: int) -> None:
    """Ask Linux for `death_signal` when the parent ends; leave now if it already has."""
    if sys.platform == "linux":
        _control_process(_PR_SET_PDEATHSIG, death_signal)
    if os.getppid() != parent_pid:
        sys.exit(1)


def become_user(uid: int, gid: int, capability: int) -> None:
    """Leave root for good, keeping `capability` alone (none when -1)."""
    keeps = capability >= 0
    if keeps:
        _control_process(_PR_SET_KEEPCAPS, 1)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if keeps:
        _keep_capability(capability)


def _keep_capability(capability: int) -> None:
    bit = 1 << capability  # both capabilities in question are among the first 32
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    sets = (_CapabilitySets * 2)(_CapabilitySets(bit, bit, bit), _CapabilitySets(0, 0, 0))
    _check(_libc().capset(ctypes.byref(header), ctypes.byref(sets)))
    _control_process(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability)


def _control_process(option: int, *arguments: int) -> None:
    numbers = [ctypes.c_ulong(number) for number in (*arguments, 0, 0, 0, 0)[:4]]
    _check(_libc().prctl(option, *numbers))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def main(arguments: list[str]) -> None:
    """Change user where asked, tie this process to its parent, and become the program."""
    parent_pid, death_signal, uid, gid, capability = map(int, arguments[:5])
    program = arguments[5:]
    os.umask(0o077)
    if uid >= 0:
        become_user(uid, gid, capability)
    die_with_parent(death_signal, parent_pid)  # after the user: changing it clears the signal
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    try:
        os.execv(program[0], program)  # noqa: S606 - this is the program that was asked for
    except OSError as error:
        sys.exit(f"{program[0]} could not be started: {error.strerror}.")


if __name__ == "__main__":
    main(sys.argv[1:])
