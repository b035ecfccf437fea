//! Databases of RDS: what can be restored, and the instances and copies of drills.

use async_trait::async_trait;
use aws_sdk_rds::types::{DbInstance, DbSnapshot, Tag};
use trackera_core::recovery::ports::{
    Databases, Deletion, DrillName, Instance, InstanceState, Isolation, Mark, NAME_PREFIX, PointInTime, PortError,
    Restore, Snapshot, SnapshotCopy, Source, Trouble, deletable,
};

use super::failure::{failed, malformed};
use super::{Changes, body, pages};

pub(super) const COPY: &str = "rds:CopyDBSnapshot";
pub(super) const DELETE: &str = "rds:DeleteDBInstance";
pub(super) const DELETE_SNAPSHOT: &str = "rds:DeleteDBSnapshot";
pub(super) const INSTANCES: &str = "rds:DescribeDBInstances";
pub(super) const MODIFY: &str = "rds:ModifyDBInstance";
pub(super) const RESTORE: &str = "rds:RestoreDBInstanceFromDBSnapshot";
pub(super) const RESTORE_TO_TIME: &str = "rds:RestoreDBInstanceToPointInTime";
pub(super) const SNAPSHOTS: &str = "rds:DescribeDBSnapshots";

const PAGE_SIZE: i32 = 100;
const NO_INSTANCE: &str = "DBInstanceNotFound";
const NO_SNAPSHOT: &str = "DBSnapshotNotFound";

#[async_trait]
impl Databases for Changes {
    async fn snapshots(&self, region: &str, instance: &str) -> Result<Vec<Snapshot>, PortError> {
        whole(region, self.list_snapshots(region, Some(instance)).await?.into_iter())
    }

    async fn snapshot(&self, region: &str, name: &str) -> Result<Option<Snapshot>, PortError> {
        let request = self.looks.rds(region).describe_db_snapshots().db_snapshot_identifier(name);
        match request.send().await.map_err(failed(SNAPSHOTS)) {
            Ok(answer) => {
                let mut found = answer.db_snapshots.ok_or_else(|| malformed(SNAPSHOTS))?;
                let found = found.pop().map(|found| body::snapshot(region, found).ok_or_else(|| malformed(SNAPSHOTS)));
                found.transpose()
            }
            Err(error) => absent(error, NO_SNAPSHOT),
        }
    }

    async fn copy_snapshot(&self, copy: &SnapshotCopy) -> Result<Snapshot, PortError> {
        let request = self.changes.rds(&copy.region).copy_db_snapshot();
        let request = request.source_db_snapshot_identifier(&copy.source_arn).kms_key_id(&copy.kms_key);
        let request = request.target_db_snapshot_identifier(copy.name.as_str()).copy_tags(false);
        let answer = request.set_tags(Some(tags(&copy.mark))).send().await.map_err(failed(COPY))?;
        let made = answer.db_snapshot.and_then(|made| body::snapshot(&copy.region, made));
        made.ok_or_else(|| malformed(COPY))
    }

    async fn delete_snapshot(&self, region: &str, name: &DrillName, run: &str) -> Result<Deletion, PortError> {
        let Some(found) = self.snapshot(region, name.as_str()).await? else { return Ok(Deletion::Absent) };
        found.deletable(run).map_err(|reason| PortError::guarded(DELETE_SNAPSHOT, reason))?;
        let request = self.changes.rds(region).delete_db_snapshot().db_snapshot_identifier(&found.name);
        match request.send().await.map_err(failed(DELETE_SNAPSHOT)) {
            Ok(_) => Ok(Deletion::UnderWay),
            Err(error) => absent(error, NO_SNAPSHOT).map(|_: Option<()>| Deletion::Absent),
        }
    }

