"""What a worker may do: nothing but compute, speak with the node, and use the sockets it was handed.

    namespaces   the nursery, hence each worker, has no network and sees no files but Python's (bubblewrap;
                 or a network namespace of its own where only that is allowed)
    rlimits      no core file, not one byte to any file, 64 descriptors, 4 GiB
    capabilities none, whoever starts it
    seccomp      an allow-list of system calls: no file is opened, no socket made or connected, no process
                 started; what else is asked is refused (EPERM), and an attempt to run a program is the end

Each layer holds where the others are missing; `probe` says which ones do, by trying. What a worker needs from
disk (time zone, font, codecs) is loaded before (`preload`), once, in the nursery.
"""

import ctypes
import fcntl
import os
import resource
import signal
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 4, 38
_CAPABILITY_VERSION_3 = 0x2008_0522
_MEMORY_MAX = 4 << 30
_CLONE_THREAD, _PROT_EXEC = 0x10000, 4
_FCNTL = (1, 2, 3, 1030)  # F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC: none sends a signal to anybody
_F_SETFL, _F_SETOWN, _O_ASYNC = 4, 8, 0x2000

State = Literal["complete", "partial", "absent"]
ATTEMPTS = (
    "write_file", "read_file", "make_socket", "connect", "run_program", "fork", "signal_parent",
    "signal_thread_of_parent", "signal_by_descriptor", "limit_parent", "move_parent",
)  # fmt: skip
"""What a confined process tries, to prove that it cannot."""

_ALLOWED = (
    "read", "readv", "write", "writev", "recvfrom", "recvmsg", "close", "shutdown", "poll", "ppoll", "select",
    "pselect6", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "getsockopt", "setsockopt",
    "getsockname", "getpeername", "lseek", "fstat", "newfstatat", "dup", "dup2", "dup3", "brk",
    "munmap", "mremap", "madvise", "membarrier", "futex", "futex_waitv", "set_robust_list",
    "get_robust_list", "rseq", "set_tid_address", "sched_yield", "sched_getaffinity",
    "sched_getparam", "sched_getscheduler", "getcpu", "clock_gettime", "clock_getres", "clock_nanosleep",
    "nanosleep", "gettimeofday", "time", "times", "getrusage", "getpid", "gettid", "getppid", "getuid",
    "geteuid", "getgid", "getegid", "uname", "sysinfo", "getrandom", "setitimer", "getitimer", "alarm",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall", "exit", "exit_group",
    "getrlimit", "pipe2", "eventfd2",
)  # fmt: skip
_DEADLY = (
    "execve", "execveat", "ptrace", "bpf", "mount", "umount2", "pivot_root", "chroot", "init_module",
    "finit_module", "kexec_load", "process_vm_readv", "process_vm_writev", "userfaultfd", "perf_event_open",
    "setns", "unshare", "io_uring_setup",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Confinement:
    """What holds here, as a confined process found by trying. `refused`: of `ATTEMPTS`."""

    seccomp: bool
    network: bool
    bubblewrap: bool
    refused: frozenset[str]

    @property
    def state(self) -> State:
        """`complete`: every attempt is refused, by two layers where the network is concerned."""
        if self.refused == frozenset(ATTEMPTS) and self.seccomp and self.network:
            return "complete"
        return "partial" if self.refused else "absent"


def preload() -> None:
    """Do once what workers do, so that all is loaded: nothing can be opened later."""
    import encodings.idna  # noqa: F401, PLC0415 - looked up by name when a host is encoded
    import hashlib  # noqa: PLC0415

    from crisislink.media.rehearsal import rehearse  # noqa: PLC0415 - what it loads is heavy

    with suppress(ImportError, RuntimeError, OSError):
        import pyseccomp  # noqa: F401, PLC0415 - finds its library with the help of other programs
    for algorithm in ("md5", "sha256"):
        hashlib.new(algorithm, b"", usedforsecurity=False)  # OpenSSL reads its configuration now
    rehearse()


def confine() -> bool:
    """Confine this process, for ever. Whether the system call filter holds.

    Raises:
        OSError: its capabilities cannot be given up.
    """
    limit = ctypes.CDLL(None, use_errno=True)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_MAX, _MEMORY_MAX))
    _give_up_capabilities(limit)
    limit.prctl(_PR_SET_DUMPABLE, 0)
    limit.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return _filter()


def _give_up_capabilities(libc: ctypes.CDLL) -> None:
    """All of them, in every set: a service that runs as root has workers that may no more than anybody."""
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    if libc.capset(header, bytes(24)) != 0:  # two words each of effective, permitted, inheritable
        raise OSError(ctypes.get_errno(), "capset")


