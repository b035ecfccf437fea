//! The plan of a drill of AWS Backup's recovery points in every trial of the kit, against a service whose jobs begin late, name
//! late what they make, and set no tags.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use trackera_core::recovery::drill::{Drill, RecoveryPointRestore, Report, Restore};
use trackera_core::recovery::ports::{
    DrillName, Instance, InstanceState, JobState, Mark, PointRestore, RecoveryPoint, RestoreJob, Validation,
};
use trackera_core::recovery::verification::{CheckState, Declared, Tier, Verdict};

use super::instance_tests::target;
use super::service::{DATA_AT, Job, LOOKS, REGION, SOURCE, Service, instance, trouble};
use super::testing::{carried, pinned, tried};
use super::*;
use crate::plan::Plan;
use crate::runner::Ending;
use crate::trials::{World, open};

const RESOURCE: &str = "arn:aws:rds:eu-central-1:000000000000:db:production";
const NEWEST: &str = "arn:aws:rds:eu-central-1:000000000000:snapshot:awsbackup:newest";
/// When the clock of a trial begins.
const NOW: Timestamp = Timestamp::constant(1_795_000_000, 0);

fn point(arn: &str, created_at: Timestamp) -> RecoveryPoint {
    RecoveryPoint {
        arn: arn.to_owned(),
        region: REGION.to_owned(),
        vault: "backups".to_owned(),
        resource_arn: RESOURCE.to_owned(),
        resource_type: "RDS".to_owned(),
        status: "COMPLETED".to_owned(),
        created_at,
        is_encrypted: true,
        kms_key: None,
        source_vault_arn: None,
    }
}

/// A service with a vault: an older point, the newest, and two that are newer still and cannot be restored.
fn service() -> Service {
    let hour = SignedDuration::from_hours(1);
    let partial = RecoveryPoint { status: "PARTIAL".to_owned(), ..point("partial", DATA_AT + hour) };
    let disk = RecoveryPoint { resource_type: "EBS".to_owned(), ..point("disk", DATA_AT + hour) };
    let service = Service::new();
    service.inner().points = vec![point("older", DATA_AT - hour), point(NEWEST, DATA_AT), partial, disk];
    service
}

impl Service {
    /// Brings a job further: after some looks it names what it makes, which is there from then on and has no tags.
    fn advance(&self, id: &str) {
        let mut inner = self.inner();
        let Some(job) = inner.jobs.iter_mut().find(|job| job.token == id) else { return };
        job.looks = job.looks.saturating_sub(1);
        if job.looks > 0 || job.name.is_some() || job.failed.is_some() {
            return;
        }
        job.name = Some(job.token.clone());
        let name = job.token.clone();
        let mut made = instance(&name, InstanceState::Changing("creating".to_owned()));
        let wanted = target();
        made.isolation.subnet_group = wanted.subnet_group;
        made.isolation.security_groups = wanted.security_groups;
        made.isolation.option_group = "ours".to_owned();
        made = Instance { class: wanted.class, endpoint: None, is_protected: false, ..made };
        inner.instances.insert(name, (made, LOOKS));
    }

    fn told(&self, id: &str) -> Option<RestoreJob> {
        let inner = self.inner();
        let job = inner.jobs.iter().find(|job| job.token == id)?;
        let made = job.name.as_ref().map(|name| instance(name, InstanceState::Available).arn);
        let is_being_made = |name: &String| {
            inner.instances.get(name).is_some_and(|(found, _)| matches!(found.state, InstanceState::Changing(_)))
        };
        let state = match (&job.failed, &job.name) {
            (Some(word), _) => JobState::Failed(word.clone()),
            (None, None) => JobState::Running("PENDING".to_owned()),
            (None, Some(name)) if is_being_made(name) => JobState::Running("RUNNING".to_owned()),
            (None, Some(_)) => JobState::Completed,
        };
        let (id, point_arn, validation) = (job.token.clone(), job.point.clone(), job.validation.clone());
        Some(RestoreJob { id, point_arn, state, created_arn: made, created_at: NOW, completed_at: None, validation })
    }
}

#[async_trait]
impl RecoveryPoints for Service {
    async fn points(&self, region: &str, vault: &str, of: Option<&str>) -> Result<Vec<RecoveryPoint>, PortError> {
        assert_eq!((region, vault, of), (REGION, "backups", Some(RESOURCE)));
        Ok(self.inner().points.clone())
    }

