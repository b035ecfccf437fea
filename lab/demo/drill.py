"""A restore drill, inside a lab: a backup is taken, brought back and compared; then it is cut, and that is found.

Run by scripts/demo with the lab's Python: drill.py OPERATIONS. It ends with 0 only if all of that happened.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

import boto3

from trackera_lab.estate.names import DATABASE_PASSWORD

CONFIGURATION = """\
company: {{accounts: [{{id: "000000000000"}}]}}
database:
  instance: trackera-production
  region: eu-central-1
  name: trackera
  user: trackera_owner
  password: {{environment: TRACKERA_DATABASE_PASSWORD}}
  authorities: {authorities}
  dumps:
    directory: scratch
    to: {{bucket: trackera-backups, region: eu-central-1, prefix: demo/}}
    manifests: {{bucket: trackera-backups-dr, region: eu-west-1, prefix: demo/}}
"""

DRILL = """\
drills:
  - id: product-database
    title: The product database comes back from its newest dump
    owner: Amelie Brandt
    objectives: {rto: 2h, rpo: 26h}
    source:
      dump:
        in: {bucket: trackera-backups, region: eu-central-1, prefix: demo/}
        manifests: {bucket: trackera-backups-dr, region: eu-west-1, prefix: demo/}
    target: {scratch: {directory: scratch, jobs: 2}}
    verify:
      manifest: {}
      rows: [{table: app.accounts, min: 10}]
      roles: {must_exist: [app_rw, app_ro, ops_heartbeat]}
      isolation: true
"""


def admit() -> None:
    """Let this machine reach the database, as the machine that takes backups may."""
    instances = boto3.client("rds", "eu-central-1").describe_db_instances(DBInstanceIdentifier="trackera-production")
    group = instances["DBInstances"][0]["VpcSecurityGroups"][0]["VpcSecurityGroupId"]
    here = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "CidrIp": "10.0.0.10/32"}
    boto3.client("ec2", "eu-central-1").authorize_security_group_ingress(GroupId=group, **here)


def declare(home: pathlib.Path) -> None:
    """Write the company's configuration and its drill."""
    # The server of a drill runs as another user than root, and has to pass through; only it can enter what is below.
    home.chmod(0o711)
    status = urllib.request.Request(os.environ["AWS_ENDPOINT_URL"] + "/_lab/status", headers={"x-lab-control": "1"})
    with urllib.request.urlopen(status, timeout=10) as answer:
        databases = json.load(answer)["databases"]
    (home / "trackera.yaml").write_text(CONFIGURATION.format(authorities=databases[0]["ca"]))
    (home / "runbooks/drills").mkdir(parents=True)
    (home / "runbooks/drills/product.yaml").write_text(DRILL)


def operate(home: pathlib.Path, operations: str, *arguments: str, expected: int) -> None:
    """Run one verb where its user sees it, and insist on how it ends."""
    print(f"    $ trackera-ops {' '.join(arguments)}", flush=True)
    environment = os.environ | {"TRACKERA_DATABASE_PASSWORD": DATABASE_PASSWORD, "TRACKERA_STATE": str(home / "state")}
    command = [operations, "--config", str(home / "trackera.yaml"), *arguments]
    ended = subprocess.run(command, env=environment).returncode
    if ended != expected:
        raise SystemExit(f"trackera-ops {' '.join(arguments)} ended with {ended}, and {expected} was expected")


def cut() -> None:
    """Cut every file of the dump in half, as whoever can write into the bucket could."""
    bucket = boto3.resource("s3", region_name="eu-central-1").Bucket("trackera-backups")
    for found in bucket.objects.filter(Prefix="demo/"):
        body = found.get()["Body"].read()
        found.put(Body=body[: len(body) // 2])


def main() -> None:
    operations = sys.argv[1]
    with tempfile.TemporaryDirectory(prefix="trackera-demo-") as place:
        home = pathlib.Path(place)
        declare(home)
        admit()
        operate(home, operations, "backup", "take", expected=0)
        operate(home, operations, "drill", "run", "product-database", "--yes", expected=0)
        cut()
        print("    somebody cuts the dump in half", flush=True)
        operate(home, operations, "drill", "run", "product-database", "--yes", expected=1)


if __name__ == "__main__":
    main()
