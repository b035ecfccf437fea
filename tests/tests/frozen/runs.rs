//! Every record of a run, once: a run that ended well, one that was given up and left something, one that goes on.

use jiff::SignedDuration;
use serde_json::json;
use trackera_core::recovery::drill::{Backup, Phase, REPORT_VERSION, Report};
use trackera_core::recovery::verification::{Check, CheckResult, CheckState, Verdict};
use trackera_journal::digest::Digest;
use trackera_operations::obligation::{Duty, Obligation, Undoing};
use trackera_operations::record::{Agreed, ApprovalWay, Ended, Event, Intended, Outcome, Record, Started, Way};

use super::moment;

fn story(run: &str, events: Vec<Event>) -> Vec<Record> {
    let record = |(index, event): (u64, Event)| Record {
        run: run.parse().unwrap(),
        index,
        at: moment(30 + i64::try_from(index).unwrap()),
        event,
    };
    (0..).zip(events).map(record).collect()
}

fn started() -> Event {
    let [name, mode, requester, program] = ["nightly", "run", "ada", "trackera-ops 0.1.0"].map(str::to_owned);
    let (plan, parameters) = (Digest::of(b"plan"), Digest::of(b"parameters"));
    Event::Started(Started { name, plan, plan_version: 1, mode, parameters, requester, program })
}

fn approved(way: ApprovalWay) -> Event {
    let by = vec![("ada".to_owned(), "SHA256:abc".to_owned())];
    Event::Approved(Agreed { by, way, statement: Digest::of(b"statement"), until: moment(60) })
}

fn intended(step: &str, way: Way) -> Event {
    let before = Some(json!({"exists": false}));
    Event::Intended(Intended { step: step.to_owned(), way, arguments: json!({"name": "drill-1"}), before })
}

fn failed(step: &str, way: Way, outcome: Outcome) -> Event {
    Event::Failed { step: step.to_owned(), way, error: "no answer".to_owned(), outcome, is_final: way == Way::Perform }
}

fn obliged(step: &str) -> Event {
    let undoing = Undoing {
        step: step.to_owned(),
        action: "drill.prove_dump".to_owned(),
        arguments: json!({"name": "drill-1"}),
        before: None,
        timeout: SignedDuration::from_mins(10),
        what: "remove the copy".to_owned(),
    };
    Event::Obliged(Obligation { id: format!("undo-{step}"), duty: Duty::Undo(Box::new(undoing)), until: moment(99) })
}

fn good() -> Vec<Event> {
    let (output, how) = (json!({"rows": 4}), "it was looked at".to_owned());
    let review = Obligation { id: "review".to_owned(), duty: Duty::Review { by: "ada".to_owned() }, until: moment(99) };
    vec![
        started(),
        approved(ApprovalWay::BreakGlass { reason: "nobody else is awake".to_owned() }),
        Event::Obliged(review),
        Event::Skipped { step: "ask".to_owned() },
        intended("choose", Way::Perform),
        Event::Reconciled { step: "choose".to_owned(), output: output.clone(), how: how.clone() },
        obliged("prove"),
        intended("prove", Way::Perform),
        Event::Done { step: "prove".to_owned(), output },
        intended("prove", Way::Undo),
        Event::Undone { step: "prove".to_owned(), how: how.clone() },
        Event::Settled { obligation: "review".to_owned(), how },
        Event::Closed { ending: Ended::Good },
    ]
}

fn given_up() -> Vec<Event> {
    let [by, reason, why] = ["ada", "the disk is gone", "nobody can tell what is there"].map(str::to_owned);
    vec![
        started(),
        approved(ApprovalWay::Run),
        obliged("prove"),
        intended("prove", Way::Perform),
        failed("prove", Way::Perform, Outcome::Unknown),
        intended("prove", Way::Undo),
        failed("prove", Way::Undo, Outcome::Unchanged),
        Event::NeedsOperator { step: "prove".to_owned(), why },
        Event::Noted { by: by.clone(), text: "it was looked at".to_owned() },
        Event::Abandoned { by, reason },
    ]
}

/// All of them.
pub(super) fn records() -> Vec<Record> {
    let under_way = vec![started(), approved(ApprovalWay::Standing), obliged("prove"), intended("prove", Way::Perform)];
    let stories = [("nightly-1", good()), ("nightly-2", given_up()), ("nightly-3", under_way)];
    stories.into_iter().flat_map(|(run, events)| story(run, events)).collect()
}

/// What came of the first one.
pub(super) fn report() -> Report {
    let check = CheckResult::new(Check::Manifest, CheckState::Pass, "the content is what was backed up");
    Report {
        version: REPORT_VERSION,
        drill: "nightly".to_owned(),
        run: "nightly-1".to_owned(),
        plan: Digest::of(b"plan").to_string(),
        began_at: moment(30),
        ended_at: moment(42),
        backup: Some(Backup {
            name: "postgres/monday/".to_owned(),
            region: "eu-central-1".to_owned(),
            taken_at: Some(moment(-600)),
            bytes: Some(4_096),
            sha256: Some(Digest::of(b"dump").to_string()),
        }),
        phases: vec![Phase { name: "choose".to_owned(), milliseconds: 12 }],
        rta_seconds: Some(720),
        rpa_seconds: Some(37_800),
        objectives: [7_200, 93_600],
        checks: vec![check.figure("rows", 4)],
        verdict: Verdict::Pass,
        said: "1 checks passed".to_owned(),
        negative_control: false,
        is_gone: true,
        euros: None,
        rotation: None,
    }
}
