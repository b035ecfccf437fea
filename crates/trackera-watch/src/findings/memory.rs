//! What is over is forgotten some day, or an agent that runs for years would slow down and run out of memory. The journal
//! keeps all of it.
//!
//! Numbers of openings are never used again, even for what comes back after it was forgotten: old acknowledgements must
//! not count for it, and receivers must not take its alerts for repetitions.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{Findings, Stage};
use crate::record::FindingKey;

/// How long, and how many findings that are over are remembered.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// What has been over for as long is forgotten.
    pub length: SignedDuration,
    /// When more than these are over, the oldest are forgotten first.
    pub most: usize,
}

impl Memory {
    /// What is usual: a quarter, so that what comes back every month is known to come back; and no more than costs some
    /// megabytes where machines come and go by the thousand.
    pub const USUAL: Self = Self { length: SignedDuration::from_hours(90 * 24), most: 10_000 };
}

impl Findings {
    /// Forgets what was over long enough before a moment, and gives its keys; of what is forgotten for its number alone,
    /// nobody may still wait to hear that it is over.
    pub(crate) fn forget(
        &mut self,
        at: Timestamp,
        memory: &Memory,
        waits: &dyn Fn(&FindingKey) -> bool,
    ) -> Vec<Arc<FindingKey>> {
        let surplus = self.over.len().saturating_sub(memory.most);
        let is_old = |since: &Timestamp| at.duration_since(*since) >= memory.length;
        let oldest = self.over.iter().enumerate().take_while(|(place, (since, _))| *place < surplus || is_old(since));
        let keys = oldest.filter(|(_, (since, key))| self.is_settled(key) && (is_old(since) || !waits(key)));
        let keys: Vec<Arc<FindingKey>> = keys.map(|(_, (_, key))| Arc::clone(key)).collect();
        for key in &keys {
            if let Some(finding) = self.known.remove(key) {
                self.forgotten = self.forgotten.max(finding.opening);
                self.note(key, finding.stage, Stage::Doubtful);
            }
        }
        keys
    }

    /// What may be about to open again has to be known.
    fn is_settled(&self, key: &FindingKey) -> bool {
        self.get(key).is_none_or(|finding| finding.doubted_at.is_none())
    }

    /// Keeps what is over in the order of its end.
    pub(super) fn note(&mut self, key: &Arc<FindingKey>, before: Stage, after: Stage) {
        if let Stage::Closed(since, _) = before {
            self.over.remove(&(since, Arc::clone(key)));
        }
        if let Stage::Closed(since, _) = after {
            self.over.insert((since, Arc::clone(key)));
        }
    }
}

#[cfg(test)]
mod tests;
