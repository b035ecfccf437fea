//! What a run does when people come into it: rulings, answers, promises, second operators and dead machines.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use object_store::ObjectStore;
use object_store::memory::InMemory;
use serde_json::json;
use trackera_journal::commit::Journal;
use trackera_journal::digest::Digest;
use trackera_journal::fs::Disk;
use trackera_journal::keys::SignerKey;
use trackera_journal::log::{Location, SEGMENT_LENGTH};

use super::*;
use crate::approval::Nobody;
use crate::locks::{StoreLocks, Unlocked};
use crate::obligation::Open;
use crate::plan::{Manual, Plan, Step, Undo, Work};
use crate::progress::Silent;
use crate::record::Record;
use crate::recorder::{Copies, Durability, JournalRecorder, Outside, runs};
use crate::state::Status;
use crate::trials::estate::Estate;
use crate::trials::tests::{estate, plan, step, switch};
use crate::trials::{TrialClock, Willing, World as _};

/// A machine of one operator with its own journal, and an estate that all share.
pub(crate) struct Machine {
    _directory: tempfile::TempDir,
    recorder: JournalRecorder,
    clock: Arc<TrialClock>,
    actions: Actions,
    locks: Box<dyn Locks>,
}

fn journal(directory: &Path) -> Arc<Journal> {
    let key = SignerKey::from_seed("test.example/runs", [3; 32]).unwrap().verifier();
    let directory = directory.to_owned();
    let location = Location { files: Arc::new(Disk), directory, key, segment_length: SEGMENT_LENGTH };
    Arc::new(Journal::open(location).unwrap().0)
}

impl Machine {
    fn new(estate: &Estate) -> Self {
        Self::with(estate, Outside::Nowhere, Box::new(Unlocked))
    }

    fn with(estate: &Estate, outside: Outside, locks: Box<dyn Locks>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let recorder = JournalRecorder::new(journal(directory.path()), outside);
        let (clock, actions) = (Arc::new(TrialClock::default()), Actions::new(estate.actions()));
        Self { _directory: directory, recorder, clock, actions, locks }
    }

    /// One of several machines that share a store.
    fn sharing(estate: &Estate, store: &Arc<dyn ObjectStore>, holder: &str) -> Self {
        let patience = Duration::from_secs(5);
        let copies = Copies::new(Arc::clone(store), "copies".into(), patience);
        let clock: Arc<TrialClock> = Arc::default();
        let locks = StoreLocks {
            store: Arc::clone(store),
            prefix: "locks".into(),
            holder: holder.to_owned(),
            timeout: patience,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
        };
        Self { clock, ..Self::with(estate, Outside::Store(copies), Box::new(locks)) }
    }

    pub(crate) fn ports(&self) -> Ports<'_> {
        Ports {
            actions: &self.actions,
            recorder: &self.recorder,
            approvals: &Willing,
            locks: &*self.locks,
            credentials: &Lasting,
            clock: &*self.clock,
            progress: &Silent,
        }
    }

    async fn run(&self, plan: &Plan) -> Result<Finished, RunError> {
        run(plan, &start(), &self.ports()).await
    }

    async fn state(&self) -> RunState {
        runs(&self.recorder).await.unwrap().remove(0)
    }

    async fn open(&self) -> Vec<Open> {
        self.state().await.open()
    }
}

/// Records in a journal of their own, and outside.
pub(crate) fn recorder(directory: &Path, outside: Outside) -> JournalRecorder {
    JournalRecorder::new(journal(directory), outside)
}

/// A machine with a run that one person carried out alone, and that is over.
pub(crate) async fn alone() -> Machine {
    let machine = Machine::new(&estate(0));
    let mut plan = switch();
    let (after, review_within) = (SignedDuration::ZERO, SignedDuration::from_hours(48));
    plan.approval.break_glass = Some(crate::plan::BreakGlass { after, review_within });
    let ports = Ports { approvals: &Daring, ..machine.ports() };
    let finished = run(&plan, &start(), &ports).await.unwrap();
    assert_eq!(finished.ending, Ending::Good);
    assert!(finished.state.obligations.contains_key(crate::obligation::REVIEW));
    machine
}

