"""The unprivileged account that every PostgreSQL process of the lab runs as.

PostgreSQL refuses to start as root, so a lab that was started by root gives its clusters to a
system account of their own; a lab started by an ordinary user keeps them under that user.
This module must never change to another account than these two.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ACCOUNT_NAME = "trackera-lab"
COMMAND_SECONDS = 300


class CommandFailed(RuntimeError):
    """A PostgreSQL tool ended with an error; carries the last lines that it wrote."""


@dataclass(frozen=True)
class Account:
    """Numeric identity of the account; `switch` is false when we already are that account."""

    uid: int
    gid: int
    switch: bool

    @classmethod
    def find(cls) -> Account:
        """The account for this process; creates the system account when root runs the lab."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid(), switch=False)
        return cls._system_account()

    @classmethod
    def _system_account(cls) -> Account:
        try:
            entry = pwd.getpwnam(ACCOUNT_NAME)
        except KeyError:
            create_system_account()
            entry = pwd.getpwnam(ACCOUNT_NAME)
        return cls(entry.pw_uid, entry.pw_gid, switch=True)

    def identity(self) -> dict[str, object]:
        """Keyword arguments that make `subprocess` start a child under this account."""
        if not self.switch:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def directory(self, path: Path) -> Path:
        """Create `path` readable by the account alone, and give it to the account."""
        path.mkdir(parents=True, exist_ok=True)
        os.chmod(path, 0o700)
        self.own(path)
        return path

    def own(self, path: Path) -> None:
        """Give one file or directory to the account."""
        if self.switch:
            os.chown(path, self.uid, self.gid)

    def write(self, path: Path, text: str, mode: int = 0o600) -> None:
        """Write a file for the account; a reader sees the old text or the new, never half."""
        draft = path.with_name(path.name + ".draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            handle.write(text)
        self.own(draft)
        os.replace(draft, path)

    def run(self, argv: list[str], text: str | None = None) -> str:
        """Run a tool as the account and return what it printed; raise `CommandFailed` else."""
        outcome = subprocess.run(
            argv,
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            cwd="/",
            env=tool_environment(),
            check=False,
            **self.identity(),
        )
        if outcome.returncode != 0:
            last_lines = "\n".join(outcome.stderr.strip().splitlines()[-8:])
            raise CommandFailed(f"{Path(argv[0]).name} ended with {outcome.returncode}: {last_lines}")
        return outcome.stdout

    def copy_tree(self, source: Path, target: Path) -> None:
        """Copy a data directory; where the file system can share blocks, it shares them."""
        self.run(["cp", "-a", "--reflink=auto", "--", str(source), str(target)])


def tool_environment() -> dict[str, str]:
    """A small environment, so that a PGHOST or PGSERVICE of the caller never leaks in."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "PGCONNECT_TIMEOUT": "10"}


def create_system_account() -> None:
    """Create the system account; another lab may do the same at the same moment."""
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        raise RuntimeError(f"cannot create the account {ACCOUNT_NAME}: useradd is missing; install the package passwd")
    outcome = subprocess.run(
        [
            useradd,
            "--system",
            "--user-group",
            "--no-create-home",
            "--home-dir",
            "/nonexistent",
            "--shell",
            "/usr/sbin/nologin",
            ACCOUNT_NAME,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    name_taken = 9
    if outcome.returncode not in (0, name_taken):
        raise RuntimeError(f"cannot create the account {ACCOUNT_NAME}: {outcome.stderr.strip()}")
