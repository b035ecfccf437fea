//! Buckets and their settings, each asked for in the bucket's own region.

use std::collections::BTreeMap;

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{Bucket as Source, PublicAccessBlockConfiguration, ServerSideEncryptionConfiguration};
use futures_util::future::join_all;
use trackera_core::resource::{Bucket, BucketEncryption, ErrorClass, Gap, Observed, PublicAccessBlock};

use super::home::Home;
use crate::assemble::{Found, Part};
use crate::call::{Failure, Place};
use crate::convert::{moment, text};
use crate::lists::Page;
use crate::session::Session;

const LIST: &str = "s3:ListBuckets";
const ENCRYPTION: &str = "s3:GetBucketEncryption";
const PUBLIC_ACCESS_BLOCK: &str = "s3:GetPublicAccessBlock";
const TAGS: &str = "s3:GetBucketTagging";
/// The list names the region of each bucket only when it is asked for in pages.
const PAGE_SIZE: i32 = 1000;

pub(super) async fn collect(place: &Place<'_>, session: &Session) -> Part {
    let client = session.s3(session.region());
    let request = |token| client.list_buckets().max_buckets(PAGE_SIZE).set_continuation_token(token).send();
    let listed = place.list(LIST, None, request, |page| Page::by_token(page.buckets, page.continuation_token)).await;
    let looked = join_all(listed.items.into_iter().map(|bucket| look(place, session, bucket))).await;
    let (found, unplaced): (Vec<_>, Vec<_>) = looked.into_iter().unzip();
    let mut part = Part::default();
    let gaps = listed.gaps.into_iter().chain(unplaced.into_iter().flatten()).collect();
    part.add(place, LIST, gaps, found);
    part
}

/// One bucket, and why its region is not known if it is not.
async fn look(place: &Place<'_>, session: &Session, bucket: Source) -> (Found<Bucket>, Option<Gap>) {
    let Some((name, created)) = bucket.name.clone().zip(bucket.creation_date.as_ref().and_then(moment)) else {
        return (Found::new(bucket.name, None), None);
    };
    let home = Home::find(place, session, &name, text(bucket.bucket_region)).await;
    let (encryption, public_access_block, tags) =
        tokio::join!(encryption(&home, &name), public_access_block(&home, &name), tags(&home, &name));
    let attributes = Bucket {
        creation_date: created,
        encryption: Observed::from(encryption),
        public_access_block: Observed::from(public_access_block),
        policy: unread(&home, "s3:GetBucketPolicy"),
        policy_is_public: unread(&home, "s3:GetBucketPolicyStatus"),
        acl_grants: unread(&home, "s3:GetBucketAcl"),
        object_ownership: unread(&home, "s3:GetBucketOwnershipControls"),
        versioning_status: unread(&home, "s3:GetBucketVersioning"),
        mfa_delete: unread(&home, "s3:GetBucketVersioning"),
        lifecycle_rules: unread(&home, "s3:GetBucketLifecycleConfiguration"),
        replication_rules: unread(&home, "s3:GetBucketReplication"),
        object_lock: unread(&home, "s3:GetObjectLockConfiguration"),
        logging_target_bucket: unread(&home, "s3:GetBucketLogging"),
        tags: Observed::from(tags),
    };
    (Found::new(Some(name.clone()), Some((name, attributes))).in_region(&home.place.region), home.gap)
}

fn unread<T>(home: &Home<'_>, operation: &str) -> Observed<T> {
    Observed::Unknown(home.place.gap(operation, None, ErrorClass::NotCollected))
}

/// The answer as a value, or its absence where the service has a documented code for that.
fn present<T>(answer: Result<T, Failure>, absent: &str) -> Result<Option<T>, Gap> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(failure) if failure.is(absent) => Ok(None),
        Err(failure) => Err(failure.gap),
    }
}

async fn encryption(home: &Home<'_>, name: &str) -> Result<Option<BucketEncryption>, Gap> {
    let request = |client: Client, bucket| client.get_bucket_encryption().bucket(bucket).send();
    let answer = home.call(ENCRYPTION, name, request).await;
    let Some(answer) = present(answer, "ServerSideEncryptionConfigurationNotFoundError")? else { return Ok(None) };
    let default = answer.server_side_encryption_configuration.and_then(default_encryption);
    default.map(Some).ok_or_else(|| home.place.gap(ENCRYPTION, Some(name), ErrorClass::MalformedAnswer))
}

fn default_encryption(configuration: ServerSideEncryptionConfiguration) -> Option<BucketEncryption> {
    let mut defaults = configuration.rules.into_iter().filter_map(|rule| rule.apply_server_side_encryption_by_default);
    let default = defaults.next()?;
    Some(BucketEncryption {
        sse_algorithm: default.sse_algorithm.as_str().to_owned(),
        kms_master_key_id: text(default.kms_master_key_id),
    })
}

async fn public_access_block(home: &Home<'_>, name: &str) -> Result<Option<PublicAccessBlock>, Gap> {
    let request = |client: Client, bucket| client.get_public_access_block().bucket(bucket).send();
    let answer = home.call(PUBLIC_ACCESS_BLOCK, name, request).await;
    let Some(answer) = present(answer, "NoSuchPublicAccessBlockConfiguration")? else { return Ok(None) };
    let block = answer.public_access_block_configuration.map(block);
    block.map(Some).ok_or_else(|| home.place.gap(PUBLIC_ACCESS_BLOCK, Some(name), ErrorClass::MalformedAnswer))
}

/// A switch that is not named is off.
fn block(configuration: PublicAccessBlockConfiguration) -> PublicAccessBlock {
    PublicAccessBlock {
        block_public_acls: configuration.block_public_acls.unwrap_or_default(),
        ignore_public_acls: configuration.ignore_public_acls.unwrap_or_default(),
        block_public_policy: configuration.block_public_policy.unwrap_or_default(),
        restrict_public_buckets: configuration.restrict_public_buckets.unwrap_or_default(),
    }
}

async fn tags(home: &Home<'_>, name: &str) -> Result<BTreeMap<String, String>, Gap> {
    let request = |client: Client, bucket| client.get_bucket_tagging().bucket(bucket).send();
    let answer = present(home.call(TAGS, name, request).await, "NoSuchTagSet")?;
    let tags = answer.map(|answer| answer.tag_set).unwrap_or_default();
    Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::types::{ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionRule};

    use super::*;

    #[test]
    fn the_default_encryption_is_found_among_the_rules() {
        let default = ServerSideEncryptionByDefault::builder().sse_algorithm(ServerSideEncryption::AwsKms);
        let rule = ServerSideEncryptionRule::builder()
            .apply_server_side_encryption_by_default(default.kms_master_key_id("key").build().unwrap());
        let configuration = ServerSideEncryptionConfiguration::builder()
            .rules(ServerSideEncryptionRule::builder().bucket_key_enabled(true).build())
            .rules(rule.build());
        let found = default_encryption(configuration.build().unwrap()).unwrap();
        assert_eq!((found.sse_algorithm.as_str(), found.kms_master_key_id.as_deref()), ("aws:kms", Some("key")));
    }
}
