//! What is around the agent: what it could not read, its queues, its channels, its journal.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use trackera_agent::page::{Channel, Events, Journal, Replica, Trouble, Unread};
use trackera_core::resource::ErrorClass;
use trackera_watch::events::{Dropped, Tally};
use trackera_watch::watch::Queue;

use super::before;

pub(super) fn gaps() -> Vec<Unread> {
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

pub(super) fn events() -> Events {
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

pub(super) fn channels() -> BTreeMap<String, Channel> {
    let trouble = Trouble { since: before(26), error: "the server answered 503 Service Unavailable".to_owned() };
    BTreeMap::from([
        ("mail".to_owned(), Channel { delivered: 18, failed: 0, delivered_at: Some(before(20)), trouble: None }),
        (
            "slack".to_owned(),
            Channel { delivered: 204, failed: 6, delivered_at: Some(before(90)), trouble: Some(trouble) },
        ),
    ])
}

pub(super) fn journal() -> Journal {
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
        unsigned: None,
        replicas: BTreeMap::from([
            ("disk".to_owned(), replica(Some(18_442), None, None)),
            ("frankfurt".to_owned(), replica(Some(18_301), Some(before(40)), Some(trouble))),
        ]),
        damages: Arc::new(Vec::new()),
        rolled_back: None,
    }
}
