//! From the SDK's instances and snapshots to ours; `None` where something is missing that AWS always gives.

use std::collections::BTreeMap;

use aws_sdk_rds::types::{DbInstance, DbSnapshot, Tag};
use trackera_core::recovery::ports::{Endpoint, Instance, InstanceState, Isolation, Snapshot, SnapshotState};

use crate::convert::{optional_moment, text};

/// States that an instance does not leave by itself.
const BROKEN: [&str; 9] = [
    "failed",
    "inaccessible-encryption-credentials",
    "inaccessible-encryption-credentials-recoverable",
    "incompatible-network",
    "incompatible-option-group",
    "incompatible-parameters",
    "incompatible-restore",
    "restore-error",
    "storage-full",
];

/// An instance.
pub(super) fn instance(region: &str, source: DbInstance) -> Option<Instance> {
    let endpoint = match source.endpoint {
        Some(endpoint) => match (text(endpoint.address), endpoint.port) {
            (Some(host), Some(port)) => Some(Endpoint { host, port: u16::try_from(port).ok()? }),
            _ => None,
        },
        None => None,
    };
    let groups = source.vpc_security_groups.unwrap_or_default().into_iter();
    let isolation = Isolation {
        subnet_group: source.db_subnet_group.and_then(|group| group.db_subnet_group_name).unwrap_or_default(),
        security_groups: groups.map(|group| group.vpc_security_group_id).collect::<Option<_>>()?,
        parameter_group: only(source.db_parameter_groups, |group| group.db_parameter_group_name)?,
        option_group: only(source.option_group_memberships, |group| group.option_group_name)?,
    };
    let mut replicas = source.read_replica_db_instance_identifiers.unwrap_or_default();
    replicas.extend(source.read_replica_db_cluster_identifiers.unwrap_or_default());
    Some(Instance {
        name: text(source.db_instance_identifier)?,
        arn: text(source.db_instance_arn)?,
        region: region.to_owned(),
        state: instance_state(source.db_instance_status?),
        created_at: optional_moment(source.instance_create_time.as_ref())?,
        endpoint,
        engine_version: text(source.engine_version)?,
        class: text(source.db_instance_class)?,
        allocated_gibibytes: u32::try_from(source.allocated_storage?).ok()?,
        is_encrypted: source.storage_encrypted?,
        kms_key: text(source.kms_key_id),
        isolation,
        is_public: source.publicly_accessible?,
        is_protected: source.deletion_protection?,
        latest_restorable_at: optional_moment(source.latest_restorable_time.as_ref())?,
        replicas,
        source: text(source.read_replica_source_db_instance_identifier)
            .or_else(|| text(source.read_replica_source_db_cluster_identifier)),
        tags: tags(source.tag_list)?,
    })
}

/// The one group that an instance is in; while it changes, the new one stands last.
fn only<T>(groups: Option<Vec<T>>, name: impl Fn(T) -> Option<String>) -> Option<String> {
    match groups.unwrap_or_default().pop() {
        Some(group) => name(group),
        None => Some(String::new()),
    }
}

fn instance_state(status: String) -> InstanceState {
    match status.as_str() {
        "available" => InstanceState::Available,
        "deleting" => InstanceState::Deleting,
        word if BROKEN.contains(&word) => InstanceState::Broken(status),
        _ => InstanceState::Changing(status),
    }
}

/// A snapshot.
pub(super) fn snapshot(region: &str, source: DbSnapshot) -> Option<Snapshot> {
    let data = source.snapshot_database_time.or(source.original_snapshot_create_time).or(source.snapshot_create_time);
    Some(Snapshot {
        name: text(source.db_snapshot_identifier)?,
        arn: text(source.db_snapshot_arn)?,
        region: region.to_owned(),
        instance: text(source.db_instance_identifier)?,
        kind: text(source.snapshot_type)?,
        state: snapshot_state(source.status?),
        created_at: optional_moment(source.snapshot_create_time.as_ref())?,
        data_at: optional_moment(data.as_ref())?,
        is_encrypted: source.encrypted?,
        kms_key: text(source.kms_key_id),
        source_region: text(source.source_region),
        engine_version: text(source.engine_version)?,
        allocated_gibibytes: u32::try_from(source.allocated_storage?).ok()?,
        tags: tags(source.tag_list)?,
    })
}

fn snapshot_state(status: String) -> SnapshotState {
    match status.as_str() {
        "available" => SnapshotState::Available,
        "failed" | "incompatible-restore" | "incompatible-parameters" => SnapshotState::Broken(status),
        _ => SnapshotState::Changing(status),
    }
}

fn tags(source: Option<Vec<Tag>>) -> Option<BTreeMap<String, String>> {
    source.unwrap_or_default().into_iter().map(|tag| Some((tag.key?, tag.value.unwrap_or_default()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_that_nobody_knows_is_one_on_the_way() {
        assert_eq!(instance_state("available".to_owned()), InstanceState::Available);
        assert_eq!(instance_state("storage-full".to_owned()), InstanceState::Broken("storage-full".to_owned()));
        assert_eq!(instance_state("dreaming".to_owned()), InstanceState::Changing("dreaming".to_owned()));
        assert_eq!(snapshot_state("copying".to_owned()), SnapshotState::Changing("copying".to_owned()));
    }

    #[test]
    fn what_does_not_say_whether_it_is_protected_or_public_is_not_usable() {
        let whole = || {
            DbInstance::builder()
                .db_instance_identifier("drill-a")
                .db_instance_arn("arn")
                .db_instance_status("creating")
                .engine_version("15.7")
                .db_instance_class("db.t4g.micro")
                .allocated_storage(20)
                .storage_encrypted(true)
        };
        assert!(instance("eu-west-1", whole().publicly_accessible(false).deletion_protection(false).build()).is_some());
        assert!(instance("eu-west-1", whole().publicly_accessible(false).build()).is_none());
        assert!(instance("eu-west-1", whole().deletion_protection(false).build()).is_none());
    }
}
