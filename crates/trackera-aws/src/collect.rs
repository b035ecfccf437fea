//! The whole collection: accounts beside each other, in each its global services and all its regions beside each other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::{FutureExt as _, join_all, ready};
use trackera_core::estate::{CollectedAccount, List, SNAPSHOT_VERSION, Snapshot};
use trackera_core::resource::{Account, GLOBAL, Gap, Kind as _, Region};

use crate::assemble::Part;
use crate::call::{Door, Place, Proven};
use crate::guard::Guard;
use crate::iam::CredentialReport;
use crate::pace::Pace;
use crate::progress::Progress;
use crate::regions::{Plan, Target};
use crate::request::{AccountAccess, BackupPlace, Request, Settings};
use crate::session::Session;
use crate::{account, iam, regions, route53, s3, topics};

/// Stands for an account whose id could not be told.
const UNTOLD: &str = "*";

/// A way into AWS, open before it is known what to read there: finding credentials and asking whose they are takes a
/// round trip.
#[derive(Debug)]
pub struct Opened {
    session: Session,
    concurrency: usize,
    /// How many calls each service was found to cope with.
    pace: Arc<Pace>,
    identity: Option<Identity>,
}

/// Whose the credentials are, which regions there are if that was asked, and how many calls it took to know.
#[derive(Debug)]
struct Identity {
    account: Result<String, Gap>,
    regions: regions::Answer,
    calls: usize,
}

/// Finds credentials and, where no roles lead into other accounts, asks whose they are, and for the regions if what is
/// foretold of the request needs them.
pub async fn open(
    settings: &Settings,
    accounts: &[AccountAccess],
    foretold: impl Future<Output = Option<Request>>,
) -> Opened {
    let session = Session::open(settings).await;
    let identity = match accounts {
        [] => Some(Identity::ask(&session, foretold).await),
        _ => None,
    };
    Opened::through(session, settings.concurrency, identity)
}

/// Opens a way that is used again and again. Whose the credentials are is asked for every collection anew, because both
/// may change.
pub async fn enter(settings: &Settings) -> Opened {
    let session = Session::lasting(settings, Guard::default()).await;
    Opened::through(session, settings.concurrency, None)
}

/// Reads everything that the request wants and may read.
///
/// It never fails: whatever could not be read is a gap of the snapshot.
pub async fn collect(settings: &Settings, request: &Request, progress: &dyn Progress) -> Snapshot {
    open(settings, &request.accounts, ready(Some(request.clone()))).await.collect(request, progress).await
}

impl Identity {
    async fn ask(session: &Session, foretold: impl Future<Output = Option<Request>>) -> Self {
        let operations = BTreeSet::from([account::IDENTITY, regions::LIST]);
        let door = Door::new(operations, 2, &());
        let place = Place::global(&door, UNTOLD, Proven::default());
        let regions = async {
            match foretold.await {
                Some(request) => regions::ask(&place, session, &request).await,
                None => None,
            }
        };
        let (account, regions) = tokio::join!(account::identity(&place, session), regions);
        Self { account, regions, calls: door.calls() }
    }
}

impl Opened {
    fn through(session: Session, concurrency: usize, identity: Option<Identity>) -> Self {
        Self { session, concurrency, pace: Arc::new(Pace::new(concurrency)), identity }
    }

