//! Lets AWS Backup restore a recovery point into an instance that bears the name of its run, marks it, waits until it answers,
//! and deletes it.
//!
//! The name is the token of the call, so that a repetition finds the first job; but the service sets no tags of ours. So what
//! bears the name and no mark is the run's own only where a job says that it made it of this very point, and is marked then.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use trackera_core::recovery::ports::{
    Databases, DrillName, Instance, InstanceState, Isolation, JobState, Mark, PointRestore, PortError, RecoveryPoint,
    RecoveryPoints, Restore, RestoreJob, Source, Trouble, deletable,
};

use super::restore_instance::{remove, seen, unfit};
use super::{arguments, change_trouble};
use crate::action::{Action, ActionError, Call, Kind, Looked, Nature, Permit};
use crate::clock::Patience;

/// How long a job that was asked for may not be seen yet.
const UNSEEN: Duration = Duration::from_secs(120);
/// For how long after a job was asked for its list may not have it.
const SETTLES: SignedDuration = SignedDuration::from_secs(60);
/// How far the clocks of this machine and of the service may be apart.
const SLACK: SignedDuration = SignedDuration::from_mins(15);

/// The action `drill.restore_recovery_point`.
pub(super) struct RestoreRecoveryPoint {
    pub(super) databases: Arc<dyn Databases>,
    pub(super) points: Arc<dyn RecoveryPoints>,
}

impl std::fmt::Debug for RestoreRecoveryPoint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("RestoreRecoveryPoint")
    }
}

/// What it is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) drill: String,
    pub(super) point: RecoveryPoint,
    /// The role that the service restores with.
    pub(super) role: String,
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

/// What is asked of the service, and what must come of it.
struct Wanted {
    point: PointRestore,
    instance: Restore,
    began_at: Timestamp,
}

impl RestoreRecoveryPoint {
    /// What is always true of it.
    pub(super) fn nature() -> Nature {
        Nature { undoable: true, costs: true, settles_within: SETTLES, ..Nature::of(Kind::Keyed) }
    }
}

#[async_trait]
impl Action for RestoreRecoveryPoint {
    fn name(&self) -> &'static str {
        "drill.restore_recovery_point"
    }

    fn nature(&self) -> Nature {
        Self::nature()
    }

    fn describe(&self, told: &Json) -> String {
        let text = |at: &str| told.pointer(at).and_then(Json::as_str).unwrap_or("?");
        let (point, name, region) = (text("/point/arn"), text("/name"), text("/point/region"));
        format!("let AWS Backup restore `{point}` into the instance `{name}` ({}) in {region}", text("/class"))
    }

    fn outputs(&self) -> &'static [&'static str] {
        &["arn", "host", "port", "version", "is_encrypted"]
    }

    fn arguments(&self) -> &'static [&'static str] {
        &[
            "drill",
            "point",
            "role",
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
        told.pointer("/point/region").and_then(Json::as_str).map(str::to_owned).into_iter().collect()
    }

    async fn look(&self, call: &Call<'_>) -> Looked {
        // With arguments that say nothing, nothing was asked for.
        let Ok(wanted) = wanted(call) else { return Looked::Absent };
        self.see(&wanted).await.unwrap_or_else(|error| Looked::Unknown(error.to_string()))
    }

    async fn perform(&self, call: &Call<'_>, _: &Permit) -> Result<Json, ActionError> {
        let wanted = wanted(call)?;
        // The service would begin a job for a name that is taken, and the job would fail of it.
        if let Some(found) = self.find(&wanted).await.map_err(|error| change_trouble(&error))? {
            self.check_own(&wanted, &found).await?;
        }
        let job = self.points.restore_point(&wanted.point).await.map_err(|error| change_trouble(&error))?;
        self.answers(call, (&wanted, &job)).await
    }

    async fn undo(&self, call: &Call<'_>, _: &Permit) -> Result<(), ActionError> {
        let (wanted, run) = (wanted(call)?, call.run.as_str());
        let mut patience = Patience::new(call.clock, Duration::MAX);
        loop {
            match self.advance(&wanted, run).await? {
                Gone::Yes => return Ok(()),
                Gone::NotYet(why) => call.say(why),
            }
            patience.wait().await;
        }
    }
}

