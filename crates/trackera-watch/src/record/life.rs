//! The agent itself, as the journal keeps it: looks, starts, heartbeats, gaps and policies.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::places::Places;

/// The share of an agent that watches everything.
pub const USUAL_SHARE: &str = "default";

/// The estate was looked at, and everything that was seen is on record already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// When the first fact was asked for; what happened later may not have been seen.
    pub begun_at: Timestamp,
    /// The policies that were judged, each with the places that were looked at.
    pub looked: BTreeMap<String, Places>,
    /// The digest of the evidence.
    pub evidence: String,
    /// How many rows failed.
    pub fail: u64,
    /// How many rows could not be verified.
    pub unknown: u64,
    /// How many things could not be read.
    pub gaps: u64,
}

/// The agent itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Life {
    /// An agent started.
    Started {
        /// Its name.
        agent: String,
        /// When.
        at: Timestamp,
        /// Its version.
        version: String,
        /// Which part of the estate it watches; agents of one share take turns, others have their own.
        #[serde(default = "usual_share")]
        share: String,
    },
    /// An agent is alive.
    Heartbeat {
        /// Its name.
        agent: String,
        /// When.
        at: Timestamp,
    },
    /// An agent was silent: between these moments nobody can say what it would have seen.
    Gap {
        /// Its name.
        agent: String,
        /// Its last sign of life.
        from: Timestamp,
        /// Its next one.
        until: Timestamp,
    },
    /// An agent leads from here on.
    Leads {
        /// Its name.
        agent: String,
        /// When.
        at: Timestamp,
        /// The epoch of its lease.
        epoch: u64,
    },
    /// A set of policies is in force.
    PoliciesLoaded {
        /// When.
        at: Timestamp,
        /// The digest of its files.
        digest: String,
        /// How many policies it has.
        policies: u64,
    },
    /// A set of policies was refused; the one before it stays in force.
    PoliciesRefused {
        /// When.
        at: Timestamp,
        /// The digest of its files.
        digest: String,
        /// How many mistakes it has.
        mistakes: u64,
    },
}

fn usual_share() -> String {
    USUAL_SHARE.to_owned()
}
