"""The locks that the operating system holds on a worker, outside of anything SQL can reach.

Put on in this order, each by the process itself and none of them removable afterwards:
an empty network namespace (by the helper, once for all workers), no new privileges, death
with the parent, no capabilities, resource limits, and Landlock: read exactly these files,
open nothing else, connect nowhere, signal nobody. See landlock(7) and prctl(2).

DuckDB's `allowed_paths` alone does not do: a path on it may also be *written*
(`COPY … TO '<allowed>' (use_tmp_file false)` overwrites the data), so without Landlock no
worker starts unless the operator says `unsafe`.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
from collections.abc import Callable, Sequence
from functools import partial

from landlock import FSAccess, Ruleset, landlock_abi_version
from landlock.plumbing import SYSCALL_CREATE_RULESET as CREATE_RULESET
from landlock.plumbing import SYSCALL_RESTRICT_SELF as RESTRICT_SELF

CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWIPC = 0x10000000, 0x40000000, 0x08000000
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
CAPABILITY_VERSION_3 = 0x20080522
NETWORK_ABI, SCOPE_ABI = 4, 6

_libc = ctypes.CDLL(None, use_errno=True)


class _CapabilityHead(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _NetworkRuleset(ctypes.Structure):
    """`struct landlock_ruleset_attr`, whole: the landlock package knows only its first field."""

    _fields_ = [
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    ]


def leave_the_network() -> bool:
    """Move this process into a network of its own that has no interface up."""
    if _libc.unshare(CLONE_NEWNET | CLONE_NEWIPC) == 0:
        return True
    # Not root: a user namespace lends the right, where the distribution permits it.
    return bool(_libc.unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC) == 0)


def die_with_the_parent(parent: int) -> None:
    """Be killed when `parent` ends, however it ends. It must be single-threaded (prctl(2))."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def give_up_privileges() -> None:
    """No capabilities now, none later through a set-user-ID program."""
    if _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError("PR_SET_NO_NEW_PRIVS")
    none = (ctypes.c_uint32 * 6)()
    head = _CapabilityHead(CAPABILITY_VERSION_3, 0)
    if _libc.capset(ctypes.byref(head), none) != 0:
        raise OSError("capset")


def limit_resources(*, memory_bytes: int, files: int) -> None:
    """Address space above what is mapped now; no file may grow, no core be left behind."""
    space = mapped_bytes() + memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))


def limit_processor(seconds: float) -> None:
    """The kernel ends this process `seconds` of processor time from now.

    A second line only: the deadline is the pool's, which kills by the clock.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def mapped_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[0]) * resource.getpagesize()


def landlock_version() -> int:
    """The kernel's Landlock ABI, 0 where there is none."""
    ctypes.set_errno(0)
    try:
        return int(landlock_abi_version())
    except OSError:
        return 0


def fence(files: Sequence[str]) -> None:
    """From here on this thread and its children read `files` and nothing else.

    Does nothing where the kernel has no Landlock: `standing` tells what holds. Landlock
    binds the calling thread and those it starts later, so a process that has a second
    thread is refused.
    """
    version = landlock_version()
    if not version:
        return
    if len(os.listdir("/proc/self/task")) != 1:
        raise OSError("a thread was started before the fence")
    ctypes.set_errno(0)
    rules = Ruleset()
    rules.allow(*files, rules=FSAccess.READ_FILE)
    if version >= NETWORK_ABI:
        _fence_network(scoped=version >= SCOPE_ABI)
    rules.apply()


def standing(files: Sequence[str], helper: int) -> list[str]:
    """The locks that hold, each found out by trying to break it."""
    trials: dict[str, Callable[[], None]] = {
        "reading": lambda: os.close(os.open("/", os.O_RDONLY)),
        "writing": lambda: _write_any(files),
        "network": lambda: _connect(socket.SOCK_DGRAM),
        "tcp": lambda: _connect(socket.SOCK_STREAM),
        "signals": lambda: os.kill(helper, 0),
        "privileges": lambda: os.chroot("/"),
    }
    return [name for name, trial in trials.items() if _refused(trial)]


def _refused(trial: Callable[[], None]) -> bool:
    try:
        trial()
    except ConnectionRefusedError:  # the network answered: nobody listens there
        return False
    except OSError:
        return True
    return False


def _write_any(files: Sequence[str]) -> None:
    """Succeeds if one of them, or a new file, can be opened for writing."""
    writable = [file for file in files if not _refused(partial(_open_to_write, file))]
    if not writable:
        os.close(os.open("/tmp", os.O_TMPFILE | os.O_WRONLY))  # noqa: S108 — no name is made


def _open_to_write(file: str) -> None:
    os.close(os.open(file, os.O_WRONLY))


def _connect(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as trial:
        trial.connect(("127.0.0.1", 9))


def _fence_network(*, scoped: bool) -> None:
    """No TCP bind or connect; no signal to, and no abstract socket of, a process outside."""
    attributes = _NetworkRuleset(0, 0b11, 0b11 if scoped else 0)
    size = ctypes.sizeof(attributes) if scoped else _NetworkRuleset.scoped.offset
    ruleset = _system_call(CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(size), 0)
    _system_call(RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _system_call(number: int, *arguments: object) -> int:
    result = int(_libc.syscall(number, *arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), f"system call {number}")
    return result
