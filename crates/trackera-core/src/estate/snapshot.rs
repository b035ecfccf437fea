//! A snapshot: everything that collectors read at one moment, and everything that they could not read.
//!
//! It is a file format: the same snapshot and the same `now` give the same verdicts, bytes and all, on any machine.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::resource::{Gap, Resource};

/// The version of the format that this build reads and writes.
pub const SNAPSHOT_VERSION: u32 = 1;

/// Everything that was read, in an order that does not depend on timing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// The format's version, [`SNAPSHOT_VERSION`].
    pub version: u32,
    /// When collecting began.
    pub collected_at: Timestamp,
    /// The accounts and regions that were looked at.
    pub accounts: Vec<CollectedAccount>,
    /// The lists that were asked for, whole or not.
    pub lists: Vec<List>,
    /// What was found.
    pub resources: Vec<Resource>,
    /// What could not be read, each fact once.
    pub gaps: Vec<Gap>,
    /// The age of answers that services prepare ahead, by operation and account (`iam:GetCredentialReport`).
    pub reports: Vec<PreparedReport>,
}

/// One account, and the regions of it that were looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CollectedAccount {
    /// The account id, or `*` when it could not be told.
    pub account: String,
    /// The regions, sorted; `*` stands for the regions that could not be told.
    pub regions: Vec<String>,
}

/// One list of one kind in one account and region, and how much of it was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The kind that was listed.
    pub kind: String,
    /// The account id.
    pub account: String,
    /// The region, or `global`.
    pub region: String,
    /// What kept it from being whole; empty for a whole list.
    pub gaps: Vec<Gap>,
}

/// When a service prepared an answer that it gives out for some time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreparedReport {
    /// The operation that hands it out.
    pub operation: String,
    /// The account that it is about.
    pub account: String,
    /// When it was prepared.
    pub generated_at: Timestamp,
}

impl Snapshot {
    /// Puts everything into the order that the format promises and drops gaps that are named twice.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.accounts.sort();
        self.lists.sort();
        self.gaps.sort();
        self.gaps.dedup();
        self.reports.sort();
        self.resources.sort_by(|left, right| key(left).cmp(&key(right)));
        self
    }

    /// Counts the resources of each kind.
    pub fn counts(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for resource in &self.resources {
            *counts.entry(resource.kind.as_str()).or_default() += 1;
        }
        counts
    }
}

fn key(resource: &Resource) -> (&str, &str, &str, &str) {
    (&resource.kind, &resource.account, &resource.region, &resource.id)
}
