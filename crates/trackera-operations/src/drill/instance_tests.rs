//! The plan of a drill of instances in every trial of the kit, against a service that keeps state, and what its report makes
//! of what was seen.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use trackera_core::company::alerts::Secret;
use trackera_core::recovery::drill::{Drill, InstanceRestore, InstanceText, Point, Report, Restore as Restored};
use trackera_core::recovery::ports::{
    Deletion, DrillName, Endpoint, Instance, InstanceState, Isolation, Mark, Restore, Snapshot, SnapshotCopy,
    SnapshotState, deletable,
};
use trackera_core::recovery::verification::{Check, CheckResult, CheckState, Declared, Tier, Verdict};
use trackera_journal::digest::Digest;

use super::clean::{Attended, Known};
use super::proof::{Durations, Say};
use super::*;
use crate::action::Actions;
use crate::approval::Nobody;
use crate::locks::Unlocked;
use crate::plan::Plan;
use crate::plan::lint::lint;
use crate::progress::Silent;
use crate::runner::{Ending, Lasting, Ports, Start, run};
use crate::trials::{Size, TrialClock, World, open, sweep};

const REGION: &str = "eu-central-1";
const SOURCE: &str = "production";
const DATA_AT: Timestamp = Timestamp::constant(1_794_990_000, 0);
/// How many looks an instance takes to come up, and to go.
const LOOKS: u32 = 3;

/// A service with its instances; each look brings those that change a little further.
#[derive(Debug)]
struct Service {
    inner: Mutex<Inner>,
    seen: Result<Vec<CheckResult>, ProofError>,
}

#[derive(Debug)]
struct Inner {
    instances: BTreeMap<String, (Instance, u32)>,
    snapshots: Vec<Snapshot>,
    restores: BTreeMap<String, u32>,
    /// What comes of every restore when it is through.
    end: InstanceState,
    protects: bool,
}

pub(super) fn instance(name: &str, state: InstanceState) -> Instance {
    Instance {
        name: name.to_owned(),
        arn: format!("arn:aws:rds:{REGION}:000000000000:db:{name}"),
        region: REGION.to_owned(),
        state,
        created_at: Some(DATA_AT),
        endpoint: Some(Endpoint { host: format!("{name}.example"), port: 5432 }),
        engine_version: "15.7".to_owned(),
        class: "db.t4g.large".to_owned(),
        allocated_gibibytes: 20,
        is_encrypted: true,
        kms_key: None,
        isolation: Isolation {
            subnet_group: "production".to_owned(),
            security_groups: vec!["sg-production".to_owned()],
            parameter_group: "tuned".to_owned(),
            option_group: "usual".to_owned(),
        },
        is_public: false,
        is_protected: true,
        latest_restorable_at: Some(DATA_AT),
        replicas: Vec::new(),
        source: None,
        tags: BTreeMap::new(),
    }
}

fn snapshot(name: &str, data_at: Timestamp) -> Snapshot {
    Snapshot {
        name: name.to_owned(),
        arn: format!("arn:aws:rds:{REGION}:000000000000:snapshot:{name}"),
        region: REGION.to_owned(),
        instance: SOURCE.to_owned(),
        kind: "automated".to_owned(),
        state: SnapshotState::Available,
        created_at: Some(data_at),
        data_at: Some(data_at),
        is_encrypted: true,
        kms_key: None,
        source_region: None,
        engine_version: "15.7".to_owned(),
        allocated_gibibytes: 20,
        tags: BTreeMap::new(),
    }
}

