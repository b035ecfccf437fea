//! The names of the checks: what each asserts, and which of them look at what was restored.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The name of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The copy holds rows at all. It always runs.
    Content,
    /// The content is what was backed up.
    Manifest,
    /// The recovery point, measured from the heartbeat.
    Heartbeat,
    /// The shape is that of the locked reference.
    Structure,
    /// Tables have as many rows as they should.
    Rows,
    /// Every reference finds its row.
    ForeignKeys,
    /// No constraint is marked as not validated.
    ValidatedConstraints,
    /// B-trees and heap pages are sound.
    Indexes,
    /// Page checksums are on and hold.
    PageChecksums,
    /// Sequences stand behind what is in use.
    Sequences,
    /// Collations are of the version that indexes were built with.
    Collation,
    /// Materialised views are filled.
    MaterializedViews,
    /// Roles and grants are as they should be.
    Roles,
    /// Declared questions give the numbers that they have to.
    Invariants,
    /// Rows that never change did not.
    Canary,
    /// The copy cannot reach out.
    Isolation,
    /// Nobody who was erased is back.
    Erasure,
    /// Every object that is listed is there, and not many fewer than the last time.
    Existence,
    /// Objects have as many bytes as their list says.
    Size,
    /// Objects can be read to their end, with the keys that there are.
    Decryption,
    /// The content of objects is what was stored.
    Checksums,
    /// The newest versions of objects are content, and not markers of deletions.
    Versions,
    /// Every object has its like in the replica.
    Replica,
    /// All objects were looked at, and not a part of them.
    Coverage,
    /// Damage that was done on purpose was found.
    NegativeControl,
}

impl Check {
    /// All of them, in the order in which they run.
    pub const ALL: [Self; 25] = [
        Self::Content,
        Self::Manifest,
        Self::Heartbeat,
        Self::Structure,
        Self::Rows,
        Self::ForeignKeys,
        Self::ValidatedConstraints,
        Self::Indexes,
        Self::PageChecksums,
        Self::Sequences,
        Self::Collation,
        Self::MaterializedViews,
        Self::Roles,
        Self::Invariants,
        Self::Canary,
        Self::Isolation,
        Self::Erasure,
        Self::Existence,
        Self::Size,
        Self::Decryption,
        Self::Checksums,
        Self::Versions,
        Self::Replica,
        Self::Coverage,
        Self::NegativeControl,
    ];

    /// Tells whether a pass of it says something about what was restored, which an empty copy could not give.
    pub(super) fn proves_data(self) -> bool {
        match self {
            Self::Manifest | Self::Heartbeat | Self::Rows | Self::Canary | Self::Checksums => true,
            Self::Content
            | Self::Structure
            | Self::ForeignKeys
            | Self::ValidatedConstraints
            | Self::Indexes
            | Self::PageChecksums
            | Self::Sequences
            | Self::Collation
            | Self::MaterializedViews
            | Self::Roles
            | Self::Invariants
            | Self::Isolation
            | Self::Erasure
            | Self::Existence
            | Self::Size
            | Self::Decryption
            | Self::Versions
            | Self::Replica
            | Self::Coverage
            | Self::NegativeControl => false,
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Content => "content",
            Self::Manifest => "manifest",
            Self::Heartbeat => "heartbeat",
            Self::Structure => "structure",
            Self::Rows => "rows",
            Self::ForeignKeys => "foreign keys",
            Self::ValidatedConstraints => "validated constraints",
            Self::Indexes => "indexes",
            Self::PageChecksums => "page checksums",
            Self::Sequences => "sequences",
            Self::Collation => "collation",
            Self::MaterializedViews => "materialised views",
            Self::Roles => "roles",
            Self::Invariants => "invariants",
            Self::Canary => "canary",
            Self::Isolation => "isolation",
            Self::Erasure => "erasure",
            Self::Existence => "existence",
            Self::Size => "size",
            Self::Decryption => "decryption",
            Self::Checksums => "checksums",
            Self::Versions => "versions",
            Self::Replica => "replica",
            Self::Coverage => "coverage",
            Self::NegativeControl => "negative control",
        })
    }
}
