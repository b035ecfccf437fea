"""The product's database: the same from the same seed, whole, and with rights that hold."""

import datetime
import os
import pathlib
import subprocess
import tempfile
import types
import unittest

from tests.databases_case import quick_directory
from trackera_lab import databases, product
from trackera_lab.context import ACCOUNT, PRIMARY_REGION

SCALE = 0.05
DAY = datetime.date(2026, 11, 1)
FINGERPRINT = """
SELECT format('SELECT %L, count(*), coalesce(sum(hashtextextended(row::text, 0)), 0) FROM %I.%I AS row',
              relname, nspname, relname)
  FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
 WHERE nspname = 'app' AND relkind IN ('r', 'm') ORDER BY relname \\gexec
"""


class Product(unittest.TestCase):
    """One lab in this process, one instance with a small version of the data."""

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="lab-product-", dir=quick_directory())
        cls.addClassCleanup(directory.cleanup)
        pathlib.Path(directory.name).chmod(0o711)
        os.environ |= {"MOTO_ACCOUNT_ID": ACCOUNT, "TRACKERA_LAB_PACE": "0"}
        databases.install(types.SimpleNamespace(home=pathlib.Path(directory.name) / "lab", account=ACCOUNT))
        cls.addClassCleanup(databases.shutdown)
        from moto.rds.models import rds_backends

        rds_backends[ACCOUNT][PRIMARY_REGION].create_db_instance(
            {
                "db_instance_identifier": "primary",
                "db_instance_class": "db.t4g.medium",
                "engine": "postgres",
                "allocated_storage": 20,
                "master_username": "trackera",
                "master_user_password": "long enough",
                "db_name": "trackera",
            }
        )
        databases.load_product("primary", PRIMARY_REGION, seed=7, scale=SCALE, as_of=DAY)
        cls.cluster = databases.instance("primary", PRIMARY_REGION).cluster

    def sql(self, script, database="trackera"):
        return self.cluster.sql(script, database)

    def test_the_same_seed_gives_the_same_rows_and_another_seed_others(self):
        first = self.sql(FINGERPRINT)
        fleet = databases.fleet()
        from trackera_lab.databases import loading

        for seed, same in ((7, True), (8, False)):
            again = fleet.site.account.directory(fleet.site.root / "again") / str(seed)
            loading.build(fleet, again, seed, SCALE, DAY)
            cluster = loading.Cluster(fleet.site, "templates", f"again-{seed}")
            cluster.create(again, fleet.authority.issue("127.0.0.1", []))
            cluster.start()
            self.assertEqual(cluster.sql(FINGERPRINT, product.DATABASE) == first, same, seed)
            cluster.remove()

    def test_no_table_is_empty_but_those_that_fill_in_use(self):
        counts = dict(line.split("|")[:2] for line in self.sql(FINGERPRINT).splitlines())
        self.assertGreater(len(counts), 35)
        months = {name for name in counts if name.startswith("time_entries_")}
        self.assertEqual({name for name, count in counts.items() if count == "0"} - months, {"account_history"})

    def test_the_data_holds_its_own_rules(self):
        self.assertEqual(self.sql("SELECT count(*) FROM pg_constraint WHERE NOT convalidated"), "0")
        self.assertEqual(
            self.sql("""
            SELECT count(*) FROM app.time_entries AS entry JOIN app.members AS member ON member.id = entry.member_id
             WHERE member.tenant_id <> entry.tenant_id"""),
            "0",
        )
        self.assertEqual(self.sql("SELECT max(work_date) <= '2026-11-01' FROM app.time_entries"), "t")
        self.assertEqual(self.sql("SELECT count(*) FROM app.accounts WHERE email !~ '@.*[.]example$'"), "0")

    def test_every_role_can_do_its_work_and_nothing_else(self):
        for role, allowed, forbidden in (
            ("app_rw", "UPDATE app.members SET display_name = display_name", "DROP TABLE app.tags"),
            ("app_ro", "SELECT count(*) FROM app.time_entries", "SELECT password_hash FROM app.accounts"),
            ("app_ro", "SELECT email FROM app.accounts LIMIT 1", "DELETE FROM app.tags"),
            ("ops_heartbeat", "UPDATE ops.heartbeat SET sequence = sequence + 1", "SELECT count(*) FROM app.accounts"),
            (
                "ops_heartbeat",
                "INSERT INTO ops.heartbeat (writer, sequence) VALUES ('agent', 1)",
                "TABLE ops.schema_migrations",
            ),
        ):
            self.sql(f"SET ROLE {role}; BEGIN; {allowed}; ROLLBACK")
            self.assertIsNone(self.cluster.try_sql(f"SET ROLE {role}; {forbidden}", "trackera"), (role, forbidden))

    def test_absences_are_shown_to_their_own_tenant_alone(self):
        [tenant] = self.sql("SELECT tenant_id FROM app.absences LIMIT 1").splitlines()
        self.assertEqual(self.sql("SET ROLE app_rw; SELECT count(*) FROM app.absences"), "0")
        shown = self.sql(f"SET ROLE app_rw; SET app.tenant = '{tenant}'; SELECT count(*) > 0 FROM app.absences")
        self.assertEqual(shown, "t")

    def test_the_product_signs_in_through_the_endpoint(self):
        from moto.ec2.models import ec2_backends

        instance = databases.instance("primary", PRIMARY_REGION)
        ec2_backends[ACCOUNT][PRIMARY_REGION].authorize_security_group_ingress(
            instance.vpc_security_group_ids[0], "tcp", "5432", "5432", [{"CidrIp": "10.0.0.0/8"}]
        )
        [described] = databases.describe()
        for role, password in product.PASSWORDS.items():
            outcome = subprocess.run(
                [
                    "psql",
                    "-XAtc",
                    "SELECT current_user",
                    f"host={described['host']} port=5432 dbname=trackera user={role} "
                    f"sslmode=verify-full sslrootcert={described['ca']}",
                ],
                capture_output=True,
                text=True,
                timeout=30,
                check=False,
                env=os.environ | {"PGPASSWORD": password},
            )
            self.assertEqual((outcome.stdout.strip(), outcome.stderr), (role, ""))

    def test_a_copy_of_the_data_holds_all_but_what_is_unlogged(self):
        instance = databases.instance("primary", PRIMARY_REGION)
        self.assertEqual(len(instance.bases), 1)
        restored = loading_cluster("restored")
        restored.create(instance.bases[0].path, databases.fleet().authority.issue("127.0.0.1", []))
        restored.start()
        self.addCleanup(restored.remove)
        whole, copied = (
            set(text.splitlines()) for text in (self.sql(FINGERPRINT), restored.sql(FINGERPRINT, "trackera"))
        )
        self.assertEqual(copied - whole, {"rate_limits|0|0"})


def loading_cluster(name):
    """A cluster beside the instance's."""
    from trackera_lab.databases.cluster import Cluster

    return Cluster(databases.fleet().site, "beside", name)