/// How far an undo is.
enum Gone {
    /// Nothing is there, or it is going.
    Yes,
    /// It is there, or will be, and what it waits for.
    NotYet(&'static str),
}

impl RestoreRecoveryPoint {
    async fn find(&self, wanted: &Wanted) -> Result<Option<Instance>, PortError> {
        self.databases.instance(&wanted.instance.region, wanted.instance.name.as_str()).await
    }

    /// The jobs of this run, newest first: of this point, begun since, and of this name as far as they say one.
    async fn jobs(&self, wanted: &Wanted) -> Result<Vec<RestoreJob>, PortError> {
        let (restore, point) = (&wanted.instance, &wanted.point.point);
        let mut jobs = self.points.jobs(&restore.region, (&restore.name, &point.arn)).await?;
        let since = wanted.began_at.checked_sub(SLACK).unwrap_or(Timestamp::MIN);
        jobs.retain(|job| job.point_arn == point.arn && job.created_at >= since);
        Ok(jobs)
    }

    /// The job that made an instance.
    async fn maker(&self, wanted: &Wanted, found: &Instance) -> Result<Option<RestoreJob>, PortError> {
        let jobs = self.jobs(wanted).await?.into_iter();
        Ok(jobs.into_iter().find(|job| job.created_arn.as_ref() == Some(&found.arn)))
    }

    async fn see(&self, wanted: &Wanted) -> Result<Looked, PortError> {
        let Some(found) = self.find(wanted).await? else {
            let is_running = |job: &RestoreJob| matches!(job.state, JobState::Running(_));
            return Ok(match self.jobs(wanted).await?.iter().find(|job| is_running(job)) {
                Some(job) => Looked::Underway(format!("job `{}` is under way", job.id)),
                None => Looked::Absent,
            });
        };
        if Mark::on(&found.tags).is_none()
            && let Some(job) = self.maker(wanted, &found).await?
        {
            return Ok(Looked::Present(json!({"unmarked": job.id})));
        }
        Ok(seen(&wanted.instance, &found))
    }

    /// Refuses a name that somebody else took.
    async fn check_own(&self, wanted: &Wanted, found: &Instance) -> Result<(), ActionError> {
        if Mark::on(&found.tags).as_ref() == Some(&wanted.instance.mark) {
            return Ok(());
        }
        let maker = self.maker(wanted, found).await.map_err(|error| change_trouble(&error))?;
        match maker.filter(|_| Mark::on(&found.tags).is_none()) {
            Some(_) => Ok(()),
            None => {
                let mark = Mark::on(&found.tags).map(|mark| mark.run().to_owned());
                Err(ActionError::Refused(unfit(&found.name, &json!({"belongs_to": mark}))))
            }
        }
    }

    /// Waits until the instance answers, and marks it as soon as it is seen; the runner ends the wait when it takes too long.
    async fn answers(&self, call: &Call<'_>, (wanted, job): (&Wanted, &str)) -> Result<Json, ActionError> {
        let mut patience = Patience::new(call.clock, Duration::MAX);
        let unseen_until = call.clock.monotonic().saturating_add(UNSEEN);
        loop {
            match self.come(wanted, job).await {
                Ok(Looked::Done(output)) => return Ok(output),
                Ok(Looked::Present(why)) => {
                    return Err(ActionError::Refused(unfit(wanted.instance.name.as_str(), &why)));
                }
                Ok(Looked::Underway(what)) => call.say(&what),
                Ok(Looked::Absent) if call.clock.monotonic() >= unseen_until => {
                    return Err(ActionError::Unanswered(format!("job `{job}` was begun, and is not there")));
                }
                Ok(Looked::Absent | Looked::Unknown(_)) => call.say("it is not seen yet"),
                Err(error) if matches!(error.trouble, Trouble::Throttled | Trouble::NoAnswer | Trouble::WrongState) => {
                    call.say("nobody says how far it is");
                }
                // Whatever keeps it from being seen or marked, it was asked for.
                Err(error) => return Err(ActionError::Unanswered(error.to_string())),
            }
            patience.wait().await;
        }
    }

