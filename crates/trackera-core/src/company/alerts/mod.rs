//! What the company declares about alerts: who is told of which findings, when, and by which way.
//!
//! Secrets are never part of it, only where they are kept.

mod hours;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use jiff::tz::TimeZone;

pub use hours::Hours;
pub use text::{
    AlertsText, ChannelText as Channel, Day, DeadManText, EscalateText, HoursText, QuietText, RouteText, Secret,
};

use crate::identity::matches;
use crate::policy::{Severity, checked_zone};
use crate::source::{Problem, suggest};
use crate::time;
use crate::yaml::{File, Located};

/// What one look finds goes out together in any case; longer gathering only makes news old.
const USUAL_GROUP: SignedDuration = SignedDuration::from_millis(500);
const USUAL_PULSE: SignedDuration = SignedDuration::from_mins(1);
const USUAL_WARNING: SignedDuration = SignedDuration::from_hours(14 * 24);
/// A person who is told more often than this turns the sound off.
const SHORTEST_REPEAT: SignedDuration = SignedDuration::from_mins(5);
const ALL: [Severity; 4] = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];

/// Checked alerts.
#[derive(Clone, Debug)]
pub struct Alerts {
    /// The ways to reach somebody, by name.
    pub channels: BTreeMap<String, Channel>,
    /// Who is told of what, in the order of the file.
    pub routes: Vec<Route>,
    /// When findings of low severities wait.
    pub quiet: Option<Quiet>,
    /// How long before its end a waiver is a finding by itself.
    pub waivers_warn: SignedDuration,
    /// Who notices that the agent itself is silent.
    pub dead_man: Option<DeadMan>,
}

/// Who is told of what.
#[derive(Clone, Debug)]
pub struct Route {
    /// Its name.
    pub name: String,
    /// The severities that it takes.
    pub severities: BTreeSet<Severity>,
    /// The topics that it takes; none means all.
    pub topics: BTreeSet<String>,
    /// Patterns of the policies that it takes; none means all.
    pub policies: Vec<String>,
    /// When it speaks.
    pub hours: Option<Hours>,
    /// Channels: the first one, and the next one when it fails.
    pub to: Vec<String>,
    /// How long findings are gathered into one message.
    pub group: SignedDuration,
    /// After how long a message is repeated until somebody acknowledges it.
    pub repeat: Option<SignedDuration>,
    /// Who is told when nobody acknowledges: after how long, and by which channels.
    pub escalate: Option<(SignedDuration, Vec<String>)>,
}

/// When findings of low severities wait.
#[derive(Clone, Debug)]
pub struct Quiet {
    /// The severities that wait.
    pub severities: BTreeSet<Severity>,
    /// When they wait.
    pub hours: Hours,
}

/// Who notices that the agent itself is silent.
#[derive(Clone, Debug)]
pub struct DeadMan {
    /// Where the address is kept.
    pub url: Secret,
    /// How often a request goes there.
    pub every: SignedDuration,
}

impl Route {
    /// Tells whether it takes findings of this sort.
    pub fn takes(&self, severity: Severity, topic: &str, policy: &str) -> bool {
        self.severities.contains(&severity)
            && (self.topics.is_empty() || self.topics.contains(topic))
            && (self.policies.is_empty() || self.policies.iter().any(|pattern| matches(pattern, policy)))
    }
}

impl AlertsText {
    /// Checks the section.
    ///
    /// # Errors
    /// Gives the first mistake with its place.
    pub fn check(&self, file: &File) -> Result<Alerts, Problem> {
        let zone = checked_zone(file, &self.zone)?;
        let names = Names::check(file, self)?;
        let mut routes: Vec<Route> = Vec::new();
        for text in &self.routes {
            if routes.iter().any(|earlier| earlier.name == *text.name.value()) {
                return Err(file.problem(text.name.location(), "this route stands here twice", None));
            }
            routes.push(route(file, text, &names, &zone)?);
        }
        Ok(Alerts {
            channels: names.channels,
            routes,
            quiet: self.quiet.as_ref().map(|quiet| check_quiet(file, quiet, &zone)).transpose()?,
            waivers_warn: length(file, self.waivers_warn.as_ref())?.unwrap_or(USUAL_WARNING),
            dead_man: self.dead_man.as_ref().map(|text| dead_man(file, text)).transpose()?,
        })
    }
}

/// What `to` may name.
struct Names {
    channels: BTreeMap<String, Channel>,
    people: BTreeMap<String, Vec<String>>,
}

impl Names {
    fn check(file: &File, text: &AlertsText) -> Result<Self, Problem> {
        let mut names = Self { channels: BTreeMap::new(), people: BTreeMap::new() };
        for (name, channel) in &text.channels.0 {
            check_channel(file, channel)?;
            if names.channels.insert(name.value().clone(), channel.value().clone()).is_some() {
                return Err(file.problem(name.location(), "this channel stands here twice", None));
            }
        }
        for (name, channels) in &text.people.0 {
            let reached = names.resolve(file, name, channels.value())?;
            let known = names.channels.contains_key(name.value());
            if known || names.people.insert(name.value().clone(), reached).is_some() {
                return Err(file.problem(name.location(), "something else has this name already", None));
            }
        }
        Ok(names)
    }

