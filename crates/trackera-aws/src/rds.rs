//! Databases and their backups.

mod automated_backups;
mod instances;
mod snapshots;

use std::collections::BTreeMap;

use aws_sdk_rds::types::Tag;
use trackera_core::resource::{AutomatedBackup, DbInstance, DbSnapshot, Kind as _};

use crate::assemble::Part;
use crate::call::Place;
use crate::request::Request;
use crate::session::Session;

/// Each of the lists gives at most so many in one page.
const PAGE_SIZE: i32 = 100;

/// Collects instances, snapshots and automated backups: the list of snapshots serves the first two.
pub(crate) async fn collect(place: &Place<'_>, session: &Session, request: &Request) -> Part {
    let wants_instances = request.demand.wants_kind(DbInstance::NAME);
    let wants_snapshots = request.demand.wants_kind(DbSnapshot::NAME);
    let wants_backups = request.demand.wants_kind(AutomatedBackup::NAME);
    let mut part = Part::default();
    if !wants_instances && !wants_snapshots && !wants_backups {
        return part;
    }
    let client = &session.rds(&place.region);
    let instances = async { if wants_instances { Some(instances::list(place, client).await) } else { None } };
    let snapshots = snapshots::list(place, client, wants_snapshots);
    let backups = async { if wants_backups { Some(automated_backups::list(place, client).await) } else { None } };
    let (instances, snapshots, backups) = tokio::join!(instances, snapshots, backups);
    if let Some(instances) = instances {
        instances::add(&mut part, place, instances, &snapshots);
    }
    if wants_snapshots {
        snapshots::add(&mut part, place, snapshots);
    }
    if let Some(backups) = backups {
        automated_backups::add(&mut part, place, backups);
    }
    part
}

fn tags(tags: Option<Vec<Tag>>) -> BTreeMap<String, String> {
    let pair = |tag: Tag| Some((tag.key?, tag.value.unwrap_or_default()));
    tags.unwrap_or_default().into_iter().filter_map(pair).collect()
}
