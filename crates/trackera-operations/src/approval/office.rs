//! Where papers lie, in a store for coordination, and how they are judged: by signature alone, at the moment of asking.
//!
//! An approval counts when its signer is allowed, not suspended, not who asks, and not by a key that is theirs as well.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload};
use trackera_journal::cosign::{SignatureError, Signers};
use trackera_journal::digest::Digest;
use trackera_journal::mailbox::{Mailbox, MailboxError};
use trackera_journal::signers::AllowedSigners;

use super::paper::{Approval, Handed, Paper, Standing, Suspension, digest, statement};
use super::{Approvals, Approved, NotApproved, Request};
use crate::clock::Clock;
use crate::record::{Agreed, ApprovalWay};

/// The longest that a standing approval counts.
pub const LONGEST_STANDING: SignedDuration = SignedDuration::from_hours(90 * 24);

/// How far the clocks of two machines may differ.
const SKEW: SignedDuration = SignedDuration::from_mins(5);
/// How many papers of a kind are looked at.
const MOST: usize = 1000;

/// The office: where papers lie, and whose signatures count.
#[derive(Debug)]
pub struct Office {
    /// The store for coordination, outside of what a run may have to rescue.
    pub store: Arc<dyn ObjectStore>,
    /// Where papers lie.
    pub prefix: Path,
    /// How long a call to the store may take.
    pub timeout: Duration,
    /// Whose signatures count.
    pub allowed: AllowedSigners,
    /// Who counts for nothing, whatever the store says.
    pub suspended: BTreeSet<String>,
    /// The clocks.
    pub clock: Arc<dyn Clock>,
}

/// Somebody who agreed: their name and the fingerprint of their key.
pub(super) type Signer = (String, String);

impl Office {
    /// Leaves a signed paper.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn leave<P: Paper>(&self, handed: &Handed<P>) -> Result<(), NotApproved> {
        let message = handed.message().map_err(unread)?;
        self.mailbox::<P>().put(&handed.name(), message).await.map_err(unread)
    }

    /// Who counts for nothing now.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn suspended(&self) -> Result<BTreeSet<String>, NotApproved> {
        let (papers, _) = self.papers::<Suspension>().await?;
        let (lifts, suspensions): (Vec<_>, Vec<_>) =
            papers.into_iter().map(|(handed, _)| handed).partition(|handed| handed.paper.lifted);
        // Who is suspended may still suspend: of two who accuse each other, neither counts.
        let nobody = BTreeSet::new();
        let by_anybody = self.signers(&nobody);
        let mut newest: BTreeMap<String, Timestamp> = BTreeMap::new();
        for handed in suspensions.iter().filter(|handed| signed(&by_anybody, handed).is_ok()) {
            let at = newest.entry(handed.paper.whom.clone()).or_insert(handed.paper.at);
            *at = (*at).max(handed.paper.at);
        }
        let all: BTreeSet<String> = newest.keys().chain(&self.suspended).cloned().collect();
        // Nobody who is suspended under any name of their key lifts anything, their own suspension least of all.
        let by_others = self.signers(&all);
        let is_lifted = |whom: &String, at: Option<&Timestamp>| {
            let mut later =
                lifts.iter().filter(|lift| lift.paper.whom == *whom && at.is_some_and(|at| lift.paper.at > *at));
            later.any(|lift| signed(&by_others, lift).is_ok()) && !self.suspended.contains(whom)
        };
        Ok(all.iter().filter(|whom| !is_lifted(whom, newest.get(*whom))).cloned().collect())
    }

    fn mailbox<P: Paper>(&self) -> Mailbox {
        let prefix = self.prefix.clone().join(P::NAMESPACE.split('@').next().unwrap_or_default());
        Mailbox { store: Arc::clone(&self.store), prefix, timeout: self.timeout }
    }

    /// Every paper of a kind, and why others are none.
    pub(super) async fn papers<P: Paper>(&self) -> Result<(Vec<(Handed<P>, Path)>, Vec<String>), NotApproved> {
        let mailbox = self.mailbox::<P>();
        let (mut papers, mut wrong) = (Vec::new(), Vec::new());
        for name in mailbox.list(MOST).await.map_err(unread)? {
            match mailbox.get(&name).await {
                Ok(Some(bytes)) => match Handed::read(&bytes) {
                    Ok(handed) => papers.push((handed, mailbox.prefix.clone().join(name))),
                    Err(error) => wrong.push(format!("`{name}`: {error}")),
                },
                Ok(None) => {}
                Err(error @ MailboxError::Length { .. }) => wrong.push(error.to_string()),
                Err(error) => return Err(unread(error)),
            }
        }
        Ok((papers, wrong))
    }

    pub(super) fn signers<'a>(&'a self, suspended: &'a BTreeSet<String>) -> Signers<'a> {
        Signers { allowed: &self.allowed, suspended, at: self.clock.now() }
    }

    /// Who else than the one who asks signed a paper.
    pub(super) fn other<P: Paper>(
        &self,
        signers: &Signers<'_>,
        handed: &Handed<P>,
        asker: &str,
    ) -> Result<Signer, SignatureError> {
        let (by, fingerprint) = signed(signers, handed)?;
        let statement = statement(&handed.paper);
        self.allowed.approved((&by, asker), (P::NAMESPACE, statement.as_bytes()), &handed.signature)?;
        if by == asker { Err(SignatureError::OwnKey(by)) } else { Ok((by, fingerprint)) }
    }

    /// Whether the one who asks is somebody: under a name of nobody, they could be the one who approves.
    fn knows(&self, asker: &str) -> Result<(), String> {
        match self.allowed.principals().contains(&asker) {
            true => Ok(()),
            false => Err(format!("`{asker}`, who asks, is not among the allowed signers, and could be the signer")),
        }
    }

    /// When the store took an object, by its own clock.
    pub(super) async fn taken_at(&self, path: &Path) -> Result<Timestamp, NotApproved> {
        let head = tokio::time::timeout(self.timeout, self.store.head(path)).await.map_err(unread)?.map_err(unread)?;
        Timestamp::from_millisecond(head.last_modified.timestamp_millis()).map_err(unread)
    }

    /// The moment, by the clock of the store.
    pub(super) async fn store_now(&self, request: &Request<'_>) -> Result<Timestamp, NotApproved> {
        let path = self.prefix.clone().join("clock").join(request.run.as_str());
        let put = self.store.put(&path, PutPayload::from(self.clock.monotonic().as_nanos().to_string().into_bytes()));
        tokio::time::timeout(self.timeout, put).await.map_err(unread)?.map_err(unread)?;
        self.taken_at(&path).await
    }
}

