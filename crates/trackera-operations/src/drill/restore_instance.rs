//! Restores into a database instance that bears the name and the tags of its run, waits until it answers, and deletes it.
//!
//! The service takes no token for a restore: the name is the key. Whatever bears it is held against everything that was
//! asked for, so that what this run made is told from what somebody else did.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use trackera_core::recovery::ports::{
    Databases, DrillName, Instance, InstanceState, Isolation, Mark, PointInTime, PortError, Restore, Source, Trouble,
    deletable,
};

use super::choose_point::Origin;
use super::{arguments, change_trouble, output};
use crate::action::{Action, ActionError, Call, Kind, Looked, Nature, Permit};
use crate::clock::Patience;

/// How long an instance that was asked for may not be seen yet.
const UNSEEN: Duration = Duration::from_secs(120);

/// The action `drill.restore_instance`.
pub(super) struct RestoreInstance {
    pub(super) databases: Arc<dyn Databases>,
}

impl std::fmt::Debug for RestoreInstance {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("RestoreInstance")
    }
}

/// What it is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) drill: String,
    /// The instance that was backed up.
    pub(super) instance: String,
    pub(super) region: String,
    pub(super) origin: Origin,
    /// What the new instance is called.
    pub(super) name: String,
    pub(super) class: String,
    pub(super) subnet_group: String,
    pub(super) security_groups: Vec<String>,
    pub(super) parameter_group: String,
    pub(super) option_group: String,
    pub(super) began_at: Timestamp,
    /// So long after the beginning nobody needs it any more.
    pub(super) expires_seconds: i64,
}

/// An instance that answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Restored {
    pub(super) arn: String,
    pub(super) host: String,
    pub(super) port: u16,
    /// The server's version.
    pub(super) version: String,
    pub(super) is_encrypted: bool,
}

#[async_trait]
impl Action for RestoreInstance {
    fn name(&self) -> &'static str {
        "drill.restore_instance"
    }

    fn nature(&self) -> Nature {
        Nature { undoable: true, costs: true, ..Nature::of(Kind::Keyed) }
    }

    fn describe(&self, told: &Json) -> String {
        let text = |field: &str| told.get(field).and_then(Json::as_str).unwrap_or("?").to_owned();
        let from = match arguments::<Asked>(told).map(|asked| asked.origin) {
            Ok(Origin::Snapshot(snapshot)) => format!("the snapshot `{snapshot}`"),
            Ok(Origin::Moment(at)) => format!("`{}` as it was at {at}", text("instance")),
            Err(_) => format!("a backup of `{}`", text("instance")),
        };
        format!("restore {from} into the instance `{}` ({}) in {}", text("name"), text("class"), text("region"))
    }

    fn outputs(&self) -> &'static [&'static str] {
        &["arn", "host", "port", "version", "is_encrypted"]
    }

    fn arguments(&self) -> &'static [&'static str] {
        &[
            "drill",
            "instance",
            "region",
            "origin",
            "name",
            "class",
            "subnet_group",
            "security_groups",
            "parameter_group",
            "option_group",
            "began_at",
            "expires_seconds",
        ]
    }

    fn regions(&self, told: &Json) -> Vec<String> {
        told.get("region").and_then(Json::as_str).map(str::to_owned).into_iter().collect()
    }

    async fn look(&self, call: &Call<'_>) -> Looked {
        // With arguments that say nothing, nothing was asked for.
        let Ok(wanted) = wanted(call) else { return Looked::Absent };
        match self.find(&wanted).await {
            Ok(None) => Looked::Absent,
            Ok(Some(found)) => seen(&wanted, &found),
            Err(error) => Looked::Unknown(error.to_string()),
        }
    }

    async fn perform(&self, call: &Call<'_>, _: &Permit) -> Result<Json, ActionError> {
        let wanted = wanted(call)?;
        match self.databases.restore(&wanted).await {
            Ok(_) => {}
            // By this run, when an answer was lost, or by somebody else: what is there tells.
            Err(error) if error.trouble == Trouble::AlreadyExists => {}
            Err(error) => return Err(change_trouble(&error)),
        }
        self.answers(call, &wanted).await
    }

    async fn undo(&self, call: &Call<'_>, _: &Permit) -> Result<(), ActionError> {
        let wanted = wanted(call)?;
        let mut patience = Patience::new(call.clock, Duration::MAX);
        loop {
            let found = self.find(&wanted).await.map_err(|error| change_trouble(&error))?;
            let Some(found) = found.filter(|found| found.state != InstanceState::Deleting) else { return Ok(()) };
            deletable(&found, call.run.as_str()).map_err(ActionError::Refused)?;
            match remove(&*self.databases, &found, (&wanted.name, call.run.as_str())).await {
                Ok(true) => return Ok(()),
                Ok(false) => call.say("its protection is being switched off"),
                // What is being made cannot be deleted before it is there.
                Err(error) if error.trouble == Trouble::WrongState => call.say("it cannot be deleted yet"),
                Err(error) => return Err(change_trouble(&error)),
            }
            patience.wait().await;
        }
    }
}

