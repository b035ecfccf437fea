//! The kit that tries any plan against a fake that keeps state: killed at every boundary and resumed, refused,
//! unanswered, throttled and logged out at every call, killed again while it unwinds.
//!
//! A trial asks four things. Did every effect happen once? Is nothing left that was only for the run, or is a person
//! asked? Does the run come to an end? Is the estate the same as after a run that nothing disturbed?

mod clock;
pub mod estate;
mod fault;
mod recorder;
pub mod shadow;
mod sweep;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value as Json;
use trackera_journal::digest::Digest;

use crate::action::Action;
use crate::approval::{Approvals, Approved, NotApproved, Request};
use crate::record::{Agreed, ApprovalWay};

pub use self::clock::TrialClock;
pub use self::fault::{Answer, Fault};
pub use self::sweep::{Broken, Size, Tried, sweep};
#[cfg(test)]
pub(crate) use self::sweep::{journal, open};

/// A fake that keeps state behind the actions of a plan.
pub trait World: Send + Sync + Debug {
    /// The actions on it.
    fn actions(&self) -> Vec<Arc<dyn Action>>;

    /// Everything that is there, for comparison.
    fn estate(&self) -> Json;

    /// Effects that happened more often than they may.
    fn doubled(&self) -> Vec<String>;

    /// What is still there and was only for a run.
    fn left_over(&self) -> Vec<String>;
}

/// Everybody agrees to everything, at once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Willing;

#[async_trait]
impl Approvals for Willing {
    async fn approved(&self, request: &Request<'_>) -> Result<Approved, NotApproved> {
        let by = vec![("trial".to_owned(), "SHA256:trial".to_owned())];
        let statement = Digest::of(request.run.as_str().as_bytes());
        let agreed = Agreed { by, way: ApprovalWay::Run, statement, until: Timestamp::MAX };
        Ok(Approved::new(request, agreed))
    }
}

#[cfg(test)]
pub(crate) mod tests;
