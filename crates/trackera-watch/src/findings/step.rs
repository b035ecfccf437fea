//! From what a look shows to changes of findings.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use trackera_core::verdict::{Assessment, Verdict};

use super::{Finding, Findings, Patience, Stage};
use crate::places::{ALL, Places};
use crate::record::{Cause, Change, FindingChange, FindingKey, Seen};

/// One row of an assessment, as far as findings need it.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// What it is about, shared with the finding if there is one.
    pub key: Arc<FindingKey>,
    /// What was seen.
    pub seen: Seen,
}

impl Sighting {
    /// A list that could not be read: whatever it would have held may still be there.
    fn hides(&self, key: &FindingKey) -> bool {
        let within = |own: &str, other: &str| own == ALL || own == other;
        self.key.id == ALL
            && self.seen.verdict == Verdict::Unknown
            && self.key.policy == key.policy
            && within(&self.key.account, &key.account)
            && within(&self.key.region, &key.region)
    }
}

/// The rows of an assessment that can matter for findings: what is in order matters only where there is a finding.
pub fn sightings(assessment: &mut Assessment<'_>, findings: &Findings) -> Vec<Sighting> {
    assessment.retain(|brief| match brief.verdict {
        Verdict::Fail | Verdict::Unknown => true,
        Verdict::Waived | Verdict::Pass | Verdict::NotApplicable => {
            findings.get(&FindingKey::of_brief(brief)).is_some()
        }
    });
    let sighting = |row| Sighting { key: findings.shared(&FindingKey::of(&row)), seen: Seen::of(&row) };
    assessment.rows().map(sighting).collect()
}

/// What one look showed.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// When its first fact was asked for.
    pub begun_at: Timestamp,
    /// The policies that were judged, and where.
    pub looked: &'a BTreeMap<String, Places>,
    /// What was seen: rows that pass may be left out where there is no finding.
    pub sightings: &'a [Sighting],
}

/// Gives the changes that a look shows; `newest` tells of each key when it was looked at last.
pub fn step(
    findings: &Findings,
    look: &Look<'_>,
    patience: &Patience,
    newest: &dyn Fn(&FindingKey) -> Option<Timestamp>,
) -> Vec<FindingChange> {
    let counts = |key: &FindingKey| {
        let covered = look.looked.get(&key.policy).is_some_and(|places| places.cover(&key.account, &key.region));
        covered && newest(key).is_none_or(|newest| newest <= look.begun_at)
    };
    let mut records = Vec::new();
    let mut note = |key: &FindingKey, changes: Vec<Change>| {
        let record = |change| FindingChange { finding: key.clone(), at: look.begun_at, change };
        records.extend(changes.into_iter().map(record));
    };
    let mut seen: BTreeSet<&FindingKey> = BTreeSet::new();
    for Sighting { key, seen: sight } in look.sightings.iter().filter(|sighting| counts(&sighting.key)) {
        if seen.insert(key) {
            note(key, sighted(findings.get(key), sight, look.begun_at, patience.grace));
        }
    }
    let lists: Vec<&Sighting> = look.sightings.iter().filter(|sighting| sighting.key.id == ALL).collect();
    for (key, finding) in findings.iter().filter(|(key, _)| counts(key) && !seen.contains(key)) {
        if !lists.iter().any(|list| list.hides(key)) {
            note(key, unsighted(finding, look.begun_at, patience.confirm).into_iter().collect());
        }
    }
    records
}

fn sighted(finding: Option<&Finding>, seen: &Seen, at: Timestamp, grace: SignedDuration) -> Vec<Change> {
    let mut changes = Vec::new();
    if finding.is_some_and(|finding| finding.missed_at.is_some()) {
        changes.push(Change::Found);
    }
    let open = finding.filter(|finding| finding.open_since().is_some());
    let doubted_at = finding.and_then(|finding| finding.doubted_at);
    let verified = || doubted_at.map(|_| Change::Cleared);
    let over = |cause| if open.is_some() { Some(Change::Closed(cause)) } else { verified() };
    changes.extend(match seen.verdict {
        Verdict::Fail => match open.and_then(|finding| finding.seen.as_ref()) {
            None => Some(Change::Opened(seen.clone())),
            Some(before) if before.differs(seen) => Some(Change::Changed(seen.clone())),
            Some(_) => verified(),
        },
        Verdict::Unknown => unverified(open, doubted_at, seen, at, grace),
        Verdict::Pass => over(Cause::Kept),
        Verdict::NotApplicable => over(Cause::OutOfScope),
        Verdict::Waived => over(Cause::Waived),
    });
    changes
}

/// One answer that did not come is no finding, whether something was known before or not; if none comes, it is.
fn unverified(
    open: Option<&Finding>,
    doubted_at: Option<Timestamp>,
    seen: &Seen,
    at: Timestamp,
    grace: SignedDuration,
) -> Option<Change> {
    let before = open.and_then(|finding| finding.seen.as_ref());
    if let Some(before) = before.filter(|before| before.verdict == Verdict::Unknown) {
        return before.differs(seen).then(|| Change::Changed(seen.clone()));
    }
    match (doubted_at, before) {
        (None, _) => Some(Change::Doubted),
        (Some(since), _) if at.duration_since(since) < grace => None,
        (Some(_), Some(_)) => Some(Change::Changed(seen.clone())),
        (Some(_), None) => Some(Change::Opened(seen.clone())),
    }
}

fn unsighted(finding: &Finding, at: Timestamp, confirm: SignedDuration) -> Option<Change> {
    match (finding.stage, finding.missed_at) {
        (Stage::Open(_), None) => Some(Change::Missed),
        (Stage::Open(_), Some(missed_at)) if at.duration_since(missed_at) >= confirm => {
            Some(Change::Closed(Cause::Gone))
        }
        (Stage::Open(_), Some(_)) => None,
        (Stage::Doubtful | Stage::Closed(..), _) => finding.doubted_at.map(|_| Change::Cleared),
    }
}
