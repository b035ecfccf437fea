"""Where the databases of one lab stand: directories, PostgreSQL's tools, the account, the keeper.

    <root>/ca.pem                      the certificate that clients trust
    <root>/templates/<name>/           stopped data directories that new clusters are copied from
    <root>/clusters/<region>/<id>/     one cluster: data, archive, tls, its configuration and log
    <root>/copies/<number>/            the data of snapshots; never changed once taken

    <root>/sockets/<hash>/             Unix sockets, by which the lab itself reaches a server

Nothing may be written outside `root`, except the sockets where `root` is too long a path for them.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from .account import Account
from .processes import Processes
from .remains import SOCKETS_ELSEWHERE, remove_remains

TOOLS = ("initdb", "postgres", "psql", "pg_basebackup", "pg_controldata")
OLDEST_MAJOR = 14
LONGEST_SOCKET_PLACE = 107 - len("/0123456789ab/.s.PGSQL.29999.lock")


def find_tools() -> Path:
    """The directory of the newest PostgreSQL server binaries; $TRACKERA_LAB_POSTGRES overrides the search."""
    wanted = os.environ.get("TRACKERA_LAB_POSTGRES")
    if wanted:
        candidates = [Path(wanted)]
    else:
        installed = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
        candidates = sorted(installed, key=lambda path: int(path.parent.name), reverse=True)
        on_path = shutil.which("postgres")
        candidates += [Path(on_path).resolve().parent] if on_path else []
    for candidate in candidates:
        if all((candidate / tool).exists() for tool in TOOLS):
            return candidate
    raise RuntimeError(
        "no PostgreSQL server binaries found: install the package postgresql, or name their directory in "
        "TRACKERA_LAB_POSTGRES"
    )


@dataclass
class Site:
    """All that the clusters of one lab share."""

    root: Path
    tools: Path
    account: Account
    processes: Processes
    sockets: Path
    version: str = field(init=False)
    major: int = field(init=False)

    def __post_init__(self) -> None:
        self.version = self.account.run([str(self.tools / "postgres"), "--version"]).split()[2]
        self.major = int(self.version.partition(".")[0])
        if self.major < OLDEST_MAJOR:
            raise RuntimeError(f"PostgreSQL {self.major} is too old for the lab: install {OLDEST_MAJOR} or newer")

    @classmethod
    def open(cls, root: Path) -> Site:
        """Prepare the directories, clear away what an earlier lab left there, start the keeper."""
        account = Account.find()
        make_reachable(root, account)
        remove_remains(root)
        for name in ("templates", "clusters", "copies"):
            account.directory(root / name)
        sockets = account.directory(place_for_sockets(root))
        return cls(root, find_tools(), account, Processes(account), sockets)

    def tool(self, name: str) -> str:
        """Full path of one PostgreSQL tool."""
        return str(self.tools / name)

    def close(self) -> None:
        """End every server and remove what must not outlive the lab."""
        self.processes.close()
        remove_remains(self.root)


def place_for_sockets(root: Path) -> Path:
    """The directory for sockets: the kernel takes paths of some hundred bytes only."""
    place = root / "sockets"
    if len(os.fsencode(place)) <= LONGEST_SOCKET_PLACE:
        return place
    elsewhere = Path(tempfile.mkdtemp(prefix="trackera-lab-"))
    (root / SOCKETS_ELSEWHERE).write_text(str(elsewhere), encoding="utf-8")
    return elsewhere


def make_reachable(root: Path, account: Account) -> None:
    """Give `root` to the account, and let the account pass through the directories above it.

    Only the directories of the lab itself are opened, and only for passing: their content stays private.
    """
    account.directory(root)
    if not account.switch:
        return
    for above in root.parents:
        if above.stat().st_uid != os.getuid() or above.stat().st_mode & 0o001:
            break
        os.chmod(above, above.stat().st_mode | 0o011)
