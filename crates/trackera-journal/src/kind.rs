//! The kinds of entries. A name, once used, never changes its meaning and is never used again.

use std::fmt;
use std::str::FromStr;

/// What an entry tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// What was seen, as a summary with its evidence.
    Observation,
    /// A finding was opened, changed or closed.
    Finding,
    /// Somebody was told, or could not be told.
    Alert,
    /// Evidence was taken from elsewhere and kept.
    Evidence,
    /// A claim changed its state.
    Claim,
    /// A waiver was given or withdrawn.
    Waiver,
    /// A person's signed statement.
    Attestation,
    /// A plan was shown.
    Plan,
    /// A person approved a plan, by its hash.
    Approval,
    /// What a run is about to do, on disk before it does it.
    Intent,
    /// What became of an intent.
    Outcome,
    /// A lease was taken, lost or given back.
    Lease,
    /// A signer was suspended or reinstated.
    Suspension,
    /// A writer started, stopped or changed its configuration.
    Lifecycle,
    /// A torn tail of this log was cut.
    Repair,
}

impl Kind {
    /// Every kind, in the order of the reference.
    pub const ALL: [Self; 15] = [
        Self::Observation,
        Self::Finding,
        Self::Alert,
        Self::Evidence,
        Self::Claim,
        Self::Waiver,
        Self::Attestation,
        Self::Plan,
        Self::Approval,
        Self::Intent,
        Self::Outcome,
        Self::Lease,
        Self::Suspension,
        Self::Lifecycle,
        Self::Repair,
    ];

    /// The name that entries carry.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Observation => "observation",
            Self::Finding => "finding",
            Self::Alert => "alert",
            Self::Evidence => "evidence",
            Self::Claim => "claim",
            Self::Waiver => "waiver",
            Self::Attestation => "attestation",
            Self::Plan => "plan",
            Self::Approval => "approval",
            Self::Intent => "intent",
            Self::Outcome => "outcome",
            Self::Lease => "lease",
            Self::Suspension => "suspension",
            Self::Lifecycle => "lifecycle",
            Self::Repair => "repair",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A kind that this version does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the kind `{0}` is unknown here: a newer version wrote it, so read it with that version")]
pub struct UnknownKind(pub String);

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| UnknownKind(name.chars().take(40).flat_map(char::escape_default).collect()))
    }
}
