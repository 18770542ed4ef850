"""Ending a Postgres that outlived its supervisor, and only that one."""

import os
import signal
import subprocess
import time
from pathlib import Path

_PROC = Path("/proc")
_STOP_SECONDS = {signal.SIGINT: 20.0, signal.SIGQUIT: 5.0, signal.SIGKILL: 5.0}


def stop_orphans(cluster: Path) -> None:
    """End every Postgres process that still runs on the data folder `cluster`, gently first.

    Call it only while holding whatever says that nobody else may use the folder. A pid file that names something
    else (a number used again after a reboot, a dead process not yet reaped) is removed: Postgres would believe it.
    """
    pid = _recorded_pid(cluster)
    for signum, seconds in _STOP_SECONDS.items():
        running = _processes_on(cluster, pid)
        if not running:
            break
        # The postmaster ends its own backends; without it (it was killed) they have to be told themselves.
        for each in [pid] if pid in running else running:
            _send(each, signum)
        _wait_until_gone(cluster, pid, seconds)
    if pid and _exists(pid) and pid not in _processes_on(cluster, pid):
        (cluster / "postmaster.pid").unlink(missing_ok=True)


def _recorded_pid(cluster: Path) -> int | None:
    try:
        return int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _processes_on(cluster: Path, postmaster: int | None) -> list[int]:
    if not _PROC.is_dir():
        return [postmaster] if postmaster and _runs_on(_command_by_ps(postmaster), cluster) else []
    # The id recorded is asked by its command line too: in a container root may not read another account's folder.
    return [
        pid for pid in _all_pids() if _works_in(pid, cluster) or (pid == postmaster and _is_postmaster(pid, cluster))
    ]


def _all_pids() -> list[int]:
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]


def _works_in(pid: int, cluster: Path) -> bool:
    """Is it a living `postgres` whose working folder is the cluster? (A zombie has neither link.)"""
    try:
        program = (_PROC / str(pid) / "exe").readlink().name.removesuffix(" (deleted)")
        return program == "postgres" and (_PROC / str(pid) / "cwd").readlink() == cluster.resolve()
    except OSError:
        return False


def _is_postmaster(pid: int, cluster: Path) -> bool:
    try:
        command = (_PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return False
    return _runs_on(command, cluster)


def _command_by_ps(pid: int) -> list[str]:
    command = ["/bin/ps", "-ww", "-p", str(pid), "-o", "args="]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()  # noqa: S603 - no shell


def _runs_on(command: list[str], cluster: Path) -> bool:
    return Path(command[0]).name == "postgres" and str(cluster) in command[1:] if command else False


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _send(pid: int, signum: signal.Signals) -> None:
    try:
        os.kill(pid, signum)
    except ProcessLookupError:
        return  # it ended meanwhile, which is what we want


def _wait_until_gone(cluster: Path, pid: int | None, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while _processes_on(cluster, pid) and time.monotonic() < deadline:
        time.sleep(0.02)
