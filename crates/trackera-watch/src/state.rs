//! All that the agent knows after a restart: the fold of its records.
//!
//! Nothing may change it but a record, so that what is in memory and what is on disk cannot differ. Several agents have
//! a log each; whoever reads folds all of them, in the order of the leases that they were written under.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::alerts::Ledger;
use crate::findings::{Findings, Memory};
use crate::places::{ALL, Place, Places};
use crate::record::{FindingKey, Life, Observation, Record, USUAL_SHARE};

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
            Record::Observation(observation) => {
                self.observed.apply(observation);
                self.forget(observation.begun_at);
            }
            Record::Life(life) => self.live(life),
        }
    }

    /// Takes in many.
    pub fn fold<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut state = Self::default();
        records.into_iter().for_each(|record| state.apply(record));
        state
    }

    /// Forgets what is long over. A look alone makes it so: its moment stands in a record, and findings come with looks.
    fn forget(&mut self, at: Timestamp) {
        let Self { findings, ledger, .. } = self;
        let forgotten = findings.forget(at, &Memory::USUAL, &|key| ledger.waits(key));
        forgotten.iter().for_each(|key| self.ledger.forget(key));
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
    /// The log that it stands in, by the name of its writer.
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

/// Folds the logs of every share by itself: the epochs of one lease say nothing about those of another.
///
/// A log belongs to the share that its writer named when it started last, and all of it does.
pub fn shares(entries: Vec<Entry>) -> BTreeMap<String, State> {
    let mut named: BTreeMap<&str, (u64, &str)> = BTreeMap::new();
    for entry in &entries {
        if let Record::Life(Life::Started { share, .. }) = &entry.record {
            let last = named.entry(&entry.agent).or_insert((entry.sequence, share));
            if last.0 <= entry.sequence {
                *last = (entry.sequence, share);
            }
        }
    }
    let of_log: BTreeMap<String, String> =
        named.into_iter().map(|(log, (_, share))| (log.to_owned(), share.to_owned())).collect();
    let mut grouped: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        let share = of_log.get(&entry.agent).map_or(USUAL_SHARE, String::as_str);
        grouped.entry(share.to_owned()).or_default().push(entry);
    }
    grouped.into_iter().map(|(share, entries)| (share, merge(entries))).collect()
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

    /// When a part of the estate was looked at last for a policy, if that was after the last look at the whole.
    pub fn in_part(&self, policy: &str) -> Option<Timestamp> {
        let newest = self.at.get(policy)?.values().max().copied()?;
        self.everywhere(policy).is_none_or(|whole| whole < newest).then_some(newest)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn started(agent: &str, share: &str, sequence: u64) -> Entry {
        let life = Life::Started {
            agent: agent.to_owned(),
            at: Timestamp::UNIX_EPOCH,
            version: "1".to_owned(),
            share: share.to_owned(),
        };
        Entry { epoch: 0, agent: agent.to_owned(), sequence, record: Record::Life(life) }
    }

    fn leads(agent: &str, sequence: u64, epoch: u64) -> Entry {
        let life = Life::Leads { agent: agent.to_owned(), at: Timestamp::UNIX_EPOCH, epoch };
        Entry { epoch, agent: agent.to_owned(), sequence, record: Record::Life(life) }
    }

    #[test]
    fn leases_of_different_shares_never_overrule_each_other() {
        let mut entries = vec![
            started("one", "default", 0),
            leads("one", 1, 1),
            started("one", "europe", 2),
            leads("one", 3, 2),
            started("two", "europe", 0),
            leads("two", 1, 3),
            leads("three", 0, 9),
        ];
        let leader = |state: &State| state.leader.clone();
        for _ in 0..entries.len() {
            entries.rotate_left(1);
            let shares = shares(entries.clone());
            let led: Vec<_> = shares.iter().map(|(share, state)| (share.as_str(), leader(state))).collect();
            let by = |agent: &str, epoch| Some((agent.to_owned(), epoch));
            assert_eq!(led, [("default", by("three", 9)), ("europe", by("two", 3))]);
        }
    }
}
