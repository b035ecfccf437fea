//! Who may do what with a bucket.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{Grant, PublicAccessBlockConfiguration};
use trackera_core::identity::parse_document;
use trackera_core::resource::{BucketGrant, ErrorClass, Gap, Observed, PolicyDocument, PublicAccessBlock};

use super::buckets::present;
use super::home::Home;
use crate::convert::{given, text};

const PUBLIC_ACCESS_BLOCK: &str = "s3:GetPublicAccessBlock";
const POLICY: &str = "s3:GetBucketPolicy";
const POLICY_STATUS: &str = "s3:GetBucketPolicyStatus";
const ACL: &str = "s3:GetBucketAcl";
const OWNERSHIP: &str = "s3:GetBucketOwnershipControls";

/// The settings of a bucket that decide who may do what.
pub(super) struct Access {
    pub(super) public_access_block: Observed<Option<PublicAccessBlock>>,
    pub(super) policy: Observed<Option<PolicyDocument>>,
    pub(super) policy_is_public: Observed<Option<bool>>,
    pub(super) acl_grants: Observed<Vec<BucketGrant>>,
    pub(super) object_ownership: Observed<Option<String>>,
}

impl Access {
    /// Reads them all.
    pub(super) async fn read(home: &Home<'_>, name: &str) -> Self {
        let (public_access_block, policy, policy_is_public, acl_grants, object_ownership) = tokio::join!(
            public_access_block(home, name),
            policy(home, name),
            policy_is_public(home, name),
            acl_grants(home, name),
            object_ownership(home, name),
        );
        Self {
            public_access_block: Observed::from(public_access_block),
            policy: Observed::from(policy),
            policy_is_public: Observed::from(policy_is_public),
            acl_grants: Observed::from(acl_grants),
            object_ownership: Observed::from(object_ownership),
        }
    }
}

fn malformed(home: &Home<'_>, operation: &str, name: &str) -> Gap {
    home.place.gap(operation, Some(name), ErrorClass::MalformedAnswer)
}

async fn public_access_block(home: &Home<'_>, name: &str) -> Result<Option<PublicAccessBlock>, Gap> {
    let request = |client: Client, bucket| client.get_public_access_block().bucket(bucket).send();
    let answer = home.call(PUBLIC_ACCESS_BLOCK, name, request).await;
    let Some(answer) = present(answer, "NoSuchPublicAccessBlockConfiguration")? else { return Ok(None) };
    let block = answer.public_access_block_configuration.map(block);
    block.map(Some).ok_or_else(|| malformed(home, PUBLIC_ACCESS_BLOCK, name))
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

async fn policy(home: &Home<'_>, name: &str) -> Result<Option<PolicyDocument>, Gap> {
    let request = |client: Client, bucket| client.get_bucket_policy().bucket(bucket).send();
    let Some(answer) = present(home.call(POLICY, name, request).await, "NoSuchBucketPolicy")? else { return Ok(None) };
    let document = answer.policy.and_then(|text| parse_document(&text).ok());
    document.map(Some).ok_or_else(|| malformed(home, POLICY, name))
}

async fn policy_is_public(home: &Home<'_>, name: &str) -> Result<Option<bool>, Gap> {
    let request = |client: Client, bucket| client.get_bucket_policy_status().bucket(bucket).send();
    let answer = home.call(POLICY_STATUS, name, request).await;
    let Some(answer) = present(answer, "NoSuchBucketPolicy")? else { return Ok(None) };
    let is_public = answer.policy_status.and_then(|status| status.is_public);
    is_public.map(Some).ok_or_else(|| malformed(home, POLICY_STATUS, name))
}

async fn acl_grants(home: &Home<'_>, name: &str) -> Result<Vec<BucketGrant>, Gap> {
    let request = |client: Client, bucket| client.get_bucket_acl().bucket(bucket).send();
    let answer = home.call(ACL, name, request).await?;
    let grants = answer.grants.and_then(|grants| grants.into_iter().map(grant).collect());
    grants.ok_or_else(|| malformed(home, ACL, name))
}

/// A grant to nobody that is named cannot be understood.
fn grant(grant: Grant) -> Option<BucketGrant> {
    let grantee = grant.grantee?;
    Some(BucketGrant {
        grantee: text(grantee.uri).or(text(grantee.id)).or(text(grantee.email_address))?,
        permission: grant.permission?.as_str().to_owned(),
    })
}

async fn object_ownership(home: &Home<'_>, name: &str) -> Result<Option<String>, Gap> {
    let request = |client: Client, bucket| client.get_bucket_ownership_controls().bucket(bucket).send();
    let answer = home.call(OWNERSHIP, name, request).await;
    let Some(answer) = present(answer, "OwnershipControlsNotFoundError")? else { return Ok(None) };
    let rule = answer.ownership_controls.and_then(|controls| controls.rules.into_iter().next());
    let ownership = rule.and_then(|rule| given(rule.object_ownership.as_str()));
    ownership.map(Some).ok_or_else(|| malformed(home, OWNERSHIP, name))
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::types::{Grantee, Permission, Type};

    use super::*;

    #[test]
    fn a_grant_names_a_group_by_its_address_and_an_account_by_its_id() {
        let to = |grantee: aws_sdk_s3::types::builders::GranteeBuilder| {
            Grant::builder().grantee(grantee.build().unwrap()).permission(Permission::Read).build()
        };
        let group = "http://acs.amazonaws.com/groups/global/AllUsers";
        let everybody = grant(to(Grantee::builder().r#type(Type::Group).uri(group))).unwrap();
        assert_eq!((everybody.grantee.as_str(), everybody.permission.as_str()), (group, "READ"));
        let account = grant(to(Grantee::builder().r#type(Type::CanonicalUser).id("75aa"))).unwrap();
        assert_eq!(account.grantee, "75aa");
        assert_eq!(grant(to(Grantee::builder().r#type(Type::CanonicalUser))), None);
    }
}
