//! A missing answer never looks like health.
//!
//! For every operation that the collectors called on a clean estate, and for every way in which an answer can fail to
//! come: no verdict moves to pass, no row disappears, and the exit code says that something could not be verified. The
//! operations are taken from what the lab was called with, so a new collector cannot escape.
//!
//! A short run holds the whole set against one fault for each operation. The full one holds every fault against the
//! policies that need the operation, because a policy that does not ask cannot miss the answer.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Output;
use std::sync::Arc;
use std::thread;

use serde_json::Value;
use trackera_core::policy::PolicySet;
use trackera_core::schema::{OPERATIONS, Rhythm, Schema};
use trackera_core::yaml::File;
use trackera_tests::{Lab, Row, full_trials, report, root, rows};

/// The ways in which an answer does not come, as commands of the lab.
const FAULTS: [&str; 5] = ["deny", "throttle", "hang", "drop", "refuse"];

/// The policies to hold against a fault, as the command line takes them: every one.
const EVERY: &str = "*";

/// The labs that share a full run; each keeps a processor busy.
const LABS: usize = 2;

/// A short run looks at the two regions that the company uses; every operation is called there.
fn check(lab: &Lab) -> Output {
    let regions = if full_trials() { &[][..] } else { &["--regions", "eu-central-1,eu-west-1"] };
    lab.ops(&[&["check", "--output", "json"], regions].concat())
}

/// What never answers is given up soon, because it is asked for so often here.
fn impatient_check(lab: &Lab, policies: &str) -> Output {
    let regions = if full_trials() { &[][..] } else { &["--regions", "eu-central-1,eu-west-1"] };
    let patience = ["--call-timeout", "2s", "--tries", "2"];
    lab.ops(&[&["check", "--output", "json", "--policy", policies], &patience[..], regions].concat())
}

fn operations(lab: &Lab) -> BTreeSet<String> {
    lab.calls().into_iter().map(|(operation, _)| operation).collect()
}

/// What a report without some answers must still hold.
struct Baseline {
    rows: BTreeMap<(String, String, String, String), String>,
}

impl Baseline {
    fn new(rows: Vec<Row>) -> Self {
        let key = |row: &Row| (row.policy.clone(), row.account.clone(), row.region.clone(), row.id.clone());
        Self { rows: rows.into_iter().map(|row| (key(&row), row.verdict)).collect() }
    }

    /// The same for some of the policies.
    fn of(&self, policies: &str) -> Self {
        let chosen: BTreeSet<&str> = policies.split(',').collect();
        let is_chosen = |policy: &str| policies == EVERY || chosen.contains(policy);
        let rows = self.rows.iter().filter(|((policy, ..), _)| is_chosen(policy));
        Self { rows: rows.map(|(key, verdict)| (key.clone(), verdict.clone())).collect() }
    }

    fn broken_promises(&self, faulted: &[Row]) -> Vec<String> {
        let mut broken = Vec::new();
        for row in faulted.iter().filter(|row| row.verdict == "pass" || row.verdict == "waived") {
            let key = (row.policy.clone(), row.account.clone(), row.region.clone(), row.id.clone());
            if self.rows.get(&key).is_none_or(|before| before != &row.verdict) {
                broken.push(format!("{row:?} moved to {}", row.verdict));
            }
        }
        let after: BTreeSet<_> = faulted.iter().map(|row| (&row.policy, &row.account, &row.region, &row.id)).collect();
        for (policy, account, region, id) in self.rows.keys() {
            let stands_for = |row: &&Row| {
                // Where not even the account can be told, its rows stand under the unknown account.
                // Where nothing existed, whatever could not be read may exist.
                let place = (row.region == *region || ["*", "global"].contains(&row.region.as_str()) || region == "*")
                    && (row.account == *account || row.account == "*" || account == "*");
                row.policy == *policy && row.verdict == "unknown" && row.id == "*" && place
            };
            if !after.contains(&(policy, account, region, id)) && !faulted.iter().any(|row| stands_for(&row)) {
                broken.push(format!("{policy} {account} {region} {id} disappeared"));
            }
        }
        broken
    }
}

