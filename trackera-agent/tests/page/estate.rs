//! A company whose estate drifted, as an agent that has watched it for a week would show it.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use trackera_agent::page::{
    Agent, Channel, Counts, Events, Files, History, Journal, Leadership, Looks, Past, Pulse, Replica, Trouble, Unread,
    View,
};
use trackera_core::policy::{Schedule, Severity};
use trackera_core::resource::{ErrorClass, Scope};
use trackera_core::verdict::Verdict;
use trackera_watch::events::{Dropped, Tally};
use trackera_watch::places::Places;
use trackera_watch::record::{
    Announced, Announcement, Cause, Change, FindingChange, FindingKey, Item, Life, Observation, Record, Seen, What,
};
use trackera_watch::schedule::{Rule, Rules};
use trackera_watch::state::State;
use trackera_watch::watch::Queue;

/// The moment of the view.
pub(crate) const NOW: Timestamp = Timestamp::constant(1_772_000_000, 0);

/// The policies: id, title, severity, fix, and how many resources keep them.
const POLICIES: [(&str, &str, Severity, &str, u64); 7] = [
    (
        "sg-only-declared-ports",
        "Only declared ports are open to the Internet",
        Severity::Critical,
        "Take the rule away, or narrow its source to the addresses that need it.",
        41,
    ),
    (
        "rds-instance-not-public",
        "Databases have no public address",
        Severity::Critical,
        "Modify the instance: public access off; then look for who connected from outside.",
        3,
    ),
    (
        "iam-user-has-mfa",
        "Every person signs in with a second factor",
        Severity::High,
        "Let the person register a device, or take the password away.",
        9,
    ),
    ("s3-bucket-blocks-public", "Buckets block public access", Severity::High, "Switch all four blocks on.", 22),
    ("ebs-volume-encrypted", "Disks are encrypted", Severity::Medium, "Copy its snapshot with a key.", 118),
    ("acm-certificate-renews", "Certificates renew in time", Severity::Low, "Validate the name again.", 4),
    ("trail-covers-everything", "One trail records every region", Severity::High, "Switch it on for all.", 0),
];

/// What drifted: policy, id, name, verdict, reason, and the minutes that it is open.
const DRIFTED: [(&str, &str, &str, Verdict, &str, i64); 6] = [
    (
        "rds-instance-not-public",
        "trackera-reporting",
        "trackera-reporting",
        Verdict::Fail,
        "trackera-reporting has a public address",
        95,
    ),
    (
        "sg-only-declared-ports",
        "sg-0f3c2a91d7e84b650",
        "bastion-old",
        Verdict::Fail,
        "bastion-old opens tcp/22 to the Internet through 0.0.0.0/0",
        2_880,
    ),
    (
        "ebs-volume-encrypted",
        "vol-08b1f7723ce95ad04",
        "scratch",
        Verdict::Fail,
        "scratch is not encrypted",
        60 * 24 * 6,
    ),
    (
        "iam-user-has-mfa",
        "AIDAEXAMPLE4KZ",
        "export-2019",
        Verdict::Fail,
        "export-2019 has a password and no device",
        31,
    ),
    ("s3-bucket-blocks-public", "*", "", Verdict::Unknown, "s3:GetBucketPolicyStatus was refused: access denied", 18),
    (
        "acm-certificate-renews",
        "arn:aws:acm:eu-central-1:000000000000:certificate/6f1c2a34-90ab-4cde-8123-456789abcdef",
        "app.example.com",
        Verdict::Fail,
        "app.example.com ends in 12 days and nothing renews it",
        400,
    ),
];

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
        rules: Arc::new(rules()),
        files: Files {
            loaded: true,
            mistakes: Arc::new(vec!["policies/network.yaml:14:13: no function is called `internet_port`".to_owned()]),
        },
        events: events(),
        channels: Arc::new(channels()),
        looks: Looks {
            running: BTreeMap::from([(4_212, before(0))]),
            ended: 4_211,
            failed: 3,
            last: Some((before(1), SignedDuration::from_millis(8_400))),
            throttled: 0,
            calls: 1_204_331,
        },
        coverage: Arc::new(coverage()),
        gaps: Arc::new(gaps()),
        journal: journal(),
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

/// A journal that tells the same for every finding.
#[derive(Debug)]
pub(crate) struct Told;

