//! Snapshots of database instances, and whom they are shared with.

use aws_sdk_rds::Client;
use aws_sdk_rds::operation::describe_db_snapshots::DescribeDbSnapshotsOutput;
use aws_sdk_rds::types::{DbSnapshot as Source, DbSnapshotAttribute};
use trackera_core::resource::{DbSnapshot, ErrorClass, Gap};

use super::{PAGE_SIZE, tags};
use crate::assemble::Found;
use crate::call::Place;
use crate::convert::{optional_moment, text};
use crate::lists::{Listed, Page};

pub(super) const LIST: &str = "rds:DescribeDBSnapshots";
const SHARED_WITH: &str = "rds:DescribeDBSnapshotAttributes";
/// The attribute that names who may restore a snapshot.
pub(super) const RESTORE: &str = "restore";
/// Snapshots of this type cannot be shared, and have no such attribute to ask for.
pub(super) const AUTOMATED: &str = "automated";

/// Lists the account's own snapshots; those that others share with it are not its backups.
pub(super) async fn list(place: &Place<'_>, client: &Client) -> Listed<Found<DbSnapshot>> {
    let request = |marker| client.describe_db_snapshots().max_records(PAGE_SIZE).set_marker(marker).send();
    let found = |snapshot: Source| Found::new(snapshot.db_snapshot_identifier.clone(), body(place, snapshot));
    let open = |page: DescribeDbSnapshotsOutput| Page::by_token(page.db_snapshots, page.marker).map(found);
    let mut listed = place.list(LIST, None, request, open).await;
    let shared_with = |id: String, snapshot: &DbSnapshot| {
        let automated = snapshot.snapshot_type == AUTOMATED && place.wants(SHARED_WITH);
        async move { if automated { Ok(Vec::new()) } else { shared_with(place, client, &id).await } }
    };
    listed.ask(shared_with, |snapshot, shared_with| snapshot.shared_with = shared_with).await;
    listed
}

async fn shared_with(place: &Place<'_>, client: &Client, id: &str) -> Result<Vec<String>, Gap> {
    let request = || client.describe_db_snapshot_attributes().db_snapshot_identifier(id).send();
    let answer = place.call(SHARED_WITH, Some(id), request).await?;
    let attributes = answer.db_snapshot_attributes_result.and_then(|result| result.db_snapshot_attributes);
    let holders = attributes.and_then(holders);
    holders.ok_or_else(|| place.gap(SHARED_WITH, Some(id), ErrorClass::MalformedAnswer))
}

/// Who may restore; an answer that does not say so is no answer. An attribute without values names nobody.
fn holders(attributes: Vec<DbSnapshotAttribute>) -> Option<Vec<String>> {
    let restore = attributes.into_iter().find(|attribute| attribute.attribute_name() == Some(RESTORE))?;
    Some(restore.attribute_values.unwrap_or_default())
}

fn body(place: &Place<'_>, snapshot: Source) -> Option<(String, DbSnapshot)> {
    let attributes = DbSnapshot {
        arn: snapshot.db_snapshot_arn?,
        db_instance_identifier: snapshot.db_instance_identifier?,
        snapshot_type: snapshot.snapshot_type?,
        status: snapshot.status?,
        snapshot_create_time: optional_moment(snapshot.snapshot_create_time.as_ref())?,
        original_snapshot_create_time: optional_moment(snapshot.original_snapshot_create_time.as_ref())?,
        encrypted: snapshot.encrypted?,
        kms_key_id: text(snapshot.kms_key_id),
        source_region: text(snapshot.source_region),
        shared_with: place.unread(SHARED_WITH),
        tags: tags(snapshot.tag_list),
    };
    Some((snapshot.db_snapshot_identifier?, attributes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_does_not_say_who_may_restore_is_not_taken_for_nobody() {
        let attribute = |name: &str| DbSnapshotAttribute::builder().attribute_name(name);
        assert_eq!(holders(vec![attribute("other").attribute_values("all").build()]), None);
        assert_eq!(holders(vec![attribute(RESTORE).build()]), Some(Vec::new()));
        let shared = attribute(RESTORE).attribute_values("all").attribute_values("111122223333").build();
        assert_eq!(holders(vec![shared]).unwrap(), ["all", "111122223333"]);
    }
}
