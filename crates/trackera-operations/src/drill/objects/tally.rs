//! What all objects together come to: one result for each check, in numbers and digests.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use trackera_core::recovery::ports::ObjectVersion;
use trackera_core::recovery::verification::{Check, CheckResult, CheckState};

use super::listing::Pair;
use super::name_of;
use super::seen::{Copy, Finding, Seen, control};

/// How many objects a sentence names.
const NAMED: usize = 5;
/// The version of objects in a bucket that keeps none.
const UNVERSIONED: &str = "null";

/// What is allowed.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Limits {
    /// The moment of the loss that the drill assumes.
    pub(in super::super) lost_at: Timestamp,
    /// How young an object may be that is not in the replica yet.
    pub(in super::super) rpo: SignedDuration,
    /// How many objects there were before; none where no run passed.
    pub(in super::super) before: Option<u64>,
    /// How many fewer there may be, in percent.
    pub(in super::super) may_shrink: u32,
    /// Of how many objects the newest version may be the marker of a deletion, in percent.
    pub(in super::super) may_delete: u32,
}

/// Counts what was seen. Its memory does not grow with the number of objects.
#[derive(Debug)]
pub(in super::super) struct Tally {
    limits: Limits,
    found: BTreeMap<Check, Found>,
    objects: u64,
    bytes: u64,
    versioned: u64,
    deleted: Found,
    read: u64,
    read_bytes: u64,
    pending: u64,
    /// When the oldest object was put whose replica is not as it is.
    oldest_pending: Option<Timestamp>,
    /// An object with which nothing was wrong.
    sound: Option<Seen>,
}

#[derive(Debug, Default)]
struct Found {
    wrong: u64,
    said: BTreeSet<String>,
    open: u64,
    why: Option<String>,
}

impl Found {
    fn wrong(&mut self, said: String) {
        self.wrong += 1;
        self.said.insert(said);
        if self.said.len() > NAMED {
            self.said.pop_last();
        }
    }

    fn result(&self, check: Check, passed: String) -> CheckResult {
        let said: Vec<&str> = self.said.iter().map(String::as_str).collect();
        let more = self.wrong.saturating_sub(u64::try_from(said.len()).unwrap_or_default());
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        let (state, said) = match (self.wrong, self.open, &self.why) {
            (1.., _, _) => (CheckState::Fail, format!("{}{more}", said.join(", "))),
            (0, 1.., why) => {
                let why = why.as_deref().unwrap_or_default();
                (CheckState::NotRun, format!("{} could not be told: {why}", objects(self.open)))
            }
            (0, 0, _) => (CheckState::Pass, passed),
        };
        CheckResult::new(check, state, said).figure("wrong", self.wrong).figure("open", self.open)
    }
}

