//! The agent as a process against the lab: what it notices, whom it tells, and what it survives.

#![cfg(test)]

use std::fs;
use std::time::{Duration, Instant};

use trackera_tests::Lab;
use trackera_tests::agent::{Company, PATIENCE};

const PORTS: &str = "sg-only-declared-ports";
/// What the tool itself may take from an event to the announcement.
const QUICK: Duration = Duration::from_secs(2);

/// How long doubt may last: two looks in the rhythm of the policies.
const DOUBT: Duration = Duration::from_mins(31);

/// Full counts on demand.
fn count(short: usize, full: usize) -> usize {
    #[expect(clippy::disallowed_methods, reason = "trials are asked for by the environment")]
    let is_full = std::env::var("TRACKERA_TRIALS").is_ok_and(|trials| trials == "full");
    if is_full { full } else { short }
}

/// A group that belongs to a network interface.
fn group(lab: &Lab) -> String {
    let interfaces = lab.ec2("eu-central-1", "Action=DescribeNetworkInterfaces&Version=2016-11-15");
    let (_, rest) = interfaces.split_once("<groupId>").unwrap();
    rest.split_once("</groupId>").unwrap().0.to_owned()
}

fn permission(action: &str, group: &str, port: usize) -> String {
    format!(
        "Action={action}SecurityGroupIngress&Version=2016-11-15&GroupId={group}&IpPermissions.1.IpProtocol=tcp&\
         IpPermissions.1.FromPort={port}&IpPermissions.1.ToPort={port}&IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0%2F0"
    )
}

fn wait(what: &str, is_so: impl Fn() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < until, "not within {PATIENCE:?}: {what}");
        pause();
    }
}

#[expect(clippy::disallowed_methods, reason = "another process is watched, and tells nobody when it is ready")]
fn pause() {
    std::thread::sleep(Duration::from_millis(50));
}

fn is_watching(company: &Company<'_>, name: &str) -> bool {
    company.log(name).contains("a look ended")
}

#[test]
fn an_opened_port_is_told_within_two_seconds_and_its_end_as_well() {
    let lab = Lab::start("clean");
    let company = Company::new(&lab, &["network"]);
    let agent = company.agent_with("one", &["--log", "info,trackera_agent=debug"]);
    wait("the first look", || is_watching(&company, "one"));
    let group = group(&lab);
    let mut times = Vec::new();
    // Ports that do not touch each other, so that each is named by itself.
    let port = |turn: usize| 1_000 + turn * 7;
    let turns = count(3, 1_000);
    for turn in 0..turns {
        lab.ec2("eu-central-1", &permission("Authorize", &group, port(turn)));
        let begun = Instant::now();
        let named = format!("tcp/{}", port(turn));
        let notice = company.hearer.about(PORTS, |item| {
            let tells = |field: &str, text: &str| item[field].as_str().is_some_and(|told| told.contains(text));
            item["what"] != "closed" && tells("resource", &group) && tells("reason", &named)
        });
        times.push(notice.at.duration_since(begun));
        // A group holds sixty rules.
        if turn > 0 {
            lab.ec2("eu-central-1", &permission("Revoke", &group, port(turn - 1)));
        }
    }
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)];
    println!("trials: event to alert, {} events: median {:.2?}, p99 {:.2?}", times.len(), at(50), at(99));
    assert!(at(50) < QUICK, "half of the alerts took longer than {QUICK:?}: {times:?}");
    lab.ec2("eu-central-1", &permission("Revoke", &group, port(turns - 1)));
    company.hearer.about(PORTS, |item| item["what"] == "closed");
    let (took, is_good) = agent.end();
    assert!(is_good && took < Duration::from_secs(5), "it took {took:?} to end: {}", company.log("one"));
    assert_eq!(company.damage("one"), None);
}

#[test]
fn a_bad_file_keeps_the_running_set_and_raises_an_alert() {
    let lab = Lab::start("clean");
    let company = Company::new(&lab, &["network"]);
    let _agent = company.agent_with("one", &["--log", "info,trackera_agent=debug"]);
    wait("the first look", || is_watching(&company, "one"));
    let path = company.home.path().join("policies/network.yaml");
    let good = fs::read_to_string(&path).unwrap();
    fs::write(&path, good.replacen("severity: critical", "severity: terrible", 1)).unwrap();
    company.hearer.about("agent/policies-refused", |item| item["what"] == "opened");
    lab.ec2("eu-central-1", &permission("Authorize", &group(&lab), 22));
    company.hearer.about(PORTS, |item| item["what"] == "opened");
    fs::write(&path, good).unwrap();
    company.hearer.about("agent/policies-refused", |item| item["what"] == "closed");
}