    /// The channels that names lead to, each once.
    fn resolve(&self, file: &File, at: &Located<String>, to: &[Located<String>]) -> Result<Vec<String>, Problem> {
        let mut channels: Vec<String> = Vec::new();
        for name in to {
            let own = [name.value().clone()];
            let reached = match (self.channels.contains_key(name.value()), self.people.get(name.value())) {
                (true, _) => &own[..],
                (false, Some(reached)) => reached,
                (false, None) => return Err(self.unknown(file, name)),
            };
            channels.extend(reached.iter().filter(|channel| !channels.contains(channel)).cloned().collect::<Vec<_>>());
        }
        match channels.is_empty() {
            true => Err(file.problem(at.location(), format!("`{}` reaches nobody", at.value().escape_debug()), None)),
            false => Ok(channels),
        }
    }

    fn unknown(&self, file: &File, name: &Located<String>) -> Problem {
        let known: Vec<&str> = self.channels.keys().chain(self.people.keys()).map(String::as_str).collect();
        let message = format!("no channel or person is called `{}`", name.value().escape_debug());
        file.problem(name.location(), message, suggest(name.value(), known))
    }
}

fn check_channel(file: &File, channel: &Located<Channel>) -> Result<(), Problem> {
    let wrong = |message: &str, hint: &str| Err(file.problem(channel.location(), message, Some(hint.to_owned())));
    let is_address = |text: &String| text.contains('@') && !text.contains(|one: char| one.is_whitespace());
    match channel.value() {
        Channel::Sns { topic } if !topic.starts_with("arn:") || topic.split(':').nth(2) != Some("sns") => {
            wrong("this is not the ARN of a topic", "write it like `arn:aws:sns:eu-central-1:123456789012:alerts`")
        }
        Channel::Ses { from, to } | Channel::Smtp { from, to, .. }
            if to.is_empty() || !to.iter().chain([from]).all(is_address) =>
        {
            wrong("mail needs a sender and receivers", "write addresses like `admin@example.com`")
        }
        Channel::Slack { .. }
        | Channel::PagerDuty { .. }
        | Channel::Webhook { .. }
        | Channel::Sns { .. }
        | Channel::Ses { .. }
        | Channel::Smtp { .. } => Ok(()),
    }
}

fn route(file: &File, text: &RouteText, names: &Names, zone: &TimeZone) -> Result<Route, Problem> {
    let repeat = length(file, text.repeat.as_ref())?;
    if let Some(written) = text.repeat.as_ref().filter(|_| repeat.is_some_and(|repeat| repeat < SHORTEST_REPEAT)) {
        let hint = format!("repeat after `{}` or later", time::format(SHORTEST_REPEAT));
        return Err(file.problem(written.location(), "nobody reads what is repeated so soon", Some(hint)));
    }
    let escalate = |escalate: &EscalateText| {
        let after = length(file, Some(&escalate.after))?.unwrap_or_default();
        Ok((after, names.resolve(file, &text.name, &escalate.to)?))
    };
    Ok(Route {
        name: text.name.value().clone(),
        severities: if text.severities.is_empty() { ALL.into() } else { text.severities.iter().copied().collect() },
        topics: text.topics.iter().cloned().collect(),
        policies: text.policies.clone(),
        hours: text.hours.as_ref().map(|hours| Hours::check(file, hours, zone)).transpose()?,
        to: names.resolve(file, &text.name, &text.to)?,
        group: length(file, text.group.as_ref())?.unwrap_or(USUAL_GROUP),
        repeat,
        escalate: text.escalate.as_ref().map(escalate).transpose()?,
    })
}

fn check_quiet(file: &File, text: &QuietText, zone: &TimeZone) -> Result<Quiet, Problem> {
    let loud = |severity: &&Located<Severity>| matches!(severity.value(), Severity::Critical | Severity::High);
    if let Some(severity) = text.severities.iter().find(loud) {
        let message = format!("findings of severity `{}` never wait", severity.value().word());
        return Err(file.problem(severity.location(), message, Some("`medium` and `low` can".to_owned())));
    }
    let severities = text.severities.iter().map(|severity| *severity.value()).collect();
    Ok(Quiet { severities, hours: Hours::check(file, &text.hours, zone)? })
}

fn dead_man(file: &File, text: &DeadManText) -> Result<DeadMan, Problem> {
    Ok(DeadMan { url: text.url.clone(), every: length(file, Some(&text.every))?.unwrap_or(USUAL_PULSE) })
}

fn length(file: &File, text: Option<&Located<String>>) -> Result<Option<SignedDuration>, Problem> {
    let Some(text) = text else { return Ok(None) };
    match time::parse(text.value()) {
        Ok(length) if length.is_positive() => Ok(Some(length)),
        Ok(_) => Err(file.problem(text.location(), "this length of time must be longer than nothing", None)),
        Err(message) => Err(file.problem(text.location(), message, None)),
    }
}

#[cfg(test)]
mod tests;
