//! Changes of findings, as the journal keeps them.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use trackera_core::policy::Severity;
use trackera_core::verdict::{Brief, Row, Verdict};

use super::{LONGEST_TEXT, shortened};
use crate::places::ALL;

/// What the ids of the agent's own conditions begin with; no policy's id can.
const OWN: &str = "agent/";

/// What makes a finding the same finding: one policy about one resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FindingKey {
    /// The policy's id; conditions of the agent itself have ids that begin with `agent/`.
    pub policy: String,
    /// The account, or `*`.
    pub account: String,
    /// The region, `global`, or `*`.
    pub region: String,
    /// The resource's kind.
    pub kind: String,
    /// The resource's id, or `*` for a whole list.
    pub id: String,
}

impl FindingKey {
    /// The finding that a row belongs to.
    pub fn of(row: &Row) -> Self {
        Self::of_brief(&row.brief())
    }

    /// The finding that a row belongs to, by the row without its words.
    pub fn of_brief(brief: &Brief<'_>) -> Self {
        let Brief { policy, account, region, kind, id, .. } = *brief;
        let [policy, account, region, kind, id] = [policy, account, region, kind, id].map(str::to_owned);
        Self { policy, account, region, kind, id }
    }

    /// What the agent finds about itself.
    pub fn own(condition: &str, id: String) -> Self {
        let [account, region] = [ALL, ALL].map(str::to_owned);
        Self { policy: format!("{OWN}{condition}"), account, region, kind: "trackera.agent".to_owned(), id }
    }

    /// Tells whether it is about the agent itself.
    pub fn is_own(&self) -> bool {
        self.policy.starts_with(OWN)
    }

    /// A digest of it, for keys of other systems; parts cannot run into each other.
    pub fn digest(&self) -> String {
        digest([&self.policy, &self.account, &self.region, &self.kind, &self.id].map(String::as_str))
    }
}

/// The first 16 bytes of a SHA-256 over parts, each with its length before it, as hexadecimal digits.
pub fn digest<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Display for FindingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { policy, account, region, id, .. } = self;
        write!(formatter, "{policy} {account} {region} {id}")
    }
}

/// A finding changed its state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingChange {
    /// Which one.
    pub finding: FindingKey,
    /// When the evidence was taken that shows it.
    pub at: Timestamp,
    /// What changed.
    pub change: Change,
}

/// What was seen of a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// How bad it is.
    pub severity: Severity,
    /// Whether it fails or is unknown.
    pub verdict: Verdict,
    /// The resource's name.
    pub name: String,
    /// Why, in the policy's words, shortened.
    pub reason: String,
    /// What decided, as a digest: as long as it stays the same, nothing changed.
    pub evidence: String,
}

impl Seen {
    /// What a row tells.
    pub fn of(row: &Row) -> Self {
        let offending = row.offending.iter().map(ToString::to_string).collect::<Vec<_>>();
        Self {
            severity: row.severity,
            verdict: row.verdict,
            name: shortened(&row.resource.name, LONGEST_TEXT),
            reason: shortened(&row.reason, LONGEST_TEXT),
            evidence: digest(offending.iter().map(String::as_str)),
        }
    }

    /// Tells whether it differs from another in what matters; words may count days, and do not matter.
    pub fn differs(&self, other: &Self) -> bool {
        (self.severity, self.verdict, &self.evidence) != (other.severity, other.verdict, &other.evidence)
    }
}

/// How a finding changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It could not be verified; if that lasts, it is a finding.
    Doubted,
    /// It was verified after all.
    Cleared,
    /// It exists for the first time, or again.
    Opened(Seen),
    /// It is still there, and otherwise than before.
    Changed(Seen),
    /// It was not seen; a second look must confirm that it is gone.
    Missed,
    /// It was seen again after it was missed.
    Found,
    /// It is over.
    Closed(Cause),
    /// A person knows of it.
    Acknowledged {
        /// Which of its openings.
        opening: u32,
        /// Who: a name among the company's admins.
        by: String,
    },
}

/// Why a finding is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The rule is kept.
    Kept,
    /// The rule is not about the resource any more.
    OutOfScope,
    /// Somebody answers for it.
    Waived,
    /// The resource is gone; two looks confirm it.
    Gone,
    /// The policy was taken away.
    Withdrawn,
}

impl Cause {
    /// The cause in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Kept => "the rule is kept",
            Self::OutOfScope => "the rule is not about it any more",
            Self::Waived => "it is waived",
            Self::Gone => "it is gone",
            Self::Withdrawn => "the policy was taken away",
        }
    }
}
