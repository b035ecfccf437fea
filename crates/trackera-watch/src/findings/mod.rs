//! Findings over time: opened, still there, changed, closed, opened again.
//!
//! The state is folded from records and from nothing else. What one look shows gives new records; the same look given
//! twice gives nothing the second time, and an older look never overrules a newer one.

mod memory;
mod step;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

pub use memory::Memory;
pub use step::{Look, Sighting, sightings, step};

use crate::record::{Cause, Change, FindingChange, FindingKey, Seen};

/// How patient the agent is.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How long something may be unverified before that is a finding.
    pub grace: SignedDuration,
    /// How long after the first look a second one can confirm that something is gone.
    pub confirm: SignedDuration,
    /// How many openings and closings within the window count as flapping.
    pub turns: usize,
    /// The window of flapping.
    pub window: SignedDuration,
}

impl Patience {
    /// What is usual.
    pub const USUAL: Self = Self {
        grace: SignedDuration::from_mins(10),
        confirm: SignedDuration::from_secs(30),
        turns: 5,
        window: SignedDuration::from_hours(1),
    };
}

/// More turns than these are not remembered.
const REMEMBERED_TURNS: usize = 32;

/// Where a finding stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// It could not be verified for a while, and may become a finding.
    #[default]
    Doubtful,
    /// It is there since a moment.
    Open(Timestamp),
    /// It is over since a moment.
    Closed(Timestamp, Cause),
}

/// One finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// Where it stands.
    pub stage: Stage,
    /// What was seen last.
    pub seen: Option<Seen>,
    /// The number of its opening, which is never used again for the same finding; zero before the first.
    pub opening: u32,
    /// How often it changed since it was opened.
    pub changes: u32,
    /// When it changed last.
    pub changed_at: Option<Timestamp>,
    /// Since when it could not be verified.
    pub doubted_at: Option<Timestamp>,
    /// When it was missed first.
    pub missed_at: Option<Timestamp>,
    /// Who acknowledged this opening.
    pub acknowledged_by: Option<String>,
    turns: Vec<Timestamp>,
    /// The number before its first opening: openings that were forgotten may have had those up to it.
    before: u32,
}

impl Finding {
    /// How often it was opened, as far as that is remembered.
    pub fn times(&self) -> u32 {
        self.opening.saturating_sub(self.before)
    }

    /// Since when it is open.
    pub fn open_since(&self) -> Option<Timestamp> {
        match self.stage {
            Stage::Open(since) => Some(since),
            Stage::Doubtful | Stage::Closed(..) => None,
        }
    }

    /// When it will have come to rest, if it comes and goes too often at this moment.
    pub fn flapping_until(&self, now: Timestamp, patience: &Patience) -> Option<Timestamp> {
        let turn = self.turns.len().checked_sub(patience.turns).and_then(|place| self.turns.get(place))?;
        let rests_at = turn.checked_add(patience.window).ok()?;
        (rests_at > now).then_some(rests_at)
    }

    /// How often it was opened and closed.
    pub fn turn_count(&self) -> u32 {
        self.opening.saturating_mul(2) - u32::from(self.open_since().is_some())
    }

    fn turn(&mut self, at: Timestamp) {
        self.turns.push(at);
        if self.turns.len() > REMEMBERED_TURNS {
            self.turns.remove(0);
        }
    }

    fn apply(&mut self, at: Timestamp, change: &Change, forgotten: u32) {
        match change {
            Change::Doubted => self.doubted_at = Some(at),
            Change::Cleared => self.doubted_at = None,
            Change::Missed => self.missed_at = Some(at),
            Change::Found => self.missed_at = None,
            Change::Opened(seen) => {
                self.turn(at);
                let turns = std::mem::take(&mut self.turns);
                let before = if self.opening == 0 { forgotten } else { self.before };
                let (stage, seen, opening) = (Stage::Open(at), Some(seen.clone()), self.opening.max(before));
                *self = Self { stage, seen, opening: opening.saturating_add(1), turns, before, ..Self::default() };
            }
            Change::Changed(seen) => {
                self.seen = Some(seen.clone());
                self.changes = self.changes.saturating_add(1);
                self.changed_at = Some(at);
                (self.doubted_at, self.missed_at) = (None, None);
            }
            Change::Closed(cause) => {
                self.turn(at);
                self.stage = Stage::Closed(at, *cause);
                (self.doubted_at, self.missed_at) = (None, None);
            }
            Change::Acknowledged { opening, by } if *opening == self.opening => {
                self.acknowledged_by = Some(by.clone());
            }
            Change::Acknowledged { .. } => {}
        }
    }
}

/// All findings that are remembered. Copies share what is in them, because the page and every look hold one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    known: BTreeMap<Arc<FindingKey>, Arc<Finding>>,
    /// Those that are over, and since when.
    over: BTreeSet<(Timestamp, Arc<FindingKey>)>,
    /// The highest number of an opening that was forgotten.
    forgotten: u32,
}

impl Findings {
    /// Takes in one change.
    pub fn apply(&mut self, record: &FindingChange) {
        let key = self.shared(&record.finding);
        let finding = Arc::make_mut(self.known.entry(Arc::clone(&key)).or_default());
        let before = finding.stage;
        finding.apply(record.at, &record.change, self.forgotten);
        let mut after = finding.stage;
        // What was only ever doubted leaves nothing behind.
        if finding.opening == 0 && finding.doubted_at.is_none() {
            self.known.remove(&key);
            after = Stage::Doubtful;
        }
        if before != after {
            self.note(&key, before, after);
        }
    }

    /// A key as the findings hold it, so that it is in memory once.
    pub(crate) fn shared(&self, key: &FindingKey) -> Arc<FindingKey> {
        let known = self.known.get_key_value(key);
        known.map_or_else(|| Arc::new(key.clone()), |(known, _)| Arc::clone(known))
    }

    /// Finds one.
    pub fn get(&self, key: &FindingKey) -> Option<&Finding> {
        self.known.get(key).map(Arc::as_ref)
    }

    /// Finds one by the digest of its key.
    pub fn by_digest(&self, digest: &str) -> Option<(&FindingKey, &Finding)> {
        self.iter().find(|(key, _)| key.digest() == digest)
    }

    /// All of them, in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&FindingKey, &Finding)> {
        self.known.iter().map(|(key, finding)| (key.as_ref(), finding.as_ref()))
    }

    /// Those that are open.
    pub fn open(&self) -> impl Iterator<Item = (&FindingKey, &Finding)> {
        self.iter().filter(|(_, finding)| finding.open_since().is_some())
    }

    /// When each finding should be looked at again, because it was missed or could not be verified.
    pub fn second_looks(&self, patience: &Patience) -> impl Iterator<Item = (&FindingKey, Timestamp)> {
        let (confirm, grace) = (patience.confirm, patience.grace);
        self.iter().filter_map(move |(key, finding)| {
            let missed = finding.missed_at.and_then(|at| at.checked_add(confirm).ok());
            let unverified = || finding.doubted_at.and_then(|at| at.checked_add(grace).ok());
            Some((key, missed.or_else(unverified)?))
        })
    }
}

#[cfg(test)]
mod judged;
#[cfg(test)]
mod tests;
