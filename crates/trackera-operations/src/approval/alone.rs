//! Going on alone: with a reason, after a delay by the clock of the store, told to everybody, and looked at afterwards.

use std::collections::BTreeSet;

use jiff::Timestamp;
use trackera_journal::cosign::Signers;
use trackera_journal::digest::Digest;

use super::office::{Office, signed, unread};
use super::paper::{Emergency, Review, digest};
use super::{NotApproved, Request};
use crate::obligation::REVIEW;
use crate::plan::BreakGlass;
use crate::record::{Agreed, ApprovalWay, shortened};
use crate::recorder::Copies;

/// The shortest reason for going on alone, in characters.
pub const SHORTEST_REASON: usize = 20;

/// Somebody wants to go on alone, for whoever tells the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What they signed.
    pub emergency: Emergency,
    /// When the store took it, by its clock.
    pub at: Timestamp,
}

/// Somebody who wants to go on alone or has, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alone {
    /// What they asked.
    pub asked: Asked,
    /// From when on they may; none where no machine told of the run, or its plan lets nobody go on alone.
    pub from: Option<Timestamp>,
    /// Whether the run goes on still.
    pub is_open: bool,
    /// Whether somebody else has looked at it.
    pub reviewed: Reviewed,
}

/// Whether somebody else has looked at what one person did alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reviewed {
    /// Nobody has gone on alone.
    NotNeeded,
    /// It is due at this moment.
    Due(Timestamp),
    /// They have.
    By(String),
}

impl Asked {
    /// The digest by which a review names it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        digest(&self.emergency)
    }
}

impl Alone {
    /// Whether somebody else should have looked at it by now.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        matches!(self.reviewed, Reviewed::Due(due) if due < now)
    }
}

impl Office {
    /// Everybody who wants to go on alone, so that the others are told; who is suspended too, for all the more reason.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn emergencies(&self) -> Result<Vec<Asked>, NotApproved> {
        let nobody = BTreeSet::new();
        let signers = self.signers(&nobody);
        let mut asked = Vec::new();
        for (handed, path) in self.papers::<Emergency>().await?.0 {
            if signed(&signers, &handed).is_ok_and(|(by, _)| by == handed.paper.question.requester) {
                asked.push(Asked { at: self.taken_at(&path).await?, emergency: handed.paper });
            }
        }
        Ok(asked)
    }

    /// Everybody who wants to go on alone or has, with what other machines told of their runs.
    ///
    /// # Errors
    /// When the store does not answer, or has something else where a run should be.
    pub async fn alone(&self, copies: &Copies) -> Result<Vec<Alone>, NotApproved> {
        let reviews = self.papers::<Review>().await?.0;
        let suspended = self.suspended().await?;
        let signers = self.signers(&suspended);
        let mut alone = Vec::new();
        for asked in self.emergencies().await? {
            let told = copies.told(&asked.emergency.question.run).await.map_err(unread)?;
            let (statement, requester) = (asked.digest(), &asked.emergency.question.requester);
            let is_used = |agreed: &Agreed| agreed.statement == statement;
            let state = told.as_ref().map(|(state, _)| state).filter(|state| state.approvals.iter().any(is_used));
            let mut reviewed = reviews.iter().filter(|(handed, _)| handed.paper.emergency == statement);
            let by = reviewed.find_map(|(handed, _)| self.other(&signers, handed, requester).ok());
            let reviewed = match (state, by) {
                (None, _) => Reviewed::NotNeeded,
                (Some(_), Some((by, _))) => Reviewed::By(by),
                // A review that nobody promised, or that is said to be kept without a paper, was due at once.
                (Some(state), None) => {
                    Reviewed::Due(state.obligations.get(REVIEW).map_or(state.changed_at, |promise| promise.until))
                }
            };
            let rule = told.as_ref().and_then(|(_, plan)| plan.approval.break_glass.as_ref());
            let from = rule.map(|rule| possible_from(asked.at, rule));
            let is_open = told.is_some_and(|(state, _)| !state.is_over());
            alone.push(Alone { asked, from, is_open, reviewed });
        }
        Ok(alone)
    }

    /// The approval of one person alone, who signed why, and waited.
    pub(super) async fn approved_alone(
        &self,
        request: &Request<'_>,
        signers: &Signers<'_>,
        disregarded: &mut Vec<String>,
    ) -> Result<Option<Agreed>, NotApproved> {
        let Some(rule) = &request.plan.approval.break_glass else { return Ok(None) };
        for (handed, path) in self.papers::<Emergency>().await?.0 {
            let paper = &handed.paper;
            if paper.question.run != *request.run {
                continue;
            }
            let signer = match (binds(paper, request), signed(signers, &handed)) {
                (Err(why), _) => Err(why),
                (_, Err(error)) => Err(error.to_string()),
                (Ok(()), Ok((by, _))) if by != request.requester => Err(format!("`{by}` does not carry it out")),
                (Ok(()), Ok(signer)) => Ok(signer),
            };
            let from = possible_from(self.taken_at(&path).await?, rule);
            let until = from.saturating_add(request.plan.approval.expires).unwrap_or(Timestamp::MAX);
            let now = self.store_now(request).await?;
            match signer {
                Err(why) => disregarded.push(why),
                Ok(_) if now < from => disregarded.push(format!("going on alone is possible from {from} on")),
                Ok(_) if now > until => disregarded.push("going on alone was possible, and is not any more".to_owned()),
                Ok(signer) => {
                    let (by, statement, reason) = (vec![signer], digest(paper), shortened(&paper.reason));
                    return Ok(Some(Agreed { by, way: ApprovalWay::BreakGlass { reason }, statement, until }));
                }
            }
        }
        Ok(None)
    }
}

fn possible_from(asked_at: Timestamp, rule: &BreakGlass) -> Timestamp {
    asked_at.saturating_add(rule.after).unwrap_or(Timestamp::MAX)
}

/// Whether going on alone is asked for this run of this plan, with a reason.
fn binds(paper: &Emergency, request: &Request<'_>) -> Result<(), String> {
    paper.question.fits(request)?;
    match paper.reason.trim().chars().count() < SHORTEST_REASON {
        true => Err("its reason is too short".to_owned()),
        false => Ok(()),
    }
}