#[test]
fn whoever_kills_it_loses_no_finding_and_hears_none_more_than_twice() {
    let lab = Lab::start("drifted");
    let company = Company::new(&lab, &["network", "storage"]);
    let kills = count(4, 200);
    for kill in 0..kills {
        let agent = company.agent("one");
        let seed = (kill * 7_919) % 1_000;
        let limit = Duration::from_millis(u64::try_from(300 + seed * 6).unwrap());
        let begun = Instant::now();
        while begun.elapsed() < limit {
            pause();
        }
        agent.kill();
    }
    let agent = company.agent_with("one", &["--log", "info,trackera_agent=debug"]);
    let looks = company.log("one").matches("a look ended").count();
    wait("a whole look", || company.log("one").matches("a look ended").count() > looks);
    let twin = Company::new(&lab, &["network", "storage"]);
    let undisturbed = twin.agent_with("twin", &["--log", "info,trackera_agent=debug"]);
    wait("a whole look of the twin", || is_watching(&twin, "twin"));
    settle(&twin);
    let others = findings(&twin, &["twin"]);
    assert!(!others.is_empty());
    // Somebody who was killed for many minutes is in doubt of what was not looked at meanwhile, and says so until two looks
    // have shown it again.
    let until = Instant::now() + DOUBT;
    while findings(&company, &["one"]) != others && Instant::now() < until {
        pause();
    }
    assert_eq!(findings(&company, &["one"]), others, "the findings are those of an undisturbed twin");
    settle(&company);
    let told = company.hearer.rest();
    assert!(agent.end().1 && undisturbed.end().1);
    let mut keys: Vec<&str> = told.iter().map(|notice| notice.key.as_str()).collect();
    keys.sort_unstable();
    let most = keys.chunk_by(|left, right| left == right).map(<[&str]>::len).max().unwrap_or(0);
    println!("trials: {kills} kills, {} announcements, none heard more than {most} times", keys.len());
    assert!(most <= 2, "one announcement was heard {most} times");
    assert_eq!(company.damage("one"), None);
}

