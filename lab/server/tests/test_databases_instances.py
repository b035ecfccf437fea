"""Instances are real PostgreSQL servers that go through AWS's states and keep AWS's rules."""

from tests.databases_case import PASSWORD, PRIMARY, DatabaseTest


class Creation(DatabaseTest):
    def test_an_instance_is_created_backed_up_and_then_available(self):
        answer = self.rds().create_db_instance(
            DBInstanceIdentifier="primary",
            DBInstanceClass="db.t4g.medium",
            Engine="postgres",
            AllocatedStorage=20,
            MasterUsername="trackera",
            MasterUserPassword=PASSWORD,
        )["DBInstance"]
        self.assertEqual(answer["DBInstanceStatus"], "creating")
        self.assertNotIn("Endpoint", answer)
        self.assert_states("primary", "creating", "backing-up", "available")
        [backup] = self.rds().describe_db_snapshots()["DBSnapshots"]
        self.assertRegex(backup["DBSnapshotIdentifier"], r"^rds:primary-\d{4}(-\d\d){4}$")
        self.assertEqual(
            (backup["SnapshotType"], backup["Status"], backup["PercentProgress"]), ("automated", "available", 100)
        )

    def test_it_answers_over_tls_with_a_certificate_for_its_endpoint(self):
        self.create()
        self.assertEqual(
            self.query("primary", "SELECT ssl, current_user FROM pg_stat_ssl WHERE pid = pg_backend_pid()"),
            "t|trackera",
        )
        self.assertIn("no pg_hba.conf entry", self.ask("primary", "SELECT 1", sslmode="disable").stderr)
        self.assertIn("password authentication failed", self.ask("primary", "SELECT 1", password="wrong").stderr)

    def test_the_master_user_is_no_superuser(self):
        self.create()
        self.assertEqual(
            self.query(
                "primary",
                "SELECT rolsuper, pg_has_role('rds_superuser', 'member') FROM pg_roles WHERE rolname = current_user",
            ),
            "f|t",
        )
        self.assertIn("rejects connection", self.ask("primary", "SELECT 1", user="rdsadmin").stderr)

    def test_a_name_is_taken_once(self):
        self.create()
        self.assertEqual(self.refusal(self.create)[0], "DBInstanceAlreadyExists")

    def test_a_short_password_a_reserved_name_and_an_unknown_group_are_refused(self):
        for wrong in (
            {"MasterUserPassword": "short"},
            {"MasterUsername": "rdsadmin"},
            {"VpcSecurityGroupIds": ["sg-00000000000000000"]},
        ):
            self.assertEqual(self.refusal(self.create, **wrong)[0], "InvalidParameterValue", wrong)

    def test_an_instance_may_have_no_database_behind_it(self):
        self.create("paper", Tags=[{"Key": "lab:database", "Value": "none"}])
        [described] = self.lab.control("GET", "status")["databases"]
        self.assertEqual((described["identifier"], described["real"]), ("paper", False))
        self.assertIn("LatestRestorableTime", self.instance("paper"))

    def test_encryption_uses_a_key_of_the_region(self):
        kms = self.lab.client("kms")
        key = kms.create_key()["KeyMetadata"]
        self.create(StorageEncrypted=True, KmsKeyId=key["KeyId"], Tags=[{"Key": "lab:database", "Value": "none"}])
        self.assertEqual(self.instance("primary")["KmsKeyId"], key["Arn"])
        kms.disable_key(KeyId=key["KeyId"])
        refused = self.refusal(self.create, "second", StorageEncrypted=True, KmsKeyId=key["Arn"])
        self.assertEqual(refused[0], "KMSKeyNotAccessibleFault")


