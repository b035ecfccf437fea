//! The report of a check: one row for each policy and resource, the gaps, and a summary.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::Value as Json;

use super::Verdict;
use crate::policy::{Controls, Severity};
use crate::resource::Gap;

/// The version of the report's JSON form.
pub const REPORT_VERSION: u32 = 1;

/// Everything that a check found. This is the JSON that `check --output json` prints.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The form's version, [`REPORT_VERSION`].
    pub version: u32,
    /// The moment that everything was judged at.
    pub checked_at: Timestamp,
    /// The rows, worst first, grouped by policy.
    pub verdicts: Vec<Row>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// Counts.
    pub summary: Summary,
}

/// The verdict of one policy about one resource.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The policy's id.
    #[serde(serialize_with = "shared_text")]
    pub policy: Arc<str>,
    /// How bad a breach is.
    pub severity: Severity,
    /// The verdict.
    pub verdict: Verdict,
    /// The resource; its id is `*` when a list could not be read or nothing was there to look at.
    pub resource: ResourceRef,
    /// Why, in words.
    pub reason: String,
    /// What was compared: each path and call that was read, and its value.
    pub observed: BTreeMap<String, Json>,
    /// The items that decided.
    pub offending: Vec<Json>,
    /// The items of standards that the policy covers.
    pub controls: Controls,
}

/// A resource by its names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ResourceRef {
    /// The kind.
    #[serde(serialize_with = "shared_text")]
    pub kind: Arc<str>,
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
}

fn shared_text<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

/// Counts over a report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Policies that have a row.
    pub policies: usize,
    /// Rows by verdict.
    pub pass: usize,
    /// Rows that fail.
    pub fail: usize,
    /// Rows that could not be verified.
    pub unknown: usize,
    /// Rows that are waived.
    pub waived: usize,
    /// Rows that are out of scope.
    pub not_applicable: usize,
    /// What could not be read.
    pub gaps: usize,
}

impl Summary {
    /// Counts one more row.
    pub(super) fn count(&mut self, verdict: Verdict) {
        let counter = match verdict {
            Verdict::Pass => &mut self.pass,
            Verdict::Fail => &mut self.fail,
            Verdict::Unknown => &mut self.unknown,
            Verdict::Waived => &mut self.waived,
            Verdict::NotApplicable => &mut self.not_applicable,
        };
        *counter += 1;
    }

    /// Tells whether something failed.
    pub fn has_failed(&self) -> bool {
        self.fail > 0
    }

    /// Tells whether something could not be verified: an unknown row or a gap.
    pub fn is_incomplete(&self) -> bool {
        self.unknown > 0 || self.gaps > 0
    }
}

impl Report {
    /// Counts rows and orders them by what is worst; rows of one policy and verdict keep their order.
    pub fn new(checked_at: Timestamp, rows: Vec<Row>, gaps: Vec<Gap>) -> Self {
        let mut report =
            Self { version: REPORT_VERSION, checked_at, verdicts: rows, gaps, summary: Summary::default() };
        report.arrange();
        report
    }

    /// Keeps the rows that a filter wants; gaps stay, because they may hide rows.
    pub fn retain(&mut self, wanted: impl Fn(&Row) -> bool) {
        self.verdicts.retain(wanted);
        self.arrange();
    }

    /// The worst policies first, and within each policy the worst rows.
    fn arrange(&mut self) {
        let mut worst: BTreeMap<Arc<str>, Verdict> = BTreeMap::new();
        for row in &self.verdicts {
            let verdict = worst.entry(Arc::clone(&row.policy)).or_insert(row.verdict);
            *verdict = row.verdict.min(*verdict);
        }
        self.verdicts.sort_by_cached_key(|row| {
            let policy = worst.get(&row.policy).copied();
            (policy, row.severity, Arc::clone(&row.policy), row.verdict)
        });
        self.summary = Summary { policies: worst.len(), gaps: self.gaps.len(), ..Summary::default() };
        self.verdicts.iter().for_each(|row| self.summary.count(row.verdict));
    }
}