/// Everybody goes on alone, at once.
#[derive(Debug)]
struct Daring;

#[async_trait]
impl Approvals for Daring {
    async fn approved(
        &self,
        request: &crate::approval::Request<'_>,
    ) -> Result<crate::approval::Approved, crate::approval::NotApproved> {
        let reason = "nobody else is awake at this hour".to_owned();
        let way = crate::record::ApprovalWay::BreakGlass { reason };
        let agreed = Willing.approved(request).await?.agreed().clone();
        Ok(crate::approval::Approved::new(request, crate::record::Agreed { way, ..agreed }))
    }
}

fn id() -> RunId {
    "first".parse().unwrap()
}

fn start() -> Start {
    Start { run: id(), requester: "ana".to_owned(), program: "test".to_owned() }
}

fn letter() -> Plan {
    let mut letter = step("send", "trial.send", (json!({"name": "ana"}), Undo::Never));
    let Work::Action(act) = &mut letter.work else { panic!("it is manual") };
    act.tries = 1;
    plan(vec![step("make", "trial.make", (json!({"name": "drill-a", "value": 1}), Undo::AtEnd)), letter])
}

/// Leaves a machine behind as if it had died between the intent of a letter and its outcome.
async fn died_while_sending(machine: &Machine) -> Plan {
    let plan = letter();
    let asking = Plan { steps: plan.steps.clone(), ..plan.clone() };
    let mut kept = asking.clone();
    // The letter waits for a person, so that the run stops right before it.
    kept.steps.insert(1, manual("wait", false));
    assert!(matches!(machine.run(&kept).await.unwrap().ending, Ending::Paused(Pause::Manual { .. })));
    answer(&id(), "wait", ("ana", None), &machine.ports()).await.unwrap();
    let state = machine.state().await;
    let intended = crate::record::Intended {
        step: "send".to_owned(),
        way: crate::record::Way::Perform,
        arguments: json!({"name": "ana"}),
        before: None,
    };
    let event = crate::record::Event::Intended(intended);
    let record = Record { run: id(), index: state.next, at: state.changed_at, event };
    machine.recorder.append(&[record], Durability::Here, 0).await.unwrap();
    kept
}

fn manual(id: &str, evidence: bool) -> Step {
    Step { id: id.to_owned(), work: Work::Manual(Manual { ask: "look at ${run.id}".to_owned(), evidence }), when: None }
}

#[tokio::test]
async fn a_letter_without_an_outcome_is_for_a_person_to_tell() {
    for (ruling, ending) in [
        (Ruling::Done(json!({})), Ending::Good),
        (Ruling::NotDone, Ending::Good),
        (Ruling::TurnBack, Ending::Unwound { step: "send".to_owned(), error: "ana says so: seen".to_owned() }),
    ] {
        let estate = estate(0);
        let machine = Machine::new(&estate);
        died_while_sending(&machine).await;
        for _ in 0..2 {
            let finished = resume(&id(), "ana", &machine.ports()).await.unwrap();
            assert!(matches!(finished.ending, Ending::NeedsOperator { ref step, .. } if step == "send"));
            assert!(finished.state.needs_operator());
        }
        let refused = rule(&id(), "make", ruling.clone(), ("ana", "seen"), &machine.ports()).await;
        assert!(matches!(refused, Err(RunError::NotNow(_))), "another step was asked about");
        rule(&id(), "send", ruling, ("ana", "seen"), &machine.ports()).await.unwrap();
        assert_eq!(resume(&id(), "ana", &machine.ports()).await.unwrap().ending, ending);
        assert_eq!((estate.left_over(), estate.doubled()), (vec![], vec![]));
        assert!(matches!(resume(&id(), "ana", &machine.ports()).await, Err(RunError::Over(_))));
    }
}

