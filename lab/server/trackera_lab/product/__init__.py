"""The product's database as a script: schema, generated data, constraints, programs, rights.

Everything is made inside PostgreSQL from a seed: the same seed, scale and day give the same rows on the same server
version. Persons, companies and addresses are invented (`.example` names, documentation address ranges).
This package holds text only; it connects to nothing.
"""

from __future__ import annotations

import datetime
import hashlib
from pathlib import Path

PARTS = (
    "schema",
    "generator",
    "data_people",
    "data_work",
    "data_money",
    "data_traces",
    "constraints",
    "programs",
    "roles",
)
DATABASE = "product"
OWNER = "app_owner"
PASSWORDS = {
    "app_rw": "lab-app-rw-password",
    "app_ro": "lab-app-ro-password",
    "ops_heartbeat": "lab-ops-heartbeat-password",
}
"""What the product's roles sign in with, in every lab: they protect nothing but invented data on loopback."""

STATISTICS_TARGET = 10
ROLES = (
    f"""
CREATE ROLE {OWNER} NOLOGIN;
"""
    + "".join(f"CREATE ROLE {name} LOGIN PASSWORD '{password}';\n" for name, password in PASSWORDS.items())
    + f"""
CREATE DATABASE {DATABASE};
GRANT CREATE ON DATABASE {DATABASE} TO {OWNER};
REVOKE TEMPORARY, CONNECT ON DATABASE {DATABASE} FROM PUBLIC;
GRANT CONNECT ON DATABASE {DATABASE} TO {", ".join(PASSWORDS)};
"""
)


def script() -> str:
    """Schema and data as one transaction; psql variables: seed, scale, as_of."""
    return "\n".join(["BEGIN;", *(text(part) for part in PARTS), "COMMIT;"])


def finish() -> str:
    """Statistics, and a log that is short when the next server starts."""
    return f"SET default_statistics_target = {STATISTICS_TARGET};\nANALYZE;\nCHECKPOINT;\n"


def text(part: str) -> str:
    """The text of one part of the script."""
    return (Path(__file__).with_name(part + ".sql")).read_text(encoding="utf-8")


def digest(seed: int, scale: float, as_of: datetime.date) -> str:
    """Names the data: another script, seed, scale or day is other data."""
    described = f"{script()}\n{ROLES}\n{finish()}\n{seed} {scale} {as_of}"
    return hashlib.sha256(described.encode()).hexdigest()[:16]
