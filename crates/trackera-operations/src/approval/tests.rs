//! Papers signed with keys of this test, judged by the office.

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use object_store::ObjectStore;
use object_store::memory::InMemory;
use serde_json::json;
use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::{HashAlg, LineEnding, PrivateKey};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use trackera_journal::cosign::SignatureError;
use trackera_journal::signers::AllowedSigners;

use super::paper::{Bound, Paper, Question, statement};
use super::*;
use crate::clock::Clock;
use crate::plan::BreakGlass;
use crate::record::ApprovalWay;
use crate::state::RunState;
use crate::trials::TrialClock;
use crate::trials::tests::switch;

struct Case {
    office: Office,
    clock: Arc<TrialClock>,
    plan: Plan,
    history: Vec<RunState>,
}

pub(super) fn key(seed: u8) -> PrivateKey {
    PrivateKey::new(KeypairData::Ed25519(Ed25519Keypair::from_seed(&[seed; 32])), "").unwrap()
}

pub(super) const ANA: u8 = 1;
pub(super) const BOB: u8 = 2;
const EVE: u8 = 3;

pub(super) fn sign<P: Paper>(seed: u8, paper: P) -> Handed<P> {
    let signature = key(seed).sign(P::NAMESPACE, HashAlg::Sha512, statement(&paper).as_bytes()).unwrap();
    Handed { paper, signature: signature.to_pem(LineEnding::LF).unwrap() }
}

impl Case {
    fn new() -> Self {
        Self::in_store(Arc::new(InMemory::new()))
    }

    fn in_store(store: Arc<dyn ObjectStore>) -> Self {
        let line = |name: &str, seed| format!("{name} {}\n", key(seed).public_key().to_openssh().unwrap());
        let people = line("ana", ANA) + &line("bob", BOB) + &line("eve,agent", EVE);
        let clock: Arc<TrialClock> = Arc::default();
        let office = Office {
            store,
            prefix: "office".into(),
            timeout: Duration::from_secs(5),
            allowed: AllowedSigners::parse(&people, &TimeZone::UTC).unwrap(),
            suspended: BTreeSet::new(),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
        };
        Self { office, clock, plan: switch(), history: Vec::new() }
    }

    fn approval(&self) -> Approval {
        let at = self.clock.now();
        Approval { question: self.question(), at, expires: at + self.plan.approval.expires }
    }

    fn question(&self) -> Question {
        Question::of(&"first".parse().unwrap(), &self.plan, "ana")
    }

    fn standing(&self) -> Standing {
        Standing {
            procedure: self.plan.procedure(),
            requester: "ana".to_owned(),
            every: SignedDuration::from_hours(24),
            bounds: [("role".to_owned(), Bound::OneOf(vec![json!("standby"), json!("other")]))].into(),
            from: self.clock.now(),
            until: self.clock.now() + LONGEST_STANDING,
        }
    }

    fn emergency(&self) -> Emergency {
        Emergency { question: self.question(), reason: "bob is on a plane, and all is down".to_owned() }
    }

    async fn leave<P: Paper>(&self, handed: Handed<P>) {
        self.office.leave(&handed).await.unwrap();
    }

    async fn asked(&self) -> Result<Approved, NotApproved> {
        let (run, started_at) = ("first".parse().unwrap(), self.clock.now());
        let request = Request { run: &run, plan: &self.plan, requester: "ana", started_at, history: &self.history };
        self.office.approved(&request).await
    }