#[tokio::test]
async fn a_promise_outlives_a_run_that_was_given_up_and_is_kept_by_whoever_comes() {
    let estate = estate(1);
    let machine = Machine::new(&estate);
    died_while_sending(&machine).await;
    assert!(matches!(abandon(&id(), ("ana", " "), &machine.ports()).await, Err(RunError::NotNow(_))));
    abandon(&id(), ("ana", "the plan was wrong"), &machine.ports()).await.unwrap();
    let open = machine.open().await;
    assert_eq!((open.len(), open[0].obligation.id.as_str()), (1, "undo-make"));
    assert_eq!(estate.left_over(), ["drill-a"]);
    carry_out(&open[0], "reaper", &machine.ports()).await.unwrap();
    assert_eq!(estate.left_over(), [""; 0]);
    assert!(machine.open().await.is_empty());
    carry_out(&open[0], "reaper", &machine.ports()).await.unwrap();
    assert_eq!(estate.doubled(), [""; 0]);
}

#[tokio::test]
async fn keeping_the_promise_of_a_run_that_is_not_over_turns_it_back() {
    let estate = estate(0);
    let machine = Machine::new(&estate);
    let plan = plan(vec![
        step("point", "trial.set", (json!({"name": "dns", "value": "new"}), Undo::OnFailure)),
        step("make", "trial.make", (json!({"name": "drill-a", "value": 1}), Undo::AtEnd)),
        manual("check", true),
    ]);
    machine.run(&plan).await.unwrap();
    let open = machine.open().await;
    assert_eq!(carry_out(&open[0], "reaper", &machine.ports()).await.unwrap().ending, Ending::Kept);
    let refused = answer(&id(), "check", ("ana", Some(Digest::ZERO)), &machine.ports()).await;
    assert!(matches!(refused, Err(RunError::NotNow(_))));
    let finished = resume(&id(), "ana", &machine.ports()).await.unwrap();
    assert!(matches!(finished.ending, Ending::Unwound { ref step, .. } if step == "make"));
    assert_eq!(estate.estate(), crate::trials::tests::estate(0).estate());
}

#[tokio::test]
async fn a_manual_step_waits_for_its_evidence() {
    let machine = Machine::new(&estate(0));
    let plan = plan(vec![manual("check", true)]);
    let Ending::Paused(Pause::Manual { step, ask, evidence }) = machine.run(&plan).await.unwrap().ending else {
        panic!("it does not wait")
    };
    assert_eq!((step.as_str(), ask.as_str(), evidence), ("check", "look at first", true));
    assert!(matches!(answer(&id(), "check", ("ana", None), &machine.ports()).await, Err(RunError::NotNow(_))));
    answer(&id(), "check", ("ana", Some(Digest::of(b"seen"))), &machine.ports()).await.unwrap();
    assert_eq!(resume(&id(), "ana", &machine.ports()).await.unwrap().ending, Ending::Good);
    assert_eq!(machine.state().await.step("check").unwrap().status, Status::Done);
}

#[tokio::test]
async fn nothing_destructive_is_done_before_somebody_approves() {
    let estate = estate(0);
    let machine = Machine::new(&estate);
    let ports = Ports { approvals: &Nobody, ..machine.ports() };
    for attempt in 0..2 {
        let finished = match attempt {
            0 => run(&switch(), &start(), &ports).await.unwrap(),
            _ => resume(&id(), "ana", &ports).await.unwrap(),
        };
        assert!(matches!(finished.ending, Ending::Paused(Pause::Approval { ref step, .. }) if step == "promote"));
        assert_eq!(estate.estate()["replica"], "standby");
    }
    assert_eq!(resume(&id(), "ana", &machine.ports()).await.unwrap().ending, Ending::Good);
    assert_eq!(machine.state().await.approvals.len(), 1, "an approval is written down once");
}

