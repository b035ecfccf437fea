//! Snapshots of clusters, and whom they are shared with.

use aws_sdk_rds::Client;
use aws_sdk_rds::operation::describe_db_cluster_snapshots::DescribeDbClusterSnapshotsOutput;
use aws_sdk_rds::types::{DbClusterSnapshot as Source, DbClusterSnapshotAttribute};
use trackera_core::resource::{DbClusterSnapshot, ErrorClass, Gap};

use super::snapshots::{AUTOMATED, RESTORE};
use super::{PAGE_SIZE, tags};
use crate::assemble::Found;
use crate::call::Place;
use crate::convert::{optional_moment, text};
use crate::lists::{Listed, Page};

pub(super) const LIST: &str = "rds:DescribeDBClusterSnapshots";
const SHARED_WITH: &str = "rds:DescribeDBClusterSnapshotAttributes";

/// Lists the account's own snapshots.
pub(super) async fn list(place: &Place<'_>, client: &Client) -> Listed<Found<DbClusterSnapshot>> {
    let request = |marker| client.describe_db_cluster_snapshots().max_records(PAGE_SIZE).set_marker(marker).send();
    let found = |snapshot: Source| Found::new(snapshot.db_cluster_snapshot_identifier.clone(), body(place, snapshot));
    let open =
        |page: DescribeDbClusterSnapshotsOutput| Page::by_token(page.db_cluster_snapshots, page.marker).map(found);
    let mut listed = place.list(LIST, None, request, open).await;
    let shared_with = |id: String, snapshot: &DbClusterSnapshot| {
        let automated = snapshot.snapshot_type == AUTOMATED && place.wants(SHARED_WITH);
        async move { if automated { Ok(Vec::new()) } else { shared_with(place, client, &id).await } }
    };
    listed.ask(shared_with, |snapshot, shared_with| snapshot.shared_with = shared_with).await;
    listed
}

async fn shared_with(place: &Place<'_>, client: &Client, id: &str) -> Result<Vec<String>, Gap> {
    let request = || client.describe_db_cluster_snapshot_attributes().db_cluster_snapshot_identifier(id).send();
    let answer = place.call(SHARED_WITH, Some(id), request).await?;
    let result = answer.db_cluster_snapshot_attributes_result;
    let holders = result.and_then(|result| result.db_cluster_snapshot_attributes).and_then(holders);
    holders.ok_or_else(|| place.gap(SHARED_WITH, Some(id), ErrorClass::MalformedAnswer))
}

/// Who may restore; an answer that does not say so is no answer. An attribute without values names nobody.
fn holders(attributes: Vec<DbClusterSnapshotAttribute>) -> Option<Vec<String>> {
    let restore = attributes.into_iter().find(|attribute| attribute.attribute_name() == Some(RESTORE))?;
    Some(restore.attribute_values.unwrap_or_default())
}

fn body(place: &Place<'_>, snapshot: Source) -> Option<(String, DbClusterSnapshot)> {
    let attributes = DbClusterSnapshot {
        arn: snapshot.db_cluster_snapshot_arn?,
        db_cluster_identifier: snapshot.db_cluster_identifier?,
        snapshot_type: snapshot.snapshot_type?,
        status: snapshot.status?,
        snapshot_create_time: optional_moment(snapshot.snapshot_create_time.as_ref())?,
        storage_encrypted: snapshot.storage_encrypted?,
        kms_key_id: text(snapshot.kms_key_id),
        shared_with: place.unread(SHARED_WITH),
        tags: tags(snapshot.tag_list),
    };
    Some((snapshot.db_cluster_snapshot_identifier?, attributes))
}
