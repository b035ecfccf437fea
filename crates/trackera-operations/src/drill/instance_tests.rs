//! The plan of a drill of instances in every trial of the kit, against a service that keeps state, and what its report makes
//! of what was seen.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use trackera_core::company::alerts::Secret;
use trackera_core::recovery::drill::{Drill, InstanceRestore, InstanceText, Point, Report, Restore as Restored};
use trackera_core::recovery::ports::{InstanceState, Mark};
use trackera_core::recovery::verification::{Declared, Tier, Verdict};

use super::clean::{Attended, Known};
use super::service::{DATA_AT, REGION, SOURCE, Service, instance};
use super::testing::{carried, pinned, tried};
use super::*;
use crate::plan::Plan;
use crate::runner::Ending;
use crate::trials::{TrialClock, World, open};

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

/// An instance to make, whose parameter group is that of the source.
pub(super) fn target() -> InstanceText {
    InstanceText {
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
    }
}

fn drill(point: Point) -> Drill {
    let target = target();
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
    plan_instance((drill, restore), (pinned(), false))
}

#[tokio::test]
async fn the_plan_passes_every_trial_and_no_instance_is_left_or_made_twice() {
    for point in [Point::Snapshot, Point::Moment(SignedDuration::from_mins(5))] {
        let plan = planned(&drill(point));
        let trials = tried(&plan, &|| Box::new(Cloud(Arc::new(Service::new())))).await;
        assert!(trials > 40, "{trials}");
    }
}

/// Runs the drill on a service, and tells what came of it and what is there then.
async fn told(point: Point, change: impl Fn(&mut Service)) -> (Report, Ending, Vec<String>) {
    let mut service = Service::new();
    change(&mut service);
    let cloud = Cloud(Arc::new(service));
    let home = tempfile::tempdir().unwrap();
    let recorder = open(home.path()).unwrap();
    let (drill, plan) = (drill(point), planned(&drill(point)));
    let finished = carried(&cloud, (&plan, "weekly-1"), &recorder).await;
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
