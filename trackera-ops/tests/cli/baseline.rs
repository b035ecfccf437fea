//! `check --baseline`: what is known is left out, and nothing that nobody could look for.

use serde_json::{Value as Json, json};
use trackera_core::estate::Snapshot;

use super::place::{Outcome, POLICIES, Place, good_estate, mixed_estate, refuse_volumes, user, volume};

/// A place with the report of one estate as its baseline, and the snapshot of another.
fn place(before: &Snapshot, now: &Snapshot) -> Place {
    let place = Place::with_policies();
    place.write_snapshot(before);
    let (_, report) = place.report(&[]);
    place.write("before.json", report.to_string());
    place.write_snapshot(now);
    place
}

fn compared(place: &Place, arguments: &[&str]) -> (i32, Json) {
    place.report(&[&["--baseline", "before.json"], arguments].concat())
}

fn table(place: &Place) -> Outcome {
    place.run(&["check", "--from", "estate.json", "--baseline", "before.json"])
}

/// The verdicts of a report as `id: was -> is`.
fn changes(report: &Json) -> Vec<String> {
    let word = |json: &Json| json.as_str().unwrap_or("-").to_owned();
    let row = |row: &Json| {
        format!(
            "{} {}: {} -> {}",
            word(&row["resource"]["id"]),
            word(&row["change"]),
            word(&row["was"]),
            word(&row["verdict"])
        )
    };
    let mut rows: Vec<String> = report["verdicts"].as_array().unwrap().iter().map(row).collect();
    rows.sort();
    rows
}

#[test]
fn what_is_as_it_was_is_left_out_and_counted() {
    let place = place(&mixed_estate(), &mixed_estate());
    let (code, report) = compared(&place, &[]);
    assert_eq!((code, changes(&report)), (0, Vec::new()));
    assert_eq!(report["baseline"]["unchanged"]["fail"], 2);
    let outcome = table(&place);
    assert_eq!(outcome.code, 0);
    for words in ["left out because the baseline has it too: 2 failed; 2 kept", "exit code 0: nothing is worse than in"]
    {
        assert!(outcome.out.contains(words), "{}", outcome.out);
    }
}

