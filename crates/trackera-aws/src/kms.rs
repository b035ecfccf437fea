//! Encryption keys: listed by id, described one by one.

use std::collections::BTreeMap;

use aws_sdk_kms::Client;
use aws_sdk_kms::operation::list_aliases::ListAliasesOutput;
use aws_sdk_kms::types::{
    AliasListEntry, KeyListEntry, KeyManagerType, KeyMetadata, KeySpec, KeyState, KeyUsageType, OriginType,
};
use trackera_core::identity::parse_document;
use trackera_core::resource::{ErrorClass, Gap, Key, Kind as _, Observed, PolicyDocument};

use crate::assemble::{Found, Part};
use crate::beside::beside;
use crate::call::Place;
use crate::convert::{moment, optional_moment};
use crate::lists::{Listed, Page};
use crate::request::Request;
use crate::session::Session;

const LIST: &str = "kms:ListKeys";
const DESCRIBE: &str = "kms:DescribeKey";
const ALIASES: &str = "kms:ListAliases";
const ROTATION: &str = "kms:GetKeyRotationStatus";
const POLICY: &str = "kms:GetKeyPolicy";
/// Every key has one policy, and that is its name.
const POLICY_NAME: &str = "default";
const KEYS_PER_PAGE: i32 = 1000;
const ALIASES_PER_PAGE: i32 = 100;

/// Collects keys, those of AWS included: resources name them too.
pub(crate) async fn collect(place: &Place<'_>, session: &Session, request: &Request) -> Part {
    let mut part = Part::default();
    if !request.demand.wants_kind(Key::NAME) {
        return part;
    }
    let client = &session.kms(&place.region);
    let Listed { items: keys, mut gaps } = list(place, client).await;
    let mut found = Vec::new();
    if !keys.is_empty() {
        let keys = beside(keys.into_iter().map(|key| look(place, client, key)));
        let (keys, aliases) = tokio::join!(keys, aliases(place, client));
        for key in keys {
            match key {
                Ok(seen) => found.push(Found::new(Some(seen.key.key_id.clone()), body(seen, &aliases))),
                Err(gap) => gaps.push(gap),
            }
        }
    }
    part.add(place, LIST, gaps, found);
    part
}

async fn list(place: &Place<'_>, client: &Client) -> Listed<KeyListEntry> {
    let request = |marker| client.list_keys().limit(KEYS_PER_PAGE).set_marker(marker).send();
    place.list(LIST, None, request, |page| Page::by_flag(page.keys, page.truncated, page.next_marker)).await
}

/// A key with what only calls about that key tell.
struct Seen {
    key: KeyMetadata,
    key_rotation_enabled: Observed<Option<bool>>,
    policy: Observed<Option<PolicyDocument>>,
}

async fn look(place: &Place<'_>, client: &Client, key: KeyListEntry) -> Result<Seen, Gap> {
    let id = key.key_id.ok_or_else(|| place.gap(LIST, None, ErrorClass::MalformedAnswer))?;
    let answer = place.call(DESCRIBE, Some(&id), || client.describe_key().key_id(&id).send()).await?;
    let key = answer.key_metadata.ok_or_else(|| place.gap(DESCRIBE, Some(&id), ErrorClass::MalformedAnswer))?;
    let (key_rotation_enabled, policy) = tokio::join!(rotation(place, client, &key), policy(place, client, &key));
    Ok(Seen { key, key_rotation_enabled, policy: Observed::from(policy) })
}

/// The policy of a key that the account itself manages; those of AWS's keys are AWS's own.
async fn policy(place: &Place<'_>, client: &Client, key: &KeyMetadata) -> Result<Option<PolicyDocument>, Gap> {
    if place.wants(POLICY) && key.key_manager() == Some(&KeyManagerType::Aws) {
        return Ok(None);
    }
    let id = key.key_id();
    let request = || client.get_key_policy().key_id(id).policy_name(POLICY_NAME).send();
    let answer = place.call(POLICY, Some(id), request).await?;
    let document = answer.policy.and_then(|text| parse_document(&text).ok());
    document.map(Some).ok_or_else(|| place.gap(POLICY, Some(id), ErrorClass::MalformedAnswer))
}

async fn rotation(place: &Place<'_>, client: &Client, key: &KeyMetadata) -> Observed<Option<bool>> {
    if !place.wants(ROTATION) || can_rotate(key) {
        let id = key.key_id();
        let answer = place.call(ROTATION, Some(id), || client.get_key_rotation_status().key_id(id).send()).await;
        return answer.map(|answer| Some(answer.key_rotation_enabled)).map_err(Gap::from).into();
    }
    Observed::Known(None)
}

