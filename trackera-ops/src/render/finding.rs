//! Findings as the agent wrote them down, for people and programs.

use jiff::Timestamp;
use serde::Serialize;
use trackera_core::policy::Severity;
use trackera_core::verdict::Verdict;
use trackera_watch::findings::{Patience, Stage};
use trackera_watch::record::{Announced, Cause, Change, FindingKey, Record, What};

use super::escape::{name, sentence};
use super::look::{Look, Tone, counted, moment};
use crate::findings::{Recorded, Standing};

/// How many digits of an id people see: enough to tell findings apart, few enough to type.
const DIGITS: usize = 12;

/// One finding as it stands.
#[derive(Debug, Serialize)]
pub(crate) struct Line<'a> {
    id: String,
    policy: &'a str,
    account: &'a str,
    region: &'a str,
    kind: &'a str,
    resource: &'a str,
    name: &'a str,
    state: &'static str,
    severity: Option<Severity>,
    verdict: Option<Verdict>,
    reason: &'a str,
    since: Option<Timestamp>,
    cause: Option<Cause>,
    opening: u32,
    #[serde(skip)]
    times: u32,
    changes: u32,
    acknowledged_by: Option<&'a str>,
    /// Until when it counts as coming and going.
    flapping_until: Option<Timestamp>,
    share: &'a str,
}

impl<'a> Line<'a> {
    /// Tells a finding.
    pub(crate) fn of(standing: &'a Standing, now: Timestamp) -> Self {
        let Standing { share, key, finding } = standing;
        let seen = finding.seen.as_ref();
        let (state, cause) = match finding.stage {
            Stage::Open(_) => ("open", None),
            Stage::Closed(_, cause) => ("closed", Some(cause)),
            Stage::Doubtful => ("doubtful", None),
        };
        Self {
            id: key.digest(),
            policy: &key.policy,
            account: &key.account,
            region: &key.region,
            kind: &key.kind,
            resource: &key.id,
            name: seen.map_or("", |seen| seen.name.as_str()),
            state,
            severity: seen.map(|seen| seen.severity),
            verdict: seen.map(|seen| seen.verdict),
            reason: seen.map_or("", |seen| seen.reason.as_str()),
            since: standing.since(),
            cause,
            opening: finding.opening,
            times: finding.times(),
            changes: finding.changes,
            acknowledged_by: finding.acknowledged_by.as_deref(),
            flapping_until: finding.flapping_until(now, &Patience::USUAL),
            share,
        }
    }

    fn head(&self) -> (Tone, &'static str) {
        let severity = self.severity.map_or("unknown", Severity::word);
        match (self.state, self.verdict) {
            ("open", Some(Verdict::Fail)) => (Tone::Bad, severity),
            ("open", _) => (Tone::Doubtful, severity),
            (state, _) => (Tone::Quiet, state),
        }
    }

    fn short_id(&self) -> String {
        self.id.chars().take(DIGITS).collect()
    }

    /// Everything that is told after the names.
    fn about(&self) -> String {
        let mut parts: Vec<String> = self.since.map(|since| format!("since {}", moment(since))).into_iter().collect();
        parts.extend(self.cause.map(|cause| cause.words().to_owned()));
        parts.extend((self.verdict == Some(Verdict::Unknown)).then(|| "could not be verified".to_owned()));
        parts.extend(self.acknowledged_by.map(|by| format!("acknowledged by {by}")));
        parts.extend(self.flapping_until.map(|_| "comes and goes".to_owned()));
        parts.join(", ")
    }
}