#[async_trait]
impl Approvals for Office {
    async fn approved(&self, request: &Request<'_>) -> Result<Approved, NotApproved> {
        let suspended = self.suspended().await?;
        let mut disregarded = Vec::new();
        let needed = request.plan.approval.people.max(1);
        if suspended.contains(request.requester) {
            disregarded.push(format!("`{}` is suspended, and asks for nothing", request.requester));
            return Err(NotApproved::Missing { needed, disregarded });
        }
        let signers = self.signers(&suspended);
        let (papers, wrong) = self.papers::<Approval>().await?;
        disregarded.extend(wrong);
        let mut counted = Counted::default();
        for (handed, _) in papers.iter().filter(|(handed, _)| handed.paper.question.run == *request.run) {
            let judged = self
                .knows(request.requester)
                .and_then(|()| fits(&handed.paper, (request, signers.at)))
                .and_then(|()| self.other(&signers, handed, request.requester).map_err(|error| error.to_string()));
            match judged {
                Ok(signer) => counted.add(signer, (digest(&handed.paper), handed.paper.expires)),
                Err(why) => disregarded.push(why),
            }
        }
        if let Some(agreed) = counted.agreed(needed, ApprovalWay::Run) {
            return Ok(Approved::new(request, agreed));
        }
        let missing = needed.saturating_sub(u8::try_from(counted.people.len()).unwrap_or(needed));
        if let Some(agreed) = self.standing((request, needed), &signers, &mut disregarded).await? {
            return Ok(Approved::new(request, agreed));
        }
        match self.approved_alone(request, &signers, &mut disregarded).await? {
            Some(agreed) => Ok(Approved::new(request, agreed)),
            None => Err(NotApproved::Missing { needed: missing, disregarded }),
        }
    }
}

