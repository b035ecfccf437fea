//! Who would be told: the chain from the trail through filter, alarm and topic to somebody who confirmed.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::SignedDuration;

use super::{Call, Function, Parameter, Returns, Style, View, anything};
use crate::estate::Estate;
use crate::language::value::{List, Unknown, Value};
use crate::source::suggest;
use crate::watching::{CLASSES, Event, Pattern, class};

/// A trail delivers within minutes whenever anything happens in an account, and something always does; after a day
/// without a delivery it is not recording, whatever it says of itself.
const LONGEST_SILENCE: SignedDuration = SignedDuration::from_hours(24);

const TRAIL_READS: &[(&str, &str)] = &[
    ("aws.cloudtrail.trail", "is_multi_region_trail"),
    ("aws.cloudtrail.trail", "include_global_service_events"),
    ("aws.cloudtrail.trail", "is_logging"),
    ("aws.cloudtrail.trail", "management_events"),
    ("aws.cloudtrail.trail", "latest_delivery_time"),
    ("aws.cloudtrail.trail", "latest_delivery_error"),
];

const CHAIN_READS: &[(&str, &str)] = &[
    ("aws.cloudtrail.trail", "is_multi_region_trail"),
    ("aws.cloudtrail.trail", "include_global_service_events"),
    ("aws.cloudtrail.trail", "is_logging"),
    ("aws.cloudtrail.trail", "management_events"),
    ("aws.cloudtrail.trail", "cloud_watch_logs_log_group_arn"),
    ("aws.cloudtrail.trail", "latest_cloud_watch_logs_delivery_time"),
    ("aws.cloudtrail.trail", "latest_cloud_watch_logs_delivery_error"),
    ("aws.logs.metric_filter", "*"),
    ("aws.cloudwatch.alarm", "*"),
    ("aws.sns.topic", "subscriptions"),
];

pub(super) const RECORDING_TRAILS: Function = Function {
    name: "recording_trails",
    style: Style::Global,
    parameters: &[Parameter::Resource("aws.account")],
    returns: Returns::Texts,
    reads: TRAIL_READS,
    description: "The trails of an account that record every management event of every region and of the global services \
                  now: they are switched on, delivered files within the last 24 hours, and the last delivery went well.",
    validate: anything,
    call: |call| over_trails(call, |call, trail| records_all(call, trail)?.then(|| words(trail)).transpose()),
};

pub(super) const ALERTS_ON: Function = Function {
    name: "alerts_on",
    style: Style::Global,
    parameters: &[Parameter::Resource("aws.account"), Parameter::Constant],
    returns: Returns::Texts,
    reads: CHAIN_READS,
    description: "The alarms that together would tell somebody of every event of a class (`root-usage`, `iam-changes`, ...): \
                  a trail of all regions writes to a log group, a metric filter there counts the event, an alarm on the \
                  metric has its actions switched on, and one of them is a topic with a confirmed subscription. Empty when \
                  any event of the class would go unheard.",
    validate: known_class,
    call: |call| {
        let heard = Heard::of(call);
        let alarms = if heard.unheard.is_empty() { heard.alarms } else { BTreeSet::new() };
        let missing = heard.missing.filter(|_| !heard.unheard.is_empty());
        texts(alarms, missing)
    },
};

pub(super) const UNHEARD_EVENTS: Function = Function {
    name: "unheard_events",
    style: Style::Global,
    parameters: &[Parameter::Resource("aws.account"), Parameter::Constant],
    returns: Returns::Texts,
    reads: CHAIN_READS,
    description: "The events of a class that nobody would be told of, by the chain that `alerts_on` follows.",
    validate: known_class,
    call: |call| {
        let heard = Heard::of(call);
        match heard.missing {
            Some(missing) if !heard.unheard.is_empty() => Value::Unknown(missing),
            _ => texts(heard.unheard, None),
        }
    },
};

fn known_class(name: &str) -> Result<(), String> {
    if class(name).is_some() {
        return Ok(());
    }
    let known: Vec<&str> = CLASSES.iter().map(|class| class.name).collect();
    let near = suggest(name, known).map_or_else(String::new, |near| format!("; {near}"));
    Err(format!("no class of events is called `{}`{near}", name.escape_debug()))
}

