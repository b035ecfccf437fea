//! `runbook`: written procedures are taken as a whole or not at all, shown with their values, and tried without harm.

use serde_json::{Value as Json, json};

use super::place::{ACCOUNT, Outcome, Place};

/// A person is asked, then somebody else agrees, then a backup is chosen.
pub(super) const RUNBOOK: &str = r#"runbook:
  id: check-the-dumps
  title: Two of us look at the newest dump
  parameters:
    bucket: {type: choice, one_of: [backups, backups-copy], description: Where the dumps lie}
    shrink: {type: number, min: 0, max: 90, default: "20"}
  locks: ["bucket/${parameters.bucket}"]
  approval: {people: 1, expires: 30m}
  steps:
    - {id: ask, ask: "Is nobody writing into ${parameters.bucket}?"}
    - id: choose
      action: drill.choose_dump
      approval: required
      arguments:
        place: {bucket: "${parameters.bucket}", region: eu-central-1, prefix: postgres/}
        manifests: null
        may_shrink: "${parameters.shrink}"
"#;

pub(super) const DRILLS: &str = "\
drills:
  - id: product-dump
    title: The product database comes back from its newest dump
    owner: ada
    objectives: {rto: 2h, rpo: 26h}
    every: 7d
    source:
      dump: {in: {bucket: dumps, region: eu-central-1, prefix: postgres/}}
    target:
      scratch: {directory: scratch}
";

const INSTANCE: &str = "\
drills:
  - id: product-db
    title: The product database comes back from its newest snapshot
    owner: ada
    objectives: {rto: 2h, rpo: 26h}
    source:
      snapshot: {instance: production, region: eu-west-1}
    target:
      instance: {class: db.t4g.medium, subnet_group: isolated, security_groups: [sg-1], user: verifier,
        password: {environment: P}, database: app, authorities: rds.pem}
";

const CONFIGURATION: &str = "company: {name: Example, accounts: [{id: \"000000000000\"}]}\n";

fn place() -> Place {
    let place = Place::new();
    place.write("trackera.yaml", CONFIGURATION);
    place.write("runbooks/dumps.yaml", RUNBOOK);
    place.write("runbooks/drills/dump.yaml", DRILLS);
    place.write("runbooks/drills/instance.yaml", INSTANCE);
    place
}

/// Changes a part of a good runbook, and gives what `lint` says about it.
fn lint(part: &str, broken: &str) -> Outcome {
    assert!(RUNBOOK.contains(part), "{part}");
    let place = place();
    place.write("runbooks/dumps.yaml", RUNBOOK.replacen(part, broken, 1));
    place.run(&["runbook", "lint"])
}

#[test]
fn good_runbooks_are_listed_and_shown_with_their_values() {
    let place = place();
    let good = place.run(&["runbook", "lint"]);
    assert_eq!((good.code, good.out.as_str()), (0, "1 runbook and 2 drills: nothing is wrong\n"), "{good:?}");
    let listed = place.run(&["runbook", "list", "--output", "json"]).json();
    assert_eq!((&listed[0]["id"], &listed[0]["approvals"]), (&json!("check-the-dumps"), &json!(1)));
    let template = place.run(&["runbook", "show", "check-the-dumps"]);
    assert!(template.out.contains("one of backups, backups-copy") && template.out.contains("else 20"), "{template:?}");
    let shown = place.run(&["runbook", "show", "check-the-dumps", "--set", "bucket=backups"]);
    for words in
        ["Is nobody writing into backups?", "`backups/postgres/`", "waits for approval", "1 other person", "plan "]
    {
        assert!(shown.out.contains(words), "{words}: {shown:?}");
    }
    let hash = |bucket: &str| {
        let given = format!("bucket={bucket}");
        place.run(&["runbook", "show", "check-the-dumps", "--set", &given, "--output", "json"]).json()["hash"].clone()
    };
    assert!(hash("backups").is_string() && hash("backups") != hash("backups-copy"));
    assert_eq!(place.run(&["runbook", "show", "product-dump"]).code, 0, "drills are shown too");
}

