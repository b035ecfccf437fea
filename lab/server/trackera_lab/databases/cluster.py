"""One real PostgreSQL cluster: its directory, its server, and what can be asked of it.

A cluster knows nothing of AWS. It must never be started twice on one directory, and never listens where a client of the
lab could reach it without the front.
"""

from __future__ import annotations

import hashlib
import random
import shutil
import socket
import time
from pathlib import Path

from .account import CommandFailed
from .archive import Archive
from .authority import ServerIdentity
from .configuration import LISTEN_ADDRESS, SUPERUSER, Recovery, access_file, server_file, settings
from .remains import end_server, remove_tree
from .site import Site

START_SECONDS = 60
PORTS = range(20000, 30000)


class StartFailed(RuntimeError):
    """A server did not come up; carries the end of its log."""


class Cluster:
    """A data directory and the server that may run on it."""

    def __init__(self, site: Site, region: str, name: str) -> None:
        self.site = site
        self.region = region
        self.name = f"{region}/{name}"
        self.place = site.root / "clusters" / region / name
        self.data = self.place / "data"
        self.archive = Archive(self.place / "archive")
        self.sockets = site.sockets / hashlib.sha256(self.name.encode()).hexdigest()[:12]
        self.port = 0
        self.recovery = Recovery()
        self.parameters: dict[str, str] = {}
        self.overrides: dict[str, str] = {}
        self.force_tls = True

    # Data

    def create(self, source: Path, identity: ServerIdentity) -> None:
        """Take a copy of `source` as this cluster's data."""
        self._make_place(identity)
        self.replace_data(source)

    def replace_data(self, source: Path) -> None:
        """Exchange the data of a stopped cluster; its archive starts anew, for it belongs to the old data."""
        shutil.rmtree(self.data, ignore_errors=True)
        self.site.account.copy_tree(source, self.data)
        for name in ("postmaster.pid", "standby.signal", "recovery.signal"):
            (self.data / name).unlink(missing_ok=True)
        self.archive.clear()

    def follow(self, primary: Cluster, slot: str, identity: ServerIdentity) -> None:
        """Become a standby of `primary`: a base copy of it, then its log as a stream."""
        self._make_place(identity)
        primary.copy_to(self.data, slot)
        self.recovery = Recovery(primary=primary.connection(), slot=slot)
        self.site.account.write(self.data / "standby.signal", "")

    def copy_to(self, target: Path, slot: str | None = None) -> None:
        """A consistent copy of the running cluster's data, complete with the log it needs to start."""
        argv = [
            self.site.tool("pg_basebackup"),
            "--dbname",
            self.connection(),
            "--pgdata",
            str(target),
            "--no-sync",
            "--no-manifest",
            "--checkpoint",
            "fast",
            "--wal-method",
            "stream",
        ]
        argv += ["--create-slot", "--slot", slot] if slot else []
        self.site.account.run(argv)

    def _make_place(self, identity: ServerIdentity) -> None:
        account = self.site.account
        account.directory(self.place.parent)
        for directory in (self.place, self.place / "archive", self.place / "tls", self.sockets):
            account.directory(directory)
        account.write(self.place / "tls" / "server.crt", identity.certificate)
        account.write(self.place / "tls" / "server.key", identity.key)
        account.write(self.place / "pg_ident.conf", "")

    # Server

    def configure(self) -> None:
        """Write the configuration that the next start or reload reads."""
        chosen = settings(self.place, self.sockets, self.port, self.recovery, self.parameters)
        self.site.account.write(self.place / "postgresql.conf", server_file({**chosen, **self.overrides}))
        self.site.account.write(self.place / "pg_hba.conf", access_file(self.force_tls))

    def start(self) -> None:
        """Start the server and wait until it answers; read-only answers are enough for a standby."""
        end_server(self.data / "postmaster.pid")
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        if not self.port or not port_is_free(self.port):
            self.port = free_port()
        self.configure()
        argv = [self.site.tool("postgres"), "-c", f"config_file={self.place / 'postgresql.conf'}", "-D", str(self.data)]
        self.site.processes.start(self.name, argv, self.place / "log")
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.state_line() in ("ready", "standby"):
                return
            if not self.running():
                break
            time.sleep(0.02)
        self.kill()
        raise StartFailed(f"the database {self.name} did not start:\n{self.log_end()}")

    def wait_until_writable(self) -> None:
        """Wait until recovery has ended."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.sql("SELECT pg_is_in_recovery()") == "f":
                return
            time.sleep(0.03)
        raise StartFailed(f"the database {self.name} did not leave recovery:\n{self.log_end()}")

    def state_line(self) -> str:
        """What the server says of itself in its lock file: `starting`, `ready`, `standby`, `stopping`."""
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return ""
        return lines[7].strip() if len(lines) > 7 else ""

    def log_end(self, lines: int = 15) -> str:
        """The last lines of the server's log."""
        try:
            text = (self.place / "log").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return "(no log)"
        return "\n".join(text.splitlines()[-lines:])

    def running(self) -> bool:
        """Whether the server process is there."""
        return self.site.processes.alive(self.name)

    def stop(self) -> None:
        """A clean shutdown: sessions are ended, the archive gets all that is finished."""
        self.site.processes.stop(self.name)

    def kill(self) -> None:
        """End the server as a power cut would."""
        self.site.processes.kill(self.name)

    def reload(self) -> None:
        """Apply the settings that need no restart."""
        self.configure()
        self.site.processes.reload(self.name)

    def promote(self) -> None:
        """Leave standby and accept writes."""
        self.sql("SELECT pg_promote(true, 60)")
        self.recovery = Recovery()
        self.reload()

    def point_to(self, primary: Cluster) -> None:
        """Follow `primary` where it listens now."""
        self.recovery = Recovery(primary=primary.connection(), slot=self.recovery.slot)
        self.reload()

    def retire(self) -> None:
        """End the server and delete its data, but keep the archive for restores."""
        self.stop()
        end_server(self.data / "postmaster.pid")
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.rmtree(self.sockets, ignore_errors=True)

    def remove(self) -> None:
        """Kill the server and delete every byte of the cluster."""
        self.kill()
        end_server(self.data / "postmaster.pid")
        remove_tree(self.place)
        shutil.rmtree(self.sockets, ignore_errors=True)

    # Questions

    def connection(self, database: str = "postgres") -> str:
        """How the lab itself connects: by the socket that only its account may open."""
        return f"host={self.sockets} port={self.port} user={SUPERUSER} dbname='{escaped(database)}'"

    def sql(self, script: str, database: str = "postgres", **variables: str) -> str:
        """Run a script as the service's superuser and return what it printed, without line end at its end.

        Variables are reached as `:'name'` or `:"name"`, so that no value is ever pasted into SQL.
        """
        argv = [
            self.site.tool("psql"),
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--set",
            "ON_ERROR_STOP=1",
            "--dbname",
            self.connection(database),
            "--file",
            "-",
        ]
        assignments = "".join(f"\\set {name} {assigned(value)}\n" for name, value in variables.items())
        return self.site.account.run(argv, assignments + script).rstrip("\n")

    def try_sql(self, script: str, database: str = "postgres") -> str | None:
        """The same where failing is an answer: the server may be gone by now."""
        try:
            return self.sql(script, database)
        except CommandFailed:
            return None


def assigned(value: str) -> str:
    """A value for psql's `\\set`; given on standard input, so that no password shows in a list of processes."""
    quoted = value.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n")
    return f"'{quoted}'"


def escaped(value: str) -> str:
    """A value inside the quotes of a connection string."""
    return value.replace("\\", "\\\\").replace("'", "\\'")


def port_is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LISTEN_ADDRESS, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that nobody listens on, outside the range that the kernel hands out to clients."""
    for _ in range(200):
        port = random.choice(PORTS)
        if port_is_free(port):
            return port
    raise RuntimeError(f"no free port for a database on {LISTEN_ADDRESS}")
