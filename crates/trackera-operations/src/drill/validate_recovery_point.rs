//! Tells AWS Backup whether what it restored was good, so that its own reports say so.
//!
//! The verdict stands in the journal whatever becomes of this: a service that takes no note of it fails no drill.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use trackera_core::recovery::ports::{DrillName, JobState, PortError, RecoveryPoints, RestoreJob, Trouble, Validation};
use trackera_core::recovery::verification::{CheckResult, CheckState, Verdict, judge};

use super::{arguments, output, read_trouble};
use crate::action::{Action, ActionError, Call, Kind, Looked, Nature, Permit};

/// The action `drill.validate_recovery_point`.
pub(super) struct ValidateRecoveryPoint {
    pub(super) points: Arc<dyn RecoveryPoints>,
}

impl std::fmt::Debug for ValidateRecoveryPoint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ValidateRecoveryPoint")
    }
}

/// What it is told.
#[derive(Debug, Serialize, Deserialize)]
struct Validate {
    region: String,
    /// The ARN of the point.
    point: String,
    /// What the instance is called.
    name: String,
    checks: Vec<CheckResult>,
}

/// Whether the service was told.
#[derive(Debug, Serialize, Deserialize)]
struct Told {
    is_told: bool,
    said: String,
}

impl ValidateRecoveryPoint {
    /// It has an undo that has nothing to do: what the service was told stays true.
    pub(super) fn nature() -> Nature {
        Nature { undoable: true, settles_within: SignedDuration::ZERO, ..Nature::of(Kind::Idempotent) }
    }

    async fn tell(&self, validate: &Validate) -> Result<Told, PortError> {
        let not = |said: &str| Ok(Told { is_told: false, said: said.to_owned() });
        let Some(validation) = validation(&validate.checks) else { return not("nothing was verified") };
        let name = DrillName::parse(&validate.name);
        let name = name.map_err(|error| PortError::guarded("backup:ListRestoreJobs", error.to_string()))?;
        let jobs = self.points.jobs(&validate.region, (&name, &validate.point)).await?;
        let is_whole = |job: &&RestoreJob| job.created_arn.is_some() && job.state == JobState::Completed;
        let Some(job) = jobs.iter().find(is_whole) else { return not("the service knows no job that ended well") };
        self.points.validate(&validate.region, &job.id, &validation).await?;
        Ok(Told { is_told: true, said: format!("job `{}` was judged", job.id) })
    }
}

#[async_trait]
impl Action for ValidateRecoveryPoint {
    fn name(&self) -> &'static str {
        "drill.validate_recovery_point"
    }

    fn nature(&self) -> Nature {
        Self::nature()
    }

    fn describe(&self, _: &Json) -> String {
        "tell AWS Backup whether what it restored was good".to_owned()
    }

    fn outputs(&self) -> &'static [&'static str] {
        &["is_told", "said"]
    }

    fn arguments(&self) -> &'static [&'static str] {
        &["region", "point", "name", "checks"]
    }

    fn regions(&self, told: &Json) -> Vec<String> {
        told.get("region").and_then(Json::as_str).map(str::to_owned).into_iter().collect()
    }

    async fn look(&self, _: &Call<'_>) -> Looked {
        Looked::Absent
    }

    async fn perform(&self, call: &Call<'_>, _: &Permit) -> Result<Json, ActionError> {
        let validate: Validate = arguments(call.arguments)?;
        match self.tell(&validate).await {
            Ok(told) => output(&told),
            Err(error) if error.trouble == Trouble::Credentials => Err(read_trouble(&error)),
            Err(error) => output(&Told { is_told: false, said: error.to_string() }),
        }
    }

    async fn undo(&self, _: &Call<'_>, _: &Permit) -> Result<(), ActionError> {
        Ok(())
    }
}

/// What is told; nothing where nobody can tell.
fn validation(checks: &[CheckResult]) -> Option<Validation> {
    let failed = checks.iter().filter(|check| check.state == CheckState::Fail).count();
    match judge(checks) {
        Verdict::Pass | Verdict::Partial(_) => Some(Validation::Successful),
        Verdict::Fail => Some(Validation::Failed(format!("{failed} of {} checks failed", checks.len()))),
        Verdict::CouldNotVerify => None,
    }
}
