//! Buckets and their settings, each asked for in the bucket's own region.

use std::collections::BTreeMap;

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{Bucket as Source, ServerSideEncryptionConfiguration};
use jiff::Timestamp;
use trackera_core::resource::{Bucket, BucketEncryption, ErrorClass, Gap, Observed};

use super::access::Access;
use super::home::Home;
use super::keeping::Keeping;
use crate::assemble::{Found, Part};
use crate::beside::beside;
use crate::call::{Failure, Place};
use crate::convert::{moment, text};
use crate::lists::Page;
use crate::session::Session;

const LIST: &str = "s3:ListBuckets";
const ENCRYPTION: &str = "s3:GetBucketEncryption";
const LOGGING: &str = "s3:GetBucketLogging";
const TAGS: &str = "s3:GetBucketTagging";
/// The list names the region of each bucket only when it is asked for in pages.
const PAGE_SIZE: i32 = 1000;

pub(super) async fn collect(place: &Place<'_>, session: &Session) -> Part {
    let client = session.s3(session.region());
    let request = |token| client.list_buckets().max_buckets(PAGE_SIZE).set_continuation_token(token).send();
    let listed = place.list(LIST, None, request, |page| Page::by_token(page.buckets, page.continuation_token)).await;
    let looked = beside(listed.items.into_iter().map(|bucket| look(place, session, bucket))).await;
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
    let attributes = read(&home, &name, created).await;
    (Found::new(Some(name.clone()), Some((name, attributes))).in_region(&home.place.region), home.gap)
}

async fn read(home: &Home<'_>, name: &str, creation_date: Timestamp) -> Bucket {
    let (encryption, tags, logging_target_bucket, access, keeping) = tokio::join!(
        encryption(home, name),
        tags(home, name),
        logging(home, name),
        Access::read(home, name),
        Keeping::read(home, name),
    );
    Bucket {
        creation_date,
        encryption: Observed::from(encryption),
        public_access_block: access.public_access_block,
        policy: access.policy,
        policy_is_public: access.policy_is_public,
        acl_grants: access.acl_grants,
        object_ownership: access.object_ownership,
        versioning_status: keeping.versioning.clone().map(|versioning| versioning.status),
        mfa_delete: keeping.versioning.map(|versioning| versioning.mfa_delete),
        lifecycle_rules: keeping.lifecycle_rules,
        replication_rules: keeping.replication_rules,
        object_lock: keeping.object_lock,
        logging_target_bucket: Observed::from(logging_target_bucket),
        tags: Observed::from(tags),
    }
}

/// The answer as a value, or its absence where the service has a documented code for that.
pub(super) fn present<T>(answer: Result<T, Failure>, absent: &str) -> Result<Option<T>, Gap> {
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

/// The bucket that the access log goes to; an answer without one means that none is kept.
async fn logging(home: &Home<'_>, name: &str) -> Result<Option<String>, Gap> {
    let request = |client: Client, bucket| client.get_bucket_logging().bucket(bucket).send();
    let answer = home.call(LOGGING, name, request).await?;
    Ok(answer.logging_enabled.map(|logging| logging.target_bucket))
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
