//! The plan of a drill of objects in every trial of the kit, against buckets that keep versions, and what its reports make of
//! what was seen: run after run, with a journal that remembers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use trackera_core::company::database::BucketPlace;
use trackera_core::recovery::drill::{Drill, ObjectsRestore, Report, Restore};
use trackera_core::recovery::ports::{
    Cursor, Download, Downloaded, Object, ObjectFacts, ObjectName, ObjectPage, ObjectVersion, Reading, Stored, Upload,
};
use trackera_core::recovery::verification::{Check, CheckState, Declared, Tier, Verdict};
use trackera_journal::commit::Journal;
use trackera_journal::digest::Digest;
use trackera_journal::entry::Draft;
use trackera_journal::kind::Kind as EntryKind;

use super::objects::name_of;
use super::testing::{carried, pinned, tried};
use super::*;
use crate::plan::Plan;
use crate::recorder::{JournalRecorder, Outside};
use crate::trials::{World, journal};

/// The clock of a trial begins three hours later.
const PUT_AT: Timestamp = Timestamp::constant(1_794_990_000, 0);
const LONG_AGO: Timestamp = Timestamp::constant(1_700_000_000, 0);
const OBJECTS: usize = 40;
const BUCKETS: [&str; 2] = ["files", "files-dr"];

/// One key of one bucket, and what becomes of whoever reads it.
#[derive(Clone, Debug)]
struct Kept {
    content: Option<Vec<u8>>,
    put_at: Timestamp,
    stored: Stored,
    version: &'static str,
    trouble: Option<PortError>,
    is_gone: bool,
}

/// Two buckets.
#[derive(Debug, Default)]
struct Store {
    kept: BTreeMap<(String, String), Kept>,
    read: Mutex<BTreeSet<String>>,
    is_shuffled: bool,
}

fn key(number: usize) -> String {
    format!("people/anna-{number}.pdf")
}

impl Store {
    fn new() -> Self {
        let mut store = Self::default();
        (0..OBJECTS).for_each(|number| store.add(&key(number), &number.to_string(), LONG_AGO));
        store
    }

    /// Puts an object and its replica.
    fn add(&mut self, key: &str, content: &str, put_at: Timestamp) {
        for bucket in BUCKETS {
            let content = Some(content.as_bytes().to_vec());
            let kept = Kept { content, put_at, stored: Stored::Same, version: "v1", trouble: None, is_gone: false };
            self.kept.insert((bucket.to_owned(), key.to_owned()), kept);
        }
    }

    fn at(&mut self, bucket: usize, key: &str) -> &mut Kept {
        self.kept.get_mut(&(BUCKETS[bucket].to_owned(), key.to_owned())).unwrap()
    }

    fn remove(&mut self, bucket: usize, key: &str) {
        self.kept.remove(&(BUCKETS[bucket].to_owned(), key.to_owned())).unwrap();
    }
}

#[async_trait]
impl Objects for Store {
    async fn page(&self, below: &ObjectName, after: Option<&Cursor>) -> Result<ObjectPage, PortError> {
        let after = after.map_or("", |cursor| &cursor.key);
        let ours = self.kept.iter().filter(|((bucket, key), _)| *bucket == below.bucket && key.as_str() > after);
        let version = |((_, key), kept): (&(String, String), &Kept)| ObjectVersion {
            key: key.clone(),
            version: kept.version.to_owned(),
            is_latest: true,
            size: kept.content.as_ref().map(|content| content.len() as u64),
            modified_at: kept.put_at,
        };
        let mut versions: Vec<ObjectVersion> = ours.map(version).take(7).collect();
        if self.is_shuffled {
            versions.reverse();
        }
        let next = versions.last().map(|last| Cursor { key: last.key.clone(), version: None });
        Ok(ObjectPage { versions, next })
    }

    async fn look(&self, _: &Object) -> Result<Option<ObjectFacts>, PortError> {
        unreachable!("what is read needs no look")
    }

    async fn read(&self, object: &Object) -> Result<Option<Reading>, PortError> {
        let ObjectName { bucket, key, .. } = &object.name;
        self.read.lock().unwrap().insert(key.clone());
        let Some(kept) = self.kept.get(&(bucket.clone(), key.clone())) else { return Ok(None) };
        if let Some(trouble) = &kept.trouble {
            return Err(trouble.clone());
        }
        let Some(content) = kept.content.as_ref().filter(|_| !kept.is_gone) else { return Ok(None) };
        let sha256 = Digest::of(content).to_string();
        Ok(Some(Reading { size: content.len() as u64, sha256, stored: kept.stored, replication: None }))
    }

    async fn download(&self, _: &Download) -> Result<Downloaded, PortError> {
        unreachable!("nothing of an object is kept")
    }

