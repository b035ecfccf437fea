//! IAM users.

use aws_sdk_iam::Client;
use aws_sdk_iam::operation::list_mfa_devices::ListMfaDevicesOutput;
use aws_sdk_iam::operation::list_users::ListUsersOutput;
use aws_sdk_iam::types::{MfaDevice, User as Source, UserDetail};
use trackera_core::resource::{Gap, Observed, User};

use super::access_keys::{self, Keys};
use super::details::Details;
use super::report::CredentialReport;
use super::{PAGE_SIZE, documents};
use crate::assemble::{Found, Part};
use crate::beside::beside;
use crate::call::Place;
use crate::convert::{moment, optional_moment};
use crate::lists::{Listed, Page};

const LIST: &str = "iam:ListUsers";
const MFA_DEVICES: &str = "iam:ListMFADevices";

/// The users as far as they could be read.
pub(super) struct Users {
    pub(super) seen: Vec<Seen>,
    pub(super) gaps: Vec<Gap>,
}

/// A user with what only calls about that user tell.
pub(super) struct Seen {
    pub(super) user: Source,
    pub(super) keys: Keys,
    mfa_devices: Listed<MfaDevice>,
}

/// Lists the users and looks at each.
pub(super) async fn read(place: &Place<'_>, client: &Client) -> Users {
    let request = |marker| client.list_users().max_items(PAGE_SIZE).set_marker(marker).send();
    let open = |page: ListUsersOutput| Page::by_flag(Some(page.users), page.is_truncated, page.marker);
    let listed = place.list(LIST, None, request, open).await;
    let names = || listed.items.iter().map(|user| user.user_name.as_str());
    // The keys go first, because there is more to ask about each of them.
    let (keys, devices) = tokio::join!(
        beside(names().map(|name| access_keys::list(place, client, name))),
        beside(names().map(|name| mfa_devices(place, client, name))),
    );
    let told = keys.into_iter().zip(devices);
    let seen = listed.items.into_iter().zip(told).map(|(user, (keys, mfa_devices))| Seen { user, keys, mfa_devices });
    Users { seen: seen.collect(), gaps: listed.gaps }
}

async fn mfa_devices(place: &Place<'_>, client: &Client, name: &str) -> Listed<MfaDevice> {
    let request = |marker| {
        let request = client.list_mfa_devices().user_name(name);
        request.max_items(PAGE_SIZE).set_marker(marker).send()
    };
    let open = |page: ListMfaDevicesOutput| Page::by_flag(Some(page.mfa_devices), page.is_truncated, page.marker);
    place.list(MFA_DEVICES, Some(name), request, open).await
}

pub(super) fn add(part: &mut Part, place: &Place<'_>, users: Users, details: &Details, report: &CredentialReport) {
    let found = users.seen.into_iter().map(|one| {
        let id = one.user.user_name.clone();
        Found::new(Some(id.clone()), body(place, one, details, report).map(|user| (id, user)))
    });
    part.add(place, LIST, users.gaps, found);
}

fn body(place: &Place<'_>, seen: Seen, details: &Details, report: &CredentialReport) -> Option<User> {
    let Seen { user, keys, mfa_devices } = seen;
    let detail = details.user(place, &user.user_name);
    let devices =
        mfa_devices.whole().map(|devices| devices.iter().map(|device| device.serial_number.clone()).collect());
    Some(User {
        password_enabled: report.password_enabled(&user.user_name),
        password_last_changed: report.password_last_changed(&user.user_name),
        create_date: moment(&user.create_date)?,
        password_last_used: optional_moment(user.password_last_used.as_ref())?,
        mfa_devices: Observed::from(devices),
        access_keys: Observed::from(keys.ids(place, &user.user_name)),
        groups: from_detail(&detail, |detail| Ok(detail.group_list().to_vec())),
        attached_policies: from_detail(&detail, |detail| {
            documents::attached(place, &user.user_name, detail.attached_managed_policies())
        }),
        inline_policies: from_detail(&detail, |detail| {
            documents::inline(place, &user.user_name, detail.user_policy_list())
        }),
        permissions_boundary: from_detail(&detail, |detail| {
            documents::boundary(place, &user.user_name, detail.permissions_boundary())
        }),
        tags: from_detail(&detail, |detail| Ok(documents::tags(detail.tags()))),
        arn: user.arn,
        path: user.path,
    })
}

fn from_detail<T>(detail: &Result<&UserDetail, Gap>, read: impl FnOnce(&UserDetail) -> Result<T, Gap>) -> Observed<T> {
    detail.as_ref().map_err(Clone::clone).and_then(|detail| read(detail)).into()
}
