//! The agent when the world is against it: it says so, keeps what it has, takes nothing unknown for a pass, and recovers.

#![cfg(test)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use serde_json::Value;
use trackera_tests::agent::{Agent, Company, wait};
use trackera_tests::{Lab, full_trials};

const PORTS: &str = "sg-only-declared-ports";
const HOUR: Duration = Duration::from_secs(3_600);

/// An agent whose clock can be moved, after its first look.
fn watcher(company: &Company<'_>) -> Agent {
    let agent = company.timed_agent("one", &["--log", "info,trackera_agent=debug"]);
    wait("the first look", || company.looks("one") > 0);
    company.settle();
    agent
}

/// How many calls were made, and how many of them were refused for being too many.
fn calls(lab: &Lab) -> (usize, usize) {
    let calls = lab.command(&["calls", "--output", "json"]).stdout;
    let calls: Vec<Value> = serde_json::from_slice(&calls).unwrap();
    (calls.len(), calls.iter().filter(|call| call["fault"] == "throttle").count())
}

#[test]
fn an_aws_of_one_call_a_second_is_asked_more_slowly_and_changes_no_finding() {
    let lab = Lab::start("drifted");
    let company = Company::new(&lab, &["network"]);
    let mut agent = watcher(&company);
    let before = company.findings(&["one"]);
    assert!(!before.is_empty());
    lab.command(&["throttle", "*", "--rate", "1"]);
    let mut asked = Vec::new();
    for _ in 0..if full_trials() { 10 } else { 2 } {
        lab.command(&["calls", "--clear"]);
        company.live_until_it_looks(&mut agent);
        asked.push(calls(&lab));
        let now = company.findings(&["one"]);
        assert!(before.iter().all(|id| now.contains(id)), "what cannot be read is not over");
    }
    println!("trials: looks at one call a second, calls and refusals of each: {asked:?}");
    assert!(asked.iter().all(|(_, refused)| *refused > 0), "{asked:?}");
    lab.command(&["clear"]);
    wait("the same findings", || {
        company.live_until_it_looks(&mut agent);
        company.findings(&["one"]) == before
    });
    assert!(agent.end().1);
    assert_eq!(company.damage("one"), None);
}

#[test]
fn a_clock_that_is_set_forward_or_back_loses_nothing_and_what_happens_is_seen_at_once() {
    let lab = Lab::start("clean");
    let company = Company::new(&lab, &["network"]);
    let mut agent = watcher(&company);
    let group = lab.group();
    let hear = |port: usize| {
        lab.open_port(&group, port);
        let named = format!("tcp/{port}");
        company.hearer.about(PORTS, |item| item["reason"].as_str().is_some_and(|told| told.contains(&named)));
    };
    let hour = i64::try_from(HOUR.as_secs()).unwrap();
    agent.set(hour);
    wait("a look after the hour", || company.looks("one") > 1);
    hear(1_007);
    // Back to the truth, which is an hour before what the journal says.
    agent.set(-hour);
    company.hearer.about("agent/clock-behind", |item| item["what"] == "opened");
    hear(2_007);
    assert_eq!(company.page("/readyz").0, 200);
    agent.set(hour);
    company.hearer.about("agent/clock-behind", |item| item["what"] == "closed");
    hear(3_007);
    assert!(agent.end().1);
    assert_eq!(company.damage("one"), None);
}

#[test]
fn a_journal_that_may_only_be_read_is_said_and_nothing_is_looked_at_or_told_until_it_may_be_written() {
    let lab = Lab::start("drifted");
    let company = Company::new(&lab, &["network"]);
    let journal = company.directory("one").join("journal");
    let allow = |mode: u32| {
        for directory in [journal.join("segments"), journal.clone()] {
            if directory.is_dir() {
                fs::set_permissions(&directory, fs::Permissions::from_mode(mode)).unwrap();
            }
        }
    };
    fs::create_dir_all(&journal).unwrap();
    allow(0o555);
    let mut agent = company.timed_agent("one", &["--log", "info,trackera_agent=debug"]);
    wait("the agent to say so", || company.log("one").contains("nothing can be written down"));
    assert_eq!(company.page("/readyz").0, 503);
    assert!(company.page("/health").1.contains("nothing is remembered"));
    agent.pass(HOUR);
    assert_eq!((company.looks("one"), company.hearer.rest().len()), (0, 0), "nothing is decided meanwhile");
    allow(0o755);
    agent.pass(HOUR);
    company.hearer.about(PORTS, |item| item["what"] == "opened");
    wait("the agent to be ready", || company.page("/readyz").0 == 200);
    company.settle();
    let before = company.findings(&["one"]);
    assert!(!before.is_empty());
    assert!(agent.end().1);
    assert_eq!(company.damage("one"), None);
}
