//! What can be seen of the agent from outside, as plain data that its loop publishes.
//!
//! It holds names, digests and counts. No secret stands in it, and of persons only the name under which somebody
//! acknowledged a finding. What is large is shared, so that publishing a view copies little.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use trackera_core::resource::ErrorClass;
use trackera_watch::events::Tally;
use trackera_watch::schedule::Rules;
use trackera_watch::state::State;
use trackera_watch::watch::Queue;

/// Everything that is shown, as it is at one moment.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// The moment of the view: when the loop stepped last.
    pub now: Timestamp,
    /// Which agent it is.
    pub agent: Agent,
    /// Who leads.
    pub leadership: Leadership,
    /// The fold of the journal.
    pub state: Arc<State>,
    /// The policies in force; empty until some were loaded.
    pub rules: Arc<Rules>,
    /// The files that people wrote.
    pub files: Files,
    /// What is heard of events.
    pub events: Events,
    /// The channels of alerts, by name.
    pub channels: Arc<BTreeMap<String, Channel>>,
    /// The looks at the estate.
    pub looks: Looks,
    /// What the last whole look at each policy gave, by the policy's id.
    pub coverage: Arc<BTreeMap<String, Counts>>,
    /// What the last looks could not read.
    pub gaps: Arc<Vec<Unread>>,
    /// The journal and its copies.
    pub journal: Journal,
    /// The sign of life that somebody outside waits for; none when nobody does.
    pub pulse: Option<Pulse>,
}

/// Which agent it is.
#[derive(Clone, Debug, Default)]
pub struct Agent {
    /// Its name.
    pub name: String,
    /// The program's version.
    pub version: String,
    /// When it started.
    pub started_at: Timestamp,
    /// Its share of the estate; none when it watches all of it.
    pub share: Option<String>,
    /// The regions that it watches; none means all that are enabled.
    pub regions: Arc<Vec<String>>,
}

/// Who leads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Leadership {
    /// Nothing is known of a leader.
    #[default]
    Unknown,
    /// This agent leads.
    Leads {
        /// The epoch of its lease.
        epoch: u64,
    },
    /// Another agent leads.
    Follows {
        /// Its name.
        leader: String,
        /// The epoch of its lease.
        epoch: u64,
    },
}

/// The files that people wrote.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// Whether a set of policies is in force.
    pub loaded: bool,
    /// The mistakes of files that were refused since, each with its place; what was in force before stays so.
    pub mistakes: Arc<Vec<String>>,
}

/// What is heard of events.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// How many messages were heard, and why others were not.
    pub tally: Tally,
    /// Since when more was told than can be remembered, so that everything is looked at instead.
    pub flooded_at: Option<Timestamp>,
    /// When a message arrived last.
    pub heard_at: Option<Timestamp>,
    /// The queues, by the name that they are shown under; none until it was asked how it is.
    pub queues: BTreeMap<String, Option<Queue>>,
}

/// A channel of alerts.
#[derive(Clone, Debug, Default)]
pub struct Channel {
    /// How many announcements it took since the agent started.
    pub delivered: u64,
    /// How many it did not take since then.
    pub failed: u64,
    /// When it took one last.
    pub delivered_at: Option<Timestamp>,
    /// What is wrong with it, if the last attempt failed.
    pub trouble: Option<Trouble>,
}

/// What is wrong, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Since when.
    pub since: Timestamp,
    /// What, without secrets.
    pub error: String,
}

/// The looks at the estate since the agent started.
#[derive(Clone, Debug, Default)]
pub struct Looks {
    /// When each look that is being made began, by its number.
    pub running: BTreeMap<u64, Timestamp>,
    /// How many came to their end.
    pub ended: u64,
    /// How many failed or were given up.
    pub failed: u64,
    /// When one came to its end last, and how long it took.
    pub last: Option<(Timestamp, SignedDuration)>,
    /// How often in a row the services asked to slow down; looks are made less often while it is not zero.
    pub throttled: u32,
    /// How many calls were made.
    pub calls: u64,
}

