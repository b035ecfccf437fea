"""Snapshots, copies and restores to a moment hold real data and follow AWS's rules."""

import datetime

from tests.databases_case import PRIMARY, RECOVERY, DatabaseTest, wait_until

NO_DATABASE = [{"Key": "lab:database", "Value": "none"}]


class Snapshots(DatabaseTest):
    def take(self, name="before", **more):
        taken = self.rds().create_db_snapshot(DBInstanceIdentifier="primary", DBSnapshotIdentifier=name, **more)
        self.assertEqual(taken["DBSnapshot"]["Status"], "creating")
        self.assertEqual(taken["DBSnapshot"]["PercentProgress"], 0)
        self.available("primary")
        return self.snapshot(name)

    def restore(self, name="before", target="restored", region=PRIMARY, **more):
        self.rds(region).restore_db_instance_from_db_snapshot(
            DBSnapshotIdentifier=name, DBInstanceIdentifier=target, **more
        )
        return self.available(target, region)

    def test_a_restored_instance_holds_what_the_source_held_and_lives_its_own_life(self):
        self.create()
        self.query("primary", "CREATE TABLE kept AS SELECT n, md5(n::text) AS word FROM generate_series(1, 5000) AS n")
        self.take()
        self.query("primary", "DELETE FROM kept WHERE n > 10")
        self.restore()
        whole = "SELECT count(*), md5(string_agg(word, ',' ORDER BY n)) FROM kept"
        self.assertEqual(self.query("restored", whole).split("|")[0], "5000")
        self.query("restored", "DELETE FROM kept")
        self.assertEqual(self.query("primary", "SELECT count(*) FROM kept"), "10")

    def test_a_restore_takes_nothing_of_the_network_and_the_protection_of_its_source(self):
        rds, ec2 = self.rds(), self.lab.client("ec2")
        vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        group = ec2.create_security_group(GroupName="database", Description="x", VpcId=vpc)["GroupId"]
        rds.create_db_parameter_group(
            DBParameterGroupName="strict", DBParameterGroupFamily="postgres15", Description="x"
        )
        self.create(
            VpcSecurityGroupIds=[group], DBParameterGroupName="strict", DeletionProtection=True, Tags=NO_DATABASE
        )
        self.take()
        restored = self.restore()
        self.assertEqual(
            [found["VpcSecurityGroupId"] for found in restored["VpcSecurityGroups"]], [self.default_group()]
        )
        self.assertEqual(restored["DBParameterGroups"][0]["DBParameterGroupName"], "default.postgres15")
        self.assertFalse(restored["DeletionProtection"])
        usual = restored["OptionGroupMemberships"][0]["OptionGroupName"]
        self.assertRegex(usual, r"^default:postgres-\d+$")
        named = self.restore(
            target="named",
            VpcSecurityGroupIds=[group],
            DBParameterGroupName="strict",
            OptionGroupName=usual,
            DeletionProtection=True,
        )
        self.assertEqual([found["VpcSecurityGroupId"] for found in named["VpcSecurityGroups"]], [group])
        self.assertEqual(named["OptionGroupMemberships"][0]["OptionGroupName"], usual)
        self.assertEqual(named["DBParameterGroups"][0]["DBParameterGroupName"], "strict")
        self.assertTrue(named["DeletionProtection"])

    def test_an_encrypted_snapshot_leaves_its_region_only_with_a_key_of_the_other(self):
        self.create(StorageEncrypted=True)
        self.query("primary", "CREATE TABLE kept AS SELECT 42 AS answer")
        source = self.take()
        copy = {
            "SourceDBSnapshotIdentifier": source["DBSnapshotArn"],
            "TargetDBSnapshotIdentifier": "far",
            "SourceRegion": PRIMARY,
        }
        far = self.rds(RECOVERY)
        self.assertEqual(self.refusal(far.copy_db_snapshot, **copy)[0], "InvalidParameterValue")
        self.assertEqual(
            self.refusal(far.copy_db_snapshot, KmsKeyId=source["KmsKeyId"], **copy)[0], "KMSKeyNotAccessibleFault"
        )
        key = self.lab.client("kms", RECOVERY).create_key()["KeyMetadata"]["Arn"]
        answer = far.copy_db_snapshot(KmsKeyId=key, **copy)["DBSnapshot"]
        self.assertEqual((answer["Status"], answer["SourceRegion"]), ("copying", PRIMARY))
        self.assertEqual(self.snapshot("far", RECOVERY)["KmsKeyId"], key)
        self.outage(PRIMARY, True)
        self.open_to("10.0.0.0/16", RECOVERY)
        self.restore("far", "recovered", RECOVERY)
        self.assertEqual(self.query("recovered", "SELECT answer FROM kept", RECOVERY), "42")

    def test_a_restore_in_the_other_region_asks_for_no_subnet_group_of_the_first(self):
        subnets = [found["SubnetId"] for found in self.lab.client("ec2").describe_subnets()["Subnets"]]
        self.rds().create_db_subnet_group(
            DBSubnetGroupName="only-here", DBSubnetGroupDescription="x", SubnetIds=subnets
        )
        self.create(DBSubnetGroupName="only-here", Tags=NO_DATABASE)
        source = self.take()["DBSnapshotArn"]
        self.rds(RECOVERY).copy_db_snapshot(SourceDBSnapshotIdentifier=source, TargetDBSnapshotIdentifier="far")
        self.snapshot("far", RECOVERY)
        restored = self.restore("far", region=RECOVERY)
        self.assertEqual(restored["DBSubnetGroup"]["DBSubnetGroupName"], "default")

    def test_names_of_snapshots_are_taken_once_and_automated_ones_cannot_be_deleted(self):
        self.create(Tags=NO_DATABASE)
        self.take()
        self.assertEqual(self.refusal(self.take)[0], "DBSnapshotAlreadyExists")
        delete = self.rds().delete_db_snapshot
        [automated] = self.rds().describe_db_snapshots(SnapshotType="automated")["DBSnapshots"]
        refused = self.refusal(delete, DBSnapshotIdentifier=automated["DBSnapshotIdentifier"])
        self.assertEqual(refused[0], "InvalidDBSnapshotState")
        self.assertEqual(delete(DBSnapshotIdentifier="before")["DBSnapshot"]["Status"], "deleting")
        wait_until(lambda: not self.rds().describe_db_snapshots(SnapshotType="manual")["DBSnapshots"], "it is deleted")
        self.assertEqual(self.refusal(self.snapshot, "before")[0], "DBSnapshotNotFound")

    def test_the_lists_page(self):
        self.create(Tags=NO_DATABASE)
        for number in range(21):
            self.rds().create_db_instance(
                DBInstanceIdentifier=f"paper-{number}",
                DBInstanceClass="db.t4g.medium",
                Engine="postgres",
                AllocatedStorage=20,
                MasterUsername="trackera",
                MasterUserPassword="long enough",
                Tags=NO_DATABASE,
            )
        for number in range(21):
            self.available(f"paper-{number}")
        for operation, names in (
            ("describe_db_instances", "DBInstances"),
            ("describe_db_snapshots", "DBSnapshots"),
            ("describe_db_instance_automated_backups", "DBInstanceAutomatedBackups"),
        ):
            first = getattr(self.rds(), operation)(MaxRecords=20)
            rest = getattr(self.rds(), operation)(MaxRecords=20, Marker=first["Marker"])
            self.assertEqual((len(first[names]), len(rest[names])), (20, 2), operation)
            self.assertNotIn("Marker", rest)


