//! The agent's figures for Prometheus, written afresh from a view for every scrape: nothing is counted here.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode as write;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use trackera_core::policy::Severity;
use trackera_core::verdict::Verdict;
use trackera_watch::alerts::harmless;
use trackera_watch::events::Dropped;
use trackera_watch::watch::Queue;

use crate::page::View;

/// The form that [`encode`] writes.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The longest value of a label.
const LONGEST_LABEL: usize = 200;

const SEVERITIES: [Severity; 4] = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];
const VERDICTS: [Verdict; 2] = [Verdict::Fail, Verdict::Unknown];
const DROPPED: [Dropped; 6] =
    [Dropped::Malformed, Dropped::Forged, Dropped::Foreign, Dropped::Sentinel, Dropped::Failed, Dropped::Reading];

type Labels = Vec<(&'static str, String)>;

/// One figure, or one for each set of labels.
#[derive(Debug)]
struct Figure {
    name: &'static str,
    help: &'static str,
    sort: Sort,
    values: Vec<(Labels, i64)>,
}

#[derive(Clone, Copy, Debug)]
enum Sort {
    Gauge,
    Counter,
}

impl Sort {
    fn encode(self, value: i64, encoder: MetricEncoder<'_>) -> fmt::Result {
        match self {
            Self::Gauge => ConstGauge::new(value).encode(encoder),
            Self::Counter => ConstCounter::new(value.unsigned_abs()).encode(encoder),
        }
    }
}

#[derive(Debug)]
struct Figures(Vec<Figure>);

/// The figures of a view in the form of OpenMetrics.
///
/// # Errors
/// Never for the figures of this program; the signature is that of the writer.
pub fn encode(view: &View, now: Timestamp) -> Result<String, fmt::Error> {
    let mut figures = Figures(Vec::new());
    figures.agent(view, now);
    figures.findings(view);
    figures.looks(view, now);
    figures.events(view);
    figures.alerts(view);
    figures.journal(view, now);
    let mut registry = Registry::with_prefix("trackera");
    registry.register_collector(Box::new(figures));
    let mut text = String::new();
    write(&mut text, &registry)?;
    Ok(text)
}

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for Figure { name, help, sort, values } in &self.0 {
            let sort_of = match sort {
                Sort::Gauge => MetricType::Gauge,
                Sort::Counter => MetricType::Counter,
            };
            let mut metric = encoder.encode_descriptor(name, help, None, sort_of)?;
            match values.as_slice() {
                // What has no labels has no braces either.
                [(labels, value)] if labels.is_empty() => sort.encode(*value, metric)?,
                values => {
                    for (labels, value) in values {
                        sort.encode(*value, metric.encode_family(labels)?)?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl Figures {
    fn gauge(&mut self, name: &'static str, help: &'static str, values: impl IntoIterator<Item = (Labels, i64)>) {
        self.0.push(Figure { name, help, sort: Sort::Gauge, values: values.into_iter().collect() });
    }

    fn counter(&mut self, name: &'static str, help: &'static str, values: impl IntoIterator<Item = (Labels, u64)>) {
        let values = values.into_iter().map(|(labels, value)| (labels, number(value))).collect();
        self.0.push(Figure { name, help, sort: Sort::Counter, values });
    }

    fn agent(&mut self, view: &View, now: Timestamp) {
        let version = vec![("version", label(&view.agent.version)), ("agent", label(&view.agent.name))];
        self.gauge("build_info", "The program and its agent.", [(version, 1)]);
        self.gauge("start_time_seconds", "When the agent started.", one(view.agent.started_at.as_second()));
        self.gauge("step_age_seconds", "How long ago the loop stepped.", one(age(view.now, now)));
        self.gauge("leader", "Whether this agent leads.", one(i64::from(view.leads())));
        let heartbeat = view.heartbeat_at().map(|at| (Vec::new(), at.as_second()));
        self.gauge("heartbeat_timestamp_seconds", "The last heartbeat on record.", heartbeat);
        let pulse = view.pulse.as_ref().and_then(|pulse| pulse.sent_at).map(|at| (Vec::new(), at.as_second()));
        self.gauge("pulse_timestamp_seconds", "The last sign of life that was taken outside.", pulse);
        self.gauge("policies", "Policies in force.", one(length(view.rules.rules.len())));
        let mistakes = one(length(view.files.mistakes.len()));
        self.gauge("file_mistakes", "Mistakes of files that were refused.", mistakes);
    }

    fn findings(&mut self, view: &View) {
        let mut counts: BTreeMap<(Severity, Verdict), i64> = BTreeMap::new();
        let mut acknowledged = 0;
        for (_, finding) in view.state.findings.open() {
            acknowledged += i64::from(finding.acknowledged_by.is_some());
            if let Some(seen) = &finding.seen {
                *counts.entry((seen.severity, seen.verdict)).or_default() += 1;
            }
        }
        let pairs = SEVERITIES.into_iter().flat_map(|severity| VERDICTS.map(|verdict| (severity, verdict)));
        let values = pairs.map(|(severity, verdict)| {
            let labels = vec![("severity", severity.word().to_owned()), ("verdict", verdict.word().to_owned())];
            (labels, counts.get(&(severity, verdict)).copied().unwrap_or_default())
        });
        self.gauge("findings_open", "Open findings.", values);
        self.gauge("findings_acknowledged", "Open findings that somebody acknowledged.", one(acknowledged));
        let rows = view.total().named().map(|(word, count)| (vec![("verdict", word.to_owned())], number(count)));
        self.gauge("rows", "Rows of the last whole look at each policy.", rows);
    }

    fn looks(&mut self, view: &View, now: Timestamp) {
        let looks = &view.looks;
        self.counter("looks", "Looks that came to their end.", one(looks.ended));
        self.counter("looks_failed", "Looks that failed or were given up.", one(looks.failed));
        self.gauge("looks_running", "Looks that are being made.", one(length(looks.running.len())));
        self.counter("calls", "Calls that looks made.", one(looks.calls));
        let throttled = one(i64::from(looks.throttled));
        self.gauge("looks_throttled", "Looks in a row that services asked to slow down in.", throttled);
        let last = |id: &str| view.state.observed.everywhere(id);
        let ids = || view.rules.rules.keys();
        let ages = ids().filter_map(|id| Some((vec![("policy", label(id))], age(last(id)?, now))));
        self.gauge("look_age_seconds", "How long ago the last whole look at a policy began.", ages);
        let oldest = ids().filter_map(|id| last(id)).min().map(|at| (Vec::new(), age(at, now)));
        self.gauge("look_age_seconds_max", "The same, of the policy that waits longest.", oldest);
        let never = one(length(ids().filter(|id| last(id).is_none()).count()));
        self.gauge("policies_never_looked", "Policies of which no whole look is known.", never);
        let gaps = view.gaps.iter().fold(0_u64, |sum, gap| sum.saturating_add(gap.times));
        self.gauge("gaps", "What the last looks could not read.", one(number(gaps)));
    }

    fn events(&mut self, view: &View) {
        let tally = &view.events.tally;
        self.counter("events_heard", "Messages that led to a look.", one(tally.heard));
        self.counter("events_repeated", "Messages that were there before.", one(tally.repeated));
        self.counter("events_unwanted", "Messages of which no policy wants to know.", one(tally.unwanted));
        let dropped = DROPPED.map(|why| {
            (vec![("reason", reason(why).to_owned())], tally.dropped.get(&why).copied().unwrap_or_default())
        });
        self.counter("events_dropped", "Messages that were not heard.", dropped);
        let flooded = one(i64::from(view.events.flooded_at.is_some()));
        self.gauge("events_flooded", "Whether more came than can be remembered.", flooded);
        let named = |queue: &str| vec![("queue", label(queue))];
        let asked = view.events.queues.iter().filter_map(|(queue, state)| Some((named(queue), (*state)?)));
        let asked: Vec<(Labels, Queue)> = asked.collect();
        let waiting = asked.iter().filter_map(|(labels, state)| match state {
            Queue::Holds(waiting) => Some((labels.clone(), number(*waiting))),
            Queue::Unreachable => None,
        });
        self.gauge("queue_messages", "Messages that wait in a queue.", waiting);
        let answers = asked.iter().map(|(labels, state)| (labels.clone(), i64::from(*state != Queue::Unreachable)));
        self.gauge("queue_up", "Whether a queue answers.", answers);
    }

    fn alerts(&mut self, view: &View) {
        let pending = one(length(view.state.ledger.pending().count()));
        self.gauge("announcements_pending", "Announcements that no channel took yet.", pending);
        let named = |channel: &str| vec![("channel", label(channel))];
        let channels = || view.channels.iter().map(|(name, channel)| (named(name), channel));
        let delivered = channels().map(|(labels, channel)| (labels, channel.delivered));
        self.counter("announcements_delivered", "Announcements that a channel took.", delivered);
        let failed = channels().map(|(labels, channel)| (labels, channel.failed));
        self.counter("announcements_failed", "Announcements that a channel did not take.", failed);
        let works = channels().map(|(labels, channel)| (labels, i64::from(channel.trouble.is_none())));
        self.gauge("channel_up", "Whether the last attempt on a channel did not fail.", works);
    }

    fn journal(&mut self, view: &View, now: Timestamp) {
        let journal = &view.journal;
        self.gauge("journal_open", "Whether the journal is open.", one(i64::from(journal.open)));
        self.gauge("journal_entries", "Entries of the journal.", one(number(journal.entries)));
        let signed = journal.checkpoint.map(|(entries, _)| (Vec::new(), number(entries)));
        self.gauge("checkpoint_entries", "Entries that the last checkpoint signs.", signed);
        let signed_at = journal.checkpoint.map(|(_, at)| (Vec::new(), at.as_second()));
        self.gauge("checkpoint_timestamp_seconds", "When the last checkpoint was signed.", signed_at);
        self.gauge("journal_damages", "Damages of the journal.", one(length(journal.damages.len())));
        let is_signed = one(i64::from(journal.unsigned.is_none()));
        self.gauge("checkpoint_up", "Whether the last attempt to sign did not fail.", is_signed);
        let rolled_back = one(i64::from(journal.rolled_back.is_some()));
        self.gauge("journal_rolled_back", "Whether entries were missing when the journal was opened.", rolled_back);
        let named = |replica: &str| vec![("replica", label(replica))];
        let replicas = || journal.replicas.iter().map(|(name, replica)| (named(name), replica));
        let lags = replicas().filter_map(|(labels, replica)| Some((labels, number(journal.lag(replica)?))));
        self.gauge("replica_lag_entries", "Entries that a replica lacks.", lags);
        // Of a replica that was not reached nobody knows how late it is.
        let late = replicas().filter(|(_, replica)| replica.entries.is_some());
        let late = late.map(|(labels, replica)| (labels, replica.behind_since.map_or(0, |at| age(at, now))));
        self.gauge("replica_lag_seconds", "How long a replica has lacked entries.", late);
        let passed = replicas().filter_map(|(labels, replica)| Some((labels, replica.succeeded_at?.as_second())));
        self.gauge("replica_timestamp_seconds", "The last pass to a replica that succeeded.", passed);
        let works = replicas().map(|(labels, replica)| (labels, i64::from(replica.trouble.is_none())));
        self.gauge("replica_up", "Whether the last pass to a replica did not fail.", works);
    }
}

/// Why a message was not heard, in a word.
pub fn reason(why: Dropped) -> &'static str {
    match why {
        Dropped::Malformed => "malformed",
        Dropped::Forged => "forged",
        Dropped::Foreign => "foreign",
        Dropped::Sentinel => "sentinel",
        Dropped::Failed => "failed",
        Dropped::Reading => "reading",
    }
}

fn one<T>(value: T) -> [(Labels, T); 1] {
    [(Labels::new(), value)]
}

fn label(text: &str) -> String {
    harmless(text, LONGEST_LABEL)
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn length(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn age(at: Timestamp, now: Timestamp) -> i64 {
    now.duration_since(at).as_secs().max(0)
}
