//! The settings that each region has.

use aws_sdk_ec2::Client;
use futures_util::future::join_all;
use trackera_core::resource::{ErrorClass, Gap, Observed, Region};

use super::{Answer, LIST, Plan};
use crate::assemble::{Found, Part};
use crate::call::{Failure, Place};
use crate::convert::text;
use crate::session::Session;

const ENCRYPTION: &str = "ec2:GetEbsEncryptionByDefault";
const KEY: &str = "ec2:GetEbsDefaultKmsKeyId";
const SNAPSHOTS: &str = "ec2:GetSnapshotBlockPublicAccessState";
const IMAGES: &str = "ec2:GetImageBlockPublicAccessState";
const METADATA: &str = "ec2:GetInstanceMetadataDefaults";

/// The regions as resources.
pub(crate) async fn collect(place: &Place<'_>, session: &Session, answer: &Answer, plan: &Plan) -> Part {
    let refused = answer.as_ref().and_then(|answer| answer.as_ref().err()).cloned();
    let known = plan.targets.iter().filter_map(|target| Some((&target.name, target.opt_in_status.as_ref()?)));
    let regions = known.map(async |(name, status)| {
        let region = region(&place.at(name, true), &session.ec2(name), status).await;
        Found::new(Some(name.clone()), Some((name.clone(), region))).in_region(name)
    });
    let regions = join_all(regions).await;
    let mut part = Part::default();
    part.add(place, LIST, refused.into_iter().collect(), regions);
    part
}

async fn region(place: &Place<'_>, client: &Client, opt_in_status: &str) -> Region {
    let id = Some(place.region.as_str());
    let (encryption, key, snapshots, images, metadata) = tokio::join!(
        place.call(ENCRYPTION, id, || client.get_ebs_encryption_by_default().send()),
        place.call(KEY, id, || client.get_ebs_default_kms_key_id().send()),
        place.call(SNAPSHOTS, id, || client.get_snapshot_block_public_access_state().send()),
        place.call(IMAGES, id, || client.get_image_block_public_access_state().send()),
        place.call(METADATA, id, || client.get_instance_metadata_defaults().send()),
    );
    Region {
        opt_in_status: opt_in_status.to_owned(),
        ebs_encryption_by_default: told(place, ENCRYPTION, encryption, |answer| answer.ebs_encryption_by_default),
        ebs_default_kms_key_id: told(place, KEY, key, |answer| text(answer.kms_key_id)),
        snapshot_block_public_access_state: told(place, SNAPSHOTS, snapshots, |answer| {
            answer.state.map(|state| state.as_str().to_owned())
        }),
        image_block_public_access_state: told(place, IMAGES, images, |answer| {
            text(answer.image_block_public_access_state)
        }),
        // An account that set no defaults has none to tell.
        metadata_http_tokens_default: told(place, METADATA, metadata, |answer| {
            Some(answer.account_level.and_then(|defaults| Some(defaults.http_tokens?.as_str().to_owned())))
        }),
    }
}

/// What an answer says; an answer without it says nothing.
fn told<A, T>(
    place: &Place<'_>,
    operation: &str,
    answer: Result<A, Failure>,
    read: impl FnOnce(A) -> Option<T>,
) -> Observed<T> {
    let malformed = || place.gap(operation, Some(&place.region), ErrorClass::MalformedAnswer);
    answer.map_err(Gap::from).and_then(|answer| read(answer).ok_or_else(malformed)).into()
}