#[test]
fn every_mistake_is_told_with_its_place_and_nothing_is_loaded() {
    for (part, broken, words) in [
        (
            "action: drill.choose_dump",
            "action: drill.chose_dump",
            "dumps.yaml:12:15: there is no action `drill.chose_dump`",
        ),
        ("action: drill.choose_dump", "action: drill.chose_dump", "did you mean `drill.choose_dump`?"),
        ("people: 1", "people: 0", "asks nobody"),
        ("${parameters.bucket}?", "${parameters.buckt}?", "nobody sets the parameter `buckt`"),
        ("may_shrink: \"${parameters.shrink}\"", "may_shrink: 20", "the parameter `shrink` is used nowhere"),
        ("may_shrink: \"${parameters.shrink}\"", "may_shrink: \"${later.number}\"", "no step before this one"),
        ("title: Two", "titel: Two", "dumps.yaml:3:3: unknown field `titel`"),
        ("expires: 30m", "expires: soon", "dumps.yaml:8:34"),
        ("id: ask,", "id: choose,", "another step has this id"),
        ("min: 0, max: 90", "min: 90, max: 0", "dumps.yaml:6:"),
        ("default: \"20\"", "default: \"200\"", "lies from 0 to 90"),
        ("action: drill.choose_dump", "ask: nobody", "a step that asks a person has no"),
    ] {
        let outcome = lint(part, broken);
        assert!(outcome.code == 2 && outcome.out.is_empty(), "{broken}: {outcome:?}");
        assert!(outcome.err.contains(words) && outcome.err.contains("nothing was loaded"), "{broken}: {}", outcome.err);
        assert!(!outcome.err.contains("panicked"), "{}", outcome.err);
    }
}

#[test]
fn mistakes_of_runbooks_and_of_drills_are_told_together() {
    let place = place();
    place.write("runbooks/dumps.yaml", RUNBOOK.replace("people: 1", "people: 0"));
    place.write("runbooks/drills/dump.yaml", DRILLS.replace("rto: 2h", "rto: soon"));
    let outcome = place.run(&["runbook", "lint"]);
    assert!(outcome.err.contains("asks nobody") && outcome.err.contains("dump.yaml:5:"), "{outcome:?}");
    let [failover, more] = ["runbooks/failover/plan.yaml", "runbooks/more/again.yaml"];
    place.write("runbooks/dumps.yaml", RUNBOOK);
    place.write("runbooks/drills/dump.yaml", DRILLS);
    place.write(failover, "failover: {}\n");
    assert_eq!(place.run(&["runbook", "lint"]).code, 0, "failover plans are no runbooks");
    place.write(more, RUNBOOK);
    let twice = place.run(&["runbook", "list"]);
    assert!(twice.code == 2 && twice.err.contains("is the name of another runbook or drill"), "{twice:?}");
    place.write(more, RUNBOOK.replace("check-the-dumps", "product-dump"));
    assert!(place.run(&["runbook", "lint"]).err.contains("again.yaml:2:7: `product-dump` is the name of another"));
    place.write(more, [0xff, 0xfe]);
    assert!(place.run(&["runbook", "lint"]).err.contains("not UTF-8"));
}

