//! What a bucket keeps: versions, for how long, and copies elsewhere.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{
    BucketVersioningStatus, LifecycleRule as SourceLifecycleRule, LifecycleRuleFilter, MfaDeleteStatus,
    ObjectLockConfiguration, ObjectLockEnabled, ReplicationRule as SourceReplicationRule, ReplicationRuleFilter,
};
use trackera_core::resource::{ErrorClass, Gap, LifecycleRule, ObjectLock, Observed, ReplicationRule};

use super::buckets::present;
use super::home::Home;
use crate::convert::given;

const VERSIONING: &str = "s3:GetBucketVersioning";
const LIFECYCLE: &str = "s3:GetBucketLifecycleConfiguration";
const REPLICATION: &str = "s3:GetBucketReplication";
const OBJECT_LOCK: &str = "s3:GetObjectLockConfiguration";
const DAYS_OF_A_YEAR: i64 = 365;

/// The settings of a bucket that decide what it keeps.
pub(super) struct Keeping {
    pub(super) versioning: Observed<Versioning>,
    pub(super) lifecycle_rules: Observed<Vec<LifecycleRule>>,
    pub(super) replication_rules: Observed<Vec<ReplicationRule>>,
    pub(super) object_lock: Observed<Option<ObjectLock>>,
}

/// Whether old versions are kept, and how hard they are to delete.
#[derive(Clone)]
pub(super) struct Versioning {
    pub(super) status: Option<String>,
    pub(super) mfa_delete: bool,
}

impl Keeping {
    /// Reads them all.
    pub(super) async fn read(home: &Home<'_>, name: &str) -> Self {
        let (versioning, lifecycle_rules, replication_rules, object_lock) = tokio::join!(
            versioning(home, name),
            lifecycle_rules(home, name),
            replication_rules(home, name),
            object_lock(home, name),
        );
        Self {
            versioning: Observed::from(versioning),
            lifecycle_rules: Observed::from(lifecycle_rules),
            replication_rules: Observed::from(replication_rules),
            object_lock: Observed::from(object_lock),
        }
    }
}

/// A bucket that never kept versions answers with neither of the two.
async fn versioning(home: &Home<'_>, name: &str) -> Result<Versioning, Gap> {
    let request = |client: Client, bucket| client.get_bucket_versioning().bucket(bucket).send();
    let answer = home.call(VERSIONING, name, request).await?;
    Ok(Versioning {
        status: answer.status.as_ref().map(BucketVersioningStatus::as_str).map(str::to_owned),
        mfa_delete: answer.mfa_delete == Some(MfaDeleteStatus::Enabled),
    })
}

async fn lifecycle_rules(home: &Home<'_>, name: &str) -> Result<Vec<LifecycleRule>, Gap> {
    let request = |client: Client, bucket| client.get_bucket_lifecycle_configuration().bucket(bucket).send();
    let answer = present(home.call(LIFECYCLE, name, request).await, "NoSuchLifecycleConfiguration")?;
    let Some(answer) = answer else { return Ok(Vec::new()) };
    let rules = answer.rules.and_then(|rules| rules.into_iter().map(lifecycle_rule).collect());
    rules.ok_or_else(|| home.place.gap(LIFECYCLE, Some(name), ErrorClass::MalformedAnswer))
}

fn lifecycle_rule(rule: SourceLifecycleRule) -> Option<LifecycleRule> {
    let (prefix, other_filters) = rule.filter.map(lifecycle_filter).unwrap_or_default();
    #[expect(deprecated, reason = "rules that were made before filters existed still carry their prefix so")]
    let prefix = prefix.or(rule.prefix);
    let old = rule.noncurrent_version_expiration.and_then(|expiration| expiration.noncurrent_days);
    let unfinished = rule.abort_incomplete_multipart_upload.and_then(|abort| abort.days_after_initiation);
    Some(LifecycleRule {
        id: rule.id.unwrap_or_default(),
        status: given(rule.status.as_str())?,
        prefix: prefix.unwrap_or_default(),
        other_filters,
        expiration_days: rule.expiration.and_then(|expiration| expiration.days).map(i64::from),
        noncurrent_version_expiration_days: old.map(i64::from),
        abort_incomplete_multipart_upload_days: unfinished.map(i64::from),
    })
}

type Filter = (Option<String>, Vec<String>);

fn lifecycle_filter(filter: LifecycleRuleFilter) -> Filter {
    let all = filter.and.unwrap_or_else(|| aws_sdk_s3::types::LifecycleRuleAndOperator::builder().build());
    let narrowed = [
        (filter.tag.is_some() || all.tags.is_some(), "tag"),
        (filter.object_size_greater_than.or(all.object_size_greater_than).is_some(), "object_size_greater_than"),
        (filter.object_size_less_than.or(all.object_size_less_than).is_some(), "object_size_less_than"),
    ];
    let others = narrowed.into_iter().filter(|(given, _)| *given).map(|(_, name)| name.to_owned()).collect();
    (filter.prefix.or(all.prefix), others)
}

async fn replication_rules(home: &Home<'_>, name: &str) -> Result<Vec<ReplicationRule>, Gap> {
    let request = |client: Client, bucket| client.get_bucket_replication().bucket(bucket).send();
    let answer = present(home.call(REPLICATION, name, request).await, "ReplicationConfigurationNotFoundError")?;
    let Some(answer) = answer else { return Ok(Vec::new()) };
    let rules = answer.replication_configuration.map(|configuration| configuration.rules);
    let rules = rules.and_then(|rules| rules.into_iter().map(replication_rule).collect());
    rules.ok_or_else(|| home.place.gap(REPLICATION, Some(name), ErrorClass::MalformedAnswer))
}