    async fn restore_point(&self, restore: &PointRestore) -> Result<String, PortError> {
        let mut inner = self.inner();
        let token = restore.name.to_string();
        if inner.jobs.iter().any(|job| job.token == token) {
            return Ok(token);
        }
        *inner.restores.entry(token.clone()).or_default() += 1;
        let failed = matches!(inner.end, InstanceState::Broken(_)).then(|| "FAILED".to_owned());
        let (point, looks) = (restore.point.arn.clone(), LOOKS);
        inner.jobs.push(Job { token: token.clone(), point, name: None, failed, validation: None, looks });
        Ok(token)
    }

    async fn job(&self, _: &str, id: &str) -> Result<Option<RestoreJob>, PortError> {
        self.advance(id);
        Ok(self.told(id))
    }

    async fn jobs(&self, _: &str, (name, point): (&DrillName, &str)) -> Result<Vec<RestoreJob>, PortError> {
        self.advance(name.as_str());
        let all = self.inner().jobs.clone();
        let told = all.iter().filter_map(|job| self.told(&job.token));
        let is_of = |job: &RestoreJob| job.created_arn.is_none() && job.point_arn == point || job.id == name.as_str();
        Ok(told.filter(is_of).collect())
    }

    async fn mark_restored(&self, _: &str, job: &str, name: &DrillName, mark: &Mark) -> Result<(), PortError> {
        let made = self.told(job).and_then(|job| job.created_arn);
        let mut inner = self.inner();
        let Some((found, _)) = inner.instances.get_mut(name.as_str()) else {
            return Err(trouble("rds:AddTagsToResource", Trouble::NotFound));
        };
        assert_eq!(made.as_ref(), Some(&found.arn), "only what the job made is marked");
        found.tags = mark.tags();
        Ok(())
    }

    async fn validate(&self, _: &str, job: &str, validation: &Validation) -> Result<(), PortError> {
        let mut inner = self.inner();
        let Some(job) = inner.jobs.iter_mut().find(|one| one.token == job) else {
            return Err(trouble("backup:PutRestoreValidationResult", Trouble::NotFound));
        };
        job.validation = Some(match validation {
            Validation::Successful => "SUCCESSFUL".to_owned(),
            Validation::Failed(why) => format!("FAILED: {why}"),
        });
        Ok(())
    }
}

/// A trial's hold of the service.
#[derive(Clone, Debug)]
struct Cloud(Arc<Service>);

impl World for Cloud {
    fn actions(&self) -> Vec<Arc<dyn Action>> {
        let databases: Arc<dyn Databases> = Arc::clone(&self.0) as _;
        let points: Arc<dyn RecoveryPoints> = Arc::clone(&self.0) as _;
        let copies: Arc<dyn Copies> = Arc::clone(&self.0) as _;
        let verify = instance_actions(&databases, &copies);
        recovery_point_actions(&databases, &points).into_iter().chain(verify).collect()
    }

    fn estate(&self) -> Json {
        json!(self.0.inner().instances.keys().collect::<Vec<_>>())
    }

    fn doubled(&self) -> Vec<String> {
        self.0.inner().restores.iter().filter(|(_, count)| **count > 1).map(|(name, _)| name.clone()).collect()
    }

    fn left_over(&self) -> Vec<String> {
        let inner = self.0.inner();
        // A job that has not named what it makes will make it yet.
        let coming = inner.jobs.iter().filter(|job| job.name.is_none() && job.failed.is_none());
        let coming: Vec<String> = coming.map(|job| format!("job {}", job.token)).collect();
        let instances = inner.instances.keys().filter(|name| *name != SOURCE).cloned();
        instances.chain(coming).collect()
    }
}

fn drill() -> Drill {
    Drill {
        id: "vaulted".to_owned(),
        file: "drills.yaml".to_owned(),
        title: "The product database comes back from the vault".to_owned(),
        owner: "amelie".to_owned(),
        rto: SignedDuration::from_hours(2),
        rpo: SignedDuration::from_hours(26),
        every: None,
        restore: Restore::RecoveryPoint(RecoveryPointRestore {
            vault: "backups".to_owned(),
            region: REGION.to_owned(),
            resource: RESOURCE.to_owned(),
            role: "arn:aws:iam::000000000000:role/backup".to_owned(),
            target: target(),
        }),
        expires: SignedDuration::from_hours(6),
        verify: Declared::default(),
    }
}

fn planned() -> Plan {
    let drill = drill();
    let Restore::RecoveryPoint(restore) = &drill.restore else { panic!("a recovery point") };
    plan_recovery_point((&drill, restore), (pinned(), false))
}

