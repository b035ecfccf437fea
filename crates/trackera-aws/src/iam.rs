//! Identities: users and their keys, and everything that grants rights.
//!
//! Two lists serve six kinds: the users, and the account's authorization details, which replace a dozen calls for each
//! identity. The credential report is used only for what nothing else tells, because it may be four hours old.

mod access_keys;
mod details;
mod documents;
mod grants;
mod report;
mod users;

use std::future::Future;
use std::sync::Arc;

use trackera_core::resource::{AccessKey, Group, Kind as _, Policy, Role, User};

use self::details::Details;
pub(crate) use self::report::CredentialReport;
use crate::assemble::Part;
use crate::call::Place;
use crate::request::Request;
use crate::session::Session;

/// How many items to ask for in one page.
const PAGE_SIZE: i32 = 1000;

/// Collects all kinds of identity.
pub(crate) async fn collect(
    place: &Place<'_>,
    session: &Session,
    request: &Request,
    report: impl Future<Output = Arc<CredentialReport>>,
) -> Part {
    let wants = |kind| request.demand.wants_kind(kind);
    let wants_users = wants(User::NAME) || wants(AccessKey::NAME);
    let wants_grants = wants(Group::NAME) || wants(Role::NAME) || wants(Policy::NAME);
    let client = &session.iam();
    let details = async {
        match wants_grants || wants(User::NAME) {
            true => Details::read(place, client).await,
            false => Details::default(),
        }
    };
    let users = async {
        match wants_users {
            true => Some(users::read(place, client).await),
            false => None,
        }
    };
    let (details, users, report) = tokio::join!(details, users, report);
    let mut part = Part::default();
    part.reports.extend(report.prepared());
    if let Some(users) = users {
        if wants(AccessKey::NAME) {
            access_keys::add(&mut part, place, &users);
        }
        if wants(User::NAME) {
            users::add(&mut part, place, users, &details, &report);
        }
    }
    grants::add(&mut part, place, request, details);
    part
}
