//! Recovery points of AWS Backup: listed, restored and judged through its own interface.
//!
//! A restore by AWS Backup takes a token, so that a call whose answer was lost can be repeated, but no tags of ours.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_backup::operation::describe_restore_job::DescribeRestoreJobOutput;
use aws_sdk_backup::types::{
    RecoveryPointByBackupVault, RestoreJobStatus, RestoreJobsListMember, RestoreValidationStatus,
};
use aws_sdk_rds::types::Tag;
use trackera_core::recovery::ports::{
    Databases as _, DrillName, JobState, Mark, PointRestore, PortError, RecoveryPoint, RecoveryPoints, RestoreJob,
    Trouble, Validation,
};

use super::databases::checked;
use super::failure::{failed, malformed};
use super::{Changes, pages};
use crate::convert::{moment, optional_moment, text};

pub(super) const JOB: &str = "backup:DescribeRestoreJob";
pub(super) const JOBS: &str = "backup:ListRestoreJobs";
pub(super) const METADATA: &str = "backup:GetRecoveryPointRestoreMetadata";
pub(super) const POINTS: &str = "backup:ListRecoveryPointsByBackupVault";
pub(super) const START: &str = "backup:StartRestoreJob";
pub(super) const TAG: &str = "rds:AddTagsToResource";
pub(super) const VALIDATE: &str = "backup:PutRestoreValidationResult";

const DATABASES: &str = "RDS";
const PAGE_SIZE: i32 = 1000;
/// What was so of the source and cannot be so of the copy: a zone that its subnet group need not have.
const LEFT_OUT: &str = "AvailabilityZone";

#[async_trait]
impl RecoveryPoints for Changes {
    async fn points(&self, region: &str, vault: &str, resource: Option<&str>) -> Result<Vec<RecoveryPoint>, PortError> {
        let client = &self.looks.backup(region);
        let fetch = |token| async move {
            let request = client.list_recovery_points_by_backup_vault().backup_vault_name(vault);
            let request = request.set_by_resource_arn(resource.map(str::to_owned)).max_results(PAGE_SIZE);
            let page = request.set_next_token(token).send().await.map_err(failed(POINTS))?;
            Ok((page.recovery_points, page.next_token))
        };
        let found = pages::every(POINTS, fetch).await?.into_iter();
        found.map(|found| point(region, vault, found).ok_or_else(|| malformed(POINTS))).collect()
    }

    async fn restore_point(&self, restore: &PointRestore) -> Result<String, PortError> {
        let point = &restore.point;
        if point.resource_type != DATABASES {
            let reason = format!("a recovery point of `{}` is no database of RDS", point.resource_type);
            return Err(PortError::guarded(START, reason));
        }
        let wanted = metadata(restore)?;
        let request = self.looks.backup(&point.region).get_recovery_point_restore_metadata();
        let request = request.backup_vault_name(&point.vault).recovery_point_arn(&point.arn);
        let usual = request.send().await.map_err(failed(METADATA))?.restore_metadata;
        let usual = usual.ok_or_else(|| malformed(METADATA))?;
        // The names of these fields count without regard to case.
        let is_ours = |name: &str| {
            name.eq_ignore_ascii_case(LEFT_OUT) || wanted.keys().any(|ours| ours.eq_ignore_ascii_case(name))
        };
        let others = usual.into_iter().filter(|(name, _)| !is_ours(name));
        let ours = wanted.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let request = self.changes.backup(&point.region).start_restore_job().recovery_point_arn(&point.arn);
        let request = request.set_metadata(Some(others.chain(ours).collect())).resource_type(DATABASES);
        let request = request.iam_role_arn(&restore.role_arn).idempotency_token(restore.name.as_str());
        let answer = request.copy_source_tags_to_restored_resource(false).send().await.map_err(failed(START))?;
        text(answer.restore_job_id).ok_or_else(|| malformed(START))
    }

