//! Database instances.

use aws_sdk_rds::Client;
use aws_sdk_rds::operation::describe_db_instances::DescribeDbInstancesOutput;
use aws_sdk_rds::types::DbInstance as Source;
use trackera_core::resource::DbInstance;

use super::parameters::{OF_INSTANCES, Parameters};
use super::support::Support;
use super::{PAGE_SIZE, maintenance, snapshots, support, tags};
use crate::assemble::{Found, under};
use crate::call::Place;
use crate::convert::{optional_moment, text};
use crate::lists::{Listed, Page};

pub(super) const LIST: &str = "rds:DescribeDBInstances";

/// Lists the instances, with what other lists tell of each; where there is none, nothing else is asked.
pub(super) async fn list(place: &Place<'_>, client: &Client) -> Listed<Found<DbInstance>> {
    let request = |marker| client.describe_db_instances().max_records(PAGE_SIZE).set_marker(marker).send();
    let found = |instance: Source| Found::new(instance.db_instance_identifier.clone(), body(place, instance));
    let open = |page: DescribeDbInstancesOutput| Page::by_token(page.db_instances, page.marker).map(found);
    let mut listed = place.list(LIST, None, request, open).await;
    if listed.items.is_empty() {
        return listed;
    }
    let groups = listed.items.iter().filter_map(|found| found.attributes()?.parameter_group.clone()).collect();
    let (parameters, pending, support) = tokio::join!(
        Parameters::of_instances(place, client, groups),
        maintenance::read(place, client),
        Support::read(place, client),
    );
    listed.complete(|_, instance| {
        instance.parameters = parameters.of(place, instance.parameter_group.as_deref());
        instance.pending_maintenance = under(&pending, &instance.arn);
        instance.standard_support_ends_at = support.ends_at(place, &instance.engine, &instance.engine_version);
    });
    listed
}

fn body(place: &Place<'_>, instance: Source) -> Option<(String, DbInstance)> {
    let groups = instance.vpc_security_groups.unwrap_or_default();
    let subnets = instance.db_subnet_group.and_then(|group| group.subnets).unwrap_or_default();
    // An instance has exactly one parameter group.
    let parameters = instance.db_parameter_groups.unwrap_or_default().into_iter().next();
    let (parameter_group, apply_status) =
        parameters.map(|group| (group.db_parameter_group_name, group.parameter_apply_status)).unwrap_or_default();
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
        subnets: subnets.into_iter().map(|subnet| subnet.subnet_identifier).collect::<Option<_>>()?,
        iam_database_authentication_enabled: instance.iam_database_authentication_enabled?,
        enabled_cloudwatch_logs_exports: instance.enabled_cloudwatch_logs_exports.unwrap_or_default(),
        db_cluster_identifier: text(instance.db_cluster_identifier),
        parameter_group: text(parameter_group),
        parameter_apply_status: text(apply_status),
        parameters: place.unread(OF_INSTANCES),
        pending_maintenance: place.unread(maintenance::LIST),
        standard_support_ends_at: place.unread(support::LIST),
        multi_az: instance.multi_az?,
        deletion_protection: instance.deletion_protection?,
        auto_minor_version_upgrade: instance.auto_minor_version_upgrade?,
        backup_retention_period: instance.backup_retention_period?.into(),
        latest_restorable_time: optional_moment(instance.latest_restorable_time.as_ref())?,
        read_replica_source: text(instance.read_replica_source_db_instance_identifier),
        snapshots: place.unread(snapshots::LIST),
        tags: tags(instance.tag_list),
    };
    Some((instance.db_instance_identifier?, attributes))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::call::{Door, Proven};

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
            .iam_database_authentication_enabled(false)
            .backup_retention_period(7);
        let door = Door::new(BTreeSet::new(), 1, &());
        let place = Place::global(&door, "000000000000", Proven::default());
        assert!(body(&place, instance.clone().build()).is_none());
        let (name, attributes) = body(&place, instance.storage_encrypted(true).build()).unwrap();
        assert_eq!((name.as_str(), attributes.latest_restorable_time), ("main", None));
    }
}