    /// How far a job is; what it has made is marked.
    async fn come(&self, wanted: &Wanted, job: &str) -> Result<Looked, PortError> {
        let restore = &wanted.instance;
        let Some(told) = self.points.job(&restore.region, job).await? else { return Ok(Looked::Absent) };
        if let JobState::Failed(word) = told.state {
            return Ok(Looked::Present(json!({"broken": word})));
        }
        let Some(found) = self.find(wanted).await? else {
            return Ok(Looked::Underway(format!("job `{job}` is under way")));
        };
        if Mark::on(&found.tags).is_none() {
            self.points.mark_restored(&restore.region, job, &restore.name, &restore.mark).await?;
            return Ok(Looked::Underway(format!("`{}` is being marked", found.name)));
        }
        Ok(seen(restore, &found))
    }

    /// Brings an undo a step further.
    async fn advance(&self, wanted: &Wanted, run: &str) -> Result<Gone, ActionError> {
        let trouble = |error: PortError| change_trouble(&error);
        let restore = &wanted.instance;
        let Some(found) = self.find(wanted).await.map_err(trouble)? else {
            let jobs = self.jobs(wanted).await.map_err(trouble)?;
            let is_running = jobs.iter().any(|job| matches!(job.state, JobState::Running(_)));
            return Ok(if is_running { Gone::NotYet("what is being made is not there yet") } else { Gone::Yes });
        };
        if found.state == InstanceState::Deleting {
            return Ok(Gone::Yes);
        }
        if Mark::on(&found.tags).is_none()
            && let Some(job) = self.maker(wanted, &found).await.map_err(trouble)?
        {
            let marked = self.points.mark_restored(&restore.region, &job.id, &restore.name, &restore.mark).await;
            return match marked {
                Err(error) if error.trouble != Trouble::WrongState => Err(trouble(error)),
                _ => Ok(Gone::NotYet("it is being marked")),
            };
        }
        deletable(&found, run).map_err(ActionError::Refused)?;
        match remove(&*self.databases, &found, (&restore.name, run)).await {
            Ok(true) => Ok(Gone::Yes),
            Ok(false) => Ok(Gone::NotYet("its protection is being switched off")),
            // What is being made cannot be deleted before it is there.
            Err(error) if error.trouble == Trouble::WrongState => Ok(Gone::NotYet("it cannot be deleted yet")),
            Err(error) => Err(trouble(error)),
        }
    }
}

fn wanted(call: &Call<'_>) -> Result<Wanted, ActionError> {
    let asked: Asked = arguments(call.arguments)?;
    let refused = |error: &dyn std::error::Error| ActionError::Refused(error.to_string());
    let expires_at = asked.began_at.checked_add(SignedDuration::from_secs(asked.expires_seconds));
    let expires_at = expires_at.map_err(|error| refused(&error))?;
    let name = DrillName::parse(&asked.name).map_err(|error| refused(&error))?;
    let isolation = Isolation {
        subnet_group: asked.subnet_group,
        security_groups: asked.security_groups,
        parameter_group: asked.parameter_group,
        option_group: asked.option_group,
    };
    let instance = Restore {
        source: Source::Snapshot(asked.point.arn.clone()),
        region: asked.point.region.clone(),
        name: name.clone(),
        class: asked.class.clone(),
        isolation: isolation.clone(),
        mark: Mark::new(call.run.as_str(), &asked.drill, expires_at).map_err(|error| refused(&error))?,
    };
    let point = PointRestore { point: asked.point, name, class: asked.class, isolation, role_arn: asked.role };
    Ok(Wanted { point, instance, began_at: asked.began_at })
}
