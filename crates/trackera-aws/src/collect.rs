//! The whole collection: accounts beside each other, in each its global services and all its regions beside each other.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::{FutureExt as _, join_all};
use trackera_core::estate::{CollectedAccount, List, SNAPSHOT_VERSION, Snapshot};
use trackera_core::resource::{Account, GLOBAL, Gap, Kind as _, Region};

use crate::assemble::Part;
use crate::call::{Door, Place, Proven};
use crate::iam::CredentialReport;
use crate::progress::Progress;
use crate::regions::{Plan, Target};
use crate::request::{AccountAccess, BackupPlace, Request, Settings};
use crate::session::Session;
use crate::{account, iam, regions, route53, s3, topics};

/// Stands for an account whose id could not be told.
const UNTOLD: &str = "*";

/// Reads everything that the request wants and may read.
///
/// It never fails: whatever could not be read is a gap of the snapshot.
pub async fn collect(settings: &Settings, request: &Request, progress: &dyn Progress) -> Snapshot {
    let session = Session::open(settings).await;
    collect_through(&session, settings.concurrency, request, progress).await
}

async fn collect_through(
    session: &Session,
    concurrency: usize,
    request: &Request,
    progress: &dyn Progress,
) -> Snapshot {
    let door = Door::new(request.operations(), concurrency, session.guard(), progress);
    let mut accesses: Vec<_> = request.accounts.iter().map(Some).collect();
    if accesses.is_empty() {
        accesses.push(None);
    }
    let second_factors = second_factors(session, request).await;
    let accounts = accesses.into_iter().enumerate().map(|(index, access)| {
        let backups = if index == 0 { Some(request.backups.as_slice()) } else { None };
        let device = access.and_then(|access| access.mfa_serial.as_deref());
        let caller = device.and_then(|device| second_factors.get(device)).unwrap_or(session);
        one_account(&door, caller, access, request, backups).boxed()
    });
    let mut whole = Part::default();
    for part in join_all(accounts).await {
        // Two roles may lead into one account; its facts are still there once.
        let seen = part.accounts.iter().any(|account| account.account != UNTOLD && whole.accounts.contains(account));
        if !seen {
            whole.merge(part);
        }
    }
    snapshot(whole, request)
}

/// A session of the caller with each device that roles ask for: a code opens one session, and many accounts after it.
async fn second_factors<'a>(session: &Session, request: &'a Request) -> BTreeMap<&'a str, Session> {
    let mut sessions = BTreeMap::new();
    for device in request.accounts.iter().filter_map(|access| access.mfa_serial.as_deref()) {
        if !sessions.contains_key(device) {
            sessions.insert(device, session.with_second_factor(device, request.token_code.as_ref()).await);
        }
    }
    sessions
}

fn snapshot(part: Part, request: &Request) -> Snapshot {
    Snapshot {
        version: SNAPSHOT_VERSION,
        collected_at: request.collected_at,
        gaps: part.all_gaps(),
        accounts: part.accounts,
        lists: part.lists,
        resources: part.resources,
        reports: part.reports,
    }
    .sorted()
}

async fn one_account(
    door: &Door<'_>,
    caller: &Session,
    access: Option<&AccountAccess>,
    request: &Request,
    backups: Option<&[BackupPlace]>,
) -> Part {
    let session = match access {
        Some(access) => caller.assume(access).await,
        None => caller.clone(),
    };
    let declared = access.and_then(|access| account_of(&access.role_arn)).unwrap_or(UNTOLD);
    let unproven = Place::global(door, declared, Proven::default());
    let (identity, regions) =
        tokio::join!(account::identity(&unproven, &session), regions::ask(&unproven, &session, request));
    let id = match identity {
        Ok(id) => id,
        Err(gap) => return unidentified(&unproven, request, &Plan::new(request, &regions), &gap),
    };
    let place = Place::global(door, &id, Proven { credentials: true, region: false });
    // Both were asked at once, to save a round trip, when the account was not known yet.
    let regions = regions.map(|answer| answer.map_err(|gap| Gap { account: id.clone(), ..gap }));
    let plan = Plan::new(request, &regions);

    let report = CredentialReport::read(&place, &session).map(Arc::new).shared();
    let mut topics = vec![
        iam::collect(&place, &session, request, report.clone()).boxed(),
        route53::collect(&place, &session, request).boxed(),
        s3::collect(&place, &session, request, backups).boxed(),
    ];
    if request.demand.wants_kind(Account::NAME) {
        topics.push(account::collect(&place, &session, report).boxed());
    }
    if request.demand.wants_kind(Region::NAME) {
        topics.push(regions::collect(&place, &session, &regions, &plan).boxed());
    }
    topics.extend(plan.targets.iter().map(|target| one_region(&place, &session, request, target).boxed()));
    let mut part = topics::together(topics).await;
    part.lists.extend(plan.unreadable(&place, request));
    part.gaps.extend(plan.untold.clone());
    part.accounts.push(CollectedAccount { account: id, regions: plan.names() });
    part
}

/// Facts of an account that could not be told are nobody's facts, so nothing more is read and every list is missing.
fn unidentified(place: &Place<'_>, request: &Request, plan: &Plan, gap: &Gap) -> Part {
    let mut part = Part::default();
    for kind in &request.demand.kinds {
        let everywhere =
            if request.demand.regional.contains_key(kind) { plan.names() } else { vec![GLOBAL.to_owned()] };
        part.lists.extend(everywhere.into_iter().map(|region| List {
            kind: kind.to_string(),
            account: place.account.clone(),
            region,
            gaps: vec![gap.clone()],
        }));
    }
    part.gaps.push(gap.clone());
    part.gaps.extend(plan.untold.clone());
    part.accounts.push(CollectedAccount { account: place.account.clone(), regions: plan.names() });
    part
}

async fn one_region(place: &Place<'_>, session: &Session, request: &Request, target: &Target) -> Part {
    topics::of_region(&place.at(&target.name, target.opt_in_status.is_some()), session, request).await
}

/// The account id in the ARN of a role.
fn account_of(role_arn: &str) -> Option<&str> {
    role_arn.split(':').nth(4).filter(|account| !account.is_empty())
}

#[cfg(test)]
mod tests;
