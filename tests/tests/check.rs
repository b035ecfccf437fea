//! `trackera-ops check` against the lab: live and from a snapshot, explained, and with no more rights than it needs.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;
use trackera_core::schema::operation;
use trackera_tests::{Lab, drilled, ops, report, root, rows};

const VARIANTS: [(&str, i32); 3] = [("clean", 0), ("drifted", 1), ("hostile", 1)];

#[test]
fn a_snapshot_gives_the_same_bytes_again_and_again_and_every_explanation_agrees() {
    let lab = Lab::start("clean");
    for (variant, exit_code) in VARIANTS {
        if variant != "clean" {
            lab.reset(variant);
        }
        let directory = tempfile::tempdir().unwrap();
        let snapshot = directory.path().join("snapshot.json");
        let snapshot = snapshot.to_str().unwrap();
        let collected = lab.ops(&["estate", "collect", "--to", snapshot]);
        assert_eq!(collected.status.code(), Some(0), "{}", String::from_utf8_lossy(&collected.stderr));
        let first = lab.ops(&["check", "--from", snapshot, "--output", "json"]);
        let second = lab.ops(&["check", "--from", snapshot, "--output", "json"]);
        assert_eq!(first.status.code(), Some(exit_code), "{variant}: {}", String::from_utf8_lossy(&first.stderr));
        assert_eq!(first.stdout, second.stdout, "{variant}");
        let whole = report(&first);
        let live = lab.ops(&["check", "--output", "json"]);
        assert_eq!(rows(&report(&live)), rows(&whole), "{variant}: live and offline agree");
        every_explanation_agrees(variant, snapshot, &whole);
        every_policy_has_a_row(&whole);
    }
}

fn every_explanation_agrees(variant: &str, snapshot: &str, report: &Value) {
    use trackera_core::estate::{Estate, Snapshot};
    let (set, configuration) = shipped();
    let snapshot: Snapshot = serde_json::from_slice(&fs::read(snapshot).unwrap()).unwrap();
    let estate = Estate::new(&set.schema, &snapshot).unwrap();
    let circumstances = trackera_core::verdict::Circumstances {
        estate: &estate,
        company: &configuration.company,
        now: snapshot.collected_at,
    };
    let mut agreed = 0;
    for row in rows(report).iter().filter(|row| row.id != "*") {
        let policy = set.policy(&row.policy).unwrap();
        let subject = estate.of_kind(&policy.kind.name).iter().copied().find(|index| {
            let entry = estate.entry(*index).unwrap();
            [&*entry.account, &*entry.region, &*entry.id] == [&*row.account, &*row.region, &*row.id]
        });
        let explanation = trackera_core::verdict::explain(&set, &circumstances, policy, subject.unwrap()).unwrap();
        assert_eq!(explanation.verdict.word(), row.verdict, "{variant}: {row:?}");
        let shown = explanation.assertion.first().map(|step| step.value.as_str());
        let expected = match row.verdict.as_str() {
            "pass" => Some("true"),
            "fail" | "waived" => Some("false"),
            _ => shown,
        };
        assert_eq!(shown, expected, "{variant}: {row:?}");
        agreed += 1;
    }
    println!("trials: {agreed} explanations agree with their verdicts on {variant}");
    assert!(agreed > 100, "{variant}: only {agreed} rows");
}

fn every_policy_has_a_row(report: &Value) {
    let (set, _) = shipped();
    let reported: BTreeSet<String> = rows(report).into_iter().map(|row| row.policy).collect();
    let loaded: BTreeSet<String> = set.policies.iter().map(|policy| policy.id.to_string()).collect();
    assert_eq!(reported, loaded);
}