#[tokio::test]
async fn the_plan_passes_every_trial_and_no_job_is_begun_twice_or_left() {
    let trials = tried(&planned(), &|| Box::new(Cloud(Arc::new(service())))).await;
    assert!(trials > 40, "{trials}");
}

/// Runs the drill on a service, and gives what came of it.
async fn told(change: impl Fn(&mut Service)) -> (Report, Ending, Cloud) {
    let mut service = service();
    change(&mut service);
    let cloud = Cloud(Arc::new(service));
    let home = tempfile::tempdir().unwrap();
    let recorder = open(home.path()).unwrap();
    let plan = planned();
    let finished = carried(&cloud, (&plan, "vaulted-1"), &recorder).await;
    (report(&drill(), &plan, &finished.state), finished.ending, cloud)
}

fn validation(cloud: &Cloud) -> Option<String> {
    cloud.0.inner().jobs.first().and_then(|job| job.validation.clone())
}

#[tokio::test]
async fn the_newest_whole_point_comes_back_and_the_service_hears_that_it_was_good() {
    let (report, _, cloud) = told(|_| {}).await;
    assert_eq!((report.verdict, report.is_gone), (Verdict::Partial(Tier::Sampled), true), "{}", report.said);
    let backup = report.backup.unwrap();
    assert_eq!((backup.name.as_str(), backup.taken_at), (NEWEST, Some(DATA_AT)));
    assert_eq!((cloud.left_over(), validation(&cloud).as_deref()), (Vec::new(), Some("SUCCESSFUL")));
    assert!(report.euros.is_some() && report.rta_seconds.is_some());
}

#[tokio::test]
async fn the_service_hears_of_what_was_not_good_and_nothing_where_nobody_can_tell() {
    let found = |state| move |service: &mut Service| service.seen.as_mut().unwrap()[1].state = state;
    let (report, _, cloud) = told(found(CheckState::Fail)).await;
    assert_eq!((report.verdict, validation(&cloud).as_deref()), (Verdict::Fail, Some("FAILED: 1 of 2 checks failed")));
    let (report, _, cloud) = told(found(CheckState::NotRun)).await;
    assert_eq!((report.verdict, validation(&cloud)), (Verdict::CouldNotVerify, None));
    assert_eq!(cloud.left_over(), [""; 0]);
}

#[tokio::test]
async fn without_a_whole_point_the_drill_fails_and_an_old_one_misses_its_objective() {
    let (report, ending, cloud) = told(|service| service.inner().points.retain(|point| point.arn == "partial")).await;
    assert_eq!((report.verdict, ending, cloud.left_over()), (Verdict::Fail, Ending::Good, Vec::new()));
    assert!(report.said.starts_with("no recovery point of the database in the vault `backups`"), "{}", report.said);
    let old = |service: &mut Service| {
        service.inner().points = vec![point("old", DATA_AT - SignedDuration::from_hours(30))];
    };
    let (report, ..) = told(old).await;
    assert_eq!((report.verdict, report.is_gone), (Verdict::Fail, true));
    assert!(report.said.starts_with("the recovery point was"), "{}", report.said);
}

#[tokio::test]
async fn a_job_that_fails_leaves_nothing_and_is_never_a_pass() {
    let broken = |service: &mut Service| service.inner().end = InstanceState::Broken("failed".to_owned());
    let (report, _, cloud) = told(broken).await;
    assert_eq!((report.verdict, report.is_gone), (Verdict::CouldNotVerify, true), "{}", report.said);
    assert_eq!(cloud.left_over(), [""; 0]);
}

#[tokio::test]
async fn what_bears_the_name_and_no_job_made_is_left_alone() {
    for run in [None, Some("vaulted-2")] {
        let taken = |service: &mut Service| {
            let mut other = instance("drill-vaulted-1", InstanceState::Available);
            if let Some(run) = run {
                other.tags = Mark::new(run, "vaulted", DATA_AT).unwrap().tags();
            }
            service.inner().instances.insert(other.name.clone(), (other, 0));
        };
        let (report, ending, cloud) = told(taken).await;
        assert_eq!((report.verdict, cloud.left_over()), (Verdict::CouldNotVerify, vec!["drill-vaulted-1".to_owned()]));
        assert!(report.said.contains("the name `drill-vaulted-1` is taken"), "{}", report.said);
        assert!(matches!(ending, Ending::Unwound { .. }), "{ending:?}");
        assert!(cloud.0.inner().jobs.is_empty(), "nothing was begun");
    }
}
