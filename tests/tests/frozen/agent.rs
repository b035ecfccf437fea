//! Every record of the agent, once, as a story.

use std::collections::BTreeMap;

use trackera_core::policy::Severity;
use trackera_core::verdict::Verdict;
use trackera_watch::places::{Place, Places};
use trackera_watch::record::{
    Announced, Announcement, Cause, Change, FindingChange, FindingKey, Item, Life, Observation, Record, Seen, What,
};
use trackera_watch::state::State;

use super::moment;

const AGENT: &str = "one.agents.example";

fn key(policy: &str) -> FindingKey {
    let [policy, account, region, kind, id] =
        [policy, "000000000000", "eu-central-1", "aws.ec2.volume", "vol-1"].map(str::to_owned);
    FindingKey { policy, account, region, kind, id }
}

fn seen(severity: Severity, verdict: Verdict) -> Seen {
    let [name, reason, evidence] = ["data", "data is not encrypted", "00"].map(str::to_owned);
    Seen { severity, verdict, name, reason, evidence }
}

fn change(policy: &str, minute: i64, change: Change) -> Record {
    Record::Finding(FindingChange { finding: key(policy), at: moment(minute), change })
}

fn life() -> [Record; 6] {
    let (agent, digest) = (AGENT.to_owned(), "ab".repeat(32));
    [
        Life::Started { agent: agent.clone(), at: moment(0), version: "0.1.0".to_owned(), share: "default".to_owned() },
        Life::Leads { agent: agent.clone(), at: moment(1), epoch: 2 },
        Life::PoliciesLoaded { at: moment(1), digest: digest.clone(), policies: 3 },
        Life::PoliciesRefused { at: moment(2), digest, mistakes: 1 },
        Life::Heartbeat { agent: agent.clone(), at: moment(3) },
        Life::Gap { agent, from: moment(3), until: moment(9) },
    ]
    .map(Record::Life)
}

fn findings() -> Vec<Record> {
    vec![
        change("disks", 10, Change::Opened(seen(Severity::High, Verdict::Fail))),
        change("disks", 11, Change::Changed(seen(Severity::Critical, Verdict::Fail))),
        change("disks", 12, Change::Acknowledged { opening: 1, by: "ada".to_owned() }),
        change("disks", 13, Change::Missed),
        change("disks", 14, Change::Found),
        change("keys", 15, Change::Doubted),
        change("keys", 16, Change::Cleared),
        change("users", 17, Change::Opened(seen(Severity::Low, Verdict::Unknown))),
        change("users", 18, Change::Closed(Cause::Kept)),
    ]
}

fn announced() -> [Record; 3] {
    let what = [
        What::Opened,
        What::Changed { change: 1 },
        What::Flapping { turn: 3 },
        What::Repeated { repeat: 1 },
        What::Closed,
    ];
    let items = what.map(|what| Item { finding: key("disks"), opening: 1, what }).to_vec();
    let announcement = Announcement::new("urgent".to_owned(), moment(20), items);
    let (id, channel) = (announcement.key.clone(), "pager".to_owned());
    let error = "no answer".to_owned();
    [
        Announced::Intended(announcement),
        Announced::Failed { key: id.clone(), channel: channel.clone(), at: moment(21), error },
        Announced::Delivered { key: id, channel, at: moment(22) },
    ]
    .map(Record::Announcement)
}

fn observation() -> Record {
    let one = Place { account: "000000000000".to_owned(), region: Some("eu-central-1".to_owned()) };
    let looked = [("disks", Places::Everywhere), ("users", Places::At([one].into()))];
    Record::Observation(Observation {
        begun_at: moment(10),
        looked: looked.map(|(policy, places)| (policy.to_owned(), places)).into_iter().collect::<BTreeMap<_, _>>(),
        evidence: "cd".repeat(32),
        fail: 1,
        unknown: 1,
        gaps: 2,
    })
}

/// All of them.
pub(super) fn records() -> Vec<Record> {
    life().into_iter().chain(findings()).chain([observation()]).chain(announced()).collect()
}

/// What the agent knows after them.
pub(super) fn check(state: &State) {
    assert_eq!(state.leader, Some((AGENT.to_owned(), 2)));
    assert_eq!((state.policies.clone(), state.mistakes), (Some("ab".repeat(32)), Some(1)));
    assert_eq!(state.alive.get(AGENT), Some(&moment(9)));
    let disks = state.findings.get(&key("disks")).unwrap();
    assert!(disks.open_since().is_some(), "{disks:?}");
    let users = state.findings.get(&key("users")).unwrap();
    assert!(users.open_since().is_none(), "{users:?}");
}
