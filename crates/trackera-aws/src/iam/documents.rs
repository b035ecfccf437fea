//! Policy documents and attachments as the authorization details give them: documents are percent-encoded JSON.

use std::collections::BTreeMap;

use aws_sdk_iam::types::{AttachedPermissionsBoundary, AttachedPolicy, PolicyDetail, Tag};
use trackera_core::identity::parse_document;
use trackera_core::resource::{ErrorClass, Gap, InlinePolicy, PolicyDocument};

use super::details::LIST;
use crate::call::Place;
use crate::convert::percent_decoded;

/// A document; one that cannot be read is unknown, never empty.
pub(super) fn document(place: &Place<'_>, owner: &str, encoded: Option<&str>) -> Result<PolicyDocument, Gap> {
    let text = encoded.and_then(percent_decoded);
    let document = text.and_then(|text| parse_document(&text).ok());
    document.ok_or_else(|| place.gap(LIST, Some(owner), ErrorClass::MalformedAnswer))
}

/// The policies written into an identity.
pub(super) fn inline(place: &Place<'_>, owner: &str, policies: &[PolicyDetail]) -> Result<Vec<InlinePolicy>, Gap> {
    let inline = |policy: &PolicyDetail| {
        let name = policy.policy_name().unwrap_or_default().to_owned();
        document(place, owner, policy.policy_document()).map(|document| InlinePolicy { name, document })
    };
    policies.iter().map(inline).collect()
}

/// The ARNs of the managed policies attached to an identity; an attachment of nothing that is named is unknown, because
/// it may be the one that grants everything.
pub(super) fn attached(place: &Place<'_>, owner: &str, policies: &[AttachedPolicy]) -> Result<Vec<String>, Gap> {
    let arns: Option<Vec<_>> = policies.iter().map(|policy| policy.policy_arn.clone()).collect();
    arns.ok_or_else(|| place.gap(LIST, Some(owner), ErrorClass::MalformedAnswer))
}

/// The ARN of the policy that bounds an identity; a bound that is not named is unknown, because it may be no bound.
pub(super) fn boundary(
    place: &Place<'_>,
    owner: &str,
    boundary: Option<&AttachedPermissionsBoundary>,
) -> Result<Option<String>, Gap> {
    let Some(boundary) = boundary else { return Ok(None) };
    let arn = boundary.permissions_boundary_arn.clone().map(Some);
    arn.ok_or_else(|| place.gap(LIST, Some(owner), ErrorClass::MalformedAnswer))
}

/// The tags of an identity.
pub(super) fn tags(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::call::{Door, Proven};

    fn at<T>(read: impl FnOnce(&Place<'_>) -> Result<T, Gap>) -> Result<T, ErrorClass> {
        let door = Door::new(BTreeSet::new(), 1, &());
        read(&Place::global(&door, "000000000000", Proven::default())).map_err(|gap| gap.error_class)
    }

    fn read(encoded: Option<&str>) -> Result<PolicyDocument, ErrorClass> {
        at(|place| document(place, "reader", encoded))
    }

    #[test]
    fn an_attachment_or_a_bound_without_its_name_is_unknown_and_not_left_out() {
        let named = AttachedPolicy::builder().policy_arn("arn:aws:iam::aws:policy/ReadOnlyAccess").build();
        let policies = [named, AttachedPolicy::builder().build()];
        assert_eq!(at(|place| attached(place, "ada", &policies[..1])).unwrap().len(), 1);
        assert_eq!(at(|place| attached(place, "ada", &policies)), Err(ErrorClass::MalformedAnswer));
        let nameless = AttachedPermissionsBoundary::builder().build();
        assert_eq!(at(|place| boundary(place, "ada", Some(&nameless))), Err(ErrorClass::MalformedAnswer));
        assert_eq!(at(|place| boundary(place, "ada", None)), Ok(None));
    }

    #[test]
    fn documents_are_decoded_before_they_are_parsed() {
        let encoded = "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3A%2A%22%7D%7D";
        assert_eq!(read(Some(encoded)).unwrap().statements[0].actions, ["s3:*"]);
        assert!(read(Some(r#"{"Statement":{"Effect":"Allow","Action":"*"}}"#)).is_ok());
    }

    #[test]
    fn what_cannot_be_read_is_unknown() {
        for encoded in [None, Some(""), Some("%"), Some("{}"), Some("not JSON")] {
            assert_eq!(read(encoded), Err(ErrorClass::MalformedAnswer), "{encoded:?}");
        }
    }
}
