//! Going on alone, held against every clock: that of the store alone counts, and no one's before its delay is over.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use proptest::prelude::*;
use tempfile::TempDir;
use trackera_journal::signers::AllowedSigners;

use super::tests::{ANA, BOB, key, sign};
use super::*;
use crate::clock::Clock;
use crate::plan::BreakGlass;
use crate::record::{ApprovalWay, Event, Record, Started};
use crate::recorder::{Copies, Durability, Recorder};
use crate::runner::RunError;
use crate::trials::tests::switch;

/// How many cases the fast run has.
const CASES: u32 = 48;
/// How long a test may take from leaving a paper to asking, at most.
const SLACK: i64 = 60;

/// The clock of a machine that somebody set.
#[derive(Debug)]
struct Set(Timestamp);

#[async_trait]
impl Clock for Set {
    fn now(&self) -> Timestamp {
        self.0
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    async fn sleep(&self, _: Duration) {}
}

/// A store in a directory, whose clock is that of its files.
struct Case {
    directory: TempDir,
    office: Office,
    plan: Plan,
}

impl Case {
    fn new(after: i64, local: Timestamp) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store: Arc<dyn ObjectStore> = Arc::new(LocalFileSystem::new_with_prefix(directory.path()).unwrap());
        let line = |name: &str, seed| format!("{name} {}\n", key(seed).public_key().to_openssh().unwrap());
        let office = Office {
            store,
            prefix: "office".into(),
            timeout: Duration::from_secs(5),
            allowed: AllowedSigners::parse(&(line("ana", ANA) + &line("bob", BOB)), &TimeZone::UTC).unwrap(),
            suspended: BTreeSet::new(),
            clock: Arc::new(Set(local)),
        };
        let mut plan = switch();
        let (after, review_within) = (SignedDuration::from_secs(after), SignedDuration::from_hours(48));
        plan.approval.break_glass = Some(BreakGlass { after, review_within });
        Self { directory, office, plan }
    }

    fn question(&self) -> Question {
        Question::of(&"first".parse().unwrap(), &self.plan, "ana")
    }

    fn emergency(&self) -> Emergency {
        Emergency { question: self.question(), reason: "bob is on a plane, and all is down".to_owned() }
    }

    /// Leaves a paper as if the store had taken it so many seconds ago.
    async fn left(&self, handed: &Handed<Emergency>, ago: i64) {
        self.office.leave(handed).await.unwrap();
        let path = self.directory.path().join("office/break-glass").join(handed.name());
        age(&path, ago);
    }

    async fn asked(&self) -> Result<Approved, NotApproved> {
        let (run, started_at) = ("first".parse().unwrap(), self.office.clock.now());
        let request = Request { run: &run, plan: &self.plan, requester: "ana", started_at, history: &[] };
        self.office.approved(&request).await
    }
}

#[expect(clippy::disallowed_methods, reason = "the clock of a store in a directory is that of the machine")]
fn now() -> Timestamp {
    Timestamp::now()
}

fn age(path: &Path, ago: i64) {
    let by = Duration::from_secs(ago.unsigned_abs());
    let now = SystemTime::from(now());
    let at = if ago < 0 { now + by } else { now - by };
    File::options().write(true).open(path).unwrap().set_modified(at).unwrap();
}

fn block<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

#[expect(clippy::disallowed_methods, reason = "the size of a test run is the runner's to say")]
fn cases() -> u32 {
    if std::env::var_os("TRACKERA_TRIALS").is_some() { CASES * 20 } else { CASES }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    /// Whatever the clock of this machine says, forward or back, and also where the clock of the store was set back.
    #[test]
    fn nobody_goes_on_alone_before_the_delay_of_the_store_is_over(
        after in 0..7200_i64,
        ago in -3600..10_800_i64,
        local in -400 * 86_400..400 * 86_400_i64,
        is_suspended in any::<bool>(),
    ) {
        let local = now() + SignedDuration::from_secs(local);
        let case = Case::new(after, local);
        let expires = case.plan.approval.expires.as_secs();
        let asked = block(async {
            case.left(&sign(ANA, case.emergency()), ago).await;
            if is_suspended {
                let suspension = Suspension { whom: "ana".to_owned(), lifted: false, at: local };
                case.office.leave(&sign(BOB, suspension)).await.unwrap();
            }
            case.asked().await
        });
        let may = (after..=after + expires + SLACK).contains(&ago) && !is_suspended;
        let must = (after + SLACK..after + expires).contains(&ago) && !is_suspended;
        prop_assert!(may || asked.is_err(), "asked {ago} s ago with a delay of {after} s: {asked:?}");
        prop_assert!(!must || asked.is_ok(), "asked {ago} s ago with a delay of {after} s: {asked:?}");
        if let Ok(approved) = asked {
            let is_alone = matches!(approved.agreed().way, ApprovalWay::BreakGlass { .. });
            prop_assert!(is_alone);
        }
    }
}