impl RestoreInstance {
    async fn find(&self, wanted: &Restore) -> Result<Option<Instance>, PortError> {
        self.databases.instance(&wanted.region, wanted.name.as_str()).await
    }

    /// Waits until the instance answers; the runner ends the wait when it takes too long.
    async fn answers(&self, call: &Call<'_>, wanted: &Restore) -> Result<Json, ActionError> {
        let mut patience = Patience::new(call.clock, Duration::MAX);
        let mut unseen_until = call.clock.monotonic().saturating_add(UNSEEN);
        loop {
            match self.find(wanted).await {
                Ok(Some(found)) => {
                    unseen_until = call.clock.monotonic().saturating_add(UNSEEN);
                    match seen(wanted, &found) {
                        Looked::Done(output) => return Ok(output),
                        Looked::Present(why) => return Err(ActionError::Refused(unfit(&found.name, &why))),
                        Looked::Underway(what) => call.say(&what),
                        Looked::Absent | Looked::Unknown(_) => {}
                    }
                }
                Ok(None) if call.clock.monotonic() < unseen_until => call.say("it is not seen yet"),
                Ok(None) => return Err(ActionError::Unanswered("it was asked for, and is not there".to_owned())),
                Err(error) if matches!(error.trouble, Trouble::Throttled | Trouble::NoAnswer) => {
                    call.say("nobody says how far it is");
                }
                // Whatever keeps it from being seen, it was asked for.
                Err(error) => return Err(ActionError::Unanswered(error.to_string())),
            }
            patience.wait().await;
        }
    }
}

/// Begins to delete an instance, and tells whether it has begun: a protected one is unprotected first.
pub(super) async fn remove(
    databases: &dyn Databases,
    found: &Instance,
    (name, run): (&DrillName, &str),
) -> Result<bool, PortError> {
    if found.is_protected {
        databases.unprotect(&found.region, name, run).await?;
        return Ok(false);
    }
    databases.delete(&found.region, name, run).await.map(|_| true)
}

/// What is asked of the service.
fn wanted(call: &Call<'_>) -> Result<Restore, ActionError> {
    let asked: Asked = arguments(call.arguments)?;
    let refused = |error: &dyn std::error::Error| ActionError::Refused(error.to_string());
    let expires_at = asked.began_at.checked_add(SignedDuration::from_secs(asked.expires_seconds));
    let expires_at = expires_at.map_err(|error| refused(&error))?;
    let source = match asked.origin {
        Origin::Snapshot(name) => Source::Snapshot(name),
        Origin::Moment(at) => Source::Instance { name: asked.instance, at: PointInTime::Moment(at) },
    };
    Ok(Restore {
        source,
        region: asked.region,
        name: DrillName::parse(&asked.name).map_err(|error| refused(&error))?,
        class: asked.class,
        isolation: Isolation {
            subnet_group: asked.subnet_group,
            security_groups: asked.security_groups,
            parameter_group: asked.parameter_group,
            option_group: asked.option_group,
        },
        mark: Mark::new(call.run.as_str(), &asked.drill, expires_at).map_err(|error| refused(&error))?,
    })
}

/// What the instance of this name is to this run. What is not the run's own, or not as it was asked for, is never done.
pub(super) fn seen(wanted: &Restore, found: &Instance) -> Looked {
    let mark = Mark::on(&found.tags);
    if mark.as_ref() != Some(&wanted.mark) {
        return Looked::Present(json!({"belongs_to": mark.map(|mark| mark.run().to_owned())}));
    }
    let differences = wanted.differences(found);
    match (&found.state, &found.endpoint) {
        (InstanceState::Broken(word), _) => Looked::Present(json!({"broken": word})),
        (InstanceState::Deleting, _) => Looked::Underway(format!("`{}` is being deleted", found.name)),
        (InstanceState::Changing(word), _) => Looked::Underway(format!("`{}` is {word}", found.name)),
        (InstanceState::Available, None) => Looked::Underway(format!("`{}` has no address yet", found.name)),
        (InstanceState::Available, Some(_)) if !differences.is_empty() => {
            Looked::Present(json!({"differs": differences}))
        }
        (InstanceState::Available, Some(endpoint)) => {
            let restored = Restored {
                arn: found.arn.clone(),
                host: endpoint.host.clone(),
                port: endpoint.port,
                version: found.engine_version.clone(),
                is_encrypted: found.is_encrypted,
            };
            output(&restored).map_or_else(|error| Looked::Unknown(error.to_string()), Looked::Done)
        }
    }
}

/// Why an instance cannot be the one that was asked for.
pub(super) fn unfit(name: &str, why: &Json) -> String {
    if let Some(word) = why.get("broken").and_then(Json::as_str) {
        return format!("`{name}` is `{word}` and will not come up by itself");
    }
    if let Some(differences) = why.get("differs").and_then(Json::as_array) {
        let differences: Vec<&str> = differences.iter().filter_map(Json::as_str).collect();
        return format!("`{name}` is not as it was asked for: {}", differences.join("; "));
    }
    match why.get("belongs_to").and_then(Json::as_str) {
        Some(run) => format!("the name `{name}` is taken by run `{run}`"),
        None => format!("the name `{name}` is taken by what no run of a drill has made"),
    }
}
