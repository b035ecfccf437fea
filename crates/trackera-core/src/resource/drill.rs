//! What the company does to prove its promises, as resources: the journal tells of them, no service of AWS does.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Observed, Scope};

/// A declared restore drill and what the journal tells of it; its id is its name.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Drill {
    /// What it proves, as a sentence.
    pub title: String,
    /// What it restores: `dump`, `snapshot`, `moment`, `recovery_point` or `objects`.
    pub restores: String,
    /// The region that the backup is taken from; for objects, that of their replica.
    pub backup_region: String,
    /// How long the recovery may take, in seconds.
    pub rto_seconds: i64,
    /// How much of the latest work may be missing, in seconds.
    pub rpo_seconds: i64,
    /// Whether it has a schedule of its own.
    pub is_scheduled: bool,
    /// When it last ended, whatever came of it; null when it never did.
    pub last_ended_at: Observed<Option<Timestamp>>,
    /// What came of it then: `pass`, `fail`, `could_not_verify` or `partial`; null when it was never done.
    pub last_verdict: Observed<Option<String>>,
    /// Why, in one sentence; null when it was never done.
    pub last_said: Observed<Option<String>>,
    /// When it last passed, in whole or as far as its backup allows; null when it never did.
    pub last_passed_at: Observed<Option<Timestamp>>,
    /// The recovery time when it last passed, in seconds; null when it never did.
    pub rta_seconds: Observed<Option<i64>>,
    /// The recovery point when it last passed, in seconds; null when it never did, or when it could not be told.
    pub rpa_seconds: Observed<Option<i64>>,
    /// When a copy that was damaged on purpose was last found to be damaged; null when that never happened.
    pub last_damage_found_at: Observed<Option<Timestamp>>,
    /// The runs that left something behind which nobody has seen gone since.
    pub leftovers: Observed<Vec<String>>,
    /// Why it was not begun when it was due last; null where it was, or where it is not scheduled.
    pub held_back: Observed<Option<String>>,
}

impl Kind for Drill {
    const NAME: &'static str = "trackera.drill";
    const SCOPE: Scope = Scope::Account;
}
