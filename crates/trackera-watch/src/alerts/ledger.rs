//! Who was told of what, and what is still to be sent: folded from records.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::findings::Findings;
use crate::record::{Announced, Announcement, FindingKey, Item, What};

/// What the hearers of a line believe about a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Which opening they heard of last.
    pub opening: u32,
    /// Whether they believe that it is open.
    pub believed_open: bool,
    /// Up to which change they know it.
    pub change: u32,
    /// How often it was repeated to them.
    pub repeats: u32,
    /// Whether they know that it comes and goes, and heard nothing since.
    pub flapping: bool,
    /// When they heard last.
    pub last_at: Option<Timestamp>,
}

/// An announcement that no channel took yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// What is to be told.
    pub announcement: Announcement,
    /// How often a channel failed.
    pub failures: u32,
    /// When a channel failed last.
    pub failed_at: Option<Timestamp>,
}

/// Who was told of what, and what is still to be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    told: BTreeMap<String, BTreeMap<Arc<FindingKey>, Told>>,
    pending: BTreeMap<String, Pending>,
    failing: BTreeMap<String, Timestamp>,
}

impl Ledger {
    /// Takes in one record; findings are as they were when it was written.
    pub fn apply(&mut self, announced: &Announced, findings: &Findings) {
        match announced {
            Announced::Intended(announcement) => {
                for item in &announcement.items {
                    self.tell(item, announcement, findings);
                }
                let pending = Pending { announcement: announcement.clone(), failures: 0, failed_at: None };
                self.pending.insert(announcement.key.clone(), pending);
            }
            Announced::Delivered { key, channel, .. } => {
                self.pending.remove(key);
                self.failing.remove(channel);
            }
            Announced::Failed { key, channel, at, .. } => {
                if let Some(pending) = self.pending.get_mut(key) {
                    pending.failures = pending.failures.saturating_add(1);
                    pending.failed_at = Some(*at);
                }
                self.failing.entry(channel.clone()).or_insert(*at);
            }
        }
    }

    fn tell(&mut self, item: &Item, announcement: &Announcement, findings: &Findings) {
        let line = self.told.entry(announcement.line.clone()).or_default();
        let told = line.entry(findings.shared(&item.finding)).or_default();
        told.last_at = Some(announcement.at);
        match item.what {
            What::Opened => {
                let change = findings.get(&item.finding).map_or(0, |finding| finding.changes);
                let last_at = told.last_at;
                *told = Told { opening: item.opening, believed_open: true, change, last_at, ..Told::default() };
            }
            What::Changed { change } => told.change = change,
            What::Repeated { repeat } => told.repeats = repeat,
            What::Flapping { .. } => told.flapping = true,
            What::Closed => (told.believed_open, told.flapping) = (false, false),
        }
    }

    /// What the hearers of a line believe about a finding.
    pub fn told(&self, finding: &FindingKey, line: &str) -> Option<&Told> {
        self.told.get(line)?.get(finding)
    }

    /// Tells whether somebody is still to hear of a finding, or that it is over.
    pub(crate) fn waits(&self, finding: &FindingKey) -> bool {
        let believed = self.told.values().any(|line| line.get(finding).is_some_and(|told| told.believed_open));
        let of = |item: &Item| item.finding == *finding;
        believed || self.pending.values().any(|pending| pending.announcement.items.iter().any(of))
    }

    /// Forgets who was told of a finding.
    pub(crate) fn forget(&mut self, finding: &FindingKey) {
        for line in self.told.values_mut() {
            line.remove(finding);
        }
    }

    /// The announcements that no channel took yet, by key.
    pub fn pending(&self) -> impl Iterator<Item = &Pending> {
        self.pending.values()
    }

    /// Finds one of them.
    pub fn find(&self, key: &str) -> Option<&Pending> {
        self.pending.get(key)
    }

    /// The channels that failed last, each since when.
    pub fn failing(&self) -> impl Iterator<Item = (&str, Timestamp)> {
        self.failing.iter().map(|(channel, since)| (channel.as_str(), *since))
    }
}
