//! The least that the operator of drills and backups must be allowed: what the guards let through, and no more of it.
//!
//! Names and tags bound what may be made, changed and deleted, so that a role of drills cannot touch production even with
//! other tools than ours. Where a person holds the role, nothing is allowed without a multi-factor device.

mod statement;

use serde_json::{Value as Json, json};
use trackera_core::recovery::ports::{DRILL_TAG, EXPIRES_AT_TAG, NAME_PREFIX, RUN_TAG};

use self::statement::Statement;
use super::{backup, databases, objects};
use crate::request::BackupPlace;

/// Who holds the role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// A person, who has shown a multi-factor device.
    Person,
    /// A process of its own, which has none.
    Process,
}

/// What drills and backups of a company reach, and who runs them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrillPermissions {
    /// Who holds the role.
    pub operator: Operator,
    /// The account that drills run in.
    pub account: String,
    /// What restores of databases reach; `None` where no drill restores any.
    pub databases: Option<DatabaseScope>,
    /// The roles that AWS Backup restores with; none where no drill asks it to.
    pub backup_roles: Vec<String>,
    /// Where objects are read.
    pub reads: Vec<BackupPlace>,
    /// Where backups are put.
    pub puts: Vec<BackupPlace>,
    /// The keys of databases and objects, by their ARN.
    pub kms_keys: Vec<String>,
}

/// What restores of databases reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseScope {
    /// The instances that are restored to a moment.
    pub instances: Vec<String>,
    /// How the names of the snapshots begin that are restored or copied, such as `rds:production-`.
    pub snapshots: Vec<String>,
    /// The subnet group of restored instances, which is isolated.
    pub subnet_group: String,
    /// Their parameter group.
    pub parameter_group: String,
    /// Their option group.
    pub option_group: String,
}

impl DrillPermissions {
    /// The policy document.
    #[must_use]
    pub fn document(&self) -> Json {
        let mut statements = self.databases.as_ref().map(|scope| self.of_databases(scope)).unwrap_or_default();
        if !self.backup_roles.is_empty() {
            statements.extend(self.of_recovery_points());
        }
        statements.extend(self.of_objects());
        if !self.kms_keys.is_empty() {
            statements.extend(self.of_keys());
        }
        let written = statements.into_iter().map(|statement| match self.operator {
            Operator::Person => statement.when_second_factor().written(),
            Operator::Process => statement.written(),
        });
        json!({ "Version": "2012-10-17", "Statement": written.collect::<Vec<_>>() })
    }

    /// The policy of who may take the role on: people of the account, with a multi-factor device. That of a process
    /// depends on where it runs.
    #[must_use]
    pub fn trust(&self) -> Option<Json> {
        let statement = json!({
            "Effect": "Allow",
            "Principal": { "AWS": format!("arn:aws:iam::{}:root", self.account) },
            "Action": "sts:AssumeRole",
            "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "true" } },
        });
        match self.operator {
            Operator::Person => Some(json!({ "Version": "2012-10-17", "Statement": [statement] })),
            Operator::Process => None,
        }
    }

    fn of_databases(&self, scope: &DatabaseScope) -> Vec<Statement> {
        let restores = [databases::RESTORE, databases::RESTORE_TO_TIME];
        let deletes = [databases::DELETE, databases::MODIFY];
        let (instance, snapshot) = (format!("db:{NAME_PREFIX}*"), format!("snapshot:{NAME_PREFIX}*"));
        let (instance, snapshot) = (self.rds(&instance), self.rds(&snapshot));
        let snapshots: Vec<_> = scope.snapshots.iter().map(|name| self.rds(&format!("snapshot:{name}*"))).collect();
        let option_group = self.rds(&format!("og:{}", scope.option_group));
        let mut named: Vec<_> = scope.instances.iter().map(|name| self.rds(&format!("db:{name}"))).collect();
        named.push(self.rds(&format!("subgrp:{}", scope.subnet_group)));
        named.push(self.rds(&format!("pg:{}", scope.parameter_group)));
        named.push(option_group.clone());
        named.extend(snapshots.iter().cloned());
        // What a drill copied may be restored by it.
        named.push(snapshot.clone());
        let copied = [snapshots, vec![option_group]].concat();
        let ours = json!([RUN_TAG, DRILL_TAG, EXPIRES_AT_TAG]);
        vec![
            Statement::of("Look", &[databases::INSTANCES, databases::SNAPSHOTS], everything()),
            Statement::of("RestoreFromTheseIntoThese", &restores, named),
            Statement::of("RestoreUnderTheNameOfADrill", &restores, vec![instance.clone()]).when_it_marks(),
            Statement::of("CopyThese", &[databases::COPY], copied),
            Statement::of("CopyUnderTheNameOfADrill", &[databases::COPY], vec![snapshot.clone()]).when_it_marks(),
            Statement::of("MarkWhatDrillsMake", &[backup::TAG], vec![instance.clone(), snapshot.clone()])
                .when_it_marks()
                .when("ForAllValues:StringEquals", "aws:TagKeys", ours),
            Statement::of("DeleteWhatDrillsMade", &deletes, vec![instance]).when_marked(),
            Statement::of("DeleteWhatDrillsCopied", &[databases::DELETE_SNAPSHOT], vec![snapshot]).when_marked(),
        ]
    }