#[tokio::test]
async fn credentials_that_end_within_a_step_stop_the_run_before_it_changes_anything() {
    #[derive(Debug)]
    struct Ending_(Duration);
    #[async_trait]
    impl Credentials for Ending_ {
        async fn left(&self) -> Option<Duration> {
            Some(self.0)
        }
    }
    let estate = estate(0);
    let machine = Machine::new(&estate);
    let timeout = Duration::from_mins(5);
    let short = Ending_(timeout - Duration::from_secs(1));
    let ports = Ports { credentials: &short, ..machine.ports() };
    let plan = plan(vec![step("make", "trial.make", (json!({"name": "drill-a", "value": 1}), Undo::AtEnd))]);
    let finished = run(&plan, &start(), &ports).await.unwrap();
    assert!(matches!(finished.ending, Ending::Paused(Pause::Credentials { .. })));
    assert_eq!(estate.left_over(), [""; 0]);
    let long = Ending_(timeout);
    let ports = Ports { credentials: &long, ..machine.ports() };
    assert_eq!(resume(&id(), "ana", &ports).await.unwrap().ending, Ending::Good);
}

#[tokio::test]
async fn another_plan_or_program_never_goes_on_with_a_run() {
    let machine = Machine::new(&estate(0));
    let plan = plan(vec![manual("check", false)]);
    machine.run(&plan).await.unwrap();
    assert!(matches!(machine.run(&plan).await, Err(RunError::Exists(_))));
    let newer = Plan { version: plan.version + 1, ..switch() };
    let start = Start { run: "second".parse().unwrap(), ..start() };
    assert!(matches!(run(&newer, &start, &machine.ports()).await, Err(RunError::Version(_))));
    let none = Actions::default();
    let ports = Ports { actions: &none, ..machine.ports() };
    assert!(matches!(run(&switch(), &start, &ports).await, Err(RunError::Action { is_known: false, .. })));
    assert!(matches!(resume(&start.run, "ana", &machine.ports()).await, Err(RunError::NoRun(_))));
}

#[tokio::test]
async fn of_two_operators_one_goes_on_and_the_other_is_told_who() {
    let (estate, store): (_, Arc<dyn ObjectStore>) = (estate(0), Arc::new(InMemory::new()));
    let (ana, bob) = (Machine::sharing(&estate, &store, "ana"), Machine::sharing(&estate, &store, "bob"));
    let plan = plan(vec![manual("check", false)]);
    let mut held = ana.ports().locks.take("run/first").await.unwrap();
    // Ana's process shows that it lives while Bob looks.
    let (taken, ()) = tokio::join!(bob.run(&plan), async {
        for _ in 0..3 {
            tokio::task::yield_now().await;
            held.renew().await.unwrap();
        }
    });
    assert!(matches!(taken, Err(RunError::Lock(LockError::Held { ref by, .. })) if by == "ana"), "{taken:?}");
    held.release().await;
    assert!(bob.run(&plan).await.is_ok(), "what was given back is free at once");
}

#[tokio::test]
async fn the_other_admin_takes_a_run_over_from_a_machine_that_is_lost() {
    let (estate, store): (_, Arc<dyn ObjectStore>) = (estate(0), Arc::new(InMemory::new()));
    let ana = Machine::sharing(&estate, &store, "ana");
    let mut plan = switch();
    plan.steps.insert(2, manual("check", false));
    ana.run(&plan).await.unwrap();
    let bob = Machine::sharing(&estate, &store, "bob");
    assert!(runs(&bob.recorder).await.unwrap().is_empty());
    resume(&id(), "bob", &bob.ports()).await.unwrap();
    answer(&id(), "check", ("bob", None), &bob.ports()).await.unwrap();
    assert_eq!(resume(&id(), "bob", &bob.ports()).await.unwrap().ending, Ending::Good);
    assert_eq!((estate.left_over(), estate.doubled()), (vec![], vec![]));
    // Ana's machine comes back and learns how it ended.
    assert!(matches!(resume(&id(), "ana", &ana.ports()).await, Err(RunError::Over(_))));
    assert_eq!(ana.state().await, bob.state().await);
}

