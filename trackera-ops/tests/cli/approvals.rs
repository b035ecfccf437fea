//! `approve`: somebody else agrees to exactly what their own machine would do, and nobody else's word counts.

use std::fs;

use serde_json::Value as Json;
use trackera_operations::id::RunId;
use trackera_operations::plan::Plan;
use trackera_operations::record::{Event, Record, Started};

use super::journal::make_ssh_key;
use super::place::{Outcome, Place};
use super::runbooks::{DRILLS, RUNBOOK};

const CONFIGURATION: &str = "\
company: {name: Example}
journal: {allowed_signers: allowed_signers, coordination: {directory: shared}}
";
const RUN: &str = "check-the-dumps-261121031500";

/// A company of Ada, Bob and Eve, of whom Eve may sign nothing, with a store in which their machines meet.
fn place() -> Place {
    let place = Place::new();
    place.write("trackera.yaml", CONFIGURATION);
    place.write("runbooks/dumps.yaml", RUNBOOK);
    place.write("runbooks/drills/dump.yaml", DRILLS.replace("directory: scratch", &absolute(&place)));
    fs::create_dir(place.path("shared")).unwrap();
    let [ada, bob, _] = ["ada", "bob", "eve"].map(|name| make_ssh_key(&place.path(name)));
    place.write("allowed_signers", format!("ada {ada}\nbob {bob}\n"));
    place
}

fn absolute(place: &Place) -> String {
    format!("directory: {}", place.path("scratch").display())
}

/// What a command shows as its plan.
pub(super) fn shown(place: &Place, words: &[&str]) -> Plan {
    let outcome = place.run(&[words, &["--output", "json"]].concat());
    serde_json::from_value(outcome.json()["plan"].clone()).unwrap()
}

/// Leaves in the store what another machine told of a run.
pub(super) fn begun(place: &Place, run: &str, plan: &Plan, requester: &str) {
    place.write(&format!("shared/operations/plans/{}.json", plan.hash()), plan.text());
    let started = Started {
        name: plan.name.clone(),
        plan: plan.hash(),
        plan_version: plan.version,
        mode: plan.mode.clone(),
        parameters: plan.parameters_digest(),
        requester: requester.to_owned(),
        program: "trackera-ops".to_owned(),
    };
    record(place, run, 0, Event::Started(started));
}

fn record(place: &Place, run: &str, index: u64, event: Event) {
    let id: RunId = run.parse().unwrap();
    let record = Record { run: id, index, at: "2026-11-21T03:15:00Z".parse().unwrap(), event };
    place.write(&format!("shared/operations/runs/{run}/{index:06}.json"), record.to_body().unwrap());
}

/// A place in which Ada waits for somebody.
fn waiting() -> Place {
    let place = place();
    let plan = shown(&place, &["runbook", "show", "check-the-dumps", "--set", "bucket=backups"]);
    begun(&place, RUN, &plan, "ada");
    place
}

fn approve(place: &Place, key: &str) -> Outcome {
    place.run(&["approve", RUN, "--sign-with", key, "--yes"])
}

fn list(place: &Place) -> (i32, Json) {
    let outcome = place.run(&["approve", "list", "--output", "json"]);
    (outcome.code, outcome.json())
}

#[track_caller]
fn assert_refused(outcome: &Outcome, code: i32, words: &[&str]) {
    assert!(outcome.code == code && outcome.out.is_empty(), "{outcome:?}");
    assert!(words.iter().all(|word| outcome.err.contains(word)), "{words:?}: {}", outcome.err);
    assert!(!outcome.err.contains("panicked"), "{}", outcome.err);
}

#[test]
fn somebody_else_approves_the_plan_that_their_own_machine_makes() {
    let place = waiting();
    let (code, before) = list(&place);
    assert_eq!(
        (code, before["waiting"][0]["run"].as_str(), before["waiting"][0]["missing"].as_u64()),
        (5, Some(RUN), Some(1))
    );
    let approved = approve(&place, "bob");
    assert!(approved.code == 0 && approved.out.contains("is approved as bob until"), "{approved:?}");
    for words in ["Is nobody writing into backups?", "`backups/postgres/`", "bucket", "ada asks for"] {
        assert!(approved.err.contains(words), "{words}: {}", approved.err);
    }
    let (code, after) = list(&place);
    assert!(code == 0 && after["waiting"].as_array().unwrap().is_empty(), "{after}");
    assert_eq!(
        (after["approvals"][0]["by"].as_str(), after["approvals"][0]["requester"].as_str()),
        (Some("bob"), Some("ada"))
    );
}