def _filter() -> bool:
    try:
        import pyseccomp as seccomp  # noqa: PLC0415 - needs libseccomp, which not every system has
    except (ImportError, RuntimeError, OSError):
        return False
    try:
        made = seccomp.SyscallFilter(seccomp.ERRNO(1))
        for name in _ALLOWED:
            _allow(seccomp, made, name)
        for name in _DEADLY:
            made.add_rule(seccomp.KILL_PROCESS, name)
        # No new code, threads only, and no datagram to a place of one's own choice.
        for name in ("mmap", "mprotect"):
            _allow(seccomp, made, name, seccomp.Arg(2, seccomp.MASKED_EQ, _PROT_EXEC, 0))
        _allow(seccomp, made, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, _CLONE_THREAD, _CLONE_THREAD))
        made.add_rule(seccomp.ERRNO(38), "clone3")  # ENOSYS: the C library takes clone instead
        _allow(seccomp, made, "sendto", seccomp.Arg(4, seccomp.EQ, 0))
        # Signals and limits for this process alone.
        _allow(seccomp, made, "tgkill", seccomp.Arg(0, seccomp.EQ, os.getpid()))
        own, asked = seccomp.Arg(0, seccomp.EQ, 0), seccomp.Arg(2, seccomp.EQ, 0)
        _allow(seccomp, made, "prlimit64", own, asked)
        for command in _FCNTL:
            _allow(seccomp, made, "fcntl", seccomp.Arg(1, seccomp.EQ, command))
        _allow(
            seccomp,
            made,
            "fcntl",
            seccomp.Arg(1, seccomp.EQ, _F_SETFL),
            seccomp.Arg(2, seccomp.MASKED_EQ, _O_ASYNC, 0),
        )
        _allow(seccomp, made, "ioctl", seccomp.Arg(1, seccomp.EQ, 0x5421))  # FIONBIO
        made.load()
    except (OSError, RuntimeError, ValueError):
        return False
    return True


def _allow(seccomp, made, name: str, *arguments: object) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    try:
        made.add_rule(seccomp.ALLOW, name, *arguments)
    except ValueError:
        return  # this architecture or libseccomp does not know it


def own_network() -> bool:
    """Leave the network behind, for this process and its children; False where that is not allowed."""
    return bool(ctypes.CDLL(None, use_errno=True).unshare(0x4000_0000) == 0)  # CLONE_NEWNET


# -- proof by trying -----------------------------------------------------------------------------------


def probe(listening_port: int) -> tuple[bool, list[str]]:
    """Confine this process and try what it must not do; whether the filter holds, what was refused."""
    parent = os.getppid()
    held = confine()
    tries: dict[str, Callable[[], object]] = {
        "write_file": lambda: os.write(os.open("/tmp/crisislink-probe", os.O_CREAT | os.O_WRONLY), b"x"),  # noqa: S108
        "read_file": lambda: Path("/etc/hostname").read_bytes(),
        "make_socket": lambda: socket.socket(socket.AF_INET),
        "connect": lambda: socket.create_connection(("127.0.0.1", listening_port), 1),
        "fork": _forked,
        "signal_parent": lambda: os.kill(parent, 0),
        "signal_thread_of_parent": lambda: _signal_thread(parent),
        "signal_by_descriptor": lambda: fcntl.fcntl(0, _F_SETOWN, parent),
        "limit_parent": lambda: resource.prlimit(parent, resource.RLIMIT_NOFILE),
        "move_parent": lambda: os.sched_setaffinity(parent, os.sched_getaffinity(0)),
    }
    refused = [name for name, attempt in tries.items() if _is_refused(attempt)]
    if held:
        refused.append("run_program")  # trying would end this process: `test_confinement` does
    return held, refused


def _signal_thread(pid: int) -> None:
    if ctypes.CDLL(None, use_errno=True).tgkill(pid, pid, 0) != 0:
        raise OSError(ctypes.get_errno(), "tgkill")


def _forked() -> None:
    if os.fork() == 0:
        os._exit(0)


def _is_refused(attempt: Callable[[], object]) -> bool:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        attempt()
    except OSError:
        return True
    return False


def bubblewrap(binary: str, keep: tuple[Path, ...]) -> list[str]:
    """The command that starts a program with no network, no files but `/usr` and `keep`, in read only."""
    kept = [
        p
        for p in dict.fromkeys(
            (*map(Path, ("/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc/ld.so.cache")), *keep)
        )
        if p.exists()
    ]
    binds = [word for path in kept for word in ("--ro-bind", str(path), str(path))]
    return [
        binary, "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-user-try",
        "--unshare-cgroup-try", "--cap-drop", "ALL", "--die-with-parent", "--new-session",
        *binds, "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--chdir", "/",  # noqa: S108
    ]  # fmt: skip


def python_files() -> tuple[Path, ...]:
    """What this interpreter and this package live in, and nothing beside them."""
    package = Path(__file__).resolve().parents[1]
    found = (Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parent, package)
    return tuple(dict.fromkeys(p for p in found if p.is_dir()))
