//! Chooses what an instance is restored from: its newest snapshot in a region, or a moment that the service can go back to.
//!
//! A drill of the copies in the other region asks that region alone, because the other one may be gone when it counts.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use trackera_core::recovery::ports::{Databases, DrillName, Instance, Snapshot, SnapshotState};

use super::{arguments, output, read_trouble};
use crate::action::{Action, ActionError, Call, Looked, Nature, Permit};

/// The action `drill.choose_point`.
pub(super) struct ChoosePoint {
    pub(super) databases: Arc<dyn Databases>,
}

impl std::fmt::Debug for ChoosePoint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ChoosePoint")
    }
}

/// What it is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Choose {
    pub(super) instance: String,
    pub(super) region: String,
    /// For a moment: so long before the latest that can be restored. None means the newest snapshot.
    pub(super) back_seconds: Option<i64>,
    /// None means that of the instance.
    pub(super) parameter_group: Option<String>,
    /// None means that of the instance.
    pub(super) option_group: Option<String>,
}

/// What an instance is restored from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Origin {
    /// A snapshot, by its name.
    Snapshot(String),
    /// What the instance was at a moment.
    Moment(Timestamp),
}

/// What it chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ChosenPoint {
    /// Whether there is something that can be restored.
    pub(super) is_usable: bool,
    /// What was chosen, or why nothing was, in one sentence.
    pub(super) said: String,
    /// The ARN of the snapshot, or of the instance whose moment it is.
    pub(super) name: String,
    /// What is restored.
    pub(super) origin: Option<Origin>,
    /// The moment that the content is of.
    pub(super) data_at: Option<Timestamp>,
    /// The parameter group of the instance to make.
    pub(super) parameter_group: String,
    /// The option group of the instance to make.
    pub(super) option_group: String,
}

#[async_trait]
impl Action for ChoosePoint {
    fn name(&self) -> &'static str {
        "drill.choose_point"
    }

    fn nature(&self) -> Nature {
        Nature::read()
    }

    fn describe(&self, told: &Json) -> String {
        match arguments::<Choose>(told) {
            Ok(Choose { instance, region, back_seconds: None, .. }) => {
                format!("choose the newest snapshot of `{instance}` in {region}")
            }
            Ok(Choose { instance, region, .. }) => format!("choose a moment of `{instance}` in {region}"),
            Err(error) => error.to_string(),
        }
    }

    fn outputs(&self) -> &'static [&'static str] {
        &["is_usable", "said", "name", "origin", "data_at", "parameter_group", "option_group"]
    }

    fn arguments(&self) -> &'static [&'static str] {
        &["instance", "region", "back_seconds", "parameter_group", "option_group"]
    }

    fn regions(&self, told: &Json) -> Vec<String> {
        arguments::<Choose>(told).map_or_else(|_| Vec::new(), |choose| vec![choose.region])
    }

    async fn look(&self, _: &Call<'_>) -> Looked {
        Looked::Absent
    }

    async fn perform(&self, call: &Call<'_>, _: &Permit) -> Result<Json, ActionError> {
        let choose: Choose = arguments(call.arguments)?;
        let (region, name) = (choose.region.as_str(), choose.instance.as_str());
        let source = self.databases.instance(region, name).await.map_err(|error| read_trouble(&error))?;
        let found = match choose.back_seconds {
            Some(back) => moment(source.as_ref(), back),
            None => newest(self.databases.snapshots(region, name).await.map_err(|error| read_trouble(&error))?),
        };
        let Some(found) = found else { return output(&nothing(&choose)) };
        let named = Groups { parameter: choose.parameter_group.clone(), option: choose.option_group.clone() };
        let (parameter_group, option_group) = groups(&named, (name, region), source.as_ref())?;
        output(&ChosenPoint { parameter_group, option_group, ..found })
    }
}

/// The groups that a drill names.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Groups {
    /// The parameter group; none means that of the source.
    pub(super) parameter: Option<String>,
    /// The option group; none means that of the source.
    pub(super) option: Option<String>,
}

/// The parameter and the option group of the instance to make.
pub(super) fn groups(
    named: &Groups,
    (name, region): (&str, &str),
    source: Option<&Instance>,
) -> Result<(String, String), ActionError> {
    let group = |named: &Option<String>, own: fn(&Instance) -> &String| {
        named.clone().or_else(|| source.map(own).cloned()).ok_or_else(|| {
            let why = "so that its parameter and option group must be named by the drill";
            ActionError::Refused(format!("`{name}` is not in {region}, {why}"))
        })
    };
    let parameter = group(&named.parameter, |it| &it.isolation.parameter_group)?;
    Ok((parameter, group(&named.option, |it| &it.isolation.option_group)?))
}

/// The newest by the moment of its data: a copy is younger than what it holds. What an earlier drill made is none.
fn newest(snapshots: Vec<Snapshot>) -> Option<ChosenPoint> {
    let usable = snapshots.into_iter().filter(|snapshot| snapshot.state == SnapshotState::Available);
    let usable = usable.filter(|snapshot| DrillName::parse(&snapshot.name).is_err());
    let dated = usable.filter_map(|snapshot| Some((snapshot.data_at?, snapshot)));
    let newest = dated.max_by(|left, right| (left.0, &left.1.name).cmp(&(right.0, &right.1.name)));
    newest.map(|(data_at, snapshot)| ChosenPoint {
        said: format!("the newest snapshot is `{}`", snapshot.name),
        origin: Some(Origin::Snapshot(snapshot.name)),
        ..chosen(snapshot.arn, data_at)
    })
}

/// A moment of an instance that keeps automated backups.
fn moment(source: Option<&Instance>, back_seconds: i64) -> Option<ChosenPoint> {
    let source = source?;
    let at = source.latest_restorable_at?.checked_sub(SignedDuration::from_secs(back_seconds)).ok()?;
    Some(ChosenPoint {
        said: format!("the moment is {at}"),
        origin: Some(Origin::Moment(at)),
        ..chosen(source.arn.clone(), at)
    })
}

fn chosen(name: String, data_at: Timestamp) -> ChosenPoint {
    ChosenPoint {
        is_usable: true,
        said: String::new(),
        name,
        origin: None,
        data_at: Some(data_at),
        parameter_group: String::new(),
        option_group: String::new(),
    }
}

fn nothing(choose: &Choose) -> ChosenPoint {
    let Choose { instance, region, .. } = choose;
    let said = match choose.back_seconds {
        None => format!("no snapshot of `{instance}` in {region} can be restored"),
        Some(_) => format!("no moment of `{instance}` in {region} can be restored"),
    };
    ChosenPoint {
        is_usable: false,
        said,
        name: String::new(),
        origin: None,
        data_at: None,
        parameter_group: String::new(),
        option_group: String::new(),
    }
}
