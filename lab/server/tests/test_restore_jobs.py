"""AWS Backup restores recovery points: real instances, once for each token, and told whether they were good."""

import datetime

from tests.databases_case import DatabaseTest, wait_until


class RestoreJobs(DatabaseTest):
    """The points of the example company stand for its snapshots."""

    def setUp(self):
        self.lab.control("POST", "reset", {"variant": "clean"}, timeout=300)
        self.backup = self.lab.client("backup")
        points = self.backup.list_recovery_points_by_backup_vault(BackupVaultName="trackera", ByResourceType="RDS")
        self.point = points["RecoveryPoints"][0]
        self.role = self.point["IamRoleArn"]

    def begin(self, name="drill-1", point=None, **more):
        arguments = {
            "RecoveryPointArn": point or self.point["RecoveryPointArn"],
            "Metadata": {"DBInstanceIdentifier": name, "MultiAZ": "false", "PubliclyAccessible": "false"},
            "IamRoleArn": self.role,
            "IdempotencyToken": name,
            "ResourceType": "RDS",
        }
        return self.backup.start_restore_job(**(arguments | more))["RestoreJobId"]

    def job(self, name):
        return self.backup.describe_restore_job(RestoreJobId=name)

    def ended(self, name):
        return wait_until(lambda: self.job(name) if self.job(name)["Status"] != "RUNNING" else None, "the job ended")

    def test_a_point_is_restored_once_for_each_token_into_what_was_asked_for(self):
        usual = self.backup.get_recovery_point_restore_metadata(
            BackupVaultName="trackera", RecoveryPointArn=self.point["RecoveryPointArn"]
        )["RestoreMetadata"]
        self.assertEqual((usual["DBInstanceIdentifier"], usual["MultiAZ"]), ("trackera-production", "true"))
        source = self.instance("trackera-production")
        group = source["VpcSecurityGroups"][0]["VpcSecurityGroupId"]
        wanted = usual | {
            "DBInstanceIdentifier": "drill-1",
            "dbsubnetgroupname": "trackera-database",
            "VpcSecurityGroupIds": f'["{group}"]',
            "MultiAZ": "false",
            "DeletionProtection": "false",
        }
        job = self.begin(Metadata=wanted)
        self.assertEqual(self.begin(Metadata=wanted), job)
        made = self.ended(job)
        self.assertEqual(made["Status"], "COMPLETED", made.get("StatusMessage"))
        self.assertTrue(made["CreatedResourceArn"].endswith(":db:drill-1"))
        restored = self.instance("drill-1")
        self.assertEqual(restored["VpcSecurityGroups"][0]["VpcSecurityGroupId"], group)
        self.assertFalse(restored["MultiAZ"] or restored["DeletionProtection"])
        self.assertEqual(restored["TagList"], [])
        listed = self.backup.list_restore_jobs(ByResourceType="RDS")["RestoreJobs"]
        self.assertIn(job, [found["RestoreJobId"] for found in listed])
        self.backup.put_restore_validation_result(RestoreJobId=job, ValidationStatus="SUCCESSFUL")
        self.assertEqual(self.job(job)["ValidationStatus"], "SUCCESSFUL")
        self.assertLess(self.job(job)["CreationDate"], datetime.datetime.now(datetime.UTC))
        self.refusals(job, wanted)

    def refusals(self, job, wanted):
        """A name that is taken fails the job and not the call; what does not exist is refused."""
        taken = self.begin(Metadata=wanted, IdempotencyToken="another")
        self.assertEqual((self.ended(taken)["Status"], "already exists" in self.job(taken)["StatusMessage"]), ("FAILED", True))
        validate = self.backup.put_restore_validation_result
        refused = self.refusal(validate, RestoreJobId=taken, ValidationStatus="FAILED")
        self.assertEqual(refused[0], "InvalidRequestException")
        nowhere = "arn:aws:rds:eu-central-1:000000000000:snapshot:awsbackup:job-none"
        self.assertEqual(self.refusal(self.begin, point=nowhere)[0], "ResourceNotFoundException")
        role = "arn:aws:iam::000000000000:role/nobody"
        refused = self.refusal(self.begin, IamRoleArn=role, IdempotencyToken="third")
        self.assertEqual(refused[0], "InvalidParameterValueException")
        self.assertEqual(self.refusal(self.job, "none")[0], "ResourceNotFoundException")
        self.assertNotEqual(job, taken)