fn shipped() -> (trackera_core::policy::PolicySet, trackera_core::company::Configuration) {
    use trackera_core::yaml::File;
    let read = |path: &std::path::Path| File::new(path.to_string_lossy(), fs::read(path).unwrap()).unwrap();
    let mut paths: Vec<_> = fs::read_dir(root().join("policies")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    paths.sort();
    let files: Vec<File> = paths.iter().map(|path| read(path)).collect();
    let file = read(&root().join("trackera.yaml"));
    let configuration = trackera_core::company::Configuration::load(&file).unwrap();
    let schema = std::sync::Arc::new(trackera_core::schema::Schema::new().unwrap());
    let absent = trackera_core::policy::Absent::Mistake;
    let parameters = trackera_core::policy::Parameters { file: &file, configuration: &configuration, absent };
    let set = trackera_core::policy::PolicySet::load(&schema, &files, Some(parameters)).unwrap();
    (set, configuration)
}

#[test]
fn a_check_makes_exactly_the_calls_that_are_planned() {
    let lab = Lab::start("drifted");
    let directory = tempfile::tempdir().unwrap();
    let snapshot = directory.path().join("snapshot.json");
    let snapshot = snapshot.to_str().unwrap();
    lab.ops(&["estate", "collect", "--to", snapshot]);
    for policies in ["*", "ebs-*,rds-*,buckets-*,access-keys-*", "sg-only-declared-ports"] {
        lab.command(&["calls", "--clear"]);
        lab.ops(&["check", "--output", "json", "--policy", policies]);
        let mut made: BTreeMap<String, u64> = BTreeMap::new();
        lab.calls().into_iter().for_each(|(operation, _)| *made.entry(operation).or_default() += 1);
        // The service is asked until the report is ready, which takes as long as it takes.
        made.entry("iam:GenerateCredentialReport".to_owned()).and_modify(|made| *made = 1);
        let plan = lab.ops(&["policy", "calls", "--from", snapshot, "--policy", policies, "--output", "json"]);
        let plan: Value = serde_json::from_slice(&plan.stdout).unwrap();
        let line = |line: &Value| (line["operation"].as_str().unwrap().to_owned(), line["calls"].as_u64().unwrap());
        let planned: BTreeMap<String, u64> = plan["operations"].as_array().unwrap().iter().map(line).collect();
        assert_eq!(made, planned, "{policies}");
        println!("trials: {} calls planned and made for {policies}", planned.values().sum::<u64>());
    }
}

#[test]
fn the_collectors_call_nothing_outside_of_their_permissions_and_nothing_that_writes() {
    let lab = Lab::start("drifted");
    lab.command(&["calls", "--clear"]);
    lab.ops(&["check", "--output", "json"]);
    let called: BTreeSet<String> = lab.calls().into_iter().map(|(operation, _)| operation).collect();
    let printed = lab.ops(&["policy", "permissions"]);
    let document: Value = serde_json::from_slice(&printed.stdout).unwrap();
    let text = document.to_string();
    for name in &called {
        let known = operation(name).unwrap_or_else(|| panic!("{name} is not among the operations that may be called"));
        assert!(text.contains(&format!("\"{}\"", known.permission)), "{name} needs {}", known.permission);
    }
    assert!(called.len() >= 30, "{called:?}");
    // One question needs few calls: the demand of the loaded policies decides what is collected.
    lab.command(&["calls", "--clear"]);
    lab.ops(&["check", "--policy", "access-keys-are-rotated", "--output", "json"]);
    let few: BTreeSet<String> = lab.calls().into_iter().map(|(operation, _)| operation).collect();
    assert_eq!(few, ["iam:ListAccessKeys", "iam:ListUsers", "sts:GetCallerIdentity"].map(str::to_owned).into());
}

#[test]
fn what_drills_showed_is_judged_by_the_journal_of_this_machine() {
    let lab = Lab::start("clean");
    let drills = "restores-*,last-restore-*,drills-*";
    let check = |state: &std::path::Path| {
        let state = state.to_str().unwrap();
        lab.ops(&["check", "--policy", drills, "--output", "json", "--state", state])
    };
    let verdicts = |output: &std::process::Output| -> BTreeSet<String> {
        rows(&report(output)).into_iter().map(|row| row.verdict).filter(|verdict| verdict != "not_applicable").collect()
    };
    let (nobody, damaged) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let passed = lab.ops(&["check", "--policy", drills, "--output", "json"]);
    assert_eq!(passed.status.code(), Some(0), "{}", String::from_utf8_lossy(&passed.stderr));
    assert_eq!(verdicts(&passed), ["pass".to_owned()].into());
    let unknown = check(nobody.path());
    assert_eq!(unknown.status.code(), Some(3), "{}", String::from_utf8_lossy(&unknown.stderr));
    assert_eq!(verdicts(&unknown), ["unknown".to_owned()].into());
    assert_eq!(report(&unknown)["gaps"][0]["operation"], "journal");
    drilled::write(damaged.path());
    let segment = damaged.path().join("journal/segments/00000000000000000000.jsonl");
    let text = fs::read_to_string(&segment).unwrap();
    fs::write(&segment, text.replacen("\"verdict\":\"pass\"", "\"verdict\":\"fail\"", 1)).unwrap();
    let unreliable = check(damaged.path());
    let told = String::from_utf8_lossy(&unreliable.stderr);
    assert!(told.contains("tells nothing of drills that could be relied on"), "{told}");
    assert_eq!((unreliable.status.code(), verdicts(&unreliable)), (Some(3), ["unknown".to_owned()].into()));
}

#[test]
fn it_needs_no_configuration() {
    let lab = Lab::start("drifted");
    let mut command = ops();
    for (name, value) in lab.environment() {
        command.env(name, value);
    }
    let directory = tempfile::tempdir().unwrap();
    let policies = root().join("policies");
    command.current_dir(directory.path()).args(["check", "--policies"]).arg(policies);
    let output = command.args(["--regions", "eu-central-1,eu-west-1", "--output", "json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let rows = rows(&report(&output));
    let of = |policy: &str| {
        rows.iter().filter(|row| row.policy == policy).map(|row| row.verdict.as_str()).collect::<Vec<_>>()
    };
    assert!(of("admins-are-declared-people").iter().all(|verdict| *verdict == "unknown"), "nobody is declared");
    assert!(of("sg-only-declared-ports").contains(&"fail"));
    assert!(rows.iter().all(|row| ["eu-central-1", "eu-west-1", "global", "*"].contains(&row.region.as_str())));
}

#[test]
fn hostile_names_are_shown_harmlessly() {
    let lab = Lab::start("hostile");
    for arguments in [&["check"][..], &["check", "--output", "json"]] {
        let output = lab.ops(arguments);
        let text = String::from_utf8(output.stdout).unwrap();
        let dangerous = |character: &char| {
            let code = u32::from(*character);
            character.is_control() && *character != '\n'
                || (0x202a..=0x202e).contains(&code)
                || (0x2066..=0x2069).contains(&code)
                || (0x200b..=0x200f).contains(&code)
        };
        let found: BTreeSet<char> = text.chars().filter(dangerous).collect();
        assert!(found.is_empty(), "{arguments:?} shows {found:?}");
        assert!(text.chars().count() > 1_000);
    }
}
