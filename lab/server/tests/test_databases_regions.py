"""A replica in another region outlives its source, and a region that comes back comes back with its databases."""

from tests.databases_case import PRIMARY, RECOVERY, DatabaseTest, knock, wait_until


class Replica(DatabaseTest):
    def replicate(self, target="replica", region=RECOVERY, **more):
        self.open_to("10.0.0.0/16", region)
        source = self.instance("primary")["DBInstanceArn"] if region != PRIMARY else "primary"
        self.rds(region).create_db_instance_read_replica(
            DBInstanceIdentifier=target, SourceDBInstanceIdentifier=source, **more
        )
        return self.available(target, region)

    def caught_up(self, rows, region=RECOVERY):
        wait_until(
            lambda: self.ask("replica", "SELECT count(*) FROM kept", region).stdout.strip() == rows, "it has caught up"
        )

    def test_a_replica_follows_is_promoted_without_its_source_and_takes_writes(self):
        self.create()
        self.query("primary", "CREATE TABLE kept AS SELECT n FROM generate_series(1, 100) AS n")
        replica = self.replicate()
        self.assertEqual(replica["ReadReplicaSourceDBInstanceIdentifier"], self.instance("primary")["DBInstanceArn"])
        self.assertEqual(replica["StatusInfos"][0]["Status"], "replicating")
        self.query("primary", "INSERT INTO kept VALUES (101)")
        self.caught_up("101")
        self.assertIn("read-only", self.ask("replica", "DELETE FROM kept", RECOVERY).stderr)
        endpoint = self.instance("primary")["Endpoint"]
        self.outage(PRIMARY, True)
        self.assertEqual(knock(endpoint, "127.0.0.1"), "refused")
        self.assertEqual(self.instance("replica", RECOVERY)["StatusInfos"][0]["Status"], "error")
        self.rds(RECOVERY).promote_read_replica(DBInstanceIdentifier="replica")
        self.assert_states("replica", "modifying", "rebooting", "backing-up", "available", region=RECOVERY)
        self.query("replica", "INSERT INTO kept VALUES (102)", RECOVERY)
        self.assertNotIn("ReadReplicaSourceDBInstanceIdentifier", self.instance("replica", RECOVERY))
        self.assertEqual(len(self.rds(RECOVERY).describe_db_snapshots()["DBSnapshots"]), 1)

    def test_the_old_primary_returns_alive_knowing_nothing_of_the_promotion(self):
        self.create()
        self.query("primary", "CREATE TABLE kept AS SELECT n FROM generate_series(1, 100) AS n")
        self.replicate()
        self.caught_up("100")
        self.outage(PRIMARY, True)
        self.rds(RECOVERY).promote_read_replica(DBInstanceIdentifier="replica")
        self.available("replica", RECOVERY)
        self.outage(PRIMARY, False)
        self.query("primary", "INSERT INTO kept VALUES (-1)")
        self.assertEqual(self.query("primary", "SELECT count(*) FROM kept"), "101")
        self.assertEqual(self.query("replica", "SELECT count(*) FROM kept", RECOVERY), "100")
        self.assertEqual(self.instance("primary")["ReadReplicaDBInstanceIdentifiers"], [])
        self.assertEqual(self.query("primary", "SELECT count(*) FROM pg_replication_slots"), "0")

    def test_replication_goes_on_after_an_outage_without_promotion(self):
        self.create()
        self.query("primary", "CREATE TABLE kept AS SELECT 1 AS n")
        self.replicate()
        self.outage(PRIMARY, True)
        self.outage(PRIMARY, False)
        self.query("primary", "INSERT INTO kept VALUES (2)")
        self.caught_up("2")

    def test_a_replica_beside_its_source_shares_its_network_and_names_it_by_name(self):
        self.create()
        replica = self.replicate(region=PRIMARY)
        self.assertEqual(replica["ReadReplicaSourceDBInstanceIdentifier"], "primary")
        self.assertEqual(self.instance("primary")["ReadReplicaDBInstanceIdentifiers"], ["replica"])
        self.rds().delete_db_instance(DBInstanceIdentifier="replica")
        self.gone("replica")
        self.assertEqual(self.instance("primary")["ReadReplicaDBInstanceIdentifiers"], [])

    def test_a_replica_beside_a_deleted_source_becomes_independent(self):
        self.create()
        self.replicate(region=PRIMARY)
        self.rds().delete_db_instance(DBInstanceIdentifier="primary", SkipFinalSnapshot=True)
        self.gone("primary")
        self.available("replica")
        wait_until(lambda: self.ask("replica", "CREATE TABLE own (n int)").returncode == 0, "it takes writes")

    def test_what_is_no_replica_cannot_be_promoted(self):
        self.create(Tags=[{"Key": "lab:database", "Value": "none"}])
        refused = self.refusal(self.rds().promote_read_replica, DBInstanceIdentifier="primary")
        self.assertEqual(refused[0], "InvalidDBInstanceState")

    def test_a_replica_needs_backups_of_its_source_and_a_key_of_its_region(self):
        self.create(BackupRetentionPeriod=0, Tags=[{"Key": "lab:database", "Value": "none"}])
        self.assertEqual(self.refusal(self.replicate)[0], "InvalidDBInstanceState")
        self.create("encrypted", StorageEncrypted=True, Tags=[{"Key": "lab:database", "Value": "none"}])
        source = self.instance("encrypted")["DBInstanceArn"]
        refused = self.refusal(
            self.rds(RECOVERY).create_db_instance_read_replica,
            DBInstanceIdentifier="replica",
            SourceDBInstanceIdentifier=source,
        )
        self.assertEqual(refused[0], "InvalidParameterCombination")


class Region(DatabaseTest):
    def test_what_was_committed_before_an_outage_is_there_after_it(self):
        self.create()
        self.query("primary", "CREATE TABLE kept AS SELECT n FROM generate_series(1, 1000) AS n")
        self.outage(PRIMARY, True)
        [described] = self.lab.control("GET", "status")["databases"]
        self.assertFalse(described["running"])
        self.outage(PRIMARY, False)
        self.assertEqual(self.query("primary", "SELECT count(*) FROM kept"), "1000")

    def test_a_snapshot_that_an_outage_interrupts_is_taken_afterwards(self):
        self.create()
        self.query("primary", "CREATE TABLE kept AS SELECT 42 AS answer")
        self.rds().create_db_snapshot(DBInstanceIdentifier="primary", DBSnapshotIdentifier="late")
        self.outage(PRIMARY, True)
        self.outage(PRIMARY, False)
        self.snapshot("late")
        self.assertEqual(self.available("primary")["DBInstanceStatus"], "available")
        self.assertEqual(self.query("primary", "SELECT answer FROM kept"), "42")

    def test_an_instance_that_an_outage_interrupts_is_created_afterwards(self):
        self.open_to("10.0.0.0/16")
        self.rds().create_db_instance(
            DBInstanceIdentifier="primary",
            DBInstanceClass="db.t4g.medium",
            Engine="postgres",
            AllocatedStorage=20,
            MasterUsername="trackera",
            MasterUserPassword="long enough",
            DBName="trackera",
        )
        self.outage(PRIMARY, True)
        self.outage(PRIMARY, False)
        self.available("primary")
        self.assertEqual(self.query("primary", "SELECT 1", password="long enough"), "1")
