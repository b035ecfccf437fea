//! Verifies the content of a restored instance over TLS. What this changes in the copy goes with the copy.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use trackera_core::recovery::verification::Declared;

use super::proof::{Copies, InstanceProof};
use super::{arguments, output};
use crate::action::{Action, ActionError, Call, Kind, Looked, Nature, Permit};

/// The action `drill.prove_instance`.
#[derive(Debug)]
pub(super) struct ProveInstance {
    pub(super) copies: Arc<dyn Copies>,
}

/// What it is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Prove {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) user: String,
    pub(super) database: String,
    pub(super) authorities: String,
    pub(super) verify: Declared,
    pub(super) damage: bool,
    pub(super) lost_at: Timestamp,
}

#[async_trait]
impl Action for ProveInstance {
    fn name(&self) -> &'static str {
        "drill.prove_instance"
    }

    /// It has an undo that has nothing to do: a copy that cannot be verified is no question for a person, but a reason to
    /// turn back and delete it.
    fn nature(&self) -> Nature {
        Nature { undoable: true, settles_within: SignedDuration::ZERO, ..Nature::of(Kind::Idempotent) }
    }

    fn describe(&self, told: &Json) -> String {
        let text = |field: &str| told.get(field).and_then(Json::as_str).unwrap_or("?");
        format!("verify the database `{}` as `{}` over TLS", text("database"), text("user"))
    }

    fn outputs(&self) -> &'static [&'static str] {
        &["checks", "taken_at", "milliseconds"]
    }

    fn arguments(&self) -> &'static [&'static str] {
        &["host", "port", "user", "database", "authorities", "verify", "damage", "lost_at"]
    }

    async fn look(&self, _: &Call<'_>) -> Looked {
        Looked::Absent
    }

    async fn perform(&self, call: &Call<'_>, _: &Permit) -> Result<Json, ActionError> {
        let prove: Prove = arguments(call.arguments)?;
        let proof = InstanceProof {
            host: prove.host,
            port: prove.port,
            user: prove.user,
            database: prove.database,
            authorities: prove.authorities,
            declared: prove.verify,
            damage: prove.damage,
            lost_at: prove.lost_at,
        };
        // A server that has just come up may not let anybody in yet: another try may succeed.
        let not_now = |error: super::ProofError| ActionError::NotNow(error.to_string());
        let seen = self.copies.prove_instance(&proof, &|text| call.say(text)).await.map_err(not_now)?;
        output(&seen)
    }

    async fn undo(&self, _: &Call<'_>, _: &Permit) -> Result<(), ActionError> {
        Ok(())
    }
}