    async fn instance(&self, region: &str, name: &str) -> Result<Option<Instance>, PortError> {
        let request = self.looks.rds(region).describe_db_instances().db_instance_identifier(name);
        match request.send().await.map_err(failed(INSTANCES)) {
            Ok(answer) => {
                let mut found = answer.db_instances.ok_or_else(|| malformed(INSTANCES))?;
                let found = found.pop().map(|found| body::instance(region, found).ok_or_else(|| malformed(INSTANCES)));
                found.transpose()
            }
            Err(error) => absent(error, NO_INSTANCE),
        }
    }

    async fn drill_instances(&self, region: &str) -> Result<Vec<Instance>, PortError> {
        let client = &self.looks.rds(region);
        let fetch = |marker| async move {
            let request = client.describe_db_instances().max_records(PAGE_SIZE).set_marker(marker);
            let page = request.send().await.map_err(failed(INSTANCES))?;
            Ok((page.db_instances, page.marker))
        };
        let all = pages::every(INSTANCES, fetch).await?;
        let ours = all.into_iter().filter(|instance| is_ours(instance.db_instance_identifier()));
        let ours = ours.map(|found| body::instance(region, found).ok_or_else(|| malformed(INSTANCES)));
        let mut ours = ours.collect::<Result<Vec<_>, _>>()?;
        ours.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(ours)
    }

    async fn drill_snapshots(&self, region: &str) -> Result<Vec<Snapshot>, PortError> {
        let all = self.list_snapshots(region, None).await?.into_iter();
        whole(region, all.filter(|snapshot| is_ours(snapshot.db_snapshot_identifier())))
    }

    async fn restore(&self, restore: &Restore) -> Result<Instance, PortError> {
        let (operation, made) = match &restore.source {
            Source::Snapshot(snapshot) => (RESTORE, self.restore_snapshot(restore, snapshot).await?),
            Source::Instance { name, at } => (RESTORE_TO_TIME, self.restore_moment(restore, name, *at).await?),
        };
        made.and_then(|made| body::instance(&restore.region, made)).ok_or_else(|| malformed(operation))
    }

    async fn unprotect(&self, region: &str, name: &DrillName, run: &str) -> Result<Instance, PortError> {
        let found = self.instance(region, name.as_str()).await?;
        let found = found.ok_or_else(|| not_found(MODIFY))?;
        deletable(&found, run).map_err(|reason| PortError::guarded(MODIFY, reason))?;
        let request = self.changes.rds(region).modify_db_instance().db_instance_identifier(&found.name);
        let request = request.deletion_protection(false).apply_immediately(true);
        let answer = request.send().await.map_err(failed(MODIFY))?;
        answer.db_instance.and_then(|found| body::instance(region, found)).ok_or_else(|| malformed(MODIFY))
    }

    async fn delete(&self, region: &str, name: &DrillName, run: &str) -> Result<Deletion, PortError> {
        let Some(found) = self.instance(region, name.as_str()).await? else { return Ok(Deletion::Absent) };
        deletable(&found, run).map_err(|reason| PortError::guarded(DELETE, reason))?;
        if found.state == InstanceState::Deleting {
            return Ok(Deletion::UnderWay);
        }
        let request = self.changes.rds(region).delete_db_instance().db_instance_identifier(&found.name);
        let request = request.skip_final_snapshot(true).delete_automated_backups(true);
        match request.send().await.map_err(failed(DELETE)) {
            Ok(_) => Ok(Deletion::UnderWay),
            Err(error) => absent(error, NO_INSTANCE).map(|_: Option<()>| Deletion::Absent),
        }
    }
}

type Made = Option<DbInstance>;

/// Both restores take the same arguments through types of their own; all of them are always named, because what is left out
/// becomes a default or is taken over from the source.
macro_rules! isolated {
    ($request:expr, $restore:expr, $isolation:expr) => {
        $request
            .db_instance_class(&$restore.class)
            .db_subnet_group_name(&$isolation.subnet_group)
            .set_vpc_security_group_ids(Some($isolation.security_groups.clone()))
            .db_parameter_group_name(&$isolation.parameter_group)
            .option_group_name(&$isolation.option_group)
            .publicly_accessible(false)
            .deletion_protection(false)
            .copy_tags_to_snapshot(false)
            .multi_az(false)
            .auto_minor_version_upgrade(false)
            .backup_retention_period(0)
            .set_tags(Some(tags(&$restore.mark)))
    };
}