    fn of_recovery_points(&self) -> Vec<Statement> {
        let account = &self.account;
        let points = vec![
            format!("arn:aws:backup:*:{account}:recovery-point:*"),
            format!("arn:aws:rds:*:{account}:snapshot:awsbackup:*"),
        ];
        let vaults = vec![format!("arn:aws:backup:*:{account}:backup-vault:*")];
        vec![
            Statement::of("ListRecoveryPoints", &[backup::POINTS], vaults),
            Statement::of("RestoreRecoveryPoints", &[backup::METADATA, backup::START], points),
            Statement::of("FollowRestores", &[backup::JOB, backup::JOBS, backup::VALIDATE], everything()),
            Statement::of_actions("LetAwsBackupUseItsRole", &["iam:PassRole"], self.backup_roles.clone()).when(
                "StringEquals",
                "iam:PassedToService",
                json!("backup.amazonaws.com"),
            ),
        ]
    }

    fn of_objects(&self) -> Vec<Statement> {
        let keys = |place: &BackupPlace| format!("arn:aws:s3:::{}/{}*", place.bucket, place.prefix);
        let bucket = |place: &BackupPlace| format!("arn:aws:s3:::{}", place.bucket);
        let mut statements = Vec::new();
        let places: Vec<&BackupPlace> = self.reads.iter().chain(&self.puts).collect();
        if !places.is_empty() {
            let mut buckets: Vec<String> = places.iter().copied().map(bucket).collect();
            buckets.sort();
            buckets.dedup();
            let lists = ["s3:ListBucket", "s3:ListBucketVersions"];
            statements.push(Statement::of_actions("ListTheBuckets", &lists, buckets));
            let reads = ["s3:GetObject", "s3:GetObjectVersion"];
            statements.push(Statement::of_actions("ReadTheBackups", &reads, places.into_iter().map(keys).collect()));
        }
        if !self.puts.is_empty() {
            let operations = [objects::PUT, objects::DELETE];
            statements.push(Statement::of("PutBackups", &operations, self.puts.iter().map(keys).collect()));
        }
        statements
    }

    /// RDS and S3 use the keys; nobody else does with these rights.
    fn of_keys(&self) -> Vec<Statement> {
        let through = json!(["rds.*.amazonaws.com", "s3.*.amazonaws.com"]);
        let uses = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"];
        vec![
            Statement::of_actions("UseTheKeysThroughServices", &uses, self.kms_keys.clone()).when(
                "StringLike",
                "kms:ViaService",
                through,
            ),
            Statement::of_actions("LetRdsUseTheKeys", &["kms:CreateGrant"], self.kms_keys.clone())
                .when("StringLike", "kms:ViaService", json!("rds.*.amazonaws.com"))
                .when("Bool", "kms:GrantIsForAWSResource", json!("true")),
        ]
    }

    fn rds(&self, resource: &str) -> String {
        format!("arn:aws:rds:*:{}:{resource}", self.account)
    }
}

fn everything() -> Vec<String> {
    vec!["*".to_owned()]
}

#[cfg(test)]
mod tests;
