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

/// The ARNs of the managed policies attached to an identity.
pub(super) fn attached(policies: &[AttachedPolicy]) -> Vec<String> {
    policies.iter().filter_map(|policy| policy.policy_arn.clone()).collect()
}

/// The ARN of the policy that bounds an identity.
pub(super) fn boundary(boundary: Option<&AttachedPermissionsBoundary>) -> Option<String> {
    boundary.and_then(|boundary| boundary.permissions_boundary_arn.clone())
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
    use crate::guard::Guard;

    fn read(encoded: Option<&str>) -> Result<PolicyDocument, ErrorClass> {
        let door = Door::new(BTreeSet::new(), 1, Guard::default(), &());
        let place = Place::global(&door, "000000000000", Proven::default());
        document(&place, "reader", encoded).map_err(|gap| gap.error_class)
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