class Change(DatabaseTest):
    def test_some_changes_wait_for_a_reboot(self):
        self.create()
        changed = self.rds().modify_db_instance(
            DBInstanceIdentifier="primary", DBInstanceClass="db.r7g.large", DeletionProtection=True
        )["DBInstance"]
        self.assertEqual(changed["PendingModifiedValues"], {"DBInstanceClass": "db.r7g.large"})
        self.assertTrue(changed["DeletionProtection"])
        self.assertEqual(self.available("primary")["DBInstanceClass"], "db.t4g.medium")
        self.rds().reboot_db_instance(DBInstanceIdentifier="primary")
        rebooted = self.available("primary")
        self.assertEqual((rebooted["DBInstanceClass"], rebooted["PendingModifiedValues"]), ("db.r7g.large", {}))

    def test_apply_immediately_waits_for_nothing(self):
        self.create()
        self.rds().modify_db_instance(
            DBInstanceIdentifier="primary", DBInstanceClass="db.r7g.large", ApplyImmediately=True
        )
        self.assertEqual(self.available("primary")["DBInstanceClass"], "db.r7g.large")

    def test_a_renamed_instance_is_found_by_its_new_name_alone(self):
        self.create()
        self.rds().modify_db_instance(
            DBInstanceIdentifier="primary", NewDBInstanceIdentifier="renamed", ApplyImmediately=True
        )
        self.assert_states("renamed", "renaming", "available")
        self.assertEqual(self.query("renamed", "SELECT 1"), "1")
        self.assertEqual(self.refusal(self.instance, "primary")[0], "DBInstanceNotFound")

    def test_a_new_password_replaces_the_old(self):
        self.create()
        self.rds().modify_db_instance(DBInstanceIdentifier="primary", MasterUserPassword="another secret")
        self.assert_states("primary", "resetting-master-credentials", "available")
        self.assertIn("password authentication failed", self.ask("primary", "SELECT 1").stderr)
        self.assertEqual(self.query("primary", "SELECT 1", password="another secret"), "1")

    def test_a_stopped_instance_answers_nobody_and_keeps_its_data(self):
        self.create()
        self.query("primary", "CREATE TABLE kept AS SELECT 1 AS one")
        self.rds().stop_db_instance(DBInstanceIdentifier="primary")
        self.assert_states("primary", "stopping", "stopped")
        self.assertNotEqual(self.ask("primary", "SELECT 1").returncode, 0)
        self.rds().start_db_instance(DBInstanceIdentifier="primary")
        self.assert_states("primary", "starting", "available")
        self.assertEqual(self.query("primary", "SELECT one FROM kept"), "1")

    def test_a_parameter_group_reaches_the_server_at_a_reboot(self):
        rds = self.rds()
        rds.create_db_parameter_group(
            DBParameterGroupName="plain", DBParameterGroupFamily="postgres15", Description="x"
        )
        self.create(DBParameterGroupName="plain")
        rds.modify_db_parameter_group(
            DBParameterGroupName="plain",
            Parameters=[{"ParameterName": "rds.force_ssl", "ParameterValue": "0", "ApplyMethod": "pending-reboot"}],
        )
        self.assertNotEqual(self.ask("primary", "SELECT 1", sslmode="disable").returncode, 0)
        rds.reboot_db_instance(DBInstanceIdentifier="primary")
        self.available("primary")
        self.assertEqual(self.query("primary", "SHOW rds.force_ssl", sslmode="disable"), "0")


class Busy(DatabaseTest):
    pace = 2.0

    def test_nothing_is_changed_while_the_instance_is_busy(self):
        self.create()
        self.rds().reboot_db_instance(DBInstanceIdentifier="primary")
        for act, arguments in (
            (self.rds().reboot_db_instance, {}),
            (self.rds().stop_db_instance, {}),
            (self.rds().modify_db_instance, {"BackupRetentionPeriod": 3}),
            (self.rds().create_db_snapshot, {"DBSnapshotIdentifier": "now"}),
            (self.rds().delete_db_instance, {"SkipFinalSnapshot": True}),
        ):
            self.assertEqual(
                self.refusal(act, DBInstanceIdentifier="primary", **arguments)[0], "InvalidDBInstanceState"
            )
        self.assert_states("primary", "rebooting", "available")


class Deletion(DatabaseTest):
    def test_deletion_protection_protects(self):
        self.create(DeletionProtection=True)
        refused = self.refusal(self.rds().delete_db_instance, DBInstanceIdentifier="primary", SkipFinalSnapshot=True)
        self.assertEqual(refused[0], "InvalidParameterCombination")
        self.assertEqual(self.query("primary", "SELECT 1"), "1")

    def test_a_final_snapshot_is_taken_or_declined(self):
        self.create()
        delete = self.rds().delete_db_instance
        self.assertEqual(self.refusal(delete, DBInstanceIdentifier="primary")[0], "InvalidParameterCombination")
        answer = delete(DBInstanceIdentifier="primary", FinalDBSnapshotIdentifier="last")["DBInstance"]
        self.assertEqual(answer["DBInstanceStatus"], "deleting")
        self.gone("primary")
        [left] = self.rds().describe_db_snapshots()["DBSnapshots"]
        self.assertEqual((left["DBSnapshotIdentifier"], left["Status"]), ("last", "available"))
        self.assertEqual(self.lab.control("GET", "status")["databases"], [])

    def test_the_address_of_a_deleted_instance_leads_nowhere(self):
        from tests.databases_case import knock

        endpoint = self.create()["Endpoint"]
        self.rds(PRIMARY).delete_db_instance(DBInstanceIdentifier="primary", SkipFinalSnapshot=True)
        self.gone("primary")
        self.assertEqual(knock(endpoint, "127.0.0.1"), "refused")
