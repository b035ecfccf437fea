//! Secrets: what is known about them. Their values are never read.

use aws_sdk_secretsmanager::types::{SecretListEntry, Tag};
use trackera_core::resource::{Kind as _, Secret};

use crate::assemble::{Found, Part};
use crate::call::Place;
use crate::convert::{optional_moment, text};
use crate::lists::Page;
use crate::request::Request;
use crate::session::Session;

const LIST: &str = "secretsmanager:ListSecrets";
const PAGE_SIZE: i32 = 100;

/// Collects secrets, without those that wait to be deleted.
pub(crate) async fn collect(place: &Place<'_>, session: &Session, request: &Request) -> Part {
    let mut part = Part::default();
    if !request.demand.wants_kind(Secret::NAME) {
        return part;
    }
    let client = &session.secretsmanager(&place.region);
    let fetch = |token| {
        let request = client.list_secrets().include_planned_deletion(false);
        request.max_results(PAGE_SIZE).set_next_token(token).send()
    };
    let found = |secret: SecretListEntry| Found::new(secret.arn.clone(), body(secret));
    let listed =
        place.list(LIST, None, fetch, |page| Page::by_token(page.secret_list, page.next_token).map(found)).await;
    part.add(place, LIST, listed.gaps, listed.items);
    part
}

fn body(secret: SecretListEntry) -> Option<(String, Secret)> {
    let pair = |tag: Tag| Some((tag.key?, tag.value.unwrap_or_default()));
    let attributes = Secret {
        // Documented to be absent for a secret that was never set up to be changed automatically.
        rotation_enabled: secret.rotation_enabled.unwrap_or_default(),
        rotation_automatically_after_days: secret.rotation_rules.and_then(|rules| rules.automatically_after_days),
        last_rotated_date: optional_moment(secret.last_rotated_date.as_ref())?,
        last_changed_date: optional_moment(secret.last_changed_date.as_ref())?,
        last_accessed_date: optional_moment(secret.last_accessed_date.as_ref())?,
        kms_key_id: text(secret.kms_key_id),
        owning_service: text(secret.owning_service),
        created_date: optional_moment(secret.created_date.as_ref())?,
        primary_region: text(secret.primary_region),
        tags: secret.tags.unwrap_or_default().into_iter().filter_map(pair).collect(),
    };
    Some((secret.name?, attributes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_says_nothing_of_rotation_has_none() {
        let secret = |rotates| body(SecretListEntry::builder().name("key").set_rotation_enabled(rotates).build());
        assert!(!secret(None).unwrap().1.rotation_enabled);
        assert!(secret(Some(true)).unwrap().1.rotation_enabled);
    }
}