#[test]
fn who_asks_and_who_may_not_sign_are_refused_and_told_who_must() {
    let place = waiting();
    assert_refused(
        &approve(&place, "ada"),
        4,
        &["your signature would count for nothing", "somebody else than `ada` must sign"],
    );
    assert_refused(&approve(&place, "eve"), 4, &["not listed for this signer", "another admin adds one"]);
    let bob = fs::read_to_string(place.path("bob.pub")).unwrap();
    let ada = fs::read_to_string(place.path("ada.pub")).unwrap();
    for (signers, words) in [
        (format!("ada {ada}bob {bob}ada {bob}"), "somebody else than `ada` must sign"),
        (format!("ada {ada}bob namespaces=\"waiver@trackera-ops\" {bob}"), "not for this purpose"),
        (format!("ada {ada}bob valid-before=\"20200101\" {bob}"), "the key is not valid any more"),
    ] {
        place.write("allowed_signers", signers);
        let plan = shown(&place, &["runbook", "show", "check-the-dumps", "--set", "bucket=backups"]);
        begun(&place, RUN, &plan, "ada");
        assert_refused(&approve(&place, "bob"), 4, &[words]);
    }
    assert_eq!(list(&place).0, 5, "nothing was approved");
}

#[test]
fn whoever_asks_under_a_name_of_nobody_is_approved_by_nobody() {
    let place = place();
    let plan = shown(&place, &["runbook", "show", "check-the-dumps", "--set", "bucket=backups"]);
    begun(&place, RUN, &plan, "root");
    assert_refused(&approve(&place, "bob"), 4, &["`root`, who asks, is not among the allowed signers", "USER=NAME"]);
}

#[test]
fn a_plan_that_this_machine_would_not_make_is_not_signed() {
    let signers = fs::read_to_string(waiting().path("allowed_signers")).unwrap();
    for (file, text, words) in [
        ("runbooks/dumps.yaml", RUNBOOK.replace("postgres/", "other/"), "the file that declares it, its steps differ"),
        ("runbooks/dumps.yaml", format!("# changed\n{RUNBOOK}"), "the file that declares it differ"),
        ("trackera.yaml", format!("# changed\n{CONFIGURATION}"), "the configuration differ"),
        ("allowed_signers", format!("# changed\n{signers}"), "the allowed signers differ"),
    ] {
        let place = waiting();
        place.write(file, text);
        assert_refused(&approve(&place, "bob"), 4, &[words, "same revision"]);
        assert_eq!(list(&place).0, 5, "nothing was approved");
    }
    let place = waiting();
    fs::remove_file(place.path("runbooks/dumps.yaml")).unwrap();
    assert_refused(&approve(&place, "bob"), 2, &["no runbook and no drill is called `check-the-dumps`"]);
}

#[test]
fn what_waits_for_nobody_is_refused() {
    let place = waiting();
    record(&place, RUN, 1, Event::Abandoned { by: "ada".to_owned(), reason: "not needed".to_owned() });
    assert_refused(&approve(&place, "bob"), 4, &["is over"]);
    let drill = shown(&place, &["drill", "plan", "product-dump"]);
    begun(&place, "product-dump-261121031500", &drill, "ada");
    let free = place.run(&["approve", "product-dump-261121031500", "--sign-with", "bob", "--yes"]);
    assert_refused(&free, 4, &["needs nobody's approval", "run resume"]);
    assert_eq!(list(&place).0, 0);
}

#[test]
fn a_suspended_signer_counts_for_nothing_at_once_until_somebody_else_lifts_it() {
    let place = waiting();
    assert_eq!(approve(&place, "bob").code, 0);
    let suspend = |words: &[&str]| place.run(&[&["approve", "suspend"], words].concat());
    assert_refused(
        &suspend(&["bop", "--sign-with", "ada"]),
        2,
        &["nobody who may sign is called `bop`", "did you mean `bob`?"],
    );
    assert_refused(&suspend(&["bob", "--sign-with", "eve"]), 4, &["not listed for this signer"]);
    assert_refused(&suspend(&["bob", "--lift", "--sign-with", "ada"]), 4, &["is not suspended"]);
    let said = suspend(&["bob", "--sign-with", "ada"]);
    assert!(said.code == 0 && said.out.contains("bob counts for nothing, signed as ada"), "{said:?}");
    let (code, listed) = list(&place);
    assert!(code == 5 && listed["suspended"][0] == "bob", "an approval that was given counts no more: {listed}");
    assert!(listed["waiting"][0]["disregarded"][0].as_str().unwrap().contains("suspended"), "{listed}");
    assert_refused(&approve(&place, "bob"), 4, &["suspended", "another admin"]);
    assert_refused(&suspend(&["bob", "--lift", "--sign-with", "bob"]), 4, &["suspended"]);
    assert_eq!(suspend(&["bob", "--lift", "--sign-with", "ada"]).code, 0);
    assert_eq!(list(&place).0, 0, "and the approval counts again");
}

