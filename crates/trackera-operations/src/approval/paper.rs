//! What people sign: each paper is one line of canonical JSON under a heading, so that it can be used for nothing else.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use thiserror::Error;
use trackera_journal::digest::Digest;

use super::Request;
use crate::id::RunId;
use crate::plan::{Plan, canonical_text};

/// The longest message, in bytes.
const LONGEST: usize = 16 * 1024;

const VERSION: u32 = 1;

/// Something that is signed.
pub trait Paper: Serialize + DeserializeOwned {
    /// What it is called, in its heading.
    const NAME: &'static str;
    /// The purpose that its signature names.
    const NAMESPACE: &'static str;
}

/// One run of one plan, as somebody asks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The run.
    pub run: RunId,
    /// The plan's hash, as the signer's own machine computed it.
    pub plan: Digest,
    /// The digest of its parameters.
    pub parameters: Digest,
    /// How it is meant.
    pub mode: String,
    /// Who asks.
    pub requester: String,
}

impl Question {
    /// A run of a plan.
    #[must_use]
    pub fn of(run: &RunId, plan: &Plan, requester: &str) -> Self {
        let (plan, parameters, mode) = (plan.hash(), plan.parameters_digest(), plan.mode.clone());
        Self { run: run.clone(), plan, parameters, mode, requester: requester.to_owned() }
    }

    /// Whether this is what a request asks.
    ///
    /// # Errors
    /// Says what is another one.
    pub(super) fn fits(&self, request: &Request<'_>) -> Result<(), String> {
        let asked = Self::of(request.run, request.plan, request.requester);
        let wrong = [
            (self.run != asked.run, "it is about another run"),
            (self.plan != asked.plan, "it is about another plan"),
            (self.parameters != asked.parameters, "it is about other parameters"),
            (self.mode != asked.mode, "it is about another mode"),
            (self.requester != asked.requester, "it is about what somebody else asked for"),
        ];
        wrong.iter().find(|(is_wrong, _)| *is_wrong).map_or(Ok(()), |(_, why)| Err((*why).to_owned()))
    }
}

/// Somebody agrees to one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// What they agree to.
    pub question: Question,
    /// When they agreed.
    pub at: Timestamp,
    /// Until when it counts.
    pub expires: Timestamp,
}

impl Paper for Approval {
    const NAME: &'static str = "approval";
    const NAMESPACE: &'static str = "approval@trackera-ops";
}

/// Somebody agrees to every run of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// The digest of the plan without the values of its parameters.
    pub procedure: Digest,
    /// Who asks, each time.
    pub requester: String,
    /// The least time between the starts of two runs.
    pub every: SignedDuration,
    /// What each parameter may be; one that is not named here may be nothing.
    pub bounds: BTreeMap<String, Bound>,
    /// From when on it counts.
    pub from: Timestamp,
    /// Until when it counts.
    pub until: Timestamp,
}

impl Paper for Standing {
    const NAME: &'static str = "standing approval";
    const NAMESPACE: &'static str = "standing-approval@trackera-ops";
}

/// What a parameter may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Bound {
    /// One of these.
    OneOf(Vec<Json>),
    /// A whole number from the first to the last.
    Between(i64, i64),
}

impl Bound {
    /// Whether a value lies within.
    #[must_use]
    pub fn allows(&self, value: &Json) -> bool {
        match self {
            Self::OneOf(values) => values.contains(value),
            Self::Between(first, last) => value.as_i64().is_some_and(|value| (*first..=*last).contains(&value)),
        }
    }
}

/// One person goes on alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Emergency {
    /// What they go on with; they are who asks.
    pub question: Question,
    /// Why, as they typed it.
    pub reason: String,
}

impl Paper for Emergency {
    const NAME: &'static str = "break-glass";
    const NAMESPACE: &'static str = "break-glass@trackera-ops";
}

/// Somebody else looked at a run that one person carried out alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// The digest of the paper with which they went on alone.
    pub emergency: Digest,
    /// Who went on alone.
    pub requester: String,
    /// What was found, in the reviewer's words.
    pub found: String,
    /// When it was looked at.
    pub at: Timestamp,
}

impl Paper for Review {
    const NAME: &'static str = "review";
    const NAMESPACE: &'static str = "review@trackera-ops";
}

/// A signer counts for nothing from now on, or counts again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suspension {
    /// Whom: a name as `allowed_signers` has it, or the fingerprint of a key.
    pub whom: String,
    /// Whether they count again.
    pub lifted: bool,
    /// When this was said.
    pub at: Timestamp,
}

impl Paper for Suspension {
    const NAME: &'static str = "suspension";
    const NAMESPACE: &'static str = "suspension@trackera-ops";
}

/// Why a message is no signed paper.
#[derive(Debug, Error)]
pub enum PaperError {
    /// It is too long.
    #[error("it is longer than {LONGEST} bytes")]
    Length,
    /// It is of no form that this program knows.
    #[error("it is of no known form")]
    Form(#[source] serde_json::Error),
    /// It comes from a later version.
    #[error("it has version {0}, and this program reads {VERSION}")]
    Version(u32),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Message<P> {
    version: u32,
    paper: P,
    signature: String,
}

/// A paper with its signature, which nobody has judged yet.
#[derive(Clone, Debug)]
pub struct Handed<P> {
    /// The paper.
    pub paper: P,
    /// The signature over its statement.
    pub signature: String,
}

/// The text that is signed.
#[must_use]
pub fn statement<P: Paper>(paper: &P) -> String {
    format!("trackera {} {VERSION}\n{}\n", P::NAME, canonical_text(paper))
}

/// The digest of the text that is signed, by which records name the paper.
#[must_use]
pub(super) fn digest<P: Paper>(paper: &P) -> Digest {
    Digest::of(statement(paper).as_bytes())
}

impl<P: Paper> Handed<P> {
    /// The message, as it is left for others.
    ///
    /// # Errors
    /// Never for what this program makes; the signature is that of the JSON writer.
    pub fn message(&self) -> Result<Vec<u8>, serde_json::Error> {
        let (paper, signature) = (&self.paper, self.signature.clone());
        serde_json::to_vec(&Message { version: VERSION, paper, signature })
    }

    /// The name of the message in a mailbox: digests alone, so that it fits whatever the paper says.
    #[must_use]
    pub fn name(&self) -> String {
        let short = |digest: Digest| digest.to_string().chars().take(32).collect::<String>();
        format!("{}-{}.json", short(digest(&self.paper)), short(Digest::of(self.signature.as_bytes())))
    }

    /// Reads a message; what it says is judged by [`super::Office`].
    ///
    /// # Errors
    /// Why it is none.
    pub fn read(bytes: &[u8]) -> Result<Self, PaperError> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        if bytes.len() > LONGEST {
            return Err(PaperError::Length);
        }
        let Versioned { version } = serde_json::from_slice(bytes).map_err(PaperError::Form)?;
        if version != VERSION {
            return Err(PaperError::Version(version));
        }
        let Message { paper, signature, .. } = serde_json::from_slice(bytes).map_err(PaperError::Form)?;
        Ok(Self { paper, signature })
    }
}
