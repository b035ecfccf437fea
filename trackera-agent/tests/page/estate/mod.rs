//! A company whose estate drifted, as an agent that has watched it for a week would show it.

mod around;
mod company;
mod told;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use trackera_agent::page::{Agent, Files, Leadership, Looks, Pulse, View};
use trackera_core::policy::Severity;
use trackera_core::verdict::Verdict;
use trackera_watch::places::Places;
use trackera_watch::record::{Change, FindingChange, FindingKey, Life, Observation, Record, Seen};
use trackera_watch::state::State;

use self::company::{DRIFTED, POLICIES};
pub(crate) use self::told::Told;

/// The moment of the view.
pub(crate) const NOW: Timestamp = Timestamp::constant(1_772_000_000, 0);

/// The agent as it is.
pub(crate) fn drifted() -> View {
    let mut state = State::default();
    alive(&mut state);
    let mut records: Vec<Record> = DRIFTED.iter().map(opened).collect();
    records.push(own("channel-failing", "slack", "the channel `slack` does not take announcements"));
    records.push(Record::Finding(FindingChange {
        finding: key("sg-only-declared-ports", "sg-0f3c2a91d7e84b650"),
        at: before(2_000),
        change: Change::Acknowledged { opening: 1, by: "ada".to_owned() },
    }));
    records.iter().for_each(|record| state.apply(record));
    View {
        now: NOW,
        agent: Agent {
            name: "watcher-1".to_owned(),
            version: "0.1.0".to_owned(),
            started_at: before(60 * 24 * 7),
            share: None,
            regions: Arc::new(["eu-central-1", "eu-west-1", "us-east-1"].map(str::to_owned).to_vec()),
        },
        leadership: Leadership::Leads { epoch: 7 },
        state: Arc::new(state),
        rules: Arc::new(company::rules()),
        files: Files {
            loaded: true,
            mistakes: Arc::new(vec!["policies/network.yaml:14:13: no function is called `internet_port`".to_owned()]),
        },
        events: around::events(),
        channels: Arc::new(around::channels()),
        looks: Looks {
            running: BTreeMap::from([(4_212, before(0))]),
            ended: 4_211,
            failed: 3,
            last: Some((before(1), SignedDuration::from_millis(8_400))),
            throttled: 0,
            calls: 1_204_331,
        },
        coverage: Arc::new(company::coverage()),
        gaps: Arc::new(around::gaps()),
        journal: around::journal(),
        pulse: Some(Pulse { sent_at: Some(before(2)), trouble: None }),
    }
}

/// The same agent with so many findings more, under names that somebody chose with care.
pub(crate) fn crowded(count: u32, name: &str) -> View {
    let mut view = drifted();
    let state = Arc::make_mut(&mut view.state);
    for number in 0..count {
        let seen = seen(Severity::Medium, Verdict::Fail, name, &format!("{name} is not encrypted"));
        let finding = key("ebs-volume-encrypted", &format!("vol-{number:017x}"));
        state.apply(&Record::Finding(FindingChange { finding, at: before(5_000), change: Change::Opened(seen) }));
    }
    view
}

/// A moment before the view.
pub(crate) fn before(minutes: i64) -> Timestamp {
    NOW - SignedDuration::from_mins(minutes)
}

/// A finding in the example's account.
pub(crate) fn key(policy: &str, id: &str) -> FindingKey {
    let kinds = [
        ("sg", "aws.ec2.security_group"),
        ("rds", "aws.rds.db_instance"),
        ("iam", "aws.iam.user"),
        ("s3", "aws.s3.bucket"),
    ];
    let kind = kinds.iter().find(|(topic, _)| policy.starts_with(topic)).map_or("aws.ec2.volume", |(_, kind)| kind);
    let kind = kind.to_owned();
    let [policy, account, region, id] = [policy, "000000000000", "eu-central-1", id].map(str::to_owned);
    FindingKey { policy, account, region, kind, id }
}

/// What was seen of a finding.
pub(crate) fn seen(severity: Severity, verdict: Verdict, name: &str, reason: &str) -> Seen {
    let evidence = trackera_watch::record::digest([reason]);
    Seen { severity, verdict, name: name.to_owned(), reason: reason.to_owned(), evidence }
}

fn opened((policy, id, name, verdict, reason, minutes): &(&str, &str, &str, Verdict, &str, i64)) -> Record {
    let severity = POLICIES.iter().find(|(known, ..)| known == policy).map_or(Severity::Low, |known| known.2);
    let change = Change::Opened(seen(severity, *verdict, name, reason));
    Record::Finding(FindingChange { finding: key(policy, id), at: before(*minutes), change })
}

fn own(condition: &str, id: &str, reason: &str) -> Record {
    let change = Change::Opened(seen(Severity::High, Verdict::Fail, "", reason));
    Record::Finding(FindingChange { finding: FindingKey::own(condition, id.to_owned()), at: before(26), change })
}

fn alive(state: &mut State) {
    let looked = POLICIES.iter().filter(|(id, ..)| *id != "trail-covers-everything");
    let observation = Observation {
        begun_at: before(2),
        looked: looked.map(|(id, ..)| ((*id).to_owned(), Places::Everywhere)).collect(),
        evidence: String::new(),
        fail: 5,
        unknown: 1,
        gaps: 3,
    };
    state.apply(&Record::Observation(observation));
    state.apply(&Record::Life(Life::Heartbeat { agent: "watcher-1".to_owned(), at: before(3) }));
}
