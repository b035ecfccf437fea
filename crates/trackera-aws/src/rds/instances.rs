//! Database instances.

use aws_sdk_rds::Client;
use aws_sdk_rds::types::DbInstance as Source;
use trackera_core::resource::{DbInstance, Gap, Observed};

use super::snapshots::Snapshots;
use super::{PAGE_SIZE, tags};
use crate::assemble::{Found, Part};
use crate::call::Place;
use crate::convert::{optional_moment, text};
use crate::lists::{Listed, Page};

const LIST: &str = "rds:DescribeDBInstances";

pub(super) async fn list(place: &Place<'_>, client: &Client) -> Listed<Source> {
    let request = |marker| client.describe_db_instances().max_records(PAGE_SIZE).set_marker(marker).send();
    place.list(LIST, None, request, |page| Page::by_token(page.db_instances, page.marker)).await
}

pub(super) fn add(part: &mut Part, place: &Place<'_>, instances: Listed<Source>, snapshots: &Snapshots) {
    let found = instances.items.into_iter().map(|instance| {
        let id = instance.db_instance_identifier.clone();
        let snapshots = snapshots.of_instance(id.as_deref().unwrap_or_default());
        Found::new(id, body(instance, snapshots))
    });
    part.add(place, LIST, instances.gaps, found);
}

fn body(instance: Source, snapshots: Result<Vec<String>, Gap>) -> Option<(String, DbInstance)> {
    let groups = instance.vpc_security_groups.unwrap_or_default();
    let attributes = DbInstance {
        arn: instance.db_instance_arn?,
        engine: instance.engine?,
        engine_version: instance.engine_version.unwrap_or_default(),
        db_instance_status: instance.db_instance_status?,
        instance_create_time: optional_moment(instance.instance_create_time.as_ref())?,
        storage_encrypted: instance.storage_encrypted?,
        kms_key_id: text(instance.kms_key_id),
        publicly_accessible: instance.publicly_accessible?,
        vpc_security_groups: groups.into_iter().map(|group| group.vpc_security_group_id).collect::<Option<_>>()?,
        subnets: Vec::new(),
        iam_database_authentication_enabled: instance.iam_database_authentication_enabled?,
        enabled_cloudwatch_logs_exports: instance.enabled_cloudwatch_logs_exports.unwrap_or_default(),
        db_cluster_identifier: text(instance.db_cluster_identifier),
        parameter_group: None,
        parameter_apply_status: None,
        parameters: Observed::Known(Default::default()),
        pending_maintenance: Observed::Known(Vec::new()),
        standard_support_ends_at: Observed::Known(None),
        multi_az: instance.multi_az?,
        deletion_protection: instance.deletion_protection?,
        auto_minor_version_upgrade: instance.auto_minor_version_upgrade?,
        backup_retention_period: instance.backup_retention_period?.into(),
        latest_restorable_time: optional_moment(instance.latest_restorable_time.as_ref())?,
        read_replica_source: text(instance.read_replica_source_db_instance_identifier),
        snapshots: Observed::from(snapshots),
        tags: tags(instance.tag_list),
    };
    Some((instance.db_instance_identifier?, attributes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_that_does_not_say_whether_it_is_encrypted_is_not_usable() {
        let instance = Source::builder()
            .db_instance_identifier("main")
            .db_instance_arn("arn:aws:rds:eu-central-1:000000000000:db:main")
            .engine("postgres")
            .db_instance_status("available")
            .publicly_accessible(false)
            .multi_az(true)
            .deletion_protection(true)
            .auto_minor_version_upgrade(true)
            .backup_retention_period(7);
        assert!(body(instance.clone().build(), Ok(Vec::new())).is_none());
        let (name, attributes) = body(instance.storage_encrypted(true).build(), Ok(Vec::new())).unwrap();
        assert_eq!((name.as_str(), attributes.latest_restorable_time), ("main", None));
    }
}