fn texts(items: impl IntoIterator<Item = String>, missing: Option<Unknown>) -> Value {
    let items = items.into_iter().map(|item| Value::text(&item)).collect();
    Value::List(Arc::new(List { items, why: Vec::new(), missing }))
}

/// Every resource of a kind in the account that a call is about, and why there may be more.
fn in_account<'a>(call: &Call<'a>, kind: &str) -> (Vec<View<'a>>, Option<Unknown>) {
    let estate: &'a Estate = call.moment.estate;
    let Value::Resource(index) = call.argument(0) else { return (Vec::new(), None) };
    let Some(account) = estate.entry(*index) else { return (Vec::new(), None) };
    let (found, missing) = estate.account_wide(kind, &account.account);
    (found.into_iter().filter_map(|index| View::resource(estate, index)).collect(), missing)
}

fn over_trails(call: &Call<'_>, name: impl Fn(&Call<'_>, &View<'_>) -> Result<Option<String>, Unknown>) -> Value {
    let (trails, mut missing) = in_account(call, "aws.cloudtrail.trail");
    let mut names = Vec::new();
    for trail in &trails {
        match name(call, trail) {
            Ok(found) => names.extend(found),
            Err(unknown) => missing = Unknown::either(missing, Some(unknown)),
        }
    }
    texts(names, missing)
}

fn words(trail: &View<'_>) -> Result<String, Unknown> {
    Ok(trail.text("name")?.unwrap_or_default().to_owned())
}

fn covers_every_region(trail: &View<'_>) -> Result<bool, Unknown> {
    Ok(trail.truth("is_multi_region_trail")? == Some(true)
        && trail.truth("include_global_service_events")? == Some(true)
        && trail.truth("is_logging")? == Some(true))
}

fn records_all(call: &Call<'_>, trail: &View<'_>) -> Result<bool, Unknown> {
    Ok(covers_every_region(trail)?
        && trail.text("management_events")? == Some("All")
        && delivers(call, trail, "latest_delivery_time", "latest_delivery_error")?)
}

fn delivers(call: &Call<'_>, trail: &View<'_>, at: &str, error: &str) -> Result<bool, Unknown> {
    if trail.text(error)?.is_some() {
        return Ok(false);
    }
    Ok(trail.moment(at)?.is_some_and(|last| call.moment.now.duration_since(last) <= LONGEST_SILENCE))
}

/// A log group that a trail fills with the management events of every region.
struct Source {
    region: String,
    group: String,
    /// Whether events that only read are among them.
    reads: bool,
}

fn source(call: &Call<'_>, trail: &View<'_>) -> Result<Option<Source>, Unknown> {
    let reads = match trail.text("management_events")? {
        Some("All") => true,
        Some("WriteOnly") => false,
        _ => return Ok(None),
    };
    let fields = ("latest_cloud_watch_logs_delivery_time", "latest_cloud_watch_logs_delivery_error");
    if !covers_every_region(trail)? || !delivers(call, trail, fields.0, fields.1)? {
        return Ok(None);
    }
    let arn = trail.text("cloud_watch_logs_log_group_arn")?.unwrap_or_default();
    let parts: Vec<&str> = arn.splitn(7, ':').collect();
    let [_, _, "logs", region, _, "log-group", group] = parts.as_slice() else { return Ok(None) };
    let group = group.strip_suffix(":*").unwrap_or(group).to_owned();
    Ok(Some(Source { region: (*region).to_owned(), group, reads }))
}

/// What would be heard of a class of events.
struct Heard {
    alarms: BTreeSet<String>,
    unheard: Vec<String>,
    missing: Option<Unknown>,
}

impl Heard {
    fn of(call: &Call<'_>) -> Self {
        let events = class(call.text(1)).map(|class| class.events()).unwrap_or_default();
        let mut chain = Chain::of(call);
        let mut alarms = BTreeSet::new();
        let mut unheard = Vec::new();
        for event in events {
            let telling = chain.alarms_for(&event);
            if telling.is_empty() {
                unheard.push(event.words);
            }
            alarms.extend(telling);
        }
        Self { alarms, unheard, missing: chain.missing.take() }
    }
}

/// Every way from a log group to an alarm that tells somebody.
struct Chain {
    links: Vec<Link>,
    missing: Option<Unknown>,
}

struct Link {
    pattern: Pattern,
    reads: bool,
    alarms: BTreeSet<String>,
}