/// The open findings that the logs of these agents tell together, without the agents' own conditions.
fn findings(company: &Company<'_>, names: &[&str]) -> Vec<String> {
    let mut arguments = vec!["finding".to_owned(), "list".to_owned(), "--output".to_owned(), "json".to_owned()];
    for name in names {
        arguments.extend(["--journal".to_owned(), company.directory(name).join("journal").display().to_string()]);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let listed = company.ops(&arguments);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    let is_own = |finding: &&serde_json::Value| finding["policy"].as_str().unwrap().starts_with("agent/");
    let open = listed.as_array().unwrap().iter().filter(|finding| !is_own(finding));
    let told =
        |finding: &serde_json::Value| ["id", "policy", "verdict"].map(|name| finding[name].to_string()).join(" ");
    let mut told: Vec<String> = open.map(told).collect();
    told.sort_unstable();
    told
}

/// How many entries the journal of an agent has.
fn entries(company: &Company<'_>, name: &str) -> usize {
    let segments = fs::read_dir(company.directory(name).join("journal/segments")).unwrap();
    segments.map(|segment| fs::read_to_string(segment.unwrap().path()).unwrap().lines().count()).sum()
}

/// Waits until nothing is told any more.
fn settle(company: &Company<'_>) {
    let said = || {
        let files = fs::read_dir(company.home.path()).unwrap().map(|file| file.unwrap());
        let logs = files.filter(|file| file.path().extension().is_some_and(|extension| extension == "log"));
        logs.map(|log| log.metadata().unwrap().len()).sum::<u64>()
    };
    let mut known = said();
    let mut since = Instant::now();
    while since.elapsed() < Duration::from_secs(3) {
        pause();
        let now = said();
        if now != known {
            (known, since) = (now, Instant::now());
        }
    }
}

#[test]
fn a_journal_that_is_taken_away_is_said_brought_back_and_verified() {
    let lab = Lab::start("clean");
    let company = Company::new(&lab, &["network"]);
    let agent = company.agent_with("one", &["--log", "info,trackera_agent=debug"]);
    wait("the first look", || is_watching(&company, "one"));
    let replica = company.home.path().join("replica/logs/one/checkpoint");
    wait("a replica", || replica.is_file());
    fs::rename(company.directory("one").join("journal"), company.home.path().join("taken")).unwrap();
    lab.ec2("eu-central-1", &permission("Authorize", &group(&lab), 22));
    company.hearer.about("agent/journal-restored", |item| item["what"] == "opened");
    company.hearer.about(PORTS, |item| item["what"] == "opened");
    assert!(agent.end().1);
    assert_eq!(company.damage("one"), None);
}

#[test]
fn another_agent_takes_over_with_everything_that_was_known() {
    let lab = Lab::start("drifted");
    let company = Company::new(&lab, &["network"]);
    let first = company.agent_with("one", &["--log", "info,trackera_agent=debug"]);
    wait("the first look", || is_watching(&company, "one"));
    company.hearer.about(PORTS, |item| item["what"] == "opened");
    settle(&company);
    wait("a replica of all of it", || {
        let note = fs::read_to_string(company.home.path().join("replica/logs/one/checkpoint")).unwrap_or_default();
        let size = note.lines().nth(1).and_then(|size| size.parse::<usize>().ok());
        size.is_some_and(|size| size >= entries(&company, "one"))
    });
    let key = fs::read_to_string(company.directory("one").join("journal.key.pub")).unwrap();
    company.declare(&format!("  writers: [\"{}\"]\n", key.trim()));
    let told = company.hearer.rest().len();
    let second = company.agent_with("two", &["--log", "info,trackera_agent=debug"]);
    wait("the second agent to start", || company.log("two").contains("policies are in force"));
    first.kill();
    wait("the other agent to lead", || company.log("two").contains("this agent leads"));
    wait("its first look", || is_watching(&company, "two"));
    lab.ec2("eu-central-1", &permission("Authorize", &group(&lab), 4_444));
    company.hearer.about(PORTS, |item| item["what"] != "closed");
    let repeated = company.hearer.rest();
    let again = repeated.iter().flat_map(|notice| notice.about(PORTS)).filter(|item| item["what"] == "opened").count();
    assert_eq!(again, 0, "what the first one told is not told again, after {told} notices");
    assert!(second.end().1);
}

#[test]
fn two_agents_split_the_regions_and_find_together_what_one_finds_alone() {
    let lab = Lab::start("drifted");
    let company = Company::new(&lab, &["network", "identity"]);
    let debug = ["--log", "info,trackera_agent=debug"];
    let whole = company.agent_with("whole", &[&debug[..], &["--share", "whole"]].concat());
    wait("the whole look", || is_watching(&company, "whole"));
    settle(&company);
    assert!(whole.end().1);
    company.declare("");
    let west = [&debug[..], &["--share", "west", "--regions", "eu-west-1,us-east-1"]].concat();
    let west = company.agent_with("west", &west);
    wait("the first agent to watch", || is_watching(&company, "west"));
    // Each knows of the other's log, and neither takes it for its own.
    let key = fs::read_to_string(company.directory("west").join("journal.key.pub")).unwrap();
    company.declare(&format!("  writers: [\"{}\"]\n", key.trim()));
    let central = [&debug[..], &["--share", "central", "--regions", "eu-central-1,global"]].concat();
    let central = company.agent_with("central", &central);
    wait("the second agent to watch", || is_watching(&company, "central"));
    settle(&company);
    assert!(west.end().1 && central.end().1);
    let (together, alone) = (findings(&company, &["west", "central"]), findings(&company, &["whole"]));
    assert!(!findings(&company, &["west"]).is_empty() && !findings(&company, &["central"]).is_empty());
    let missing: Vec<&String> = alone.iter().filter(|id| !together.contains(id)).collect();
    assert!(missing.is_empty(), "{missing:?} of {}", alone.len());
}

#[test]
fn a_region_that_goes_dark_closes_no_finding_and_is_said() {
    let lab = Lab::start("drifted");
    let company = Company::new(&lab, &["network"]);
    let agent = company.agent_with("one", &["--log", "info,trackera_agent=debug"]);
    wait("the first look", || is_watching(&company, "one"));
    settle(&company);
    let before = findings(&company, &["one"]);
    assert!(!before.is_empty());
    lab.command(&["outage", "eu-central-1"]);
    let path = company.home.path().join("policies/network.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("every: 5m", "every: 1m")).unwrap();
    let looks = company.log("one").matches("a look ended").count();
    wait("a look into the dark", || company.log("one").matches("a look ended").count() > looks);
    settle(&company);
    let closed =
        company.hearer.rest().iter().flat_map(|notice| notice.about(PORTS).cloned().collect::<Vec<_>>()).count();
    println!("trials: {} findings before, {closed} told of ports since the start", before.len());
    assert_eq!(findings(&company, &["one"]), before, "what cannot be seen is not over");
    lab.command(&["outage", "eu-central-1", "--end"]);
    assert!(agent.end().1);
    assert_eq!(company.damage("one"), None);
}

#[test]
fn a_full_disk_is_said_nothing_is_decided_and_it_goes_on_when_there_is_room() {
    let lab = Lab::start("clean");
    let company = Company::new(&lab, &["network"]);
    let agent = company.agent_with("one", &["--log", "info,trackera_agent=debug"]);
    wait("the first look", || is_watching(&company, "one"));
    wait("the agent to be ready", || company.page("/readyz").0 == 200);
    agent.limit_files("1");
    lab.ec2("eu-central-1", &permission("Authorize", &group(&lab), 22));
    wait("the agent to say so", || company.page("/readyz").0 == 503);
    assert!(company.hearer.rest().iter().all(|notice| notice.about(PORTS).count() == 0), "nothing is told meanwhile");
    agent.limit_files("unlimited");
    company.hearer.about(PORTS, |item| item["what"] == "opened");
    wait("the agent to be ready again", || company.page("/readyz").0 == 200);
    assert!(agent.end().1);
    assert_eq!(company.damage("one"), None);
}
