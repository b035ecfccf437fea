//! Snapshots of database instances, and whom they are shared with.

use aws_sdk_rds::Client;
use aws_sdk_rds::types::DbSnapshot as Source;
use futures_util::future::join_all;
use trackera_core::resource::{DbSnapshot, ErrorClass, Gap, Observed};

use super::{PAGE_SIZE, tags};
use crate::assemble::{Found, Part};
use crate::call::Place;
use crate::convert::{optional_moment, text};
use crate::lists::{Listed, Page};

const LIST: &str = "rds:DescribeDBSnapshots";
const SHARED_WITH: &str = "rds:DescribeDBSnapshotAttributes";
/// The attribute that names who may restore a snapshot.
const RESTORE: &str = "restore";
/// Snapshots of this type cannot be shared, and have no such attribute to ask for.
const AUTOMATED: &str = "automated";

/// The snapshots of a region, each with those whom it is shared with.
pub(super) struct Snapshots {
    listed: Listed<(Source, Result<Vec<String>, Gap>)>,
}

impl Snapshots {
    /// The snapshots of an instance, if all snapshots are known.
    pub(super) fn of_instance(&self, instance: &str) -> Result<Vec<String>, Gap> {
        let of_instance = self.listed.whole()?.iter().filter(|(one, _)| one.db_instance_identifier() == Some(instance));
        Ok(of_instance.filter_map(|(one, _)| one.db_snapshot_identifier.clone()).collect())
    }
}

/// Lists the account's own snapshots; those that others share with it are not its backups.
pub(super) async fn list(place: &Place<'_>, client: &Client, wants_sharing: bool) -> Snapshots {
    let request = |marker| client.describe_db_snapshots().max_records(PAGE_SIZE).set_marker(marker).send();
    let listed = place.list(LIST, None, request, |page| Page::by_token(page.db_snapshots, page.marker)).await;
    let items = listed.items.into_iter().map(async |snapshot| {
        let shared_with = match wants_sharing {
            true => shared_with(place, client, &snapshot).await,
            false => Err(place.gap(SHARED_WITH, None, ErrorClass::NotCollected)),
        };
        (snapshot, shared_with)
    });
    Snapshots { listed: Listed { items: join_all(items).await, gaps: listed.gaps } }
}

async fn shared_with(place: &Place<'_>, client: &Client, snapshot: &Source) -> Result<Vec<String>, Gap> {
    if snapshot.snapshot_type() == Some(AUTOMATED) && place.wants(SHARED_WITH) {
        return Ok(Vec::new());
    }
    let id = snapshot.db_snapshot_identifier().unwrap_or_default();
    let request = || client.describe_db_snapshot_attributes().db_snapshot_identifier(id).send();
    let answer = place.call(SHARED_WITH, Some(id), request).await?;
    let attributes = answer.db_snapshot_attributes_result.and_then(|result| result.db_snapshot_attributes);
    let Some(attributes) = attributes else {
        return Err(place.gap(SHARED_WITH, Some(id), ErrorClass::MalformedAnswer));
    };
    let restore = attributes.into_iter().filter(|attribute| attribute.attribute_name() == Some(RESTORE));
    Ok(restore.flat_map(|attribute| attribute.attribute_values.unwrap_or_default()).collect())
}

pub(super) fn add(part: &mut Part, place: &Place<'_>, snapshots: Snapshots) {
    let found = snapshots.listed.items.into_iter().map(|(snapshot, shared_with)| {
        Found::new(snapshot.db_snapshot_identifier.clone(), body(snapshot, shared_with))
    });
    part.add(place, LIST, snapshots.listed.gaps, found);
}

fn body(snapshot: Source, shared_with: Result<Vec<String>, Gap>) -> Option<(String, DbSnapshot)> {
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
        shared_with: Observed::from(shared_with),
        tags: tags(snapshot.tag_list),
    };
    Some((snapshot.db_snapshot_identifier?, attributes))
}