#[tokio::test]
async fn of_two_who_went_on_with_one_run_the_store_believes_the_first() {
    let (estate, store): (_, Arc<dyn ObjectStore>) = (estate(0), Arc::new(InMemory::new()));
    let ana = Machine::sharing(&estate, &store, "ana");
    let plan = plan(vec![manual("check", false), letter().steps.remove(1)]);
    ana.run(&plan).await.unwrap();
    let bob = Machine::sharing(&estate, &store, "bob");
    resume(&id(), "bob", &bob.ports()).await.unwrap();
    let state = ana.state().await;
    let event = crate::record::Event::Noted { by: "ana".to_owned(), text: "goes on".to_owned() };
    let record = Record { run: id(), index: state.next, at: state.changed_at, event };
    let refused = ana.recorder.append(&[record], Durability::Outside, 0).await;
    assert!(matches!(refused, Err(RecorderError::Overtaken(_, _))), "{refused:?}");
    assert!(matches!(resume(&id(), "ana", &ana.ports()).await, Err(RunError::Recorder(RecorderError::Overtaken(..)))));
}

#[tokio::test]
async fn nothing_is_changed_while_the_store_outside_does_not_take_the_intent() {
    let estate = estate(0);
    let gone = tempfile::tempdir().unwrap();
    let store = trackera_journal::target::directory_store(gone.path()).unwrap();
    let machine = Machine::sharing(&estate, &store, "ana");
    let machine = Machine { locks: Box::new(Unlocked), ..machine };
    let plan = plan(vec![
        manual("check", false),
        step("make", "trial.make", (json!({"name": "drill-a", "value": 1}), Undo::AtEnd)),
    ]);
    machine.run(&plan).await.unwrap();
    answer(&id(), "check", ("ana", None), &machine.ports()).await.unwrap();
    std::fs::remove_dir_all(gone.path()).unwrap();
    std::fs::write(gone.path(), "no directory any more").unwrap();
    assert!(matches!(resume(&id(), "ana", &machine.ports()).await, Err(RunError::Recorder(RecorderError::Outside(_)))));
    assert_eq!(estate.left_over(), [""; 0]);
    std::fs::remove_file(gone.path()).unwrap();
    std::fs::create_dir(gone.path()).unwrap();
    assert_eq!(resume(&id(), "ana", &machine.ports()).await.unwrap().ending, Ending::Good);
}

#[tokio::test]
async fn a_rehearsal_looks_at_everything_and_changes_nothing() {
    use crate::rehearsal::{Ports, Would, rehearse};
    let estate = estate(0);
    let machine = Machine::new(&estate);
    let before = estate.estate();
    let ports = machine.ports();
    let ports = Ports { actions: ports.actions, clock: ports.clock, progress: ports.progress };
    let rehearsed = rehearse(&switch(), &id(), &ports).await;
    assert_eq!(estate.estate(), before);
    let told: Vec<(&str, &Would)> = rehearsed.iter().map(|one| (one.what.as_str(), &one.would)).collect();
    assert_eq!(
        told,
        [
            ("find dns", &Would::Read(json!({"value": "old"}))),
            ("make drill-first as \"old\"", &Would::Change(None)),
            ("promote replica", &Would::Change(Some(json!("standby")))),
            ("set dns to \"to ${make.name}\"", &Would::Later),
        ]
    );
    assert!(runs(&machine.recorder).await.unwrap().is_empty());
    assert_eq!(SignedDuration::from_secs(30), crate::action::Nature::read().settles_within);
}