#[test]
fn a_value_that_is_missing_unknown_or_not_allowed_is_refused() {
    let place = place();
    for (given, words) in [
        (&["--set", "bucket=other"][..], "is one of `backups`, `backups-copy`"),
        (&["--set", "shrink=1"], "the parameter `bucket` is missing"),
        (&["--set", "bucket=backups", "--set", "size=1"], "the parameter `size` is not asked for"),
        (&["--set", "bucket=backups", "--set", "shrink=x"], "is a whole number"),
        (&["--set", "bucket=backups", "--set", "shrink=91"], "lies from 0 to 90"),
        (&["--set", "bucket=backups", "--set", "bucket=backups"], "is given twice"),
        (&["--set", "bucket"], "write it as NAME=VALUE"),
    ] {
        let outcome = place.run(&[&["runbook", "show", "check-the-dumps"], given].concat());
        assert!(outcome.code == 2 && outcome.err.contains(words), "{given:?}: {outcome:?}");
    }
    let unknown = place.run(&["runbook", "show", "check-the-dump"]);
    assert!(unknown.code == 2 && unknown.err.contains("did you mean `check-the-dumps`?"), "{unknown:?}");
    let odd = place.run(&["runbook", "show", "product-dump", "--set", "damage=maybe"]);
    assert!(odd.code == 2 && odd.err.contains("is one of `true`, `false`"), "{odd:?}");
    let empty = Place::new();
    assert_eq!(empty.run(&["runbook", "list"]).out, "no runbook is written\n");
}

#[test]
fn a_rehearsal_looks_for_real_and_says_what_would_fail() {
    let place = place();
    let key = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_EC2_METADATA_DISABLED", "true")];
    let words = ["runbook", "rehearse", "check-the-dumps", "--set", "bucket=backups", "--output", "json"];
    let nowhere = ["--endpoint-url", "http://127.0.0.1:1", "--tries", "1", "--call-timeout", "2s"];
    let outcome = place.run_with(&[&words[..], &nowhere].concat(), &key);
    let lines = outcome.json();
    assert_eq!(
        (outcome.code, &lines[0]["would"], &lines[1]["would"]),
        (1, &json!("would ask a person"), &json!("would fail"))
    );
    assert!(!place.path(".local").exists(), "nothing is written down");
}

/// Every statement of a document.
fn statements(document: &Json) -> &Vec<Json> {
    document["Statement"].as_array().unwrap()
}

#[test]
fn a_person_is_allowed_nothing_without_a_second_device() {
    let place = place();
    for name in ["product-dump", "product-db", "check-the-dumps"] {
        let printed = place.run(&["runbook", "permissions", name]).json();
        for statement in statements(&printed["permissions"]).iter().chain(statements(&printed["trust"])) {
            assert_eq!(statement["Condition"]["Bool"]["aws:MultiFactorAuthPresent"], "true", "{name}: {statement}");
        }
        assert!(printed["trust"].to_string().contains(&format!("arn:aws:iam::{ACCOUNT}:root")));
    }
    let dump = place.run(&["runbook", "permissions", "product-dump", "--only", "permissions"]).out;
    assert!(dump.contains("arn:aws:s3:::dumps/postgres/*") && !dump.contains("rds:"), "{dump}");
    let instance = place.run(&["runbook", "permissions", "product-db", "--only", "permissions"]).out;
    assert!(instance.contains(":db:drill-*") && instance.contains(":subgrp:isolated"), "{instance}");
    let runbook = place.run(&["runbook", "permissions", "check-the-dumps"]).out;
    assert!(runbook.contains("arn:aws:s3:::*/postgres/*"), "a bucket that is asked for may be any: {runbook}");
}

#[test]
fn permissions_of_processes_and_of_accounts_that_nobody_names() {
    let place = place();
    let process = place.run(&["runbook", "permissions", "product-dump", "--operator", "process"]).json();
    assert!(process["trust"].is_null() && !process.to_string().contains("MultiFactor"), "{process}");
    let trust = place.run(&["runbook", "permissions", "product-dump", "--operator", "process", "--only", "trust"]);
    assert!(trust.code == 2 && trust.err.contains("depends on where it runs"), "{trust:?}");
    place.write("trackera.yaml", "company: {name: Example}\n");
    let unknown = place.run(&["runbook", "permissions", "product-dump"]);
    assert!(unknown.code == 2 && unknown.err.contains("--account"), "{unknown:?}");
    assert_eq!(place.run(&["runbook", "permissions", "product-dump", "--account", ACCOUNT]).code, 0);
    let odd = place.run(&["runbook", "permissions", "product-dump", "--account", "*"]);
    assert!(odd.code == 2 && odd.err.contains("twelve digits"), "{odd:?}");
}
