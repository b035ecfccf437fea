//! Clusters of databases.

use aws_sdk_rds::Client;
use aws_sdk_rds::operation::describe_db_clusters::DescribeDbClustersOutput;
use aws_sdk_rds::types::DbCluster as Source;
use trackera_core::resource::DbCluster;

use super::parameters::{OF_CLUSTERS, Parameters};
use super::{PAGE_SIZE, tags};
use crate::assemble::Found;
use crate::call::Place;
use crate::convert::{optional_moment, text};
use crate::lists::{Listed, Page};

pub(super) const LIST: &str = "rds:DescribeDBClusters";

pub(super) async fn list(place: &Place<'_>, client: &Client) -> Listed<Found<DbCluster>> {
    let request = |marker| client.describe_db_clusters().max_records(PAGE_SIZE).set_marker(marker).send();
    let found = |cluster: Source| Found::new(cluster.db_cluster_identifier.clone(), body(place, cluster));
    let open = |page: DescribeDbClustersOutput| Page::by_token(page.db_clusters, page.marker).map(found);
    let mut listed = place.list(LIST, None, request, open).await;
    let groups = listed.items.iter().filter_map(Found::attributes).map(|cluster| cluster.parameter_group.clone());
    let parameters = Parameters::of_clusters(place, client, groups.collect()).await;
    listed.complete(|_, cluster| cluster.parameters = parameters.of(place, Some(&cluster.parameter_group)));
    listed
}

fn body(place: &Place<'_>, cluster: Source) -> Option<(String, DbCluster)> {
    let groups = cluster.vpc_security_groups.unwrap_or_default();
    let members = cluster.db_cluster_members.unwrap_or_default();
    let attributes = DbCluster {
        arn: cluster.db_cluster_arn?,
        engine: cluster.engine?,
        engine_version: cluster.engine_version.unwrap_or_default(),
        status: cluster.status?,
        storage_encrypted: cluster.storage_encrypted?,
        kms_key_id: text(cluster.kms_key_id),
        vpc_security_groups: groups.into_iter().map(|group| group.vpc_security_group_id).collect::<Option<_>>()?,
        members: members.into_iter().map(|member| member.db_instance_identifier).collect::<Option<_>>()?,
        multi_az: cluster.multi_az?,
        deletion_protection: cluster.deletion_protection?,
        iam_database_authentication_enabled: cluster.iam_database_authentication_enabled?,
        backup_retention_period: cluster.backup_retention_period?.into(),
        latest_restorable_time: optional_moment(cluster.latest_restorable_time.as_ref())?,
        replication_source: text(cluster.replication_source_identifier),
        enabled_cloudwatch_logs_exports: cluster.enabled_cloudwatch_logs_exports.unwrap_or_default(),
        parameter_group: cluster.db_cluster_parameter_group?,
        parameters: place.unread(OF_CLUSTERS),
        tags: tags(cluster.tag_list),
    };
    Some((cluster.db_cluster_identifier?, attributes))
}
