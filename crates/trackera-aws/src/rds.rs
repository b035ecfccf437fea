//! Databases and their backups.

mod automated_backups;
mod cluster_snapshots;
mod clusters;
mod instances;
mod maintenance;
mod parameters;
mod snapshots;
mod support;

use std::collections::BTreeMap;

use aws_sdk_rds::types::Tag;
use trackera_core::resource::{AutomatedBackup, DbCluster, DbClusterSnapshot, DbInstance, DbSnapshot, Kind as _};

use crate::assemble::{Part, under};
use crate::call::Place;
use crate::request::Request;
use crate::session::Session;

/// Each of the lists gives at most so many in one page.
const PAGE_SIZE: i32 = 100;

/// Collects databases and their backups: some of the lists serve two kinds. One that nobody wants costs no call.
pub(crate) async fn collect(place: &Place<'_>, session: &Session, request: &Request) -> Part {
    let demand = &request.demand;
    let kinds = [DbInstance::NAME, DbSnapshot::NAME, AutomatedBackup::NAME, DbCluster::NAME, DbClusterSnapshot::NAME];
    let mut part = Part::default();
    if !kinds.iter().any(|kind| demand.wants_kind(kind)) {
        return part;
    }
    let client = &session.rds(&place.region);
    let (mut instances, clusters, snapshots, cluster_snapshots, backups) = tokio::join!(
        instances::list(place, client),
        clusters::list(place, client),
        snapshots::list(place, client),
        cluster_snapshots::list(place, client),
        automated_backups::list(place, client),
    );
    let of_instance = snapshots.by(place, snapshots::LIST, |one| std::slice::from_ref(&one.db_instance_identifier));
    instances.complete(|id, instance| instance.snapshots = under(&of_instance, id));
    part.add_wanted(place, demand, instances::LIST, instances);
    part.add_wanted(place, demand, clusters::LIST, clusters);
    part.add_wanted(place, demand, snapshots::LIST, snapshots);
    part.add_wanted(place, demand, cluster_snapshots::LIST, cluster_snapshots);
    part.add_wanted(place, demand, automated_backups::LIST, backups);
    part
}

fn tags(tags: Option<Vec<Tag>>) -> BTreeMap<String, String> {
    let pair = |tag: Tag| Some((tag.key?, tag.value.unwrap_or_default()));
    tags.unwrap_or_default().into_iter().filter_map(pair).collect()
}