/// Only symmetric encryption keys of the account itself, with material that KMS made, are rotated automatically.
fn can_rotate(key: &KeyMetadata) -> bool {
    key.key_manager() == Some(&KeyManagerType::Customer)
        && key.key_spec() == Some(&KeySpec::SymmetricDefault)
        && usage(key) == Some(KeyUsageType::EncryptDecrypt)
        && key.origin() == Some(&OriginType::AwsKms)
        && matches!(key.key_state(), Some(KeyState::Enabled | KeyState::Disabled))
}

/// What a key is for; encryption algorithms are documented to be given only for keys that encrypt.
fn usage(key: &KeyMetadata) -> Option<KeyUsageType> {
    let encrypts = || (!key.encryption_algorithms().is_empty()).then_some(KeyUsageType::EncryptDecrypt);
    key.key_usage.clone().or_else(encrypts)
}

type Aliases = Result<BTreeMap<String, Vec<String>>, Gap>;

/// The aliases of a region, by the key that they stand for; those of AWS that stand for no key yet are left out.
async fn aliases(place: &Place<'_>, client: &Client) -> Aliases {
    let request = |marker| client.list_aliases().limit(ALIASES_PER_PAGE).set_marker(marker).send();
    let open = |page: ListAliasesOutput| Page::by_flag(page.aliases, page.truncated, page.next_marker);
    let listed = place.list(ALIASES, None, request, open).await;
    Ok(by_key(listed.whole()?))
}

fn by_key(aliases: &[AliasListEntry]) -> BTreeMap<String, Vec<String>> {
    let mut by_key = BTreeMap::<String, Vec<String>>::new();
    for alias in aliases {
        if let (Some(key), Some(name)) = (alias.target_key_id(), alias.alias_name()) {
            by_key.entry(key.to_owned()).or_default().push(name.to_owned());
        }
    }
    by_key.values_mut().for_each(|names| names.sort());
    by_key
}

fn body(seen: Seen, aliases: &Aliases) -> Option<(String, Key)> {
    let Seen { key, key_rotation_enabled, policy } = seen;
    let aliases = aliases.clone().map(|by_key| by_key.get(&key.key_id).cloned().unwrap_or_default());
    let first_alias = aliases.as_ref().ok().and_then(|names| names.first()).cloned();
    let usage = usage(&key);
    let multi_region = key.multi_region_configuration.and_then(|configuration| configuration.multi_region_key_type);
    let attributes = Key {
        arn: key.arn?,
        key_manager: key.key_manager?.as_str().to_owned(),
        key_state: key.key_state?.as_str().to_owned(),
        key_spec: key.key_spec?.as_str().to_owned(),
        key_usage: usage?.as_str().to_owned(),
        origin: key.origin?.as_str().to_owned(),
        multi_region_key_type: multi_region.map(|kind| kind.as_str().to_owned()),
        creation_date: moment(key.creation_date.as_ref()?)?,
        deletion_date: optional_moment(key.deletion_date.as_ref())?,
        aliases: Observed::from(aliases),
        key_rotation_enabled,
        policy,
    };
    Some((first_alias.unwrap_or(key.key_id), attributes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rotatable() -> aws_sdk_kms::types::builders::KeyMetadataBuilder {
        KeyMetadata::builder()
            .key_id("1")
            .key_manager(KeyManagerType::Customer)
            .key_spec(KeySpec::SymmetricDefault)
            .key_usage(KeyUsageType::EncryptDecrypt)
            .origin(OriginType::AwsKms)
            .key_state(KeyState::Enabled)
    }

    fn rotates(key: aws_sdk_kms::types::builders::KeyMetadataBuilder) -> bool {
        can_rotate(&key.build().unwrap())
    }

    #[test]
    fn only_keys_that_kms_can_rotate_are_asked_about() {
        assert!(rotates(rotatable()));
        assert!(rotates(rotatable().key_state(KeyState::Disabled)));
        assert!(!rotates(rotatable().key_state(KeyState::PendingDeletion)));
        assert!(!rotates(rotatable().key_manager(KeyManagerType::Aws)));
        assert!(!rotates(rotatable().key_spec(KeySpec::Rsa2048)));
        assert!(!rotates(rotatable().key_usage(KeyUsageType::SignVerify)));
        assert!(!rotates(rotatable().origin(OriginType::External)));
    }

    #[test]
    fn aliases_belong_to_their_key_in_order() {
        let alias = |name: &str, key: Option<&str>| {
            AliasListEntry::builder().alias_name(name).set_target_key_id(key.map(str::to_owned)).build()
        };
        let aliases = [alias("alias/b", Some("1")), alias("alias/a", Some("1")), alias("alias/aws/rds", None)];
        assert_eq!(
            by_key(&aliases),
            BTreeMap::from([("1".to_owned(), vec!["alias/a".to_owned(), "alias/b".to_owned()])])
        );
    }
}