impl Tally {
    pub(in super::super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            found: BTreeMap::new(),
            objects: 0,
            bytes: 0,
            versioned: 0,
            deleted: Found::default(),
            read: 0,
            read_bytes: 0,
            pending: 0,
            oldest_pending: None,
            sound: None,
        }
    }

    /// Counts what the lists say of a key, and gives its newest version where that is content.
    pub(in super::super) fn listed<'p>(&mut self, pair: &'p Pair) -> Option<&'p ObjectVersion> {
        // What is in the replica alone was deleted for good: that is what a replica is for.
        let original = pair.original.as_ref()?;
        let Some(size) = original.size else {
            self.deleted.wrong(format!("the newest version of {} is the marker of a deletion", object(&pair.key)));
            return None;
        };
        self.objects += 1;
        self.bytes = self.bytes.saturating_add(size);
        self.versioned += u64::from(original.version != UNVERSIONED);
        let said = match &pair.replica {
            Some(replica) if replica.size == Some(size) => return Some(original),
            Some(replica) if replica.size.is_some() => "has another size in the replica",
            Some(_) => "is marked as deleted in the replica",
            None => "is not in the replica",
        };
        self.lags(original);
        if self.is_due(original) {
            self.wrong(Check::Replica, (&original.key, said));
        }
        Some(original)
    }

    /// An object whose replica is not as it is.
    fn lags(&mut self, original: &ObjectVersion) {
        let put_at = original.modified_at;
        self.oldest_pending = Some(self.oldest_pending.map_or(put_at, |oldest| oldest.min(put_at)));
        self.pending += u64::from(!self.is_due(original));
    }

    /// Whether an object is there for so long that its replica has to be as well.
    pub(in super::super) fn is_due(&self, original: &ObjectVersion) -> bool {
        self.limits.lost_at.duration_since(original.modified_at) > self.limits.rpo
    }

    /// Counts what was read of an object.
    pub(in super::super) fn read(&mut self, original: &ObjectVersion, seen: Seen) {
        self.read += 1;
        if let Copy::Whole(reading) = &seen.original {
            self.read_bytes = self.read_bytes.saturating_add(reading.size);
        }
        let findings = seen.findings();
        if findings.is_empty() && seen.replica.is_some() && seen.is_replicated() {
            self.sound.get_or_insert(seen);
            return;
        }
        // What the lists told of the replica already is not told twice.
        let is_told = match &seen.replica {
            None => true,
            Some(Copy::Whole(replica)) => replica.size != seen.size,
            Some(_) => false,
        };
        if !is_told && !seen.is_replicated() {
            self.lags(original);
        }
        for (check, finding) in findings {
            match finding {
                Finding::Wrong(_) if check == Check::Replica && is_told => {}
                Finding::Wrong(said) => self.wrong(check, (&original.key, said)),
                Finding::Open(why) => {
                    let found = self.found.entry(check).or_default();
                    found.open += 1;
                    found.why.get_or_insert(why);
                }
            }
        }
    }

    fn wrong(&mut self, check: Check, (key, said): (&str, &str)) {
        self.found.entry(check).or_default().wrong(format!("{} {said}", object(key)));
    }

    /// How far it is, for people.
    pub(in super::super) fn progress(&self) -> String {
        format!("{} read, {} MB", objects(self.read), self.read_bytes / 1_000_000)
    }

    /// Every check, where one of so many parts was read.
    pub(in super::super) fn results(&self, parts: u32) -> Vec<CheckResult> {
        let read = objects(self.read);
        let none = Found::default();
        let told = |check: Check, passed: String| self.found.get(&check).unwrap_or(&none).result(check, passed);
        let mut results = vec![
            self.content(),
            self.existence(&none),
            told(Check::Size, format!("{read} had as many bytes as their list says")),
            told(Check::Decryption, format!("{read} could be read to their end, in both places")),
            told(Check::Checksums, format!("{read} held what was stored")),
            self.versions(),
            self.replica(&none),
            self.coverage(parts),
        ];
        if self.read == 0 {
            // Nothing was read: that is no reason to believe anything about content.
            for result in results.iter_mut().filter(|one| one.check == Check::Checksums) {
                *result = CheckResult::new(Check::Checksums, CheckState::NotRun, "no object was read");
            }
        }
        results
    }

    fn content(&self) -> CheckResult {
        let state = if self.objects > 0 { CheckState::Pass } else { CheckState::Fail };
        let said = format!("there are {} with {} bytes", objects(self.objects), self.bytes);
        CheckResult::new(Check::Content, state, said).figure("objects", self.objects).figure("bytes", self.bytes)
    }

    fn existence(&self, none: &Found) -> CheckResult {
        let found = self.found.get(&Check::Existence).unwrap_or(none);
        let least = |before: u64| before.saturating_mul(u64::from(100_u32.saturating_sub(self.limits.may_shrink)));
        match self.limits.before {
            Some(before) if self.objects.saturating_mul(100) < least(before) => {
                let said = format!("there are {}, and were {before} when the drill last passed", objects(self.objects));
                CheckResult::new(Check::Existence, CheckState::Fail, said).figure("before", before)
            }
            _ => found.result(Check::Existence, format!("{} were there", objects(self.read))),
        }
    }

    fn versions(&self) -> CheckResult {
        let keys = self.objects + self.deleted.wrong;
        let deleted = format!("of {keys} keys, {} have a deletion as their newest version", self.deleted.wrong);
        let most = keys.saturating_mul(u64::from(self.limits.may_delete));
        let result = if self.deleted.wrong.saturating_mul(100) > most {
            self.deleted.result(Check::Versions, String::new())
        } else if self.versioned == 0 {
            let said = "the bucket keeps no versions, so that what is overwritten is lost";
            CheckResult::new(Check::Versions, CheckState::NotRun, said)
        } else {
            CheckResult::new(Check::Versions, CheckState::Pass, deleted)
        };
        result.figure("deleted", self.deleted.wrong).figure("versioned", self.versioned)
    }

    fn replica(&self, none: &Found) -> CheckResult {
        let found = self.found.get(&Check::Replica).unwrap_or(none);
        let pending = if self.pending > 0 { format!(", but {} on their way", self.pending) } else { String::new() };
        let result = found.result(Check::Replica, format!("{} are in the replica{pending}", objects(self.objects)));
        let oldest = self.oldest_pending.map_or(0, |oldest| self.limits.lost_at.duration_since(oldest).as_secs());
        result.figure("pending", self.pending).figure("rpa_seconds", oldest.max(0))
    }

    /// A pass says that the verdict rests on all objects.
    fn coverage(&self, parts: u32) -> CheckResult {
        let (state, said) = match parts {
            0 | 1 => (CheckState::Pass, format!("all {} were read", objects(self.objects))),
            _ => {
                let said = format!("{} of {} were read; all are within {parts} runs", self.read, objects(self.objects));
                (CheckState::NotConfigured, said)
            }
        };
        CheckResult::new(Check::Coverage, state, said).figure("read", self.read).figure("bytes", self.read_bytes)
    }

    /// Whether damage to a sound object is found by every check that should find it.
    pub(in super::super) fn control(&self) -> CheckResult {
        let (state, said) = match self.sound.as_ref().map(control) {
            None => (CheckState::NotRun, "no sound object was there to be damaged".to_owned()),
            Some(missed) if missed.is_empty() => {
                (CheckState::Pass, "every damage was found by its own check".to_owned())
            }
            Some(missed) => {
                let missed: Vec<String> = missed.iter().map(ToString::to_string).collect();
                (CheckState::Fail, format!("damage was not found by: {}", missed.join(", ")))
            }
        };
        CheckResult::new(Check::NegativeControl, state, said)
    }
}

fn object(key: &str) -> String {
    format!("object {}", name_of(key))
}

fn objects(count: u64) -> String {
    if count == 1 { "1 object".to_owned() } else { format!("{count} objects") }
}
