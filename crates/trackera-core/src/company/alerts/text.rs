//! The section `alerts:` as it is written; every field here is one that people may use.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::policy::Severity;
use crate::yaml::{Located, Pairs};

/// Who is told of findings, when, and by which way.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertsText {
    /// The time zone of all hours below, such as `Europe/Berlin`.
    pub zone: Located<String>,
    /// The ways to reach somebody, by name.
    pub channels: Pairs<ChannelText>,
    /// People, each with the channels that reach them, best first; routes may name a person in place of channels.
    #[serde(default)]
    pub people: Pairs<Vec<Located<String>>>,
    /// Who is told of what.
    pub routes: Vec<RouteText>,
    /// When findings of low severities wait.
    #[serde(default)]
    pub quiet: Option<QuietText>,
    /// How long before its end a waiver is a finding by itself; `14d` unless said otherwise.
    #[serde(default)]
    pub waivers_warn: Option<Located<String>>,
    /// Who notices that the agent itself is silent.
    #[serde(default)]
    pub dead_man: Option<DeadManText>,
}

/// A secret by where it is kept; it never stands in this file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Secret {
    /// In a variable of the environment.
    Environment(String),
    /// In a file, of which only the agent can read; its last line end does not count.
    File(String),
}

/// A way to reach somebody.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ChannelText {
    /// An incoming webhook of Slack.
    Slack {
        /// Its address, which is a secret: whoever knows it can write.
        url: Secret,
    },
    /// A service of PagerDuty, by its Events API, version 2.
    PagerDuty {
        /// The integration key.
        routing_key: Secret,
    },
    /// Any receiver of JSON over HTTPS.
    Webhook {
        /// Its address.
        url: Secret,
        /// The key that messages are signed with, so that the receiver can tell them from forged ones.
        signing_key: Secret,
    },
    /// A topic of Amazon SNS.
    Sns {
        /// Its ARN.
        topic: String,
    },
    /// E-mail through Amazon SES.
    Ses {
        /// The sender.
        from: String,
        /// The receivers.
        to: Vec<String>,
    },
    /// E-mail through any other server, so that an alert about AWS does not depend on AWS.
    Smtp {
        /// The server; the connection is encrypted from its first byte.
        host: String,
        /// The user.
        user: String,
        /// The password.
        password: Secret,
        /// The sender.
        from: String,
        /// The receivers.
        to: Vec<String>,
    },
}

/// Who is told of what.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteText {
    /// Its name.
    pub name: Located<String>,
    /// The severities that it takes; none means all.
    #[serde(default)]
    pub severities: Vec<Severity>,
    /// The topics that it takes, which are the names of policy files without `.yaml`, and `agent`; none means all.
    #[serde(default)]
    pub topics: Vec<String>,
    /// Patterns of the policies that it takes, such as `backups-*`; none means all.
    #[serde(default)]
    pub policies: Vec<String>,
    /// When it speaks; what it would say outside of these hours waits.
    #[serde(default)]
    pub hours: Option<HoursText>,
    /// Channels or people; the first one, and the next one when it fails.
    pub to: Vec<Located<String>>,
    /// How long findings are gathered into one message; half a second unless said otherwise.
    #[serde(default)]
    pub group: Option<Located<String>>,
    /// After how long a message is repeated until somebody acknowledges it.
    #[serde(default)]
    pub repeat: Option<Located<String>>,
    /// Who is told when nobody acknowledges.
    #[serde(default)]
    pub escalate: Option<EscalateText>,
}

/// Who is told when nobody acknowledges.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EscalateText {
    /// How long it is waited for.
    pub after: Located<String>,
    /// Channels or people, as in a route: the other admin.
    pub to: Vec<Located<String>>,
}

/// A part of the week.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HoursText {
    /// The days that it begins on; none means every day.
    #[serde(default)]
    pub days: Vec<Day>,
    /// The first minute, such as `08:00`.
    pub from: Located<String>,
    /// The first minute after it, such as `18:00`; before `from` it is on the next day.
    pub to: Located<String>,
}

/// When findings of low severities wait.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietText {
    /// The severities that wait: `medium` and `low` can.
    pub severities: Vec<Located<Severity>>,
    /// When they wait.
    pub hours: HoursText,
}

/// Who notices that the agent itself is silent: a service that expects a request every so often and raises the alarm
/// when none comes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeadManText {
    /// The address that a request goes to.
    pub url: Secret,
    /// How often.
    pub every: Located<String>,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Day {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}