impl Changes {
    async fn list_snapshots(&self, region: &str, instance: Option<&str>) -> Result<Vec<DbSnapshot>, PortError> {
        let client = &self.looks.rds(region);
        let fetch = |marker| async move {
            let request = client.describe_db_snapshots().set_db_instance_identifier(instance.map(str::to_owned));
            let request = request.max_records(PAGE_SIZE).set_marker(marker);
            let page = request.send().await.map_err(failed(SNAPSHOTS))?;
            Ok((page.db_snapshots, page.marker))
        };
        pages::every(SNAPSHOTS, fetch).await
    }

    async fn restore_snapshot(&self, restore: &Restore, snapshot: &str) -> Result<Made, PortError> {
        let isolation = checked(RESTORE, &restore.isolation)?;
        let request = self.changes.rds(&restore.region).restore_db_instance_from_db_snapshot();
        let request = request.db_snapshot_identifier(snapshot).db_instance_identifier(restore.name.as_str());
        let request = isolated!(request, restore, isolation);
        request.send().await.map(|answer| answer.db_instance).map_err(failed(RESTORE))
    }

    async fn restore_moment(&self, restore: &Restore, source: &str, at: PointInTime) -> Result<Made, PortError> {
        let isolation = checked(RESTORE_TO_TIME, &restore.isolation)?;
        let request = self.changes.rds(&restore.region).restore_db_instance_to_point_in_time();
        let request = match at {
            PointInTime::Latest => request.use_latest_restorable_time(true),
            PointInTime::Moment(moment) => {
                request.restore_time(aws_sdk_rds::primitives::DateTime::from_millis(moment.as_millisecond()))
            }
        };
        let request =
            request.source_db_instance_identifier(source).target_db_instance_identifier(restore.name.as_str());
        let request = isolated!(request, restore, isolation);
        request.send().await.map(|answer| answer.db_instance).map_err(failed(RESTORE_TO_TIME))
    }
}

/// Only what drills may have made has to be whole: what somebody else has is none of their business.
fn is_ours(name: Option<&str>) -> bool {
    name.is_some_and(|name| name.starts_with(NAME_PREFIX))
}

fn whole(region: &str, found: impl Iterator<Item = DbSnapshot>) -> Result<Vec<Snapshot>, PortError> {
    found.map(|found| body::snapshot(region, found).ok_or_else(|| malformed(SNAPSHOTS))).collect()
}

/// Refuses what AWS would fill with its defaults.
pub(super) fn checked<'a>(operation: &'static str, isolation: &'a Isolation) -> Result<&'a Isolation, PortError> {
    let groups = &isolation.security_groups;
    let is_named = |name: &String| !name.is_empty();
    let names = [&isolation.subnet_group, &isolation.parameter_group, &isolation.option_group];
    if groups.is_empty() || !groups.iter().all(is_named) || !names.into_iter().all(is_named) {
        let reason = "the default of a security, subnet, parameter or option group would be used";
        return Err(PortError::guarded(operation, reason));
    }
    Ok(isolation)
}

fn tags(mark: &Mark) -> Vec<Tag> {
    mark.tags().into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// Whether an error says that just what was asked for is not there; a network or a key that is not there says nothing.
fn absent<T>(error: PortError, code: &str) -> Result<Option<T>, PortError> {
    if error.trouble == Trouble::NotFound && error.code.as_deref() == Some(code) { Ok(None) } else { Err(error) }
}

fn not_found(operation: &'static str) -> PortError {
    PortError { operation, trouble: Trouble::NotFound, code: None }
}
