//! Chooses the newest recovery point of a database in a vault of AWS Backup.
//!
//! A drill of the copies in the other region asks that region alone, because the other one may be gone when it counts.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use trackera_core::recovery::ports::{Databases, RecoveryPoint, RecoveryPoints};

use super::choose_point::{Groups, groups};
use super::{arguments, output, read_trouble};
use crate::action::{Action, ActionError, Call, Looked, Nature, Permit};

/// What AWS Backup calls databases.
const DATABASES: &str = "RDS";
/// What it calls a point that can be restored.
const COMPLETED: &str = "COMPLETED";

/// The action `drill.choose_recovery_point`.
pub(super) struct ChooseRecoveryPoint {
    pub(super) databases: Arc<dyn Databases>,
    pub(super) points: Arc<dyn RecoveryPoints>,
}

impl std::fmt::Debug for ChooseRecoveryPoint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ChooseRecoveryPoint")
    }
}

/// What it is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Choose {
    pub(super) vault: String,
    pub(super) region: String,
    /// The ARN of what was backed up.
    pub(super) resource: String,
    pub(super) groups: Groups,
}

/// What it chose; the report reads it as it reads a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ChosenRecoveryPoint {
    /// Whether there is something that can be restored.
    pub(super) is_usable: bool,
    /// What was chosen, or why nothing was, in one sentence.
    pub(super) said: String,
    /// The ARN of the point.
    pub(super) name: String,
    /// The point.
    pub(super) point: Option<RecoveryPoint>,
    /// When it was made.
    pub(super) data_at: Option<Timestamp>,
    /// The parameter group of the instance to make.
    pub(super) parameter_group: String,
    /// The option group of the instance to make.
    pub(super) option_group: String,
}

#[async_trait]
impl Action for ChooseRecoveryPoint {
    fn name(&self) -> &'static str {
        "drill.choose_recovery_point"
    }

    fn nature(&self) -> Nature {
        Nature::read()
    }

    fn describe(&self, told: &Json) -> String {
        match arguments::<Choose>(told) {
            Ok(Choose { vault, region, .. }) => {
                format!("choose the newest recovery point of the database in the vault `{vault}` in {region}")
            }
            Err(error) => error.to_string(),
        }
    }

    fn outputs(&self) -> &'static [&'static str] {
        &["is_usable", "said", "name", "point", "data_at", "parameter_group", "option_group"]
    }

    fn arguments(&self) -> &'static [&'static str] {
        &["vault", "region", "resource", "groups"]
    }

    fn regions(&self, told: &Json) -> Vec<String> {
        arguments::<Choose>(told).map_or_else(|_| Vec::new(), |choose| vec![choose.region])
    }

    async fn look(&self, _: &Call<'_>) -> Looked {
        Looked::Absent
    }

    async fn perform(&self, call: &Call<'_>, _: &Permit) -> Result<Json, ActionError> {
        let Choose { vault, region, resource, groups: named } = arguments(call.arguments)?;
        let found = self.points.points(&region, &vault, Some(&resource)).await.map_err(|error| read_trouble(&error))?;
        let Some(point) = newest(found) else {
            let said = format!("no recovery point of the database in the vault `{vault}` in {region} can be restored");
            return output(&chosen(said, None));
        };
        let name = resource.rsplit(':').next().unwrap_or(&resource);
        let source = self.databases.instance(&region, name).await.map_err(|error| read_trouble(&error))?;
        let (parameter_group, option_group) = groups(&named, (name, &region), source.as_ref())?;
        let said = format!("the newest recovery point was made at {}", point.created_at);
        output(&ChosenRecoveryPoint { parameter_group, option_group, ..chosen(said, Some(point)) })
    }
}

/// The newest that is whole.
fn newest(points: Vec<RecoveryPoint>) -> Option<RecoveryPoint> {
    let usable = points.into_iter().filter(|point| point.status == COMPLETED && point.resource_type == DATABASES);
    usable.max_by(|left, right| (left.created_at, &left.arn).cmp(&(right.created_at, &right.arn)))
}

fn chosen(said: String, point: Option<RecoveryPoint>) -> ChosenRecoveryPoint {
    ChosenRecoveryPoint {
        is_usable: point.is_some(),
        said,
        name: point.as_ref().map(|point| point.arn.clone()).unwrap_or_default(),
        data_at: point.as_ref().map(|point| point.created_at),
        point,
        parameter_group: String::new(),
        option_group: String::new(),
    }
}
