//! A verdict without words: enough to filter, count and find rows by, and small enough to look at a million of them.

use super::Verdict;
use super::report::Row;
use crate::policy::Severity;

/// What a row is about and what was found, without why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Brief<'a> {
    /// The policy's id.
    pub policy: &'a str,
    /// How bad a breach is.
    pub severity: Severity,
    /// The verdict.
    pub verdict: Verdict,
    /// The resource's kind.
    pub kind: &'a str,
    /// The resource's id, or `*` for a whole list.
    pub id: &'a str,
    /// The resource's name; empty for a whole list.
    pub name: &'a str,
    /// The account, or `*`.
    pub account: &'a str,
    /// The region, `global`, or `*`.
    pub region: &'a str,
}

impl Row {
    /// The row without its words.
    pub fn brief(&self) -> Brief<'_> {
        Brief {
            policy: &self.policy,
            severity: self.severity,
            verdict: self.verdict,
            kind: &self.resource.kind,
            id: &self.resource.id,
            name: &self.resource.name,
            account: &self.resource.account,
            region: &self.resource.region,
        }
    }
}