    async fn put(&self, _: &Upload) -> Result<ObjectFacts, PortError> {
        unreachable!("a drill puts nothing")
    }

    async fn delete(&self, _: &Object, _: &str) -> Result<(), PortError> {
        unreachable!("a drill deletes no object")
    }
}

/// The buckets, and the journal of the machine that drills them.
#[derive(Clone, Debug)]
struct Machine {
    store: Arc<Store>,
    journal: Arc<Journal>,
}

impl World for Machine {
    fn actions(&self) -> Vec<Arc<dyn Action>> {
        let objects: Arc<dyn Objects> = Arc::clone(&self.store) as _;
        let memory: Arc<dyn Memory> = Arc::new(Arc::clone(&self.journal));
        object_actions(&objects, &memory)
    }

    fn estate(&self) -> Json {
        json!(self.store.kept.len())
    }

    fn doubled(&self) -> Vec<String> {
        Vec::new()
    }

    fn left_over(&self) -> Vec<String> {
        Vec::new()
    }
}

fn place(bucket: usize) -> BucketPlace {
    BucketPlace { bucket: BUCKETS[bucket].to_owned(), region: "eu-west-1".to_owned(), prefix: "people/".to_owned() }
}

fn drill(parts: u32) -> Drill {
    Drill {
        id: "files".to_owned(),
        file: "drills.yaml".to_owned(),
        title: "Customers' files come back".to_owned(),
        owner: "amelie".to_owned(),
        rto: SignedDuration::from_hours(2),
        rpo: SignedDuration::from_hours(26),
        every: None,
        restore: Restore::Objects(ObjectsRestore {
            place: place(0),
            replica: place(1),
            parts,
            may_shrink: 10,
            may_delete: 0,
        }),
        expires: SignedDuration::from_hours(6),
        verify: Declared::default(),
    }
}

fn planned(drill: &Drill, damage: bool) -> Plan {
    let Restore::Objects(restore) = &drill.restore else { panic!("objects") };
    plan_objects((drill, restore), (pinned(), damage))
}

/// A machine that does drills, one after the other.
struct Drilled {
    home: TempDir,
    drill: Drill,
    damage: bool,
    runs: u32,
}

impl Drilled {
    fn within(parts: u32) -> Self {
        Self { home: tempfile::tempdir().unwrap(), drill: drill(parts), damage: false, runs: 0 }
    }

    fn journal(&self) -> Arc<Journal> {
        Arc::new(journal(&self.home.path().join("journal")).unwrap())
    }

    /// Does the drill and writes down what came of it, as whoever does drills does; gives that and the keys that were read.
    async fn does(&mut self, store: Store) -> (Report, BTreeSet<String>, Store) {
        let machine = Machine { store: Arc::new(store), journal: self.journal() };
        let recorder = JournalRecorder::new(Arc::clone(&machine.journal), Outside::Nowhere);
        let plan = planned(&self.drill, self.damage);
        self.runs += 1;
        let finished = carried(&machine, (&plan, &format!("files-{}", self.runs)), &recorder).await;
        let report = report(&self.drill, &plan, &finished.state);
        let body = report.to_body().unwrap();
        machine.journal.append(vec![Draft::new(report.ended_at, EntryKind::Outcome, &body).unwrap()]).unwrap();
        let Machine { store, journal } = machine;
        drop((recorder, journal));
        let store = Arc::into_inner(store).unwrap();
        let read = std::mem::take(&mut *store.read.lock().unwrap());
        (report, read, store)
    }
}

/// What one drill of all objects finds.
async fn told(change: impl FnOnce(&mut Store)) -> Report {
    let mut store = Store::new();
    change(&mut store);
    Drilled::within(1).does(store).await.0
}

fn state(report: &Report, check: Check) -> CheckState {
    report.checks.iter().find(|one| one.check == check).unwrap().state
}

#[tokio::test]
async fn the_plan_passes_every_trial() {
    let home = tempfile::tempdir().unwrap();
    let fresh = || -> Box<dyn World> {
        let lost: &Path = &home.path().join("memory");
        drop(std::fs::remove_dir_all(lost));
        Box::new(Machine { store: Arc::new(Store::new()), journal: Arc::new(journal(lost).unwrap()) })
    };
    let trials = tried(&planned(&drill(3), false), &fresh).await;
    assert!(trials > 20, "{trials}");
}

#[tokio::test]
async fn what_is_read_whole_in_both_places_passes_and_a_part_of_it_passes_in_part() {
    let report = told(|_| {}).await;
    assert_eq!((report.verdict, report.said.as_str(), report.is_gone), (Verdict::Pass, "8 checks passed", true));
    assert_eq!((report.rpa_seconds, report.backup.unwrap().name.as_str()), (Some(0), "files-dr/people/"));
    let (report, read, _) = Drilled::within(4).does(Store::new()).await;
    assert_eq!((report.verdict, read.len() < OBJECTS / 2), (Verdict::Partial(Tier::Sampled), true), "{}", report.said);
}

