//! The plan of a drill in every trial of the kit, and what its report makes of what was seen.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use trackera_core::company::database::BucketPlace;
use trackera_core::recovery::drill::{Drill, DumpRestore, Report, Restore};
use trackera_core::recovery::ports::{
    Cursor, Download, Downloaded, Object, ObjectFacts, ObjectName, ObjectPage, ObjectVersion, Reading, Upload,
};
use trackera_core::recovery::verification::{Check, CheckResult, CheckState, Declared, Tier, Verdict};
use trackera_journal::digest::Digest;

use super::proof::{Durations, Say};
use super::testing::{carried, pinned, tried};
use super::*;
use crate::plan::Plan;
use crate::trials::{World, open};

const TAKEN_AT: Timestamp = Timestamp::constant(1_794_990_000, 0);

/// Objects by key, that are never changed.
#[derive(Debug, Default)]
struct Bucket(BTreeMap<String, Vec<u8>>);

#[async_trait]
impl Objects for Bucket {
    async fn page(&self, below: &ObjectName, _: Option<&Cursor>) -> Result<ObjectPage, PortError> {
        let version = |(key, content): (&String, &Vec<u8>)| ObjectVersion {
            key: key.clone(),
            version: "null".to_owned(),
            is_latest: true,
            size: u64::try_from(content.len()).ok(),
            modified_at: TAKEN_AT,
        };
        let found = self.0.iter().filter(|(key, _)| key.starts_with(&below.key));
        Ok(ObjectPage { versions: found.map(version).collect(), next: None })
    }

    async fn look(&self, object: &Object) -> Result<Option<ObjectFacts>, PortError> {
        let facts = |content: &Vec<u8>| ObjectFacts {
            size: u64::try_from(content.len()).unwrap(),
            modified_at: Some(TAKEN_AT),
            e_tag: "tag".to_owned(),
            version: None,
            sha256: None,
            encryption: None,
            replication: None,
            mark: None,
        };
        Ok(self.0.get(&object.name.key).map(facts))
    }

    async fn download(&self, download: &Download) -> Result<Downloaded, PortError> {
        let content = self.0.get(&download.object.name.key).unwrap();
        std::fs::write(&download.file, content).unwrap();
        let sha256 = Digest::of(content).to_string();
        Ok(Downloaded { size: download.facts.size, sha256, resumed_at: 0 })
    }

    async fn read(&self, _: &Object) -> Result<Option<Reading>, PortError> {
        unreachable!("a dump is brought to this machine")
    }

    async fn put(&self, _: &Upload) -> Result<ObjectFacts, PortError> {
        Err(PortError::guarded("s3:PutObject", "a drill puts nothing"))
    }

    async fn delete(&self, _: &Object, _: &str) -> Result<(), PortError> {
        Err(PortError::guarded("s3:DeleteObject", "a drill deletes no object"))
    }
}

/// Servers that are directories.
#[derive(Debug)]
struct Directories(Vec<CheckResult>);

#[async_trait]
impl Copies for Directories {
    async fn prove_dump(&self, proof: &DumpProof, say: Say<'_>) -> Result<Proof, ProofError> {
        let place = proof.scratch.0.join(&proof.scratch.1);
        std::fs::create_dir(&place).map_err(|error| ProofError(error.to_string()))?;
        say("restoring");
        assert!(proof.directory.join("files/dump").is_file() && proof.directory.join(Fetched::MANIFEST).is_file());
        std::fs::remove_dir(&place).unwrap();
        let milliseconds = Durations { start: 1, unpack: 2, restore: 3, verify: 4 };
        Ok(Proof { checks: self.0.clone(), taken_at: Some(TAKEN_AT), milliseconds })
    }

    async fn prove_instance(&self, _: &InstanceProof, _: Say<'_>) -> Result<Proof, ProofError> {
        Err(ProofError("a drill of dumps restores no instance".to_owned()))
    }

    async fn is_there(&self, directory: &Path, name: &str) -> Result<bool, ProofError> {
        Ok(directory.join(name).exists())
    }

    async fn remove(&self, directory: &Path, name: &str) -> Result<(), ProofError> {
        match std::fs::remove_dir(directory.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(ProofError(error.to_string())),
            _ => Ok(()),
        }
    }
}

/// A directory of this machine, and what drills can reach.
#[derive(Debug)]
struct Machine {
    scratch: PathBuf,
    bucket: BTreeMap<String, Vec<u8>>,
    seen: Vec<CheckResult>,
}

impl Machine {
    /// An empty one, with a good backup.
    fn new(scratch: &Path) -> Self {
        if scratch.exists() {
            std::fs::remove_dir_all(scratch).unwrap();
        }
        std::fs::create_dir_all(scratch).unwrap();
        let objects = [("postgres/monday/dump", "rows"), ("manifests/monday.json", "{}")];
        let bucket = objects.map(|(key, content)| (key.to_owned(), content.as_bytes().to_vec())).into();
        let seen = vec![
            CheckResult::new(Check::Content, CheckState::Pass, "4 rows"),
            CheckResult::new(Check::Manifest, CheckState::Pass, "the content is what was backed up"),
        ];
        Self { scratch: scratch.to_owned(), bucket, seen }
    }

    fn left(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.scratch).unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }
}

impl World for Machine {
    fn actions(&self) -> Vec<Arc<dyn Action>> {
        let objects: Arc<dyn Objects> = Arc::new(Bucket(self.bucket.clone()));
        let copies: Arc<dyn Copies> = Arc::new(Directories(self.seen.clone()));
        dump_actions(&objects, &copies, self.scratch.parent().unwrap())
    }

