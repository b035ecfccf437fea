//! What a journal tells of a finding.

use std::io;

use trackera_agent::page::{History, Past};
use trackera_core::policy::Severity;
use trackera_core::verdict::Verdict;
use trackera_watch::record::{Announced, Announcement, Cause, Change, FindingChange, FindingKey, Item, Record, What};

use super::{before, seen};

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