impl Service {
    fn new() -> Self {
        let hour = SignedDuration::from_hours(1);
        let mut making = snapshot("rds:making", DATA_AT + hour);
        (making.state, making.data_at) = (SnapshotState::Changing("creating".to_owned()), None);
        let snapshots = vec![snapshot("rds:older", DATA_AT - hour), snapshot("rds:newest", DATA_AT), making, {
            snapshot("drill-copy-of-ours", DATA_AT + hour)
        }];
        let seen = vec![
            CheckResult::new(Check::Content, CheckState::Pass, "4 rows"),
            CheckResult::new(Check::Rows, CheckState::Pass, "enough"),
        ];
        let source = (instance(SOURCE, InstanceState::Available), 0);
        let inner = Inner {
            instances: [(SOURCE.to_owned(), source)].into(),
            snapshots,
            restores: BTreeMap::new(),
            end: InstanceState::Available,
            protects: false,
        };
        Self { inner: Mutex::new(inner), seen: Ok(seen) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    fn left(&self) -> Vec<String> {
        self.inner().instances.keys().filter(|name| *name != SOURCE).cloned().collect()
    }
}

fn trouble(operation: &'static str, trouble: Trouble) -> PortError {
    PortError { operation, trouble, code: None }
}

#[async_trait]
impl Databases for Service {
    async fn snapshots(&self, region: &str, name: &str) -> Result<Vec<Snapshot>, PortError> {
        assert_eq!((region, name), (REGION, SOURCE));
        Ok(self.inner().snapshots.clone())
    }

    async fn snapshot(&self, _: &str, _: &str) -> Result<Option<Snapshot>, PortError> {
        unreachable!("a drill looks at all snapshots at once")
    }

    async fn copy_snapshot(&self, _: &SnapshotCopy) -> Result<Snapshot, PortError> {
        unreachable!("a drill copies nothing")
    }

    async fn delete_snapshot(&self, _: &str, _: &DrillName, _: &str) -> Result<Deletion, PortError> {
        unreachable!("a drill deletes no snapshot")
    }

    async fn instance(&self, region: &str, name: &str) -> Result<Option<Instance>, PortError> {
        assert_eq!(region, REGION);
        let mut inner = self.inner();
        let end = inner.end.clone();
        let Some((found, left)) = inner.instances.get_mut(name) else { return Ok(None) };
        *left = left.saturating_sub(1);
        if *left > 0 {
            return Ok(Some(found.clone()));
        }
        match found.state {
            InstanceState::Changing(_) => {
                found.state = end;
                found.endpoint = Some(Endpoint { host: format!("{name}.example"), port: 5432 });
            }
            InstanceState::Deleting => {
                inner.instances.remove(name);
                return Ok(None);
            }
            InstanceState::Available | InstanceState::Broken(_) => {}
        }
        Ok(inner.instances.get(name).map(|(found, _)| found.clone()))
    }

    async fn drill_instances(&self, region: &str) -> Result<Vec<Instance>, PortError> {
        assert_eq!(region, REGION);
        let inner = self.inner();
        let ours = inner.instances.values().filter(|(found, _)| DrillName::parse(&found.name).is_ok());
        Ok(ours.map(|(found, _)| found.clone()).collect())
    }

    async fn drill_snapshots(&self, _: &str) -> Result<Vec<Snapshot>, PortError> {
        let inner = self.inner();
        Ok(inner.snapshots.iter().filter(|found| DrillName::parse(&found.name).is_ok()).cloned().collect())
    }

    async fn restore(&self, restore: &Restore) -> Result<Instance, PortError> {
        let mut inner = self.inner();
        let name = restore.name.as_str();
        if inner.instances.contains_key(name) {
            return Err(trouble("rds:Restore", Trouble::AlreadyExists));
        }
        *inner.restores.entry(name.to_owned()).or_default() += 1;
        let made = Instance {
            state: InstanceState::Changing("creating".to_owned()),
            endpoint: None,
            class: restore.class.clone(),
            isolation: restore.isolation.clone(),
            is_protected: inner.protects,
            latest_restorable_at: None,
            tags: restore.mark.tags(),
            ..instance(name, InstanceState::Available)
        };
        inner.instances.insert(name.to_owned(), (made.clone(), LOOKS));
        Ok(made)
    }

    async fn unprotect(&self, _: &str, name: &DrillName, run: &str) -> Result<Instance, PortError> {
        let mut inner = self.inner();
        let (found, _) = inner.instances.get_mut(name.as_str()).unwrap();
        deletable(found, run).map_err(|why| PortError::guarded("rds:ModifyDBInstance", why))?;
        found.is_protected = false;
        Ok(found.clone())
    }

    async fn delete(&self, _: &str, name: &DrillName, run: &str) -> Result<Deletion, PortError> {
        let mut inner = self.inner();
        let Some((found, left)) = inner.instances.get_mut(name.as_str()) else { return Ok(Deletion::Absent) };
        deletable(found, run).map_err(|why| PortError::guarded("rds:DeleteDBInstance", why))?;
        match found.state {
            InstanceState::Changing(_) => return Err(trouble("rds:DeleteDBInstance", Trouble::WrongState)),
            _ if found.is_protected => return Err(trouble("rds:DeleteDBInstance", Trouble::Refused)),
            _ => (found.state, *left) = (InstanceState::Deleting, LOOKS),
        }
        Ok(Deletion::UnderWay)
    }
}

#[async_trait]
impl Copies for Service {
    async fn prove_dump(&self, _: &DumpProof, _: Say<'_>) -> Result<Proof, ProofError> {
        unreachable!("no dump is restored")
    }

    async fn prove_instance(&self, proof: &InstanceProof, _: Say<'_>) -> Result<Proof, ProofError> {
        let name = proof.host.strip_suffix(".example").unwrap();
        assert_eq!(self.inner().instances[name].0.state, InstanceState::Available);
        let milliseconds = Durations { verify: 4, ..Durations::default() };
        self.seen.clone().map(|checks| Proof { checks, taken_at: None, milliseconds })
    }

    async fn is_there(&self, _: &Path, _: &str) -> Result<bool, ProofError> {
        unreachable!("nothing is made on this machine")
    }

    async fn remove(&self, _: &Path, _: &str) -> Result<(), ProofError> {
        unreachable!("nothing is made on this machine")
    }
}

/// A trial's hold of the service.
#[derive(Clone, Debug)]
struct Cloud(Arc<Service>);

impl World for Cloud {
    fn actions(&self) -> Vec<Arc<dyn Action>> {
        let databases: Arc<dyn Databases> = Arc::clone(&self.0) as _;
        let copies: Arc<dyn Copies> = Arc::clone(&self.0) as _;
        instance_actions(&databases, &copies)
    }

    fn estate(&self) -> Json {
        json!(self.0.inner().instances.keys().collect::<Vec<_>>())
    }

    fn doubled(&self) -> Vec<String> {
        self.0.inner().restores.iter().filter(|(_, count)| **count > 1).map(|(name, _)| name.clone()).collect()
    }

    fn left_over(&self) -> Vec<String> {
        self.0.left()
    }
}

fn drill(point: Point) -> Drill {
    let target = InstanceText {
        class: "db.t4g.medium".to_owned(),
        subnet_group: "isolated".to_owned(),
        security_groups: vec!["sg-isolated".to_owned()],
        parameter_group: None,
        option_group: Some("ours".to_owned()),
        euros_an_hour: Some(0.5),
        user: "verifier".to_owned(),
        password: Secret::Environment("PASSWORD".to_owned()),
        database: "product".to_owned(),
        authorities: "authorities.pem".to_owned(),
    };
    let (instance, region) = (SOURCE.to_owned(), REGION.to_owned());
    Drill {
        id: "weekly".to_owned(),
        file: "drills.yaml".to_owned(),
        title: "The product database comes back".to_owned(),
        owner: "amelie".to_owned(),
        rto: SignedDuration::from_hours(2),
        rpo: SignedDuration::from_hours(26),
        every: None,
        restore: Restored::Instance(InstanceRestore { instance, region, point, target }),
        expires: SignedDuration::from_hours(6),
        verify: Declared::default(),
    }
}

fn planned(drill: &Drill) -> Plan {
    let Restored::Instance(restore) = &drill.restore else { panic!("an instance") };
    let digest = Digest::of(b"file");
    let pinned = Pinned { runbook: digest, configuration: digest, allowed_signers: digest };
    plan_instance((drill, restore), (pinned, false))
}

#[tokio::test]
async fn the_plan_passes_every_trial_and_no_instance_is_left_or_made_twice() {
    for point in [Point::Snapshot, Point::Moment(SignedDuration::from_mins(5))] {
        let plan = planned(&drill(point));
        let world = || Cloud(Arc::new(Service::new()));
        assert_eq!(lint(&plan, &Actions::new(world().actions())), []);
        let journals = tempfile::tempdir().unwrap();
        let fresh = || -> Box<dyn World> { Box::new(world()) };
        let tried = sweep(&plan, &fresh, (journals.path(), Size::Small)).await.unwrap();
        assert_eq!((tried.broken.as_slice(), tried.asked), ([].as_slice(), 0), "of {} trials", tried.trials);
        assert!(tried.trials > 40, "{}", tried.trials);
    }
}

/// Runs the drill on a service, and tells what came of it and what is there then.
async fn told(point: Point, change: impl Fn(&mut Service)) -> (Report, Ending, Vec<String>) {
    let mut service = Service::new();
    change(&mut service);
    let cloud = Cloud(Arc::new(service));
    let home = tempfile::tempdir().unwrap();
    let recorder = open(home.path()).unwrap();
    let (actions, clock) = (Actions::new(cloud.actions()), TrialClock::default());
    let ports = Ports {
        actions: &actions,
        recorder: &recorder,
        approvals: &Nobody,
        locks: &Unlocked,
        credentials: &Lasting,
        clock: &clock,
        progress: &Silent,
    };
    let start = Start { run: "weekly-1".parse().unwrap(), requester: "amelie".to_owned(), program: "trial".to_owned() };
    let (drill, plan) = (drill(point), planned(&drill(point)));
    let finished = run(&plan, &start, &ports).await.unwrap();
    (report(&drill, &plan, &finished.state), finished.ending, cloud.0.left())
}

#[tokio::test]
async fn the_newest_available_snapshot_comes_back_and_is_told_with_its_figures() {
    let (report, _, left) = told(Point::Snapshot, |_| {}).await;
    assert_eq!((report.verdict, report.is_gone, left), (Verdict::Partial(Tier::Sampled), true, Vec::new()));
    let backup = report.backup.unwrap();
    assert!(backup.name.ends_with(":snapshot:rds:newest"), "{}", backup.name);
    assert_eq!((backup.taken_at, report.rpa_seconds), (Some(DATA_AT), Some(10_000)));
    let phases: Vec<&str> = report.phases.iter().map(|phase| phase.name.as_str()).collect();
    assert_eq!(phases, ["choose", "restore", "verify"]);
    assert!(report.euros.unwrap() > 0.0 && report.rta_seconds.is_some());
}

#[tokio::test]
async fn a_moment_lies_before_the_latest_that_can_be_restored() {
    let (report, _, left) = told(Point::Moment(SignedDuration::from_mins(15)), |_| {}).await;
    assert_eq!((report.verdict, left), (Verdict::Partial(Tier::Sampled), Vec::new()));
    let backup = report.backup.unwrap();
    assert!(backup.name.ends_with(":db:production"), "{}", backup.name);
    assert_eq!(backup.taken_at, Some(DATA_AT - SignedDuration::from_mins(15)));
}

#[tokio::test]
async fn without_a_recovery_point_the_drill_fails_and_nothing_is_made() {
    let (report, ending, left) = told(Point::Snapshot, |service| service.inner().snapshots.clear()).await;
    assert_eq!((report.verdict, ending, left), (Verdict::Fail, Ending::Good, Vec::new()));
    assert_eq!(report.said, "no snapshot of `production` in eu-central-1 can be restored");
    let unkept = |service: &mut Service| {
        service.inner().instances.get_mut(SOURCE).unwrap().0.latest_restorable_at = None;
    };
    assert_eq!(told(Point::Moment(SignedDuration::ZERO), unkept).await.0.verdict, Verdict::Fail);
}

#[tokio::test]
async fn groups_that_nobody_names_are_never_those_of_the_account() {
    let (report, _, left) = told(Point::Snapshot, |service| service.inner().instances.clear()).await;
    assert_eq!((report.verdict, report.is_gone, left), (Verdict::CouldNotVerify, true, Vec::new()));
    assert!(report.said.contains("must be named by the drill"), "{}", report.said);
}

#[tokio::test]
async fn what_cannot_be_verified_is_deleted_and_never_a_pass() {
    let (report, _, left) =
        told(Point::Snapshot, |service| service.seen = Err(ProofError("no way in".to_owned()))).await;
    assert_eq!((report.verdict, report.is_gone, left), (Verdict::CouldNotVerify, true, Vec::new()));
    assert!(report.said.contains("no way in"), "{}", report.said);
    let broken = |service: &mut Service| service.inner().end = InstanceState::Broken("incompatible-network".to_owned());
    let (report, _, left) = told(Point::Snapshot, broken).await;
    assert_eq!((report.verdict, report.is_gone, left), (Verdict::CouldNotVerify, true, Vec::new()));
    assert!(report.said.contains("will not come up by itself"), "{}", report.said);
}

#[tokio::test]
async fn a_protected_copy_is_not_what_was_asked_for_and_is_deleted_all_the_same() {
    let (report, _, left) = told(Point::Snapshot, |service| service.inner().protects = true).await;
    assert_eq!((report.verdict, report.is_gone, left), (Verdict::CouldNotVerify, true, Vec::new()));
    assert!(report.said.contains("it is protected from deletion"), "{}", report.said);
}

#[tokio::test]
async fn an_instance_of_somebody_else_under_the_name_is_left_alone() {
    for run in [None, Some("weekly-2")] {
        let taken = |service: &mut Service| {
            let mut other = instance("drill-weekly-1", InstanceState::Available);
            if let Some(run) = run {
                other.tags = Mark::new(run, "weekly", DATA_AT).unwrap().tags();
            }
            service.inner().instances.insert(other.name.clone(), (other, 0));
        };
        let (report, ending, left) = told(Point::Snapshot, taken).await;
        assert_eq!((report.verdict, left), (Verdict::CouldNotVerify, vec!["drill-weekly-1".to_owned()]));
        assert!(report.said.contains("the name `drill-weekly-1` is taken"), "{}", report.said);
        assert!(matches!(ending, Ending::Unwound { .. }), "{ending:?}");
    }
}

#[tokio::test]
async fn a_cleaner_deletes_only_what_name_tags_and_run_agree_on() {
    let service = Service::new();
    let left = |name: &str, run: Option<&str>| {
        let mut left = instance(name, InstanceState::Available);
        left.tags = run.map_or_else(BTreeMap::new, |run| Mark::new(run, "weekly", DATA_AT).unwrap().tags());
        service.inner().instances.insert(name.to_owned(), (left, 0));
    };
    left("drill-here", Some("here"));
    left("drill-there", Some("there"));
    left("drill-unmarked", None);
    left("drill-renamed", Some("here"));
    let (clock, within) = (TrialClock::default(), std::time::Duration::from_secs(600));
    let regions = [REGION.to_owned()].into();
    let known = Known { runs: [("here".to_owned(), Attended::Nobody)].into(), ..Known::default() };
    let clean = async |now: Timestamp| {
        let mut said = Vec::new();
        for found in clean::leftovers(&service, &regions).await.unwrap() {
            match found.removable(&known, now) {
                Ok(mark) => found.remove(&service, &mark, (&clock, within)).await.unwrap(),
                Err(why) => said.push(why),
            }
        }
        said.join("\n")
    };
    let said = clean(DATA_AT - SignedDuration::from_hours(1)).await;
    assert_eq!(service.left(), ["drill-renamed", "drill-there", "drill-unmarked"]);
    for why in ["may need `drill-there` until", "`drill-unmarked` does not have", "`drill-renamed` is not what run"] {
        assert!(said.contains(why), "{said}");
    }
    assert!(said.contains("`drill-copy-of-ours` does not have the tags"), "{said}");
    clean(DATA_AT + SignedDuration::from_hours(1)).await;
    assert_eq!(service.left(), ["drill-renamed", "drill-unmarked"], "its time is over, so anybody may");
}