impl History for Told {
    fn of(&self, finding: &FindingKey) -> io::Result<Vec<Past>> {
        let change = |minutes: i64, change: Change| {
            Record::Finding(FindingChange { finding: finding.clone(), at: before(minutes), change })
        };
        let broken = || seen(Severity::High, Verdict::Fail, "", "it is not as it should be");
        let item = Item { finding: finding.clone(), opening: 1, what: What::Opened };
        let announcement = Announcement::new("urgent".to_owned(), before(2_990), vec![item]);
        let key = announcement.key.clone();
        let failed = Announced::Failed {
            key: key.clone(),
            channel: "slack".to_owned(),
            at: before(2_990),
            error: "the server answered 503".to_owned(),
        };
        let delivered = Announced::Delivered { key, channel: "mail".to_owned(), at: before(2_989) };
        let records = [
            change(9_000, Change::Opened(broken())),
            change(8_000, Change::Missed),
            change(7_999, Change::Closed(Cause::Gone)),
            change(3_000, Change::Opened(broken())),
            Record::Announcement(Announced::Intended(announcement)),
            Record::Announcement(failed),
            Record::Announcement(delivered),
            change(2_000, Change::Acknowledged { opening: 2, by: "ada".to_owned() }),
        ];
        let past = |(sequence, record): (u64, Record)| Past {
            origin: "trackera.example/watcher-1".to_owned(),
            sequence: 18_000 + sequence * 31,
            record,
            evidence: if sequence % 3 == 0 { vec!["9f86d081884c7d659a2feaa0c55ad015".repeat(2)] } else { Vec::new() },
        };
        Ok((0..).zip(records).map(past).collect())
    }
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

fn seen(severity: Severity, verdict: Verdict, name: &str, reason: &str) -> Seen {
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

fn rules() -> Rules {
    let rule = |(id, title, severity, fix, _): &(&str, &str, Severity, &str, u64)| Rule {
        id: (*id).to_owned(),
        title: (*title).to_owned(),
        topic: "network".to_owned(),
        severity: *severity,
        fix: (*fix).to_owned(),
        schedule: Schedule::Every(SignedDuration::from_mins(15)),
        freshness: SignedDuration::from_mins(45),
        on: ["CreateVolume".to_owned()].into(),
        scope: Scope::Region,
    };
    let rules = POLICIES.iter().map(|policy| (policy.0.to_owned(), rule(policy))).collect();
    Rules { rules, waivers: Vec::new(), digest: "5d41402abc4b2a76b9719d911017c592".to_owned() }
}

fn coverage() -> BTreeMap<String, Counts> {
    let looked = POLICIES.iter().filter(|(id, ..)| *id != "trail-covers-everything");
    let of = |id: &str, verdict: Verdict| {
        DRIFTED.iter().filter(|row| row.0 == id && row.3 == verdict).fold(0, |count, _| count + 1)
    };
    let counts = looked.map(|(id, .., pass)| {
        let (fail, unknown) = (of(id, Verdict::Fail), of(id, Verdict::Unknown));
        ((*id).to_owned(), Counts { fail, unknown, waived: u64::from(*pass > 100), pass: *pass, not_applicable: 2 })
    });
    counts.collect()
}

fn gaps() -> Vec<Unread> {
    let unread = |operation: &str, region: &str, class: ErrorClass, times: u64| {
        let [operation, account, region] = [operation, "000000000000", region].map(str::to_owned);
        Unread { operation, account, region, class, times }
    };
    vec![
        unread("s3:GetBucketPolicyStatus", "eu-central-1", ErrorClass::AccessDenied, 22),
        unread("ec2:DescribeVolumes", "us-east-1", ErrorClass::Throttled, 1),
        unread("rds:DescribeDBInstances", "eu-west-1", ErrorClass::DeniedByServiceControlPolicy, 1),
    ]
}

fn events() -> Events {
    let dropped = BTreeMap::from([(Dropped::Failed, 12), (Dropped::Reading, 80_412)]);
    Events {
        tally: Tally { heard: 311, repeated: 4, unwanted: 9_120, dropped },
        flooded_at: None,
        heard_at: Some(before(4)),
        queues: BTreeMap::from([
            ("eu-central-1 trackera-events".to_owned(), Some(Queue::Holds(2))),
            ("us-east-1 trackera-events".to_owned(), Some(Queue::Unreachable)),
        ]),
    }
}

fn channels() -> BTreeMap<String, Channel> {
    let trouble = Trouble { since: before(26), error: "the server answered 503 Service Unavailable".to_owned() };
    BTreeMap::from([
        ("mail".to_owned(), Channel { delivered: 18, failed: 0, delivered_at: Some(before(20)), trouble: None }),
        (
            "slack".to_owned(),
            Channel { delivered: 204, failed: 6, delivered_at: Some(before(90)), trouble: Some(trouble) },
        ),
    ])
}

fn journal() -> Journal {
    let replica = |entries: Option<u64>, behind_since: Option<Timestamp>, trouble: Option<Trouble>| Replica {
        entries,
        succeeded_at: entries.map(|_| before(1)),
        behind_since,
        trouble,
    };
    let trouble = Trouble { since: before(40), error: "the bucket does not answer: timed out".to_owned() };
    Journal {
        open: true,
        origin: "trackera.example/watcher-1".to_owned(),
        entries: 18_442,
        checkpoint: Some((18_440, before(1))),
        replicas: BTreeMap::from([
            ("disk".to_owned(), replica(Some(18_442), None, None)),
            ("frankfurt".to_owned(), replica(Some(18_301), Some(before(40)), Some(trouble))),
        ]),
        damages: Arc::new(Vec::new()),
        rolled_back: false,
    }
}