#[test]
fn a_schedule_is_approved_for_at_most_ninety_days() {
    let place = place();
    let standing =
        |words: &[&str]| place.run(&[&["approve", "--sign-with", "bob", "--yes", "--standing"], words].concat());
    let approved = standing(&["product-dump", "--days", "90"]);
    assert!(
        approved.code == 0 && approved.out.contains("every scheduled run of product-dump is approved as bob"),
        "{approved:?}"
    );
    assert!(
        approved.err.contains("trackera-agent may run this at most every") && approved.err.contains("false or true")
    );
    let (_, listed) = list(&place);
    assert_eq!(
        (listed["standing"][0]["by"].as_str(), listed["standing"][0]["requester"].as_str()),
        (Some("bob"), Some("trackera-agent"))
    );
    for days in ["0", "91", "x"] {
        assert_refused(&standing(&["product-dump", "--days", days]), 2, &["--days"]);
    }
    assert_refused(&standing(&["product-dump"]), 2, &["--days"]);
    assert_refused(&standing(&["check-the-dumps", "--days", "9"]), 4, &["has no schedule"]);
    assert_refused(&standing(&["product-dump", "--days", "9", "--requester", "bob"]), 4, &["somebody else than `bob`"]);
    place.write("runbooks/drills/dump.yaml", DRILLS.replace("    every: 7d\n", ""));
    assert_refused(&standing(&["product-dump", "--days", "9"]), 4, &["has no schedule", "every"]);
    place.write("runbooks/drills/dump.yaml", DRILLS);
    let relative = standing(&["product-dump", "--days", "9"]);
    assert!(relative.code == 0, "the plan names what is declared, wherever that is: {relative:?}");
}

#[test]
fn nothing_is_signed_unseen_or_without_a_place_to_meet() {
    let place = waiting();
    assert_refused(&place.run(&["approve", RUN, "--sign-with", "bob"]), 2, &["nobody is there to be asked", "--yes"]);
    assert_refused(&place.run(&["approve", RUN, "--yes"]), 2, &["--sign-with"]);
    assert_refused(&place.run(&["approve", RUN]), 2, &["--sign-with"]);
    assert_refused(&place.run(&["approve"]), 2, &["<RUN"]);
    assert_refused(&place.run(&["approve", RUN, "--sign-with", "nobody", "--yes"]), 2, &["nobody"]);
    assert_refused(
        &place.run(&["approve", "other-run", "--sign-with", "bob", "--yes"]),
        2,
        &["no machine told of a run"],
    );
    assert_refused(&place.run(&["approve", "../../etc", "--sign-with", "bob", "--yes"]), 2, &["etc"]);
    fs::remove_dir_all(place.path("shared")).unwrap();
    assert_refused(&approve(&place, "bob"), 3, &["journal.coordination"]);
    place.write("trackera.yaml", "company: {name: Example}\njournal: {coordination: {directory: .}}\n");
    assert_refused(&approve(&place, "bob"), 2, &["names nobody who may sign", "journal.allowed_signers"]);
    place.write("trackera.yaml", "company: {name: Example}\n");
    assert_refused(&place.run(&["approve", "list"]), 2, &["declares no store", "journal.coordination"]);
}

#[test]
fn what_strangers_leave_in_the_store_is_never_believed() {
    let place = waiting();
    place.write("shared/operations/office/approval/garbage.json", "not json");
    place.write("shared/operations/office/approval/long.json", "x".repeat(20_000));
    place.write("shared/operations/office/suspension/newer.json", "{\"version\": 9}");
    let (code, listed) = list(&place);
    assert!(code == 5 && listed["waiting"][0]["disregarded"].as_array().unwrap().len() >= 2, "{listed}");
    assert_eq!(approve(&place, "bob").code, 0);
    let approval =
        fs::read_dir(place.path("shared/operations/office/approval")).unwrap().map(|entry| entry.unwrap().path());
    let approval = approval.max_by_key(|path| fs::metadata(path).unwrap().modified().unwrap()).unwrap();
    let text = fs::read_to_string(&approval).unwrap();
    fs::write(&approval, text.replace("\"requester\":\"ada\"", "\"requester\":\"eve\"")).unwrap();
    assert_eq!(list(&place).0, 5, "a paper that was changed counts for nothing");
    place.write(&format!("shared/operations/runs/{RUN}/000000.json"), "{}");
    assert_refused(&approve(&place, "bob"), 3, &["is damaged"]);
    assert_refused(&place.run(&["approve", "list"]), 3, &["is damaged"]);
}