/// Findings for people, one line each.
pub(crate) fn list(look: Look, lines: &[Line<'_>]) -> String {
    let rows = lines.iter().map(|line| {
        let (tone, head) = line.head();
        let cells = [
            head.to_owned(),
            line.short_id(),
            name(line.policy),
            name(line.resource),
            name(line.region),
            sentence(&line.about()),
        ];
        (Some(tone), cells)
    });
    let open = lines.iter().filter(|line| line.state == "open").count();
    let words = match open {
        0 => look.paint(Tone::Good, "nothing is open"),
        _ => look.paint(Tone::Strong, &format!("{} open", counted(open, "finding"))),
    };
    format!("{}{words}\n", look.painted_columns(0, rows.collect()))
}

/// One finding for people, with everything that is known of it.
pub(crate) fn one(look: Look, line: &Line<'_>) -> String {
    let (tone, head) = line.head();
    let mut rows = vec![
        ["id".to_owned(), line.id.clone()],
        ["policy".to_owned(), name(line.policy)],
        ["resource".to_owned(), sentence(&format!("{} {}", line.kind, line.resource))],
        ["name".to_owned(), name(line.name)],
        ["place".to_owned(), sentence(&format!("{} {}", line.account, line.region))],
        ["reason".to_owned(), sentence(line.reason)],
        ["state".to_owned(), sentence(&format!("{}, {}", line.state, line.about()))],
        ["opened".to_owned(), format!("{}, changed {} since", counted(line.times as usize, "time"), line.changes)],
        ["share".to_owned(), name(line.share)],
    ];
    rows.retain(|[_, value]| !value.trim().is_empty());
    format!("{}\n{}", look.paint(tone, head), look.columns(2, rows))
}

/// Something that happened to a finding.
#[derive(Debug, Serialize)]
pub(crate) struct Event<'a> {
    log: &'a str,
    sequence: u64,
    epoch: u64,
    at: Timestamp,
    what: String,
    record: &'a Record,
}

impl<'a> Event<'a> {
    /// Tells a record, as far as it is about the finding.
    pub(crate) fn of(recorded: &'a Recorded, key: &FindingKey) -> Self {
        let Recorded { log, sequence, epoch, at, record } = recorded;
        Self { log, sequence: *sequence, epoch: *epoch, at: *at, what: words(record, key), record }
    }
}

/// What happened, for people.
pub(crate) fn history(look: Look, lines: &[Event<'_>]) -> String {
    let row = |line: &Event<'_>| {
        let place = format!("{} {}", line.log, line.sequence);
        [moment(line.at), sentence(&line.what), sentence(&place)]
    };
    look.columns(0, lines.iter().map(row))
}

/// That somebody knows of a finding.
pub(crate) fn acknowledged(look: Look, id: &str, by: &str) -> String {
    let digits: String = id.chars().take(DIGITS).collect();
    let words = format!("{digits}: signed as {by}, and left for the agent");
    format!("{}\n", look.paint(Tone::Good, &sentence(&words)))
}

fn words(record: &Record, key: &FindingKey) -> String {
    match record {
        Record::Finding(change) => changed(&change.change),
        Record::Announcement(Announced::Intended(announcement)) => {
            let items = announcement.items.iter().filter(|item| item.finding == *key);
            let told: Vec<String> = items.map(|item| told(item.what)).collect();
            format!("to be told on {}: {}", announcement.line, told.join(", "))
        }
        Record::Announcement(Announced::Delivered { channel, .. }) => format!("told through {channel}"),
        Record::Announcement(Announced::Failed { channel, error, .. }) => {
            format!("not told through {channel}: {error}")
        }
        Record::Observation(_) | Record::Life(_) => String::new(),
    }
}

fn changed(change: &Change) -> String {
    match change {
        Change::Doubted => "could not be verified".to_owned(),
        Change::Cleared => "verified after all".to_owned(),
        Change::Opened(seen) => format!("opened: {} {}", seen.severity.word(), seen.reason),
        Change::Changed(seen) => format!("changed: {} {}", seen.severity.word(), seen.reason),
        Change::Missed => "not seen".to_owned(),
        Change::Found => "seen again".to_owned(),
        Change::Closed(cause) => format!("closed: {}", cause.words()),
        Change::Acknowledged { by, .. } => format!("acknowledged by {by}"),
    }
}

fn told(what: What) -> String {
    match what {
        What::Opened => "opened".to_owned(),
        What::Changed { .. } => "changed".to_owned(),
        What::Flapping { .. } => "comes and goes".to_owned(),
        What::Repeated { repeat } => format!("reminder {repeat}"),
        What::Closed => "closed".to_owned(),
    }
}