/// Rows by verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The rule is broken.
    pub fail: u64,
    /// It could not be verified.
    pub unknown: u64,
    /// The rule is broken, and somebody answers for it.
    pub waived: u64,
    /// The rule is kept.
    pub pass: u64,
    /// The rule is not about the resource.
    pub not_applicable: u64,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// The API operation.
    pub operation: String,
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// Why.
    pub class: ErrorClass,
    /// How many calls of it there were.
    pub times: u64,
}

/// The journal and its copies.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    /// Whether the log is open for writing.
    pub open: bool,
    /// The name of the log.
    pub origin: String,
    /// How many entries it has.
    pub entries: u64,
    /// The last checkpoint since the start: how many entries it signs, and when it was signed.
    pub checkpoint: Option<(u64, Timestamp)>,
    /// Why the log cannot be signed, if the last attempt failed.
    pub unsigned: Option<Trouble>,
    /// The replicas, by name.
    pub replicas: BTreeMap<String, Replica>,
    /// What is wrong with the log, in words; nothing of it is repaired by itself.
    pub damages: Arc<Vec<String>>,
    /// What was missing when the log was opened, if an older state of the disk was noticed then.
    pub rolled_back: Option<Trouble>,
}

/// A replica of the log.
#[derive(Clone, Debug, Default)]
pub struct Replica {
    /// How many entries it has; none when it was not reached since the start.
    pub entries: Option<u64>,
    /// When a pass succeeded last.
    pub succeeded_at: Option<Timestamp>,
    /// Since when the log has entries that it lacks; none while it has all of them.
    pub behind_since: Option<Timestamp>,
    /// What is wrong with it, if the last pass failed.
    pub trouble: Option<Trouble>,
}

/// The sign of life that somebody outside waits for.
#[derive(Clone, Debug, Default)]
pub struct Pulse {
    /// When it was given last with success.
    pub sent_at: Option<Timestamp>,
    /// What is wrong with it, if the last attempt failed.
    pub trouble: Option<Trouble>,
}

impl View {
    /// Tells whether this agent leads.
    pub fn leads(&self) -> bool {
        matches!(self.leadership, Leadership::Leads { .. })
    }

    /// Tells whether another agent leads.
    pub fn follows(&self) -> bool {
        matches!(self.leadership, Leadership::Follows { .. })
    }

    /// The last sign of life of this agent that is on record.
    pub fn heartbeat_at(&self) -> Option<Timestamp> {
        self.state.alive.get(&self.agent.name).copied()
    }

    /// The sum of the counts of all policies in force.
    pub fn total(&self) -> Counts {
        let in_force = self.coverage.iter().filter(|(policy, _)| self.rules.rules.contains_key(*policy));
        in_force.fold(Counts::default(), |sum, (_, counts)| sum.plus(counts))
    }
}

impl Counts {
    /// The counts with their names, worst first.
    pub fn named(&self) -> [(&'static str, u64); 5] {
        let Self { fail, unknown, waived, pass, not_applicable } = *self;
        [("fail", fail), ("unknown", unknown), ("waived", waived), ("pass", pass), ("not_applicable", not_applicable)]
    }

    fn plus(&self, other: &Self) -> Self {
        Self {
            fail: self.fail.saturating_add(other.fail),
            unknown: self.unknown.saturating_add(other.unknown),
            waived: self.waived.saturating_add(other.waived),
            pass: self.pass.saturating_add(other.pass),
            not_applicable: self.not_applicable.saturating_add(other.not_applicable),
        }
    }
}

impl Journal {
    /// How many entries a replica lacks; none when it was not reached yet.
    pub fn lag(&self, replica: &Replica) -> Option<u64> {
        replica.entries.map(|entries| self.entries.saturating_sub(entries))
    }
}
