"""Stopped data directories that new clusters are copied from, because copying is ten times faster than `initdb`.

A template is made once, under a draft name, and gets its real name when it is complete; from then on it never changes.
"""

from __future__ import annotations

import os
import shutil
import threading
import uuid
from collections.abc import Callable
from pathlib import Path

from .configuration import SUPERUSER
from .site import Site

WAL_SEGMENT_MEGABYTES = "1"
"""Small segments: the archive of an instance that writes a row a second stays small."""

ROLES = """
CREATE ROLE rds_superuser NOLOGIN;
CREATE ROLE rds_replication NOLOGIN;
CREATE ROLE rds_iam NOLOGIN;
CREATE ROLE rds_password NOLOGIN;
GRANT pg_monitor, pg_signal_backend, rds_replication, rds_password TO rds_superuser WITH ADMIN OPTION;
"""
ROLES_SINCE_15 = """
GRANT pg_checkpoint TO rds_superuser WITH ADMIN OPTION;
GRANT SET ON PARAMETER session_replication_role TO rds_superuser;
"""


class Templates:
    """The templates of one lab, by name."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def get(self, name: str, make: Callable[[Path], None]) -> Path:
        """The template `name`; `make(directory)` fills it if it does not exist yet."""
        with self._guard:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            path = self._site.root / "templates" / name
            if not path.exists():
                draft = path.with_name(f".making-{uuid.uuid4().hex}")
                try:
                    make(draft)
                    os.replace(draft, path)
                finally:
                    shutil.rmtree(draft, ignore_errors=True)
            return path

    def empty(self) -> Path:
        """A cluster without user data, as RDS hands it out: its superuser belongs to the service."""
        return self.get(f"empty-{self._site.major}", self._make_empty)

    def _make_empty(self, directory: Path) -> None:
        site = self._site
        site.account.run(
            [
                site.tool("initdb"),
                "--pgdata",
                str(directory),
                "--username",
                SUPERUSER,
                "--auth",
                "trust",
                "--encoding",
                "UTF8",
                "--locale",
                "C.UTF-8",
                "--data-checksums",
                "--no-sync",
                "--no-instructions",
                "--wal-segsize",
                WAL_SEGMENT_MEGABYTES,
            ]
        )
        single_user = [site.tool("postgres"), "--single", "-F", "-D", str(directory), "-j", "postgres"]
        roles = ROLES + (ROLES_SINCE_15 if site.major >= 15 else "")
        site.account.run(single_user, roles.replace(";\n", ";\n\n"))
