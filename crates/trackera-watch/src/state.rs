//! All that the agent knows after a restart: the fold of its records.
//!
//! Nothing may change it but a record, so that what is in memory and what is on disk cannot differ. Several agents have
//! a log each; whoever reads folds all of them, in the order of the leases that they were written under.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::alerts::Ledger;
use crate::findings::Findings;
use crate::places::{ALL, Place, Places};
use crate::record::{FindingKey, Life, Observation, Record};

/// The fold of the records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The findings.
    pub findings: Findings,
    /// Who was told of what.
    pub ledger: Ledger,
    /// When each policy was looked at last.
    pub observed: Observed,
    /// The last sign of life of each agent.
    pub alive: BTreeMap<String, Timestamp>,
    /// Who leads, and the epoch of the lease.
    pub leader: Option<(String, u64)>,
    /// The digest of the policies that were loaded last.
    pub policies: Option<String>,
    /// How many mistakes the policies have that were refused since.
    pub mistakes: Option<u64>,
}

impl State {
    /// Takes in one record.
    pub fn apply(&mut self, record: &Record) {
        match record {
            Record::Finding(change) => self.findings.apply(change),
            Record::Announcement(announced) => self.ledger.apply(announced, &self.findings),
            Record::Observation(observation) => self.observed.apply(observation),
            Record::Life(life) => self.live(life),
        }
    }

    /// Takes in many.
    pub fn fold<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut state = Self::default();
        records.into_iter().for_each(|record| state.apply(record));
        state
    }

    fn live(&mut self, life: &Life) {
        match life {
            Life::Started { agent, at, .. } | Life::Heartbeat { agent, at } | Life::Gap { agent, until: at, .. } => {
                let alive = self.alive.entry(agent.clone()).or_insert(*at);
                *alive = (*alive).max(*at);
            }
            Life::Leads { agent, epoch, .. } => self.leader = Some((agent.clone(), *epoch)),
            Life::PoliciesLoaded { digest, .. } => (self.policies, self.mistakes) = (Some(digest.clone()), None),
            Life::PoliciesRefused { mistakes, .. } => self.mistakes = Some(*mistakes),
        }
    }
}

/// An entry of one of the logs.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The epoch of the lease that it was written under; zero before the first.
    pub epoch: u64,
    /// The writer.
    pub agent: String,
    /// Its place in the writer's log.
    pub sequence: u64,
    /// What it says.
    pub record: Record,
}

/// Folds the entries of several logs, whatever order they are read in.
pub fn merge(mut entries: Vec<Entry>) -> State {
    entries.sort_by(|left, right| {
        let key = |entry: &Entry| (entry.epoch, entry.sequence);
        key(left).cmp(&key(right)).then_with(|| left.agent.cmp(&right.agent))
    });
    State::fold(entries.iter().map(|entry| &entry.record))
}

/// When each policy was looked at last, everywhere and at single places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    everywhere: BTreeMap<String, Timestamp>,
    at: BTreeMap<String, BTreeMap<Place, Timestamp>>,
}

impl Observed {
    fn apply(&mut self, observation: &Observation) {
        let begun_at = observation.begun_at;
        for (policy, places) in &observation.looked {
            match places {
                Places::Everywhere => {
                    raise(self.everywhere.entry(policy.clone()), begun_at);
                    // What a later look at the whole tells as well need not be remembered of a part.
                    if let Some(parts) = self.at.get_mut(policy) {
                        parts.retain(|_, at| *at > begun_at);
                    }
                }
                Places::At(places) => {
                    let parts = self.at.entry(policy.clone()).or_default();
                    for place in places {
                        raise(parts.entry(place.clone()), begun_at);
                    }
                }
            }
        }
    }

    /// When a policy was looked at last in the whole estate.
    pub fn everywhere(&self, policy: &str) -> Option<Timestamp> {
        self.everywhere.get(policy).copied()
    }

    /// When a policy was looked at last at a place.
    pub fn newest(&self, policy: &str, account: &str, region: Option<&str>) -> Option<Timestamp> {
        let parts = self.at.get(policy).filter(|parts| !parts.is_empty());
        let at = |region: Option<&str>| {
            let place = Place { account: account.to_owned(), region: region.map(str::to_owned) };
            parts?.get(&place).copied()
        };
        let whole = self.everywhere(policy).max(at(None));
        region.map_or(whole, |region| whole.max(at(Some(region))))
    }

    /// When what a finding is about was looked at last.
    pub fn of(&self, key: &FindingKey) -> Option<Timestamp> {
        self.newest(&key.policy, &key.account, Some(key.region.as_str()).filter(|region| *region != ALL))
    }
}

fn raise<K: Ord>(entry: std::collections::btree_map::Entry<'_, K, Timestamp>, at: Timestamp) {
    let newest = entry.or_insert(at);
    *newest = (*newest).max(at);
}
