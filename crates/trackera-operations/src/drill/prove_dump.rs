//! Restores what was fetched into a PostgreSQL that exists for this one step, and verifies it there.
//!
//! The server lives as long as the process that made it. A run that was killed in the middle does the whole step again,
//! after it has removed what was left.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use trackera_core::recovery::verification::{Check, CheckResult, CheckState, Declared};

use super::proof::{Copies, DumpProof, Durations, Fetched, Proof};
use super::{arguments, output};
use crate::action::{Action, ActionError, Call, Kind, Looked, Nature, Permit};

/// The action `drill.prove_dump`.
#[derive(Debug)]
pub(super) struct ProveDump {
    pub(super) copies: Arc<dyn Copies>,
    /// What the directories of plans are relative to.
    pub(super) beside: PathBuf,
}

impl ProveDump {
    /// What it is told, with the directories that these are on this machine.
    fn told(&self, call: &Call<'_>) -> Result<Prove, ActionError> {
        let told: Prove = arguments(call.arguments)?;
        let [directory, scratch] = [&told.directory, &told.scratch].map(|named| self.beside.join(named));
        Ok(Prove { directory, scratch, ..told })
    }
}

/// What it is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Prove {
    pub(super) drill: String,
    pub(super) directory: PathBuf,
    pub(super) fetched: Fetched,
    pub(super) scratch: PathBuf,
    pub(super) name: String,
    pub(super) jobs: Option<u32>,
    pub(super) verify: Declared,
    pub(super) damage: bool,
    pub(super) lost_at: jiff::Timestamp,
}

#[async_trait]
impl Action for ProveDump {
    fn name(&self) -> &'static str {
        "drill.prove_dump"
    }

    fn nature(&self) -> Nature {
        let settles_within = jiff::SignedDuration::ZERO;
        Nature { undoable: true, settles_within, ..Nature::of(Kind::Idempotent) }
    }

    fn describe(&self, told: &Json) -> String {
        let scratch = told.get("scratch").and_then(Json::as_str).unwrap_or("this machine");
        let name = told.get("name").and_then(Json::as_str).unwrap_or("one of its own");
        format!("restore into the PostgreSQL `{name}` in `{scratch}`, verify it and destroy it")
    }

    fn outputs(&self) -> &'static [&'static str] {
        &["checks", "taken_at", "milliseconds"]
    }

    fn arguments(&self) -> &'static [&'static str] {
        &["drill", "directory", "fetched", "scratch", "name", "jobs", "verify", "damage", "lost_at"]
    }

    async fn look(&self, call: &Call<'_>) -> Looked {
        let Ok(prove) = self.told(call) else { return Looked::Absent };
        match self.copies.is_there(&prove.scratch, &prove.name).await {
            Ok(false) => Looked::Absent,
            Ok(true) => Looked::Present(Json::Bool(true)),
            Err(error) => Looked::Unknown(error.to_string()),
        }
    }

    async fn perform(&self, call: &Call<'_>, _: &Permit) -> Result<Json, ActionError> {
        let prove = self.told(call)?;
        let refused = |error: super::ProofError| ActionError::Refused(error.to_string());
        if !prove.fetched.is_whole {
            let missing = CheckResult::new(Check::Content, CheckState::Fail, prove.fetched.said);
            return output(&Proof { checks: vec![missing], taken_at: None, milliseconds: Durations::default() });
        }
        self.copies.remove(&prove.scratch, &prove.name).await.map_err(refused)?;
        let proof = DumpProof {
            directory: prove.directory,
            fetched: prove.fetched,
            scratch: (prove.scratch, prove.name),
            jobs: prove.jobs,
            declared: prove.verify,
            damage: prove.damage,
            lost_at: prove.lost_at,
            drill: prove.drill,
        };
        let seen = self.copies.prove_dump(&proof, &|text| call.say(text)).await.map_err(refused)?;
        output(&seen)
    }

    async fn undo(&self, call: &Call<'_>, _: &Permit) -> Result<(), ActionError> {
        let prove = self.told(call)?;
        let removed = self.copies.remove(&prove.scratch, &prove.name).await;
        removed.map_err(|error| ActionError::Refused(error.to_string()))
    }
}