class Moments(DatabaseTest):
    def restore(self, target, **when):
        self.rds().restore_db_instance_to_point_in_time(
            SourceDBInstanceIdentifier="primary", TargetDBInstanceIdentifier=target, **when
        )
        return self.available(target)

    def write(self, word):
        text = self.query("primary", f"INSERT INTO kept VALUES ('{word}'); SELECT clock_timestamp()")
        return datetime.datetime.fromisoformat(text)

    def latest_is_after(self, moment):
        wait_until(lambda: self.instance("primary")["LatestRestorableTime"] > moment, "the moment can be restored")

    def test_a_restore_reaches_the_wanted_moment_and_not_beyond(self):
        self.create()
        self.query("primary", "CREATE TABLE kept (word text)")
        early = self.write("early")
        moment = (early + datetime.timedelta(seconds=1)).replace(microsecond=0)
        wait_until(lambda: datetime.datetime.now(datetime.UTC) > moment + datetime.timedelta(seconds=1), "later")
        late = self.write("late")
        self.latest_is_after(late)
        self.restore("at-moment", RestoreTime=moment)
        self.assertEqual(self.query("at-moment", "SELECT string_agg(word, ',') FROM kept"), "early")
        self.restore("latest", UseLatestRestorableTime=True)
        self.assertEqual(self.query("latest", "SELECT string_agg(word, ',') FROM kept"), "early,late")
        self.query("latest", "INSERT INTO kept VALUES ('after the restore')")

    def test_moments_outside_of_the_window_are_refused(self):
        self.create(Tags=NO_DATABASE)
        restore = self.rds().restore_db_instance_to_point_in_time
        now = datetime.datetime.now(datetime.UTC)
        arguments = {"SourceDBInstanceIdentifier": "primary", "TargetDBInstanceIdentifier": "never"}
        for moment in (now - datetime.timedelta(days=1), now + datetime.timedelta(days=1)):
            self.assertEqual(self.refusal(restore, RestoreTime=moment, **arguments)[0], "InvalidParameterValue")
        self.assertEqual(self.refusal(restore, **arguments)[0], "InvalidParameterCombination")

    def test_without_retention_there_is_no_moment_to_go_back_to(self):
        self.create(BackupRetentionPeriod=0)
        self.assertNotIn("LatestRestorableTime", self.instance("primary"))
        self.assertEqual(self.rds().describe_db_snapshots()["DBSnapshots"], [])
        refused = self.refusal(self.restore, "never", UseLatestRestorableTime=True)
        self.assertEqual(refused[0], "PointInTimeRestoreNotEnabled")

    def test_the_window_stands_still_while_the_archive_stalls(self):
        self.create()
        self.lab.control("POST", "archive", {"identifier": "primary", "region": PRIMARY, "stalled": True})
        self.query("primary", "CREATE TABLE kept (word text)")
        frozen = wait_until(self._standing, "the window stands still")
        self.lab.control("POST", "archive", {"identifier": "primary", "region": PRIMARY, "stalled": False})
        self.latest_is_after(frozen + datetime.timedelta(seconds=5))

    def _standing(self):
        now = datetime.datetime.now(datetime.UTC)
        latest = self.instance("primary")["LatestRestorableTime"]
        return latest if now - latest > datetime.timedelta(seconds=8) else None

    def test_a_backup_may_outlive_its_instance(self):
        self.create()
        self.query("primary", "CREATE TABLE kept AS SELECT 42 AS answer")
        resource = self.instance("primary")["DbiResourceId"]
        self.rds().delete_db_instance(
            DBInstanceIdentifier="primary", SkipFinalSnapshot=True, DeleteAutomatedBackups=False
        )
        self.gone("primary")
        [kept] = self.rds().describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"]
        self.assertEqual(kept["Status"], "retained")
        self.rds().restore_db_instance_to_point_in_time(
            SourceDbiResourceId=resource, TargetDBInstanceIdentifier="again", UseLatestRestorableTime=True
        )
        self.available("again")
        self.assertEqual(self.query("again", "SELECT answer FROM kept"), "42")
        self.rds().delete_db_instance_automated_backup(DbiResourceId=resource)
        left = self.rds().describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"]
        self.assertEqual([found["DBInstanceIdentifier"] for found in left], ["again"])