    async fn job(&self, region: &str, id: &str) -> Result<Option<RestoreJob>, PortError> {
        let request = self.looks.backup(region).describe_restore_job().restore_job_id(id);
        match request.send().await.map_err(failed(JOB)) {
            Ok(answer) => described(answer).map(Some).ok_or_else(|| malformed(JOB)),
            Err(error) if error.trouble == Trouble::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn jobs(&self, region: &str, (name, point): (&DrillName, &str)) -> Result<Vec<RestoreJob>, PortError> {
        let client = &self.looks.backup(region);
        let fetch = |token| async move {
            let request = client.list_restore_jobs().by_resource_type(DATABASES).max_results(PAGE_SIZE);
            let page = request.set_next_token(token).send().await.map_err(failed(JOBS))?;
            Ok((page.restore_jobs, page.next_token))
        };
        let all = pages::every(JOBS, fetch).await?.into_iter();
        let is_unnamed = |job: &RestoreJobsListMember| {
            job.created_resource_arn.is_none() && job.recovery_point_arn.as_deref() == Some(point)
        };
        let ours = all.filter(|job| is_unnamed(job) || made(job.created_resource_arn.as_deref(), name));
        let jobs: Result<Vec<RestoreJob>, _> = ours.map(|job| listed(job).ok_or_else(|| malformed(JOBS))).collect();
        let mut jobs = jobs?;
        jobs.sort_by_key(|job| std::cmp::Reverse(job.created_at));
        Ok(jobs)
    }

    async fn mark_restored(&self, region: &str, job: &str, name: &DrillName, mark: &Mark) -> Result<(), PortError> {
        let not_made = || PortError::guarded(TAG, format!("job `{job}` did not make `{name}`"));
        let job = self.job(region, job).await?.ok_or_else(not_made)?;
        let arn = job.created_arn.filter(|arn| made(Some(arn), name)).ok_or_else(not_made)?;
        let instance = self.instance(region, name.as_str()).await?;
        let instance = instance.ok_or(PortError { operation: TAG, trouble: Trouble::NotFound, code: None })?;
        match Mark::on(&instance.tags) {
            Some(found) if &found == mark => return Ok(()),
            Some(found) => return Err(PortError::guarded(TAG, format!("it belongs to run `{}`", found.run()))),
            None => {}
        }
        let tags = mark.tags().into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
        let request = self.changes.rds(region).add_tags_to_resource().resource_name(arn);
        request.set_tags(Some(tags.collect())).send().await.map(drop).map_err(failed(TAG))
    }

    async fn validate(&self, region: &str, job: &str, validation: &Validation) -> Result<(), PortError> {
        let (status, message) = match validation {
            Validation::Successful => (RestoreValidationStatus::Successful, None),
            Validation::Failed(reason) => (RestoreValidationStatus::Failed, Some(reason.clone())),
        };
        let request = self.changes.backup(region).put_restore_validation_result().restore_job_id(job);
        let request = request.validation_status(status).set_validation_status_message(message);
        request.send().await.map(drop).map_err(failed(VALIDATE))
    }
}

/// What a restore is to be made with, in the words of AWS Backup.
fn metadata(restore: &PointRestore) -> Result<BTreeMap<&'static str, String>, PortError> {
    let isolation = checked(START, &restore.isolation)?;
    let no = || "false".to_owned();
    Ok(BTreeMap::from([
        ("DBInstanceIdentifier", restore.name.to_string()),
        ("DBInstanceClass", restore.class.clone()),
        ("DBSubnetGroupName", isolation.subnet_group.clone()),
        ("VpcSecurityGroupIds", serde_json::Value::from(isolation.security_groups.clone()).to_string()),
        ("DBParameterGroupName", isolation.parameter_group.clone()),
        ("OptionGroupName", isolation.option_group.clone()),
        ("PubliclyAccessible", no()),
        ("DeletionProtection", no()),
        ("CopyTagsToSnapshot", no()),
        ("MultiAZ", no()),
        ("AutoMinorVersionUpgrade", no()),
    ]))
}

fn made(arn: Option<&str>, name: &DrillName) -> bool {
    arn.is_some_and(|arn| arn.starts_with("arn:") && arn.ends_with(&format!(":db:{name}")))
}

fn point(region: &str, vault: &str, source: RecoveryPointByBackupVault) -> Option<RecoveryPoint> {
    Some(RecoveryPoint {
        arn: text(source.recovery_point_arn)?,
        region: region.to_owned(),
        vault: vault.to_owned(),
        resource_arn: text(source.resource_arn)?,
        resource_type: text(source.resource_type)?,
        status: source.status?.as_str().to_owned(),
        created_at: moment(source.creation_date.as_ref()?)?,
        is_encrypted: source.is_encrypted,
        kms_key: text(source.encryption_key_arn),
        source_vault_arn: text(source.source_backup_vault_arn),
    })
}

/// A job; the SDK has a type of its own for each answer that tells of one.
macro_rules! job {
    ($source:expr) => {{
        let source = $source;
        Some(RestoreJob {
            id: text(source.restore_job_id)?,
            point_arn: text(source.recovery_point_arn)?,
            state: state(source.status?),
            created_arn: text(source.created_resource_arn),
            created_at: moment(source.creation_date.as_ref()?)?,
            completed_at: optional_moment(source.completion_date.as_ref())?,
            validation: source.validation_status.map(|status| status.as_str().to_owned()),
        })
    }};
}

fn described(source: DescribeRestoreJobOutput) -> Option<RestoreJob> {
    job!(source)
}

fn listed(source: RestoreJobsListMember) -> Option<RestoreJob> {
    job!(source)
}

fn state(status: RestoreJobStatus) -> JobState {
    let word = status.as_str().to_owned();
    match status {
        RestoreJobStatus::Completed => JobState::Completed,
        RestoreJobStatus::Aborted | RestoreJobStatus::Failed => JobState::Failed(word),
        _ => JobState::Running(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_made_an_instance_only_where_its_whole_name_says_so() {
        let name = DrillName::parse("drill-weekly").unwrap();
        assert!(made(Some("arn:aws:rds:eu-west-1:000000000000:db:drill-weekly"), &name));
        for other in [None, Some("drill-weekly"), Some("arn:aws:rds:eu-west-1:000000000000:db:x-drill-weekly")] {
            assert!(!made(other, &name), "{other:?}");
        }
    }

    #[test]
    fn a_job_has_ended_only_in_a_word_that_says_so() {
        assert_eq!(state(RestoreJobStatus::Completed), JobState::Completed);
        assert_eq!(state(RestoreJobStatus::Aborted), JobState::Failed("ABORTED".to_owned()));
        assert_eq!(state(RestoreJobStatus::from("RESTING")), JobState::Running("RESTING".to_owned()));
    }
}
