//! What happens to the agent, and what it asks for.

use std::collections::BTreeSet;

use trackera_core::company::alerts::Alerts;

use crate::alerts::Notice;
use crate::events::Want;
use crate::findings::Sighting;
use crate::record::FindingKey;
use crate::schedule::Rules;
use crate::state::State;

/// What files declare, all of it checked.
#[derive(Clone, Debug)]
pub struct Declared {
    /// The policies and waivers.
    pub rules: Rules,
    /// The accounts that are watched.
    pub accounts: BTreeSet<String>,
    /// The regions that are watched; none means all of them.
    pub regions: BTreeSet<String>,
    /// Who is told of what; without it nobody is.
    pub alerts: Option<Alerts>,
}

/// Files that were refused: the digest of them, and how many mistakes they have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The digest of the files.
    pub digest: String,
    /// How many mistakes they have.
    pub mistakes: u64,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// Nothing but time.
    Tick,
    /// A look came to its end.
    Looked(Looked),
    /// A look ended without an answer.
    LookFailed {
        /// Its number.
        id: u64,
    },
    /// The queue gave a message.
    Message {
        /// What the queue calls it.
        receipt: String,
        /// What it says.
        body: Vec<u8>,
    },
    /// The queue was asked how it is.
    Queue(Queue),
    /// A channel took an announcement, or did not and said why.
    Delivery {
        /// The idempotency key.
        key: String,
        /// The channel.
        channel: String,
        /// What became of it.
        outcome: Result<(), String>,
    },
    /// The files were read, at the start or because they changed.
    Files(Box<Result<Declared, Refused>>),
    /// An admin knows of a finding.
    Acknowledged {
        /// Which one.
        finding: FindingKey,
        /// Which of its openings.
        opening: u32,
        /// Who.
        by: String,
    },
    /// The program found something about its own condition, or that it is over.
    Condition {
        /// Its name, and what it is about if that is not the agent: `clock-behind`, `replica-failing:frankfurt`.
        condition: String,
        /// What is so; nothing when it is over.
        reason: Option<String>,
    },
    /// This agent leads now; the state is the fold of all logs.
    LeaseGained {
        /// The epoch of the lease.
        epoch: u64,
        /// The fold of all logs up to here.
        state: Box<State>,
    },
    /// Another agent leads, or none.
    LeaseLost,
}

/// How a queue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// It answers, and so many messages wait in it.
    Holds(u64),
    /// It does not answer.
    Unreachable,
}

/// What a look showed.
#[derive(Clone, Debug)]
pub struct Looked {
    /// Its number.
    pub id: u64,
    /// What was seen: rows that pass may be left out where there is no finding.
    pub sightings: Vec<Sighting>,
    /// The digest of the evidence.
    pub evidence: String,
    /// How many rows failed, could not be verified, and how many things could not be read.
    pub counts: [u64; 3],
    /// How often services asked to slow down.
    pub throttled: u64,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Look at the estate, with one demand for all of these policies, and answer with [`Input::Looked`] or [`Input::LookFailed`].
    Look {
        /// The number to answer with.
        id: u64,
        /// The policies, each with the places.
        policies: Want,
    },
    /// Deliver a notice, and answer with [`Input::Delivery`].
    Deliver {
        /// The channel.
        channel: String,
        /// What to say; its key is the idempotency key.
        notice: Notice,
    },
    /// Delete messages from the queue.
    Forget(Vec<String>),
    /// Tell whoever waits for it that the agent is alive.
    Pulse,
}