#[tokio::test]
async fn every_other_paper_than_exactly_this_one_lets_nobody_go_on_alone() {
    type Change = fn(&mut Emergency);
    let changes: [Change; 6] = [
        |it| it.question.plan = Digest::of(b"other"),
        |it| it.question.parameters = Digest::of(b"other"),
        |it| it.question.mode = "failover".to_owned(),
        |it| it.question.run = "second".parse().unwrap(),
        |it| it.question.requester = "bob".to_owned(),
        |it| it.reason = "  quick, quick, q  ".to_owned(),
    ];
    for change in changes {
        let case = Case::new(600, now());
        let mut emergency = case.emergency();
        change(&mut emergency);
        case.left(&sign(ANA, emergency), 700).await;
        case.left(&sign(BOB, case.emergency()), 700).await;
        assert!(case.asked().await.is_err());
        case.left(&sign(ANA, case.emergency()), 700).await;
        assert!(case.asked().await.is_ok());
    }
}

/// Leaves in the store what a machine told of the run, as far as these events.
async fn told(case: &Case, copies: &Copies, events: Vec<Event>) {
    let directory = tempfile::tempdir().unwrap();
    let outside = Copies::new(Arc::clone(&case.office.store), "runs".into(), Duration::from_secs(5));
    let recorder = crate::runner::tests::recorder(directory.path(), crate::recorder::Outside::Store(outside));
    recorder.keep(&case.plan).await.unwrap();
    let record = |(index, event)| Record { run: "first".parse().unwrap(), index, at: now(), event };
    let records: Vec<Record> = (0..).zip(events).map(record).collect();
    recorder.append(&records, Durability::Outside, 0).await.unwrap();
    assert!(copies.told(&"first".parse().unwrap()).await.unwrap().is_some());
}

fn started(case: &Case) -> Event {
    Event::Started(Started {
        name: case.plan.name.clone(),
        plan: case.plan.hash(),
        plan_version: case.plan.version,
        mode: case.plan.mode.clone(),
        parameters: case.plan.parameters_digest(),
        requester: "ana".to_owned(),
        program: "test".to_owned(),
    })
}

#[tokio::test]
async fn what_was_done_alone_is_due_until_somebody_else_has_looked() {
    let case = Case::new(0, now());
    let copies = Copies::new(Arc::clone(&case.office.store), "runs".into(), Duration::from_secs(5));
    case.left(&sign(ANA, case.emergency()), 10).await;
    let alone = case.office.alone(&copies).await.unwrap();
    assert_eq!((alone.len(), alone[0].from, &alone[0].reviewed), (1, None, &Reviewed::NotNeeded), "no run is known");
    let agreed = case.asked().await.unwrap().agreed().clone();
    let due = now() - SignedDuration::from_hours(1);
    let promise = crate::obligation::Obligation {
        id: crate::obligation::REVIEW.to_owned(),
        duty: crate::obligation::Duty::Review { by: "ana".to_owned() },
        until: due,
    };
    told(&case, &copies, vec![started(&case), Event::Approved(agreed), Event::Obliged(promise)]).await;
    let alone = case.office.alone(&copies).await.unwrap().remove(0);
    assert!(alone.reviewed == Reviewed::Due(due) && alone.is_overdue(now()) && alone.is_open);
    assert!(alone.from.is_some());
    let review = |found: &str| Review {
        emergency: alone.asked.digest(),
        requester: "ana".to_owned(),
        found: found.to_owned(),
        at: now(),
    };
    case.office.leave(&sign(ANA, review("all is well"))).await.unwrap();
    case.office.leave(&sign(9, review("a stranger looked"))).await.unwrap();
    let of_another = Review { emergency: Digest::of(b"other"), ..review("of another run") };
    case.office.leave(&sign(BOB, of_another)).await.unwrap();
    assert_eq!(case.office.alone(&copies).await.unwrap()[0].reviewed, Reviewed::Due(due), "nobody reviews their own");
    case.office.leave(&sign(BOB, review("the reason holds"))).await.unwrap();
    assert_eq!(case.office.alone(&copies).await.unwrap()[0].reviewed, Reviewed::By("bob".to_owned()));
    let suspension = Suspension { whom: "bob".to_owned(), lifted: false, at: now() };
    case.office.leave(&sign(ANA, suspension)).await.unwrap();
    assert_eq!(case.office.alone(&copies).await.unwrap()[0].reviewed, Reviewed::Due(due), "a suspended review is none");
}

#[tokio::test]
async fn who_is_suspended_is_still_told_of_when_they_go_on_alone() {
    let case = Case::new(0, now());
    case.left(&sign(ANA, case.emergency()), 10).await;
    let suspension = Suspension { whom: "ana".to_owned(), lifted: false, at: now() };
    case.office.leave(&sign(BOB, suspension)).await.unwrap();
    assert!(case.asked().await.is_err());
    assert_eq!(case.office.emergencies().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_review_is_written_into_the_record_of_the_run_once_and_never_by_who_went_alone() {
    let machine = crate::runner::tests::alone().await;
    let run = "first".parse().unwrap();
    let said = async |by: &str| crate::runner::reviewed(&run, (by, "looked"), &machine.ports()).await;
    assert!(matches!(said("ana").await, Err(RunError::NotNow(why)) if why.contains("somebody else")));
    let state = said("bob").await.unwrap();
    assert!(state.obligations.is_empty() && state.is_over());
    assert!(matches!(said("bob").await, Err(RunError::NotNow(why)) if why.contains("no review")));
}