impl Office {
    async fn standing(
        &self,
        (request, needed): (&Request<'_>, u8),
        signers: &Signers<'_>,
        disregarded: &mut Vec<String>,
    ) -> Result<Option<Agreed>, NotApproved> {
        let (papers, wrong) = self.papers::<Standing>().await?;
        disregarded.extend(wrong);
        let mut counted: BTreeMap<_, Counted> = BTreeMap::new();
        let procedure = request.plan.procedure();
        for (handed, _) in papers.iter().filter(|(handed, _)| handed.paper.procedure == procedure) {
            let judged = stands(&handed.paper, (request, signers.at))
                .and_then(|()| self.other(signers, handed, request.requester).map_err(|error| error.to_string()));
            let key = digest(&handed.paper);
            match judged {
                Ok(signer) => counted.entry(key).or_default().add(signer, (key, handed.paper.until)),
                Err(why) => disregarded.push(why),
            }
        }
        Ok(counted.values().find_map(|counted| counted.agreed(needed, ApprovalWay::Standing)))
    }
}

/// The people who agreed; one counts once, whatever keys they have, and so does a key, whatever names it has.
#[derive(Default)]
struct Counted {
    people: BTreeMap<String, String>,
    statement: Option<(Digest, Timestamp)>,
}

impl Counted {
    fn add(&mut self, (by, fingerprint): Signer, (statement, until): (Digest, Timestamp)) {
        if self.people.values().any(|known| *known == fingerprint) {
            return;
        }
        self.people.entry(by).or_insert(fingerprint);
        let (first, earliest) = self.statement.unwrap_or((statement, until));
        self.statement = Some((first, earliest.min(until)));
    }

    fn agreed(&self, needed: u8, way: ApprovalWay) -> Option<Agreed> {
        let (statement, until) = self.statement.filter(|_| self.people.len() >= usize::from(needed))?;
        let by = self.people.iter().map(|(by, fingerprint)| (by.clone(), fingerprint.clone())).collect();
        Some(Agreed { by, way, statement, until })
    }
}

pub(super) fn signed<P: Paper>(signers: &Signers<'_>, handed: &Handed<P>) -> Result<Signer, SignatureError> {
    signers.signer_of((P::NAMESPACE, statement(&handed.paper).as_bytes()), &handed.signature)
}

/// Whether an approval is for this run of this plan, now.
fn fits(paper: &Approval, (request, now): (&Request<'_>, Timestamp)) -> Result<(), String> {
    let longest = paper.at.saturating_add(request.plan.approval.expires).unwrap_or(Timestamp::MIN);
    paper.question.fits(request)?;
    let wrong = [
        (paper.expires < now, "it has expired"),
        (paper.expires > longest, "it counts for longer than the plan lets an approval count"),
        (paper.at > now.saturating_add(SKEW).unwrap_or(Timestamp::MAX), "it was given in the future"),
    ];
    wrong.iter().find(|(is_wrong, _)| *is_wrong).map_or(Ok(()), |(_, why)| Err((*why).to_owned()))
}

/// Whether a standing approval is for this run, now.
fn stands(paper: &Standing, (request, now): (&Request<'_>, Timestamp)) -> Result<(), String> {
    let statement = digest(paper);
    let parameters = &request.plan.parameters;
    let within = |(name, value): (&String, _)| paper.bounds.get(name).is_some_and(|bound| bound.allows(value));
    let since = request.started_at.saturating_sub(paper.every).unwrap_or(Timestamp::MIN);
    let is_recent = request.history.iter().filter(|run| run.run != *request.run && run.started_at > since).any(|run| {
        run.approvals.iter().any(|agreed| agreed.way == ApprovalWay::Standing && agreed.statement == statement)
    });
    let wrong = [
        (paper.requester != request.requester, "it stands for what somebody else asks for"),
        (now < paper.from, "it does not stand yet"),
        (now > paper.until, "it does not stand any more"),
        (paper.until.duration_since(paper.from) > LONGEST_STANDING, "it would stand for more than 90 days"),
        (!parameters.iter().all(within), "a parameter is outside of its bounds"),
        (is_recent, "another run under it began too short a time ago"),
    ];
    wrong.iter().find(|(is_wrong, _)| *is_wrong).map_or(Ok(()), |(_, why)| Err((*why).to_owned()))
}

pub(super) fn unread(error: impl std::error::Error + Send + Sync + 'static) -> NotApproved {
    NotApproved::Unread(Box::new(error))
}
