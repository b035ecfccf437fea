"""Clears away what a lab left behind: servers that still run, shared memory, data of dead clusters.

A lab that was killed cannot tidy up after itself, so the next one does, before it starts anything. Only processes that
work inside the lab's own directory are ended; templates stay, because they are never changed and cost time to make.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

IPC_RMID = 0
SHARED_MEMORY_LINE = 6
SOCKETS_ELSEWHERE = "sockets.path"
REMOVAL_ATTEMPTS = 40


def remove_remains(root: Path) -> None:
    """End and remove everything under `root` that belongs to a lab that is gone."""
    for lock_file in [*root.glob("clusters/*/*/data/postmaster.pid"), *root.glob("templates/*/postmaster.pid")]:
        end_server(lock_file)
    for name in ("clusters", "copies", "sockets"):
        remove_tree(root / name)
    for unfinished in root.glob("templates/.making-*"):
        remove_tree(unfinished)
    remove_sockets(root / SOCKETS_ELSEWHERE)


def remove_tree(path: Path) -> None:
    """Remove a directory in which a dying process may still be writing."""
    for _ in range(REMOVAL_ATTEMPTS):
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists():
            return
        time.sleep(0.05)
    shutil.rmtree(path)


def end_server(lock_file: Path) -> None:
    """Kill the server of one data directory, if it is still there, and free its shared memory."""
    try:
        lines = lock_file.read_text(encoding="utf-8", errors="replace").splitlines()
        pid = abs(int(lines[0]))
    except (OSError, IndexError, ValueError):
        return
    if works_in(pid, lock_file.parent):
        os.kill(pid, signal.SIGKILL)
    if len(lines) > SHARED_MEMORY_LINE:
        remove_shared_memory(lines[SHARED_MEMORY_LINE])


def works_in(pid: int, directory: Path) -> bool:
    """Whether the process works in that directory: a recycled process id does not."""
    try:
        return Path(os.readlink(f"/proc/{pid}/cwd")) == directory.resolve()
    except OSError:
        return False


def remove_shared_memory(line: str) -> None:
    """Remove the System V segment that a killed server could not remove (`key identifier`)."""
    fields = line.split()
    if len(fields) == 2 and fields[1].lstrip("-").isdigit():
        ctypes.CDLL(None).shmctl(int(fields[1]), IPC_RMID, None)


def remove_sockets(record: Path) -> None:
    """Remove the directory of Unix sockets that the record names."""
    try:
        sockets = Path(record.read_text(encoding="utf-8").strip())
    except OSError:
        return
    if sockets.parent == Path(tempfile.gettempdir()) and sockets.name.startswith("trackera-lab-"):
        shutil.rmtree(sockets, ignore_errors=True)
    record.unlink(missing_ok=True)