#[tokio::test]
async fn everything_is_read_within_the_declared_number_of_runs_whatever_comes_and_goes() {
    for parts in [1, 2, 5, 64] {
        let (mut drilled, mut store, mut seen) = (Drilled::within(parts), Store::new(), BTreeSet::new());
        let all: BTreeSet<String> = (0..OBJECTS).map(key).filter(|key| *key != self::key(3)).collect();
        for run in 0..parts {
            let (report, read, before) = drilled.does(store).await;
            assert!(matches!(report.verdict, Verdict::Pass | Verdict::Partial(_)), "{}", report.said);
            seen.extend(read);
            store = before;
            store.add(&format!("people/late-{run}"), "late", LONG_AGO);
            if run == 0 {
                [0, 1].into_iter().for_each(|bucket| store.remove(bucket, &key(3)));
            }
        }
        assert!(all.is_subset(&seen), "of {parts} parts: {:?}", all.difference(&seen));
    }
}

#[tokio::test]
async fn what_is_new_is_read_at_once_and_what_was_wrong_is_read_again() {
    let (mut drilled, mut store) = (Drilled::within(7), Store::new());
    (_, _, store) = drilled.does(store).await;
    let new: Vec<String> = (0..20).map(|number| format!("people/new-{number}")).collect();
    new.iter().for_each(|key| store.add(key, "new", Timestamp::MAX - SignedDuration::from_hours(48)));
    let (report, read, mut store) = drilled.does(store).await;
    assert!(new.iter().all(|key| read.contains(key)), "{read:?}");
    let part = report.rotation.unwrap().part;
    let damaged = new[0].clone();
    store.at(0, &damaged).stored = Stored::Other;
    for _ in 0..2 {
        let report;
        (report, _, store) = drilled.does(store).await;
        assert_eq!((report.verdict, report.rotation.unwrap().part), (Verdict::Fail, part + 1));
    }
    store.at(0, &damaged).stored = Stored::Same;
    let (report, ..) = drilled.does(store).await;
    assert_eq!((report.verdict, report.rotation.unwrap().part), (Verdict::Partial(Tier::Sampled), part + 1));
}