    fn estate(&self) -> Json {
        json!(self.left())
    }

    fn doubled(&self) -> Vec<String> {
        Vec::new()
    }

    fn left_over(&self) -> Vec<String> {
        self.left()
    }
}

fn place(prefix: &str) -> BucketPlace {
    BucketPlace { bucket: "backups".to_owned(), region: "eu-central-1".to_owned(), prefix: prefix.to_owned() }
}

fn drill() -> Drill {
    let restore = Restore::Dump(DumpRestore {
        place: place("postgres/"),
        manifests: Some(place("manifests/")),
        may_shrink: 10,
        identity: None,
        directory: "scratch".to_owned(),
        jobs: Some(2),
    });
    Drill {
        id: "nightly".to_owned(),
        file: "drills.yaml".to_owned(),
        title: "The product database comes back".to_owned(),
        owner: "amelie".to_owned(),
        rto: SignedDuration::from_hours(2),
        rpo: SignedDuration::from_hours(26),
        every: None,
        restore,
        expires: SignedDuration::from_hours(6),
        verify: Declared::default(),
    }
}

fn planned(damage: bool) -> Plan {
    let drill = drill();
    let Restore::Dump(dump) = &drill.restore else { panic!("a dump") };
    plan((&drill, dump), (pinned(), damage))
}

#[tokio::test]
async fn the_plan_of_a_drill_passes_every_trial_and_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let scratch = home.path().join("scratch");
    let plan = planned(false);
    assert!(!plan.text().contains(home.path().to_str().unwrap()), "it is the same plan on every machine");
    let trials = tried(&plan, &|| Box::new(Machine::new(&scratch))).await;
    assert!(trials > 40, "{trials}");
}

/// Runs the drill on a machine, and tells what came of it.
async fn told(change: impl Fn(&mut Machine), damage: bool) -> Report {
    let home = tempfile::tempdir().unwrap();
    let scratch = home.path().join("scratch");
    let mut machine = Machine::new(&scratch);
    change(&mut machine);
    let plan = planned(damage);
    let recorder = open(&home.path().join("journal")).unwrap();
    let finished = carried(&machine, (&plan, "nightly-1"), &recorder).await;
    assert_eq!(machine.left(), Vec::<String>::new(), "nothing is left");
    report(&drill(), &plan, &finished.state)
}

#[tokio::test]
async fn what_was_backed_up_comes_back_and_is_told_with_its_figures() {
    let report = told(|_| {}, false).await;
    assert_eq!((report.verdict, report.said.as_str(), report.is_gone), (Verdict::Pass, "2 checks passed", true));
    let backup = report.backup.unwrap();
    assert_eq!((backup.name.as_str(), backup.bytes, backup.taken_at), ("postgres/monday/", Some(4), Some(TAKEN_AT)));
    assert_eq!(report.rpa_seconds, Some(10_000));
    let phases: Vec<&str> = report.phases.iter().map(|phase| phase.name.as_str()).collect();
    assert_eq!(phases, ["choose", "fetch", "start", "unpack", "restore", "verify"]);
}

#[tokio::test]
async fn a_backup_that_is_not_there_fails_and_one_that_lost_its_files_does_too() {
    let report = told(|machine| machine.bucket.clear(), false).await;
    assert_eq!(report.verdict, Verdict::Fail);
    assert!(report.said.contains("no manifest lies below"), "{}", report.said);
    let report = told(|machine| drop(machine.bucket.remove("postgres/monday/dump")), false).await;
    assert_eq!((report.verdict, report.rta_seconds), (Verdict::Fail, None));
    assert!(report.said.contains("the files of the newest backup `monday` are not there"), "{}", report.said);
}

#[tokio::test]
async fn a_check_that_fails_fails_the_drill_and_one_that_did_not_run_is_no_pass() {
    let fail = |machine: &mut Machine| machine.seen[1].state = CheckState::Fail;
    assert_eq!(told(fail, false).await.verdict, Verdict::Fail);
    let open = |machine: &mut Machine| machine.seen[1].state = CheckState::NotRun;
    assert_eq!(told(open, false).await.verdict, Verdict::CouldNotVerify);
    let rows = CheckResult::new(Check::Rows, CheckState::Pass, "enough");
    let sampled = |machine: &mut Machine| machine.seen[1] = rows.clone();
    assert_eq!(told(sampled, false).await.verdict, Verdict::Partial(Tier::Sampled));
}

#[tokio::test]
async fn damage_that_nobody_noticed_fails_the_drill_and_damage_that_was_found_is_told() {
    let control =
        |state| move |machine: &mut Machine| machine.seen.push(CheckResult::new(Check::NegativeControl, state, "it"));
    let report = told(control(CheckState::Fail), true).await;
    assert_eq!((report.verdict, report.found_damage()), (Verdict::Fail, false));
    let report = told(control(CheckState::Pass), true).await;
    assert_eq!((report.verdict, report.found_damage(), report.negative_control), (Verdict::Pass, true, true));
}

#[tokio::test]
async fn an_older_backup_than_the_objective_allows_fails() {
    let mut report = told(|_| {}, false).await;
    report.rpa_seconds = Some(27 * 3_600);
    report.judge(&drill(), None);
    assert_eq!(report.verdict, Verdict::Fail);
    assert_eq!(report.said, "the recovery point was 1d 3h, and 1d 2h is allowed");
}