#[test]
fn new_mended_changed_and_gone_are_told_apart() {
    let mut now = mixed_estate();
    now.resources.retain(|one| one.id != "vol-2" && one.id != "bob" && one.id != "alice" && one.id != "vol-1");
    now.resources.extend([
        volume("eu-central-1", "vol-1", "data", false),
        volume("eu-west-1", "vol-3", "new", false),
        volume("eu-west-1", "vol-4", "fine", true),
        user("bob", &["device"]),
    ]);
    let place = place(&mixed_estate(), &now.sorted());
    let (code, report) = compared(&place, &[]);
    assert_eq!(code, 1);
    let expected = ["bob changed: fail -> pass", "vol-1 changed: pass -> fail", "vol-3 new: - -> fail"];
    assert_eq!(changes(&report), expected);
    let gone = report["baseline"]["gone"].as_array().unwrap();
    assert_eq!(gone.iter().map(|row| &row["resource"]["id"]).collect::<Vec<_>>(), ["vol-2"]);
    assert_eq!(report["baseline"]["kept"], 2, "alice was fine and is gone, vol-4 is new and fine");
    let out = table(&place).out;
    for words in [
        "was pass: data is not encrypted",
        "new: new is not encrypted",
        "was fail: Every user has",
        "Gone\n",
        "was fail: scratch",
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
}

#[test]
fn what_can_only_be_better_does_not_fail() {
    assert_eq!(compared(&place(&mixed_estate(), &good_estate()), &[]).0, 0);
}

#[test]
fn a_failure_that_cannot_be_looked_for_is_unknown_and_not_gone() {
    let mut now = mixed_estate();
    refuse_volumes(&mut now, "eu-west-1");
    let place = place(&mixed_estate(), &now);
    let (code, report) = compared(&place, &[]);
    assert_eq!(
        (code, changes(&report)),
        (3, vec!["* new: - -> unknown".to_owned(), "vol-2 changed: fail -> unknown".to_owned()])
    );
    let reason = "could not verify: it was not seen, and aws.ec2.volume in eu-west-1 could not be listed whole";
    let rows = report["verdicts"].as_array().unwrap();
    assert!(rows.iter().any(|row| row["reason"] == reason), "{report}");
    assert_eq!(report["gaps"].as_array().unwrap().len(), 1);
}

#[test]
fn a_region_that_nobody_looks_at_any_more_is_unknown_even_if_all_was_well_there() {
    let mut before = good_estate();
    before.resources.push(volume("eu-west-1", "vol-9", "fine", true));
    let mut now = good_estate();
    now.accounts[0].regions.retain(|region| region != "eu-west-1");
    now.lists.retain(|list| list.region != "eu-west-1");
    let place = place(&before.sorted(), &now);
    let (code, report) = compared(&place, &[]);
    assert_eq!((code, changes(&report)), (3, vec!["* new: - -> unknown".to_owned()]));
    assert!(
        report["verdicts"][0]["reason"]
            .as_str()
            .unwrap()
            .contains("eu-west-1 was looked at for the baseline, and not now")
    );
}

#[test]
fn the_same_refusal_again_is_not_new() {
    let mut refused = good_estate();
    refuse_volumes(&mut refused, "eu-west-1");
    let (code, report) = compared(&place(&refused, &refused), &[]);
    assert_eq!(
        (code, &report["baseline"]["unchanged"]["unknown"], &report["baseline"]["unchanged"]["gaps"]),
        (0, &json!(1), &json!(1))
    );
    assert_eq!(compared(&place(&refused, &good_estate()), &[]).0, 0, "it can be read again");
}

#[test]
fn a_gap_that_no_row_shows_counts_when_it_is_new() {
    let mut now = good_estate();
    refuse_volumes(&mut now, "eu-west-1");
    now.lists.iter_mut().for_each(|list| list.gaps.clear());
    assert_eq!(compared(&place(&good_estate(), &now), &[]).0, 3);
    assert_eq!(compared(&place(&now, &now), &[]).0, 0);
}

#[test]
fn a_failure_for_more_reasons_than_before_is_worse() {
    let estate = |devices: &[&str]| {
        let mut estate = good_estate();
        estate.resources.push(user("bob", devices));
        estate.sorted()
    };
    let place = place(&good_estate(), &estate(&["phone"]));
    let rule = "assert: resource.mfa_devices.all(device, device.contains(\"mfa/\"))";
    place.write(
        "policies/rules.yaml",
        POLICIES
            .replace("assert: size(resource.mfa_devices) > 0", rule)
            .replace("{mfa_devices: [a]}", "{mfa_devices: [mfa/a]}")
            .replace("{mfa_devices: []}", "{mfa_devices: [a]}"),
    );
    let (code, before) = place.report(&[]);
    assert_eq!(code, 1, "{before}");
    place.write("before.json", before.to_string());
    assert_eq!(compared(&place, &[]).0, 0);
    place.write_snapshot(&estate(&["phone", "token"]));
    let (code, report) = compared(&place, &[]);
    assert_eq!((code, changes(&report)), (1, vec!["bob worse: fail -> fail".to_owned()]));
    assert!(table(&place).out.contains("worse than before: bob has no second factor"));
    place.write("before.json", place.report(&[]).1.to_string());
    place.write_snapshot(&estate(&["phone"]));
    assert_eq!(compared(&place, &[]).0, 0, "fewer reasons are no news");
}

#[test]
fn filters_look_at_the_same_part_of_both() {
    let (code, report) = compared(&place(&mixed_estate(), &good_estate()), &["--policy", "users-*"]);
    assert_eq!((code, report["baseline"]["gone"].as_array().unwrap().len()), (0, 1));
    assert_eq!(report["baseline"]["policies_not_loaded"], json!([]));
}

#[test]
fn a_policy_that_is_gone_takes_its_failures_along_and_is_named() {
    let place = place(&mixed_estate(), &mixed_estate());
    let rules = std::fs::read_to_string(place.path("policies/rules.yaml")).unwrap();
    place.write("policies/rules.yaml", rules.split("  - id: users").next().unwrap());
    let (code, report) = compared(&place, &[]);
    assert_eq!((code, &report["baseline"]["policies_not_loaded"]), (0, &json!(["users-have-a-device"])));
    assert!(table(&place).out.contains("the policy users-have-a-device of the baseline is not loaded"));
}

#[test]
fn every_form_says_what_became_of_a_row() {
    let mut now = mixed_estate();
    now.resources.retain(|one| one.id != "vol-2");
    now.resources.push(volume("eu-west-1", "vol-3", "new", false));
    let place = place(&mixed_estate(), &now.sorted());
    let run = |output: &str| {
        place.run(&["check", "--from", "estate.json", "--baseline", "before.json", "--output", output]).out
    };
    let sarif: Json = serde_json::from_str(&run("sarif")).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let mut states: Vec<&str> = results.iter().map(|result| result["baselineState"].as_str().unwrap()).collect();
    states.sort_unstable();
    assert_eq!(states, ["absent", "new", "unchanged", "unchanged", "unchanged"], "a platform closes what is not there");
    let ocsf: Json = serde_json::from_str(&run("ocsf")).unwrap();
    let activities: Vec<&Json> = ocsf.as_array().unwrap().iter().map(|event| &event["activity_name"]).collect();
    assert_eq!(activities, ["Create", "Close"]);
    assert!(run("csv").contains("\"new\",\"\"\r\n") && run("csv").contains("\"gone\",\"fail\"\r\n"));
    for output in ["markdown", "html", "junit"] {
        let text = run(output);
        assert!(text.contains("gone") && text.contains("vol-2") && !text.contains("bob"), "{text}");
    }
}

#[test]
fn what_is_no_baseline_is_a_usage_error() {
    let place = place(&mixed_estate(), &mixed_estate());
    let (_, report) = compared(&place, &[]);
    place.write("compared.json", report.to_string());
    let (_, mut whole) = place.report(&[]);
    let twice = whole["verdicts"][0].clone();
    whole["verdicts"].as_array_mut().unwrap().push(twice);
    place.write("twice.json", whole.to_string());
    place.write("future.json", "{\"version\": 2}");
    place.write("broken.json", "{\"version\": 1, \"verdicts\": [{}");
    for (file, words) in [
        ("none.json", "No such file"),
        ("future.json", "it has version 2, but this build reads version 1"),
        ("broken.json", "EOF while parsing"),
        ("estate.json", "missing field `checked_at`"),
        ("compared.json", "it holds only what changed since another report"),
        ("twice.json", "it has two verdicts of"),
        ("policies", "it is not a regular file"),
    ] {
        let outcome = place.run(&["check", "--from", "estate.json", "--baseline", file]);
        assert_eq!((outcome.code, outcome.out.as_str()), (2, ""), "{file}: {outcome:?}");
        assert!(
            outcome.err.contains(words) && outcome.err.contains("cannot use the baseline"),
            "{file}: {}",
            outcome.err
        );
        assert!(outcome.err.contains("hint: make one with"), "{file}: {}", outcome.err);
    }
}
