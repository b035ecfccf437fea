//! The access keys of users, and when they were last used.

use aws_sdk_iam::Client;
use aws_sdk_iam::operation::list_access_keys::ListAccessKeysOutput;
use aws_sdk_iam::types::AccessKeyMetadata;
use futures_util::future::join_all;
use jiff::Timestamp;
use trackera_core::resource::{AccessKey, ErrorClass, Gap, Observed};

use super::PAGE_SIZE;
use super::users::Users;
use crate::assemble::{Found, Part};
use crate::call::Place;
use crate::convert::{moment, optional_moment};
use crate::lists::{Listed, Page};

const LIST: &str = "iam:ListAccessKeys";
const LAST_USED: &str = "iam:GetAccessKeyLastUsed";

/// The keys of one user.
pub(super) struct Keys {
    listed: Listed<(AccessKeyMetadata, Result<Option<Timestamp>, Gap>)>,
}

impl Keys {
    /// The ids of the keys if all are known.
    pub(super) fn ids(&self, place: &Place<'_>, user: &str) -> Result<Vec<String>, Gap> {
        let ids: Option<Vec<_>> = self.listed.whole()?.iter().map(|(key, _)| key.access_key_id.clone()).collect();
        ids.ok_or_else(|| place.gap(LIST, Some(user), ErrorClass::MalformedAnswer))
    }
}

pub(super) async fn list(place: &Place<'_>, client: &Client, user: &str) -> Keys {
    let request = |marker| {
        let request = client.list_access_keys().user_name(user);
        request.max_items(PAGE_SIZE).set_marker(marker).send()
    };
    let open =
        |page: ListAccessKeysOutput| Page::by_flag(Some(page.access_key_metadata), page.is_truncated, page.marker);
    let listed = place.list(LIST, Some(user), request, open).await;
    let dated = listed.items.into_iter().map(async |key| {
        let last_used = last_used(place, client, key.access_key_id().unwrap_or_default()).await;
        (key, last_used)
    });
    Keys { listed: Listed { items: join_all(dated).await, gaps: listed.gaps } }
}

async fn last_used(place: &Place<'_>, client: &Client, key: &str) -> Result<Option<Timestamp>, Gap> {
    let request = || client.get_access_key_last_used().access_key_id(key).send();
    let answer = place.call(LAST_USED, Some(key), request).await?;
    let used = answer.access_key_last_used.and_then(|used| optional_moment(used.last_used_date.as_ref()));
    used.ok_or_else(|| place.gap(LAST_USED, Some(key), ErrorClass::MalformedAnswer))
}

/// The list of keys is whole only if the list of users is and every user's own list is.
pub(super) fn add(part: &mut Part, place: &Place<'_>, users: &Users) {
    let mut gaps = users.gaps.clone();
    gaps.extend(users.seen.iter().flat_map(|user| user.keys.listed.gaps.iter().cloned()));
    let keys = users.seen.iter().flat_map(|seen| seen.keys.listed.items.iter().map(|key| (seen.user.user_name(), key)));
    let found = keys.map(|(user, (key, last_used))| Found::new(key.access_key_id.clone(), body(user, key, last_used)));
    part.add(place, LIST, gaps, found);
}

fn body(
    user: &str,
    key: &AccessKeyMetadata,
    last_used: &Result<Option<Timestamp>, Gap>,
) -> Option<(String, AccessKey)> {
    let attributes = AccessKey {
        user: user.to_owned(),
        status: key.status()?.as_str().to_owned(),
        create_date: moment(key.create_date()?)?,
        last_used_date: Observed::from(last_used.clone()),
    };
    Some((key.access_key_id.clone()?, attributes))
}