/// An operation that does not answer in one of the ways, and the policies to hold against that.
struct Trial {
    fault: &'static str,
    operation: String,
    policies: String,
}

impl Trial {
    /// How often a check is made again that did not come as far as the operation: on a busy machine the impatient check
    /// may give up what stands before it.
    const AGAIN: usize = 3;

    fn run(&self, lab: &Lab, baseline: &Baseline) -> Vec<String> {
        let Self { fault, operation, policies } = self;
        let baseline = baseline.of(policies);
        let mut problems = Vec::new();
        let mut was_called = false;
        for _ in 0..Self::AGAIN {
            if was_called {
                break;
            }
            lab.command(&["calls", "--clear"]);
            lab.command(&[fault, operation]);
            let output = impatient_check(lab, policies);
            lab.command(&["clear"]);
            was_called = operations(lab).contains(operation);
            problems.extend(judge(&baseline, &output, was_called.then_some(operation.as_str())));
        }
        if !was_called {
            problems.push("it was never called".to_owned());
        }
        problems.into_iter().map(|problem| format!("{fault} {operation}: {problem}")).collect()
    }
}

/// Every trial of a run of this length.
fn trials(operations: &BTreeSet<String>) -> Vec<Trial> {
    let needs = needs();
    let mut trials = Vec::new();
    for (index, operation) in operations.iter().enumerate() {
        for (turn, fault) in FAULTS.into_iter().enumerate() {
            // In a short run every operation meets one fault, and every fault many operations.
            if full_trials() {
                // What no policy asks for is what every check begins with.
                let policies = needs.get(operation).cloned().unwrap_or_else(|| EVERY.to_owned());
                trials.push(Trial { fault, operation: operation.clone(), policies });
            } else if index % FAULTS.len() == turn {
                trials.push(Trial { fault, operation: operation.clone(), policies: EVERY.to_owned() });
            }
        }
    }
    trials
}

/// The shipped policies that need each operation, as the command line takes them.
fn needs() -> BTreeMap<String, String> {
    let files = std::fs::read_dir(root().join("policies")).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.is_file());
    let files: Vec<File> =
        files.map(|path| File::new(path.display().to_string(), std::fs::read(&path).unwrap()).unwrap()).collect();
    let set = PolicySet::load(&Arc::new(Schema::new().unwrap()), &files, None).unwrap();
    let mut needs: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for policy in &set.policies {
        for operation in &policy.demand.operations {
            needs.entry((*operation).to_owned()).or_default().push(&policy.id);
        }
    }
    needs.into_iter().map(|(operation, policies)| (operation, policies.join(","))).collect()
}

/// What an undisturbed check says of a clean estate, and the operations that it called.
fn undisturbed(lab: &Lab) -> (Baseline, BTreeSet<String>) {
    lab.command(&["calls", "--clear"]);
    let whole = check(lab);
    assert_eq!(whole.status.code(), Some(0), "a clean estate is clean: {}", String::from_utf8_lossy(&whole.stderr));
    (Baseline::new(rows(&report(&whole))), operations(lab))
}