impl Chain {
    fn of(call: &Call<'_>) -> Self {
        let mut chain = Self { links: Vec::new(), missing: None };
        let mut sources = Vec::new();
        for trail in &chain.list(call, "aws.cloudtrail.trail") {
            sources.extend(chain.keep(source(call, trail)).flatten());
        }
        let filters = chain.list(call, "aws.logs.metric_filter");
        let alarms = chain.telling_alarms(call);
        for filter in &filters {
            let link = link(filter, &sources, &alarms);
            let link = chain.keep(link).flatten();
            chain.links.extend(link);
        }
        chain
    }

    fn list<'a>(&mut self, call: &Call<'a>, kind: &str) -> Vec<View<'a>> {
        let (found, missing) = in_account(call, kind);
        self.missing = Unknown::either(self.missing.take(), missing);
        found
    }

    /// What is unknown about one link leaves the others standing.
    fn keep<T>(&mut self, outcome: Result<T, Unknown>) -> Option<T> {
        match outcome {
            Ok(found) => Some(found),
            Err(unknown) => {
                self.missing = Unknown::either(self.missing.take(), Some(unknown));
                None
            }
        }
    }

    fn telling_alarms(&mut self, call: &Call<'_>) -> Vec<Alarm> {
        let mut topics = BTreeSet::new();
        for topic in &self.list(call, "aws.sns.topic") {
            topics.extend(self.keep(heard_topic(topic)).flatten());
        }
        let alarms = self.list(call, "aws.cloudwatch.alarm");
        alarms.iter().filter_map(|one| self.keep(alarm(one, &topics)).flatten()).collect()
    }

    fn alarms_for(&self, event: &Event) -> BTreeSet<String> {
        let counting =
            self.links.iter().filter(|link| (link.reads || !event.reads) && link.pattern.counts(&event.record));
        counting.flat_map(|link| link.alarms.iter().cloned()).collect()
    }
}

/// The ARN of a topic that somebody listens to.
fn heard_topic(topic: &View<'_>) -> Result<Option<String>, Unknown> {
    let (subscriptions, missing) = topic.views("subscriptions")?;
    for subscription in &subscriptions {
        if subscription.truth("confirmed")? == Some(true) {
            return Ok(topic.text("id")?.map(str::to_owned));
        }
    }
    missing.map_or(Ok(None), Err)
}

/// An alarm that tells somebody when its metric says so.
struct Alarm {
    name: String,
    region: String,
    metric: (String, String),
}

fn alarm(alarm: &View<'_>, topics: &BTreeSet<String>) -> Result<Option<Alarm>, Unknown> {
    let text = |field: &str| Ok::<_, Unknown>(alarm.text(field)?.unwrap_or_default().to_owned());
    let (actions, missing) = alarm.texts("alarm_actions")?;
    if alarm.truth("actions_enabled")? != Some(true) {
        return Ok(None);
    }
    if !actions.iter().any(|action| topics.contains(action)) {
        return missing.map_or(Ok(None), Err);
    }
    let metric = (text("namespace")?, text("metric_name")?);
    Ok(Some(Alarm { name: text("name")?, region: text("region")?, metric }))
}

/// A filter that counts events of a trail into a metric with an alarm.
fn link(filter: &View<'_>, sources: &[Source], alarms: &[Alarm]) -> Result<Option<Link>, Unknown> {
    let region = filter.text("region")?.unwrap_or_default();
    let group = filter.text("log_group_name")?.unwrap_or_default();
    let filled: Vec<&Source> = sources.iter().filter(|one| one.region == region && one.group == group).collect();
    let Some(pattern) = filter.text("filter_pattern")?.and_then(Pattern::parse).filter(|_| !filled.is_empty()) else {
        return Ok(None);
    };
    let mut telling = BTreeSet::new();
    for metric in filter.views("metric_transformations")?.0 {
        let name = metric.text("metric_name")?.unwrap_or_default();
        let namespace = metric.text("metric_namespace")?.unwrap_or_default();
        let watching =
            alarms.iter().filter(|one| one.region == region && one.metric.0 == namespace && one.metric.1 == name);
        telling.extend(watching.map(|alarm| alarm.name.clone()));
    }
    let reads = filled.iter().any(|source| source.reads);
    Ok((!telling.is_empty()).then_some(Link { pattern, reads, alarms: telling }))
}