    /// Reads as [`collect`] does; the request's accounts are those that the way was opened for.
    pub async fn collect(&self, request: &Request, progress: &dyn Progress) -> Snapshot {
        let calls = self.identity.as_ref().map_or(0, |identity| identity.calls);
        let door = Door::new(request.operations(), self.concurrency, progress).at(&self.pace).after(calls);
        let mut accesses: Vec<_> = request.accounts.iter().map(Some).collect();
        if accesses.is_empty() {
            accesses.push(None);
        }
        let second_factors = second_factors(&self.session, request).await;
        let accounts = accesses.into_iter().enumerate().map(|(index, role)| {
            let device = role.and_then(|role| role.mfa_serial.as_deref());
            let caller = device.and_then(|device| second_factors.get(device)).unwrap_or(&self.session);
            let identity = self.identity.as_ref().filter(|_| role.is_none());
            let backups = if index == 0 { Some(request.backups.as_slice()) } else { None };
            one_account(&door, caller, Access { role, identity, backups }, request).boxed()
        });
        let mut whole = Part::default();
        for part in join_all(accounts).await {
            // Two roles may lead into one account; its facts are still there once.
            let seen =
                part.accounts.iter().any(|account| account.account != UNTOLD && whole.accounts.contains(account));
            if !seen {
                whole.merge(part);
            }
        }
        snapshot(whole, request)
    }
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

/// How one account is read.
struct Access<'a> {
    /// The role that leads into it; `None` for the caller's own account.
    role: Option<&'a AccountAccess>,
    /// Whose account it is, if that was asked before.
    identity: Option<&'a Identity>,
    /// Where dumps are expected, if this is the account to look for them with.
    backups: Option<&'a [BackupPlace]>,
}

async fn one_account(door: &Door<'_>, caller: &Session, access: Access<'_>, request: &Request) -> Part {
    let session = &match access.role {
        Some(role) => caller.assume(role).await,
        None => caller.clone(),
    };
    let declared = access.role.and_then(|role| account_of(&role.role_arn)).unwrap_or(UNTOLD);
    let unproven = &Place::global(door, declared, Proven::default());
    let identity = async {
        match access.identity {
            Some(identity) => identity.account.clone(),
            None => account::identity(unproven, session).await,
        }
    };
    let identity = identity.boxed().shared();
    let place = |id: &str| Place::global(door, id, Proven { credentials: true, region: false });
    let global = async {
        match identity.clone().await {
            Ok(id) => everywhere(&place(&id), session, request, access.backups).await,
            Err(_) => Part::default(),
        }
    };
    // What belongs to no region does not wait for the regions, nor the regions for the identity.
    let regional = async {
        let answer = async {
            match access.identity.and_then(|identity| identity.regions.clone()) {
                None => regions::ask(unproven, session, request).await,
                known => known,
            }
        };
        let (identity, answer) = tokio::join!(identity.clone(), answer);
        match identity {
            Ok(id) => in_regions(&place(&id), session, request, answer).await,
            Err(gap) => unidentified(unproven, request, &Plan::new(request, &answer), &gap),
        }
    };
    let (mut part, regional) = tokio::join!(global, regional);
    part.merge(regional);
    part
}

/// What belongs to no region.
async fn everywhere(place: &Place<'_>, session: &Session, request: &Request, backups: Option<&[BackupPlace]>) -> Part {
    let report = CredentialReport::read(place, session).map(Arc::new).shared();
    let mut topics = vec![
        iam::collect(place, session, request, report.clone()).boxed(),
        route53::collect(place, session, request).boxed(),
        s3::collect(place, session, request, backups).boxed(),
    ];
    if request.demand.wants_kind(Account::NAME) {
        topics.push(account::collect(place, session, report).boxed());
    }
    topics::together(topics).await
}

/// All regions beside each other, and what the account says of them.
async fn in_regions(place: &Place<'_>, session: &Session, request: &Request, answer: regions::Answer) -> Part {
    // The account was asked before it was known whose it is.
    let answer = answer.map(|answer| answer.map_err(|gap| Gap { account: place.account.clone(), ..gap }));
    let plan = Plan::new(request, &answer);
    let mut topics: Vec<_> =
        plan.targets.iter().map(|target| one_region(place, session, request, target).boxed()).collect();
    if request.demand.wants_kind(Region::NAME) {
        topics.push(regions::collect(place, session, &answer, &plan).boxed());
    }
    let mut part = topics::together(topics).await;
    part.lists.extend(plan.unreadable(place, request));
    part.gaps.extend(plan.untold.clone());
    part.accounts.push(CollectedAccount { account: place.account.clone(), regions: plan.names() });
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