#[test]
fn an_answer_that_does_not_come_is_never_a_pass() {
    let lab = Lab::start("clean");
    let (baseline, operations) = undisturbed(&lab);
    assert!(operations.len() >= 30, "only {operations:?}");
    let trials = trials(&operations);
    let labs = if full_trials() { LABS } else { 1 };
    let run = |lab: &Lab, baseline: &Baseline, first: usize| -> Vec<String> {
        trials.iter().skip(first).step_by(labs).flat_map(|trial| trial.run(lab, baseline)).collect()
    };
    let run = &run;
    let failures: Vec<String> = thread::scope(|scope| {
        let others: Vec<_> = (1..labs)
            .map(|first| {
                scope.spawn(move || {
                    let lab = Lab::start("clean");
                    run(&lab, &undisturbed(&lab).0, first)
                })
            })
            .collect();
        let own = run(&lab, &baseline, 0);
        others.into_iter().flat_map(|other| other.join().unwrap()).chain(own).collect()
    });
    println!(
        "trials: {} refusals over {} operations, {} broken promises",
        trials.len(),
        operations.len(),
        failures.len()
    );
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// What is wrong with a check that lacked the answers of an operation, if it came as far as calling it.
fn judge(baseline: &Baseline, output: &Output, called: Option<&str>) -> Vec<String> {
    if output.stdout.is_empty() {
        return vec![format!("no report: {}", String::from_utf8_lossy(&output.stderr))];
    }
    let report = report(output);
    let mut problems = baseline.broken_promises(&rows(&report));
    if output.status.code() != Some(3) {
        problems.push(format!("exit code {:?}", output.status.code()));
    }
    let gaps = report.get("gaps").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let named = |operation| gaps.iter().any(|gap| gap.get("operation").and_then(Value::as_str) == Some(operation));
    if called.is_some_and(|operation| !named(operation)) {
        problems.push("the gap is not named".to_owned());
    }
    problems
}

/// Whether there is no resource that an operation could ask about.
fn asks_about_nothing(rhythm: Rhythm, snapshot: &Value) -> bool {
    let Rhythm::Each(kind) = rhythm else { return false };
    let resources = snapshot["resources"].as_array().unwrap();
    resources.iter().all(|resource| resource["kind"] != kind)
}

#[test]
fn an_operation_that_no_policy_needs_yet_is_missed_all_the_same() {
    let lab = Lab::start("clean");
    lab.command(&["calls", "--clear"]);
    check(&lab);
    let needed = operations(&lab);
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let collect =
        || lab.ops(&["estate", "collect", "--everything", "--to", path, "--call-timeout", "2s", "--tries", "2"]);
    lab.command(&["calls", "--clear"]);
    collect();
    let every = operations(&lab);
    let seen: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    for operation in OPERATIONS.iter().filter(|operation| !needed.contains(operation.name)) {
        let name = operation.name;
        // A bucket says where it is only when the list of buckets did not.
        if !every.contains(name) && (name == "s3:GetBucketLocation" || asks_about_nothing(operation.rhythm, &seen)) {
            continue;
        }
        assert!(every.contains(name), "no collector calls {name}");
        lab.command(&["deny", name]);
        let output = collect();
        lab.command(&["clear"]);
        assert_eq!(output.status.code(), Some(3), "{name}");
        let snapshot: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        assert!(snapshot["gaps"].to_string().contains(name), "{name} leaves a gap");
    }
}

#[test]
fn on_a_broken_estate_a_missing_answer_hides_no_breach_that_was_seen() {
    let lab = Lab::start("drifted");
    let whole = check(&lab);
    assert_eq!(whole.status.code(), Some(1));
    let baseline = Baseline::new(rows(&report(&whole)));
    for operation in ["ec2:GetManagedPrefixListEntries", "iam:ListMFADevices", "rds:DescribeDBSnapshotAttributes"] {
        lab.command(&["deny", operation]);
        let output = impatient_check(&lab, EVERY);
        lab.command(&["clear"]);
        let broken = baseline.broken_promises(&rows(&report(&output)));
        assert!(broken.is_empty(), "{operation}: {}", broken.join("\n"));
        assert_eq!(output.status.code(), Some(1), "{operation}: a breach beats an unknown");
    }
}

#[test]
fn a_region_that_is_down_is_unknown_and_the_others_are_judged() {
    let lab = Lab::start("clean");
    lab.command(&["outage", "eu-west-1"]);
    let output = impatient_check(&lab, EVERY);
    assert_eq!(output.status.code(), Some(3));
    let rows = rows(&report(&output));
    let volumes: Vec<&Row> = rows.iter().filter(|row| row.policy == "ebs-volumes-are-encrypted").collect();
    assert!(
        volumes.iter().any(|row| row.region == "eu-west-1" && row.id == "*" && row.verdict == "unknown"),
        "{volumes:?}"
    );
    assert!(volumes.iter().any(|row| row.region == "eu-central-1" && row.verdict == "pass"), "{volumes:?}");
}