fn replication_rule(rule: SourceReplicationRule) -> Option<ReplicationRule> {
    let (prefix, other_filters) = rule.filter.map(replication_filter).unwrap_or_default();
    #[expect(deprecated, reason = "rules that were made before filters existed still carry their prefix so")]
    let prefix = prefix.or(rule.prefix);
    let destination = rule.destination?.bucket;
    Some(ReplicationRule {
        id: rule.id.unwrap_or_default(),
        status: given(rule.status.as_str())?,
        prefix: prefix.unwrap_or_default(),
        other_filters,
        // The destination is an ARN that ends in the bucket's name.
        destination_bucket: destination.rsplit(':').next().unwrap_or(&destination).to_owned(),
    })
}

fn replication_filter(filter: ReplicationRuleFilter) -> Filter {
    let (prefix, tags) = filter.and.map(|all| (all.prefix, all.tags)).unwrap_or_default();
    let by_tag = filter.tag.is_some() || tags.is_some();
    (filter.prefix.or(prefix), by_tag.then(|| "tag".to_owned()).into_iter().collect())
}

async fn object_lock(home: &Home<'_>, name: &str) -> Result<Option<ObjectLock>, Gap> {
    let request = |client: Client, bucket| client.get_object_lock_configuration().bucket(bucket).send();
    let answer = home.call(OBJECT_LOCK, name, request).await;
    let Some(answer) = present(answer, "ObjectLockConfigurationNotFoundError")? else { return Ok(None) };
    let lock = answer.object_lock_configuration.and_then(lock);
    lock.map(Some).ok_or_else(|| home.place.gap(OBJECT_LOCK, Some(name), ErrorClass::MalformedAnswer))
}

/// What is locked by default, if anything is; a configuration that is not switched on is none that S3 documents.
fn lock(configuration: ObjectLockConfiguration) -> Option<ObjectLock> {
    (configuration.object_lock_enabled? == ObjectLockEnabled::Enabled).then_some(())?;
    let default = configuration.rule.and_then(|rule| rule.default_retention);
    let Some(default) = default else { return Some(ObjectLock { mode: None, days: None }) };
    let years = default.years.map(|years| i64::from(years) * DAYS_OF_A_YEAR);
    Some(ObjectLock {
        mode: default.mode.map(|mode| mode.as_str().to_owned()),
        days: default.days.map(i64::from).or(years),
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::types::{
        DefaultRetention, Destination, ExpirationStatus, LifecycleRuleAndOperator, NoncurrentVersionExpiration,
        ObjectLockRetentionMode, ObjectLockRule, ReplicationRuleStatus, Tag,
    };

    use super::*;

    fn tag() -> Tag {
        Tag::builder().key("class").value("raw").build().unwrap()
    }

    #[test]
    fn a_rule_about_some_objects_is_told_from_one_about_all() {
        let rule = |filter| {
            let old = NoncurrentVersionExpiration::builder().noncurrent_days(90).build();
            let rule = SourceLifecycleRule::builder().id("old").status(ExpirationStatus::Enabled).set_filter(filter);
            lifecycle_rule(rule.noncurrent_version_expiration(old).build().unwrap()).unwrap()
        };
        let all = rule(None);
        assert_eq!((all.prefix.as_str(), all.other_filters.len()), ("", 0));
        assert_eq!(all.noncurrent_version_expiration_days, Some(90));
        assert_eq!(rule(Some(LifecycleRuleFilter::builder().tag(tag()).build())).other_filters, ["tag"]);
        let both = LifecycleRuleAndOperator::builder().prefix("tmp/").object_size_greater_than(1).build();
        let some = rule(Some(LifecycleRuleFilter::builder().and(both).build()));
        assert_eq!((some.prefix.as_str(), some.other_filters), ("tmp/", vec!["object_size_greater_than".to_owned()]));
    }

    #[test]
    fn the_destination_of_copies_is_a_name() {
        let to = Destination::builder().bucket("arn:aws-cn:s3:::copies").build().unwrap();
        let rule = SourceReplicationRule::builder().status(ReplicationRuleStatus::Enabled);
        let filter = ReplicationRuleFilter::builder().tag(tag()).build();
        let copied = replication_rule(rule.clone().filter(filter).destination(to).build().unwrap()).unwrap();
        assert_eq!((copied.destination_bucket.as_str(), copied.other_filters), ("copies", vec!["tag".to_owned()]));
        assert_eq!(replication_rule(rule.build().unwrap()), None);
    }

    #[test]
    fn locks_without_a_default_are_told_from_no_locks() {
        let enabled = || ObjectLockConfiguration::builder().object_lock_enabled(ObjectLockEnabled::Enabled);
        assert_eq!(lock(enabled().build()), Some(ObjectLock { mode: None, days: None }));
        assert_eq!(lock(ObjectLockConfiguration::builder().build()), None);
        let years = DefaultRetention::builder().mode(ObjectLockRetentionMode::Compliance).years(2).build();
        let rule = ObjectLockRule::builder().default_retention(years).build();
        let locked = lock(enabled().rule(rule).build()).unwrap();
        assert_eq!((locked.mode.as_deref(), locked.days), (Some("COMPLIANCE"), Some(730)));
    }
}