    #[track_caller]
    fn why(asked: Result<Approved, NotApproved>) -> String {
        match asked {
            Err(NotApproved::Missing { disregarded, .. }) => disregarded.join("; "),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn somebody_else_approves_exactly_this_run_of_this_plan() {
    let case = Case::new();
    assert_eq!(Case::why(case.asked().await), "");
    case.leave(sign(BOB, case.approval())).await;
    let approved = case.asked().await.unwrap();
    assert_eq!((approved.agreed().by[0].0.as_str(), &approved.agreed().way), ("bob", &ApprovalWay::Run));
    case.clock.advance(Duration::from_mins(30));
    assert!(case.asked().await.is_ok(), "it counts to its last moment");
    case.clock.advance(Duration::from_secs(1));
    assert_eq!(Case::why(case.asked().await), "it has expired");
}

#[tokio::test]
async fn an_approval_of_anything_else_counts_for_nothing() {
    let other = Digest::of(b"other");
    type Change = fn(&mut Approval, Digest);
    let changes: [(Change, &str); 7] = [
        (|it, other| it.question.plan = other, "another plan"),
        (|it, other| it.question.parameters = other, "other parameters"),
        (|it, _| it.question.mode = "failover".to_owned(), "another mode"),
        (|it, _| it.question.requester = "eve".to_owned(), "somebody else asked"),
        (|it, _| it.expires += SignedDuration::from_secs(1), "longer than the plan"),
        (|it, _| (it.at, it.expires) = (it.at + SignedDuration::from_hours(1), it.expires), "in the future"),
        (|it, _| it.question.run = "second".parse().unwrap(), ""),
    ];
    for (change, expected) in changes {
        let case = Case::new();
        let mut approval = case.approval();
        change(&mut approval, other);
        case.leave(sign(BOB, approval)).await;
        let why = Case::why(case.asked().await);
        assert!(why.contains(expected) && (why.is_empty() == expected.is_empty()), "{why}");
    }
}

#[tokio::test]
async fn who_asks_under_a_name_of_nobody_could_be_the_signer() {
    let case = Case::new();
    let mut approval = case.approval();
    approval.question.requester = "root".to_owned();
    case.leave(sign(BOB, approval)).await;
    let (run, started_at) = ("first".parse().unwrap(), case.clock.now());
    let request = Request { run: &run, plan: &case.plan, requester: "root", started_at, history: &[] };
    assert!(Case::why(case.office.approved(&request).await).contains("is not among the allowed signers"));
}

#[tokio::test]
async fn what_lies_in_the_office_is_listed_with_who_signed_it_or_why_it_counts_for_nothing() {
    let case = Case::new();
    case.leave(sign(BOB, case.approval())).await;
    let filed = case.office.filed::<Approval>().await.unwrap();
    assert_eq!(filed, [Filed { paper: case.approval(), by: Ok("bob".to_owned()) }]);
    let suspension = Suspension { whom: "bob".to_owned(), lifted: false, at: case.clock.now() };
    case.leave(sign(ANA, suspension)).await;
    assert!(case.office.filed::<Approval>().await.unwrap()[0].by.as_ref().unwrap_err().contains("suspended"));
    let again = sign(BOB, case.approval());
    assert!(matches!(case.office.signer_for(&again, "ana").await.unwrap(), Err(SignatureError::Suspended)));
    let own = sign(ANA, case.approval());
    assert!(matches!(case.office.signer_for(&own, "ana").await.unwrap(), Err(SignatureError::OwnKey(_))));
    assert_eq!(case.office.signer(&own).await.unwrap().unwrap(), "ana");
}

#[tokio::test]
async fn nobody_approves_what_they_ask_for_under_any_name() {
    let mut case = Case::new();
    case.leave(sign(ANA, case.approval())).await;
    assert!(Case::why(case.asked().await).contains("nobody approves what they ask for"));
    case.leave(sign(9, case.approval())).await;
    assert!(Case::why(case.asked().await).contains("not listed"));
    // Two people are two keys and two names.
    case.plan.approval.people = 2;
    case.leave(sign(EVE, case.approval())).await;
    case.leave(sign(EVE, Approval { at: case.clock.now() - SignedDuration::from_secs(1), ..case.approval() })).await;
    assert!(matches!(case.asked().await, Err(NotApproved::Missing { needed: 1, .. })));
    case.leave(sign(BOB, case.approval())).await;
    assert_eq!(case.asked().await.unwrap().agreed().by.len(), 2);
}

#[tokio::test]
async fn a_paper_that_was_changed_after_it_was_signed_counts_for_nothing() {
    let case = Case::new();
    let signed =
        sign(BOB, Approval { question: Question { mode: "other".to_owned(), ..case.question() }, ..case.approval() });
    case.leave(Handed { paper: case.approval(), signature: signed.signature }).await;
    let stands = sign(BOB, case.standing());
    case.leave(Handed { paper: case.approval(), signature: stands.signature }).await;
    let why = Case::why(case.asked().await);
    assert!(why.contains("does not match") && why.contains("another purpose"), "{why}");
}

#[tokio::test]
async fn a_suspended_signer_counts_for_nothing_at_once() {
    let case = Case::new();
    case.leave(sign(BOB, case.approval())).await;
    let suspension = |whom: &str, lifted| Suspension { whom: whom.to_owned(), lifted, at: case.clock.now() };
    let fingerprint = key(BOB).fingerprint(HashAlg::Sha256).to_string();
    case.leave(sign(9, suspension("bob", false))).await;
    assert!(case.asked().await.is_ok(), "a stranger suspends nobody");
    case.leave(sign(ANA, suspension("bob", false))).await;
    assert!(Case::why(case.asked().await).contains("suspended"));
    case.clock.advance(Duration::from_secs(1));
    let lift = Suspension { lifted: true, at: case.clock.now(), whom: "bob".to_owned() };
    case.leave(sign(BOB, lift.clone())).await;
    assert!(Case::why(case.asked().await).contains("suspended"), "nobody lifts their own");
    case.leave(sign(EVE, lift)).await;
    assert!(case.asked().await.is_ok());
    case.leave(sign(ANA, suspension(&fingerprint, false))).await;
    case.clock.advance(Duration::from_secs(1));
    case.leave(sign(BOB, Suspension { lifted: true, at: case.clock.now(), whom: fingerprint })).await;
    assert!(Case::why(case.asked().await).contains("suspended"), "nor by another name of theirs");
    case.leave(sign(BOB, suspension("ana", false))).await;
    assert!(Case::why(case.asked().await).contains("asks for nothing"));
}

#[tokio::test]
async fn a_standing_approval_counts_within_its_bounds_and_its_rhythm() {
    let mut case = Case::new();
    case.leave(sign(BOB, case.standing())).await;
    let agreed = case.asked().await.unwrap().agreed().clone();
    assert_eq!(agreed.way, ApprovalWay::Standing);
    case.plan.parameters.insert("role".to_owned(), json!("other"));
    assert!(case.asked().await.is_ok());
    case.plan.parameters.insert("role".to_owned(), json!("primary"));
    assert!(Case::why(case.asked().await).contains("outside of its bounds"));
    case.plan.parameters.insert("role".to_owned(), json!("standby"));
    case.history = vec![earlier(&case, agreed)];
    assert!(Case::why(case.asked().await).contains("too short a time ago"));
    case.clock.advance(Duration::from_hours(24));
    assert!(case.asked().await.is_ok());
    case.clock.advance(Duration::from_hours(90 * 24));
    assert!(Case::why(case.asked().await).contains("does not stand any more"));
}

/// A run that began now, under this approval.
fn earlier(case: &Case, agreed: Agreed) -> RunState {
    let started = crate::record::Started {
        name: case.plan.name.clone(),
        plan: case.plan.hash(),
        plan_version: 1,
        mode: case.plan.mode.clone(),
        parameters: case.plan.parameters_digest(),
        requester: "ana".to_owned(),
        program: "test".to_owned(),
    };
    let record =
        |index, event| crate::record::Record { run: "before".parse().unwrap(), index, at: case.clock.now(), event };
    let mut state = RunState::begin(&record(0, crate::record::Event::Started(started))).unwrap();
    state.apply(&record(1, crate::record::Event::Approved(agreed))).unwrap();
    state
}

#[tokio::test]
async fn a_standing_approval_is_for_one_procedure_and_90_days_at_most() {
    let mut case = Case::new();
    let long = Standing { until: case.standing().until + SignedDuration::from_secs(1), ..case.standing() };
    case.leave(sign(BOB, long)).await;
    assert!(Case::why(case.asked().await).contains("90 days"));
    case.leave(sign(ANA, case.standing())).await;
    assert!(Case::why(case.asked().await).contains("nobody approves what they ask for"));
    case.leave(sign(BOB, case.standing())).await;
    assert!(case.asked().await.is_ok());
    case.plan.steps.pop();
    assert_eq!(Case::why(case.asked().await), "", "it says nothing of another procedure");
}

#[tokio::test]
async fn one_person_goes_on_alone_after_the_delay_of_the_store_and_never_without_a_reason() {
    let mut case = Case::new();
    case.plan.approval.break_glass = Some(glass(SignedDuration::from_mins(20)));
    case.leave(sign(ANA, Emergency { reason: "hurry".to_owned(), ..case.emergency() })).await;
    case.leave(sign(BOB, case.emergency())).await;
    let why = Case::why(case.asked().await);
    assert!(why.contains("reason is too short") && why.contains("`bob` does not carry it out"), "{why}");
    case.leave(sign(ANA, case.emergency())).await;
    // The clock of this machine does not matter.
    case.clock.advance(Duration::from_hours(1));
    assert!(Case::why(case.asked().await).contains("possible from"));
    assert_eq!(case.office.emergencies().await.unwrap().len(), 2, "everybody is told, also of what does not count");
    let mut soon = Case::in_store(Arc::clone(&case.office.store));
    soon.plan.approval.break_glass = Some(glass(SignedDuration::ZERO));
    soon.leave(sign(ANA, soon.emergency())).await;
    let approved = soon.asked().await.unwrap();
    assert!(matches!(approved.agreed().way, ApprovalWay::BreakGlass { .. }));
    soon.plan.approval.break_glass = None;
    assert_eq!(Case::why(soon.asked().await), "", "a plan that has no such rule has no such way");
}

fn glass(after: SignedDuration) -> BreakGlass {
    BreakGlass { after, review_within: SignedDuration::from_hours(48) }
}
