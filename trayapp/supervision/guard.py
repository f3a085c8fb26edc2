"""The small program that QProcess runs: it launches the server, and nothing of the server outlives it.

Run as `python -I -S guard.py APP_PID REPORT_FD PATIENCE_S COMMAND…`. Both output channels go straight from the server
to the app; the guard itself says nothing there. On REPORT_FD it writes one line for each fact:

    started PID            the command runs
    failed ERRNO REASON    the command could not be started
    exited CODE            the command ended by itself or after a signal that it handled
    signalled NUMBER       a signal ended it
    survivors PID…         processes of the server that would not die (only when there are any)

How it holds what it promises: it is a subreaper, so that every descendant stays below it whatever its parents do; it
gets SIGTERM from the kernel when the app dies, and SIGCONT in case that it is frozen; the command gets SIGTERM when the
guard dies. Standard library only, and as little of it as possible: it starts in about 20 ms and must work when
everything else does not.

On SIGTERM: SIGTERM to the command alone (it ends its own workers best), and after PATIENCE_S seconds, a second SIGTERM,
or when it has ended, SIGTERM and then SIGKILL to every descendant that is left.

SIGTERM and SIGCHLD are blocked and waited for: a handler could run just before a blocking call and be forgotten there.

Shared memory is a file that outlives its processes when they are killed. What the server's processes have mapped is
noted before they are ended, and removed when it is vLLM's by name, made since the launch and mapped by nobody now.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import stat
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing and collections.abc would lengthen the guard's start
    from collections.abc import Iterable

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
WORKERS_PATIENCE_S = 0.5
KILL_PATIENCE_S = 5.0
SHARED_FOLDER = b"/dev/shm/"
SHARED_NAMES = ("psm_", "sem.mp-", "vllm_", "nccl-", "torch_")
_POLL_S = 0.01
_WAITED_FOR = {signal.SIGTERM, signal.SIGCHLD}


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _wake_when_unread(handle: int) -> None:
    """Have the kernel send SIGCONT when the app has ended, the only reader of this pipe: a frozen guard takes no other.

    It also comes when the app reads, and means nothing to a guard that runs.
    """
    fcntl.fcntl(handle, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGCONT)
    fcntl.fcntl(handle, fcntl.F_SETFL, fcntl.fcntl(handle, fcntl.F_GETFL) | os.O_ASYNC)


def _report(handle: int, text: str) -> None:
    try:
        os.write(handle, text.encode(errors="replace") + b"\n")
    except OSError:
        pass  # the app is gone; what is left to do is to end the server


def descendants() -> list[int]:
    """Return the pids of all living (not zombie) descendants of this process."""
    children: dict[int, list[int]] = {}
    zombies: set[int] = set()
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                # The second field is the name in brackets, which may hold brackets and blanks itself.
                state, parent = file.read().rpartition(b")")[2].split()[:2]
        except OSError:
            continue
        children.setdefault(int(parent), []).append(int(name))
        if state in {b"Z", b"X"}:
            zombies.add(int(name))
    found: list[int] = []
    todo = [os.getpid()]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += below
    return [pid for pid in found if pid not in zombies]


def _reap(command: int) -> tuple[int | None, bool]:
    """Collect every child that has ended; return the command's wait status if it is among them, and if any is left.

    No child left means no descendant left, since orphans become children of this process. Only the kernel knows that
    for sure: a process can be missed by reading /proc while its parents end.
    """
    status = None
    while True:
        try:
            pid, this = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status, False
        if pid == 0:
            return status, True
        if pid == command:
            status = this


def shared_files(pids: Iterable[int | str]) -> set[int]:
    """Return the inodes of the shared memory that these processes have mapped.

    Not the names: glibc makes a semaphore under another name and links it, and a map shows the first one.
    """
    found: set[int] = set()
    for pid in pids:
        try:
            with open(f"/proc/{pid}/maps", "rb") as file:
                data = file.read()
        except OSError:
            continue
        if SHARED_FOLDER in data:  # address, modes, offset, device, inode, path
            found.update(int(line.split(None, 5)[4]) for line in data.split(b"\n") if SHARED_FOLDER in line)
    return found


def shared_there() -> set[int]:
    """Return the inodes of all shared memory of this computer."""
    try:
        return {entry.inode() for entry in os.scandir(SHARED_FOLDER.decode())}
    except OSError:
        return set()


def remove_unused(inodes: set[int], since_s: float = 0.0) -> list[str]:
    """Remove those of these files that nobody uses any more (and that were made since); return their names."""
    removed: list[str] = []
    if not inodes:
        return removed
    inodes = inodes - shared_files(name for name in os.listdir("/proc") if name.isdigit())
    for entry in os.scandir(SHARED_FOLDER.decode()):
        if entry.inode() not in inodes or not entry.name.startswith(SHARED_NAMES):
            continue
        try:
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISREG(status.st_mode) and status.st_uid == os.getuid() and status.st_ctime >= since_s:
                os.unlink(entry.path)
                removed.append(entry.name)
        except OSError:
            continue
    return removed


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def end_descendants(command: int) -> tuple[int | None, list[int], set[int]]:
    """End everything below.

    Returns the command's wait status if it ended here, the pids that would not, and the shared memory they had.
    """
    status = None
    shared: set[int] = set()
    for number, patience_s in ((signal.SIGTERM, WORKERS_PATIENCE_S), (signal.SIGKILL, KILL_PATIENCE_S)):
        until = time.monotonic() + patience_s
        asked: set[int] = set()
        while True:
            ended, any_left = _reap(command)
            status = ended if ended is not None else status
            if not any_left:
                return status, [], shared
            for pid in descendants():
                if pid not in asked:  # also those that were forked meanwhile
                    asked.add(pid)
                    shared |= shared_files([pid])
                    _signal(pid, number)
            if time.monotonic() > until:
                break
            time.sleep(_POLL_S)
    return status, descendants(), shared


def _spawn(arguments: list[str], report: int) -> int:
    """Launch the command; return its pid, or end this program with a report when it cannot be started."""
    reader, writer = os.pipe()  # closed by a successful exec, so that reading nothing means success
    guard = os.getpid()
    try:
        pid = os.fork()
    except OSError as error:  # no further process is allowed, or there is no memory for one
        _report(report, f"failed {error.errno} {error.strerror}")
        os._exit(0)
    if pid == 0:
        try:
            os.close(report)
            _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != guard:
                os._exit(125)
            for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, set())
            os.execvp(arguments[0], arguments)
        except OSError as error:
            os.write(writer, f"{error.errno or 0} {error.strerror or error}".encode())
        finally:
            os._exit(127)
    os.close(writer)
    failure = os.read(reader, 4096)
    os.close(reader)
    if failure:
        os.waitpid(pid, 0)
        _report(report, "failed " + failure.decode(errors="replace"))
        os._exit(0)
    return pid


def _wait(command: int, timeout_s: float | None) -> tuple[int | None, bool]:
    """Wait for the command's own end, a SIGTERM or the time; return its wait status, and whether it was SIGTERM.

    Adopted orphans are collected on the way.
    """
    until = None if timeout_s is None else time.monotonic() + timeout_s
    while True:
        status, _ = _reap(command)
        if status is not None:
            return status, False
        if until is None:
            number: int | None = signal.sigwait(_WAITED_FOR)
        else:
            news = signal.sigtimedwait(_WAITED_FOR, max(0.0, until - time.monotonic()))
            number = None if news is None else news.si_signo
        if number is None:
            return None, False
        if number == signal.SIGTERM:
            return _reap(command)[0], True


def main() -> None:
    """Launch, watch, end, report."""
    app, report, patience_s, arguments = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4:]
    not_ours = shared_there()  # no time: a clock that is set meanwhile would make the server's own files look older
    shared: set[int] = set()
    os.set_inheritable(report, False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal goes to the app, which decides
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_BLOCK, _WAITED_FOR)
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    _wake_when_unread(report)
    if os.getppid() != app:
        os._exit(1)  # the app died before the kernel was told to tell us: maybe before this program's first line
    command = _spawn(arguments, report)
    _report(report, f"started {command}")
    status, asked = _wait(command, None)
    if asked and status is None:
        shared = shared_files(descendants())
        _signal(command, signal.SIGTERM)
        status, _ = _wait(command, patience_s)
    late, survivors, held = end_descendants(command)
    remove_unused((shared | held) - not_ours)
    status = late if status is None else status
    if status is not None:
        code = os.waitstatus_to_exitcode(status)
        _report(report, f"exited {code}" if code >= 0 else f"signalled {-code}")
    if survivors:
        _report(report, "survivors " + " ".join(map(str, survivors)))
    os._exit(0)


if __name__ == "__main__":
    main()