#[tokio::test]
async fn every_damage_is_found_by_its_own_check_and_named_by_a_digest() {
    type Damage = (Check, &'static str, fn(&mut Store, &str));
    let damages: [Damage; 11] = [
        (Check::Checksums, "is not what was stored", |store, key| store.at(0, key).stored = Stored::Other),
        (Check::Checksums, "is not what was stored", |store, key| store.at(1, key).stored = Stored::Other),
        (Check::Replica, "is not what its replica is", |store, key| store.at(1, key).content = Some(b"x".to_vec())),
        (Check::Replica, "has another size in the replica", |store, key| store.at(1, key).content = Some(Vec::new())),
        (Check::Replica, "is not in the replica", |store, key| store.remove(1, key)),
        (Check::Replica, "is marked as deleted in the replica", |store, key| store.at(1, key).content = None),
        (Check::Versions, "is the marker of a deletion", |store, key| store.at(0, key).content = None),
        (Check::Existence, "is listed and not there", |store, key| store.at(0, key).is_gone = true),
        (Check::Replica, "is listed in the replica and not there", |store, key| store.at(1, key).is_gone = true),
        (Check::Decryption, "cannot be decrypted", |store, key| {
            store.at(0, key).trouble = Some(refusal(Trouble::Refused, "KMS.DisabledException"));
        }),
        (Check::Decryption, "cannot be decrypted in the replica", |store, key| {
            store.at(1, key).trouble = Some(refusal(Trouble::NotFound, "KMS.NotFoundException"));
        }),
    ];
    for (check, said, damage) in damages {
        let report = told(|store| damage(store, &key(7))).await;
        assert_eq!((report.verdict, state(&report, check)), (Verdict::Fail, CheckState::Fail), "{}", report.said);
        let failed = report.checks.iter().filter(|one| one.state == CheckState::Fail).count();
        assert_eq!(failed, 1, "{said}: {:?}", report.checks);
        assert!(report.said.contains(said) && report.said.contains(&name_of(&key(7))), "{}", report.said);
        assert!(!serde_json::to_string(&report).unwrap().contains("anna"), "a key is no digest");
    }
}

fn refusal(trouble: Trouble, code: &str) -> PortError {
    PortError { operation: "s3:GetObject", trouble, code: Some(code.to_owned()) }
}

#[tokio::test]
async fn what_could_not_be_read_is_never_a_pass() {
    let troubles = [Trouble::Denied, Trouble::Throttled, Trouble::NoAnswer, Trouble::Refused, Trouble::NotFound];
    for (bucket, trouble) in [0, 1].into_iter().flat_map(|bucket| troubles.iter().map(move |one| (bucket, one))) {
        let refused = |store: &mut Store| store.at(bucket, &key(2)).trouble = Some(refusal(trouble.clone(), "Code"));
        let report = told(refused).await;
        assert_eq!((report.verdict, state(&report, Check::Decryption)), (Verdict::CouldNotVerify, CheckState::NotRun));
    }
    let report = told(|store| store.is_shuffled = true).await;
    assert_eq!(report.verdict, Verdict::CouldNotVerify);
    assert!(report.said.contains("not in the order of its keys"), "{}", report.said);
    let report = told(|store| store.kept.values_mut().for_each(|kept| kept.version = "null")).await;
    assert_eq!((report.verdict, state(&report, Check::Versions)), (Verdict::CouldNotVerify, CheckState::NotRun));
}

#[tokio::test]
async fn an_empty_bucket_and_one_that_lost_much_fail() {
    let report = told(|store| store.kept.clear()).await;
    assert_eq!(report.verdict, Verdict::Fail);
    assert!(report.said.contains("no object lies below"), "{}", report.said);
    let (mut drilled, mut store) = (Drilled::within(1), Store::new());
    (_, _, store) = drilled.does(store).await;
    (0..OBJECTS / 8).for_each(|number| [0, 1].into_iter().for_each(|bucket| store.remove(bucket, &key(number))));
    let (report, ..) = drilled.does(store).await;
    assert_eq!((report.verdict, state(&report, Check::Existence)), (Verdict::Fail, CheckState::Fail));
    assert!(report.said.contains("there are 35 objects, and were 40"), "{}", report.said);
}

#[tokio::test]
async fn a_replica_may_be_as_late_as_the_objective_allows_and_its_lag_is_the_recovery_point() {
    let late = |store: &mut Store| {
        store.add("people/young", "young", PUT_AT);
        store.remove(1, "people/young");
    };
    let report = told(late).await;
    assert_eq!((report.verdict, report.rpa_seconds), (Verdict::Pass, Some(10_000)), "{}", report.said);
    let mut drilled = Drilled::within(1);
    drilled.drill.rpo = SignedDuration::from_hours(1);
    let mut store = Store::new();
    late(&mut store);
    let (report, ..) = drilled.does(store).await;
    assert_eq!((report.verdict, state(&report, Check::Replica)), (Verdict::Fail, CheckState::Fail));
}

#[tokio::test]
async fn deletions_are_allowed_as_far_as_they_are_declared() {
    for (may_delete, verdict) in [(2, Verdict::Fail), (3, Verdict::Pass)] {
        let mut drilled = Drilled::within(1);
        if let Restore::Objects(restore) = &mut drilled.drill.restore {
            restore.may_delete = may_delete;
        }
        let mut store = Store::new();
        store.at(0, &key(1)).content = None;
        assert_eq!(drilled.does(store).await.0.verdict, verdict);
    }
}

#[tokio::test]
async fn content_without_a_checksum_is_held_against_what_an_earlier_drill_read() {
    let (mut drilled, mut store) = (Drilled::within(1), Store::new());
    for bucket in [0, 1] {
        store.at(bucket, &key(5)).stored = Stored::Absent;
    }
    let (report, _, mut store) = drilled.does(store).await;
    assert_eq!((report.verdict, report.rotation.unwrap().record.is_some()), (Verdict::Pass, true), "{}", report.said);
    for bucket in [0, 1] {
        store.at(bucket, &key(5)).content = Some(b"6".to_vec());
    }
    let (report, _, mut store) = drilled.does(store).await;
    assert_eq!((report.verdict, state(&report, Check::Checksums)), (Verdict::Fail, CheckState::Fail));
    assert!(report.said.contains("is not what an earlier drill read"), "{}", report.said);
    // Put in its place, it is another object.
    [0, 1].into_iter().for_each(|bucket| store.at(bucket, &key(5)).version = "v2");
    assert_eq!(drilled.does(store).await.0.verdict, Verdict::Pass);
}

#[tokio::test]
async fn damage_that_is_done_on_purpose_is_found_by_every_check() {
    let mut drilled = Drilled::within(1);
    drilled.damage = true;
    let (report, ..) = drilled.does(Store::new()).await;
    assert_eq!((report.verdict, report.negative_control, report.found_damage()), (Verdict::Pass, true, true));
    let mut store = Store::new();
    store.kept.values_mut().for_each(|kept| kept.trouble = Some(refusal(Trouble::Denied, "AccessDenied")));
    let (report, ..) = drilled.does(store).await;
    assert_eq!((report.verdict, report.found_damage()), (Verdict::CouldNotVerify, false));
}
