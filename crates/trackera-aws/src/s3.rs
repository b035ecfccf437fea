//! Object storage: buckets, and the places in them where dumps are expected.

mod access;
mod backup_locations;
mod buckets;
mod home;
mod keeping;
mod sample;

use trackera_core::resource::{BackupLocation, Bucket, Kind as _};

use crate::assemble::Part;
use crate::call::Place;
use crate::request::{BackupPlace, Request};
use crate::session::Session;

/// Collects buckets and backup places; `backups` is `None` for an account that the places are not read through.
pub(crate) async fn collect(
    place: &Place<'_>,
    session: &Session,
    request: &Request,
    backups: Option<&[BackupPlace]>,
) -> Part {
    let wants_buckets = request.demand.wants_kind(Bucket::NAME);
    let backups = backups.filter(|_| request.demand.wants_kind(BackupLocation::NAME));
    let buckets = async { if wants_buckets { buckets::collect(place, session).await } else { Part::default() } };
    let backups = async {
        match backups {
            Some(backups) => backup_locations::collect(place, session, backups).await,
            None => Part::default(),
        }
    };
    let (mut part, backups) = tokio::join!(buckets, backups);
    part.merge(backups);
    part
}
