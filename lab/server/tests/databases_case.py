"""What the tests of the databases share: a lab with short states, clients of its databases, and waiting for a state."""

from __future__ import annotations

import os
import pathlib
import shutil
import socket
import struct
import subprocess
import tempfile
import time
from typing import Any

from tests.harness import LabTest

PRIMARY, RECOVERY = "eu-central-1", "eu-west-1"
USER, PASSWORD, DATABASE = "trackera", 'it\'s a "secret" \\ of $1', "trackera"
SSL_REQUEST = struct.pack("!ii", 8, 80877103)
PATIENCE_SECONDS = 60


def wait_until(condition: Any, what: str) -> Any:
    """Look again and again until the condition gives something true, and return that."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.03)
    raise AssertionError(f"waited in vain until {what}")


class DatabaseTest(LabTest):
    """A lab without databases, and short ways to make and ask some."""

    pace = 0.1
    """How long each state lasts at least, in seconds."""

    @classmethod
    def setUpClass(cls) -> None:
        os.environ["TRACKERA_LAB_PACE"] = str(cls.pace)
        tempfile.tempdir = quick_directory()
        super().setUpClass()

    def rds(self, region: str = PRIMARY) -> Any:
        """A client of the RDS interface."""
        return self.lab.client("rds", region)

    def create(self, identifier: str = "primary", region: str = PRIMARY, **more: Any) -> dict[str, Any]:
        """Create an instance that the administrator can reach, and wait until it is available."""
        self.open_to("10.0.0.0/16", region)
        arguments = {
            "DBInstanceIdentifier": identifier,
            "DBInstanceClass": "db.t4g.medium",
            "Engine": "postgres",
            "AllocatedStorage": 20,
            "MasterUsername": USER,
            "MasterUserPassword": PASSWORD,
            "DBName": DATABASE,
            "BackupRetentionPeriod": 7,
        } | more
        self.rds(region).create_db_instance(**arguments)
        return self.available(identifier, region)

    def default_group(self, region: str = PRIMARY) -> str:
        """The default security group of the default VPC."""
        named = [{"Name": "group-name", "Values": ["default"]}]
        return self.lab.client("ec2", region).describe_security_groups(Filters=named)["SecurityGroups"][0]["GroupId"]

    def open_to(self, block: str, region: str = PRIMARY, port: int = 5432) -> None:
        """Let a block of addresses reach the databases behind the default security group."""
        ec2, group = self.lab.client("ec2", region), self.default_group(region)
        rules = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
        if not any(block == found["CidrIp"] for rule in rules for found in rule["IpRanges"]):
            ec2.authorize_security_group_ingress(
                GroupId=group,
                IpPermissions=[
                    {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": block}]}
                ],
            )

    def instance(self, identifier: str, region: str = PRIMARY) -> dict[str, Any]:
        """What the interface says of an instance."""
        return self.rds(region).describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]

    def available(self, identifier: str, region: str = PRIMARY, status: str = "available") -> dict[str, Any]:
        """Wait for a state and return the instance in it."""

        def reached() -> dict[str, Any] | None:
            found = self.instance(identifier, region)
            self.assertNotEqual(found["DBInstanceStatus"], "failed")
            return found if found["DBInstanceStatus"] == status else None

        return wait_until(reached, f"{identifier} is {status}")

    def states_until(self, identifier: str, last: str = "available", region: str = PRIMARY) -> list[str]:
        """The states an instance goes through, each once, up to the last."""
        seen: list[str] = []

        def ended() -> bool:
            status = self.instance(identifier, region)["DBInstanceStatus"]
            if not seen or seen[-1] != status:
                seen.append(status)
            return status == last

        wait_until(ended, f"{identifier} is {last}")
        return seen

    def assert_states(self, identifier: str, *expected: str, region: str = PRIMARY) -> None:
        """The instance goes through the states in this order. A slow machine may look too late for some of them, but
        it never sees another state, nor another order."""
        seen = self.states_until(identifier, expected[-1], region)
        order = iter(expected)
        self.assertTrue(all(state in order for state in seen), f"saw {seen}, expected {expected}")

    def snapshot(self, name: str, region: str = PRIMARY) -> dict[str, Any]:
        """Wait for a snapshot to be available."""

        def reached() -> dict[str, Any] | None:
            found = self.rds(region).describe_db_snapshots(DBSnapshotIdentifier=name)["DBSnapshots"][0]
            self.assertNotEqual(found["Status"], "failed")
            return found if found["Status"] == "available" else None

        return wait_until(reached, f"the snapshot {name} is available")

    def gone(self, identifier: str, region: str = PRIMARY) -> None:
        """Wait until an instance is deleted."""

        def missing() -> bool:
            listed = self.rds(region).describe_db_instances()["DBInstances"]
            return identifier not in [found["DBInstanceIdentifier"] for found in listed]

        wait_until(missing, f"{identifier} is gone")

    def certificates(self) -> str:
        """The authority that clients trust."""
        return self.lab.control("GET", "status")["databases"][0]["ca"]

    def ask(self, identifier: str, sql: str, region: str = PRIMARY, **more: str) -> subprocess.CompletedProcess[str]:
        """Run SQL on an instance as its master user, over verified TLS, through the endpoint."""
        endpoint = self.instance(identifier, region)["Endpoint"]
        facts = {
            "host": endpoint["Address"],
            "port": str(endpoint["Port"]),
            "user": USER,
            "dbname": DATABASE,
            "sslmode": "verify-full",
            "sslrootcert": self.certificates(),
            "connect_timeout": "10",
        } | more
        environment = {"PATH": os.environ["PATH"], "PGPASSWORD": more.pop("password", PASSWORD)}
        facts.pop("password", None)
        connection = " ".join(f"{name}={value}" for name, value in facts.items())
        return subprocess.run(
            ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", connection, "-c", sql],
            capture_output=True,
            text=True,
            env=environment,
            timeout=60,
            check=False,
        )

    def query(self, identifier: str, sql: str, region: str = PRIMARY, **more: str) -> str:
        """The same where it must succeed."""
        outcome = self.ask(identifier, sql, region, **more)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return outcome.stdout.strip()

    def outage(self, region: str, down: bool) -> None:
        """Darken a region, or bring it back."""
        self.lab.control("POST", "outage", {"region": region, "down": down})


def quick_directory() -> str | None:
    """Memory, where there is enough of it: copying clusters on a disk takes most of the time of these tests."""
    shared = pathlib.Path("/dev/shm")
    roomy = shared.is_dir() and os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > 2 * 1024**3
    return str(shared) if roomy else None


def knock(endpoint: dict[str, Any], source: str) -> str:
    """What a client from a loopback address meets: `open`, `reset` or `refused`."""
    try:
        with socket.create_connection((endpoint["Address"], endpoint["Port"]), 5, source_address=(source, 0)) as client:
            client.sendall(SSL_REQUEST)
            return "open" if client.recv(1) == b"S" else "reset"
    except ConnectionRefusedError:
        return "refused"
    except ConnectionError:
        return "reset"


def servers_under(directory: str) -> list[str]:
    """The PostgreSQL processes whose data lies under a directory."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                name = (entry / "comm").read_text().strip()
                where = os.readlink(entry / "cwd")
            except OSError:
                continue
            if name == "postgres" and where.startswith(directory):
                found.append(entry.name)
    return found
