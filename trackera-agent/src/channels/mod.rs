//! The ways to reach somebody: notices go out in the form of each sort of channel.
//!
//! One call is one attempt at one channel. When and where to try again is for `trackera-watch` to say. A failure is told
//! in words that hold no secret, nothing of the notice, and nothing that a receiver chose.

mod mailer;
mod web;

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use thiserror::Error;
use tokio::time::timeout;
use trackera_core::company::alerts::{Channel, Secret};
use trackera_watch::alerts::{self, Mail, Notice, SIGNATURE_HEADER, TIMESTAMP_HEADER, harmless};
use trackera_world::{SecretError, SecretText, Secrets};

pub use mailer::{Account, MailTrouble, Mailer};
pub use web::{Limits, Trouble, Web};

/// Where PagerDuty takes events.
pub const PAGER_DUTY: &str = "https://events.pagerduty.com/v2/enqueue";

/// For one notice on one channel; the step takes a longer silence for a lost delivery.
const LONGEST_DELIVERY: Duration = Duration::from_secs(60);
const LONGEST_TROUBLE: usize = 200;
const KEY_HEADER: &str = "Idempotency-Key";
/// SNS refuses what is longer than 256 KiB.
const LONGEST_PUBLICATION: usize = 256_000;

/// The services of the cloud that deliver.
pub trait Cloud: Send + Sync {
    /// Publishes to a topic; the text is in SNS's `json` structure.
    fn publish<'a>(
        &'a self,
        topic: &'a str,
        subject: &'a str,
        text: &'a str,
        key: &'a str,
    ) -> BoxFuture<'a, Result<(), String>>;

    /// Sends a mail.
    fn send_mail<'a>(&'a self, region: &'a str, letter: &'a Letter<'a>) -> BoxFuture<'a, Result<(), String>>;
}

/// A mail with its addresses.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'a> {
    /// The sender.
    pub from: &'a str,
    /// The receivers.
    pub to: &'a [String],
    /// The mail; its id makes a repetition known.
    pub mail: &'a Mail,
}

/// What channels need of the world.
pub struct Means {
    /// Where secrets are kept.
    pub secrets: Secrets,
    /// The client of the web.
    pub web: Web,
    /// The way to mail servers.
    pub mailer: Mailer,
    /// The services of the cloud.
    pub cloud: Box<dyn Cloud>,
    /// The region whose SES sends mail.
    pub mail_region: String,
    /// Where PagerDuty takes events.
    pub pager_duty: String,
}

/// The ways to reach somebody, by name.
pub struct Channels<'a> {
    declared: &'a BTreeMap<String, Channel>,
    means: &'a Means,
}

/// Why a channel did not take a notice.
#[derive(Debug, Error)]
enum Failure {
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Web(#[from] Trouble),
    #[error(transparent)]
    Mail(#[from] MailTrouble),
    #[error("{0}")]
    Cloud(String),
    #[error("the message cannot be signed")]
    Unsigned,
}

impl<'a> Channels<'a> {
    /// The channels that are declared now, and the means to reach them.
    pub fn new(declared: &'a BTreeMap<String, Channel>, means: &'a Means) -> Self {
        Self { declared, means }
    }

    /// Delivers a notice by a channel, once; `at` is the moment of this attempt.
    ///
    /// # Errors
    /// Fails, in words for the record, unless the channel took it.
    pub async fn deliver(&self, channel: &str, notice: &Notice, at: Timestamp) -> Result<(), String> {
        let Some(channel) = self.declared.get(channel) else { return Err("no channel has this name".to_owned()) };
        let told = |trouble: String| harmless(&format!("{}: {trouble}", sort(channel)), LONGEST_TROUBLE);
        match timeout(LONGEST_DELIVERY, self.send(channel, notice, at)).await {
            Ok(outcome) => outcome.map_err(|failure| told(failure.to_string())),
            Err(_) => Err(told(format!("not taken within {} s", LONGEST_DELIVERY.as_secs()))),
        }
    }

    /// What would keep a channel from delivering anything, with the channel's name: secrets that are not there, and
    /// addresses that are none. Nobody is asked.
    pub fn problems(&self) -> Vec<(String, String)> {
        let problem = |(name, channel): (&String, &Channel)| {
            let failure = self.check(channel).err()?;
            Some((name.clone(), harmless(&format!("{}: {failure}", sort(channel)), LONGEST_TROUBLE)))
        };
        self.declared.iter().filter_map(problem).collect()
    }

    fn check(&self, channel: &Channel) -> Result<(), Failure> {
        let secrets = &self.means.secrets;
        let addresses = |from: &String, to: &[String]| {
            to.iter().chain([from]).try_for_each(|address| mailer::mailbox(address).map(drop))
        };
        match channel {
            Channel::Slack { url } => drop(web::check(&secrets.read(url)?)?),
            Channel::PagerDuty { routing_key } => drop(secrets.read(routing_key)?),
            Channel::Webhook { url, signing_key } => {
                web::check(&secrets.read(url)?)?;
                secrets.read(signing_key)?;
            }
            Channel::Sns { .. } => {}
            Channel::Ses { from, to } => addresses(from, to)?,
            Channel::Smtp { password, from, to, .. } => {
                secrets.read(password)?;
                addresses(from, to)?;
            }
        }
        Ok(())
    }

    async fn send(&self, channel: &Channel, notice: &Notice, at: Timestamp) -> Result<(), Failure> {
        let Means { secrets, web, mailer, cloud, mail_region, .. } = self.means;
        match channel {
            Channel::Slack { url } => {
                let body = alerts::slack(notice).to_string().into_bytes();
                Ok(web.post(&secrets.read(url)?, body, &[(KEY_HEADER, notice.key.clone())]).await?)
            }
            Channel::PagerDuty { routing_key } => self.page(routing_key, notice).await,
            Channel::Webhook { url, signing_key } => self.call((url, signing_key), notice, at).await,
            Channel::Sns { topic } => {
                let (subject, text) = publication(notice);
                cloud.publish(topic, &subject, &text, &notice.key).await.map_err(Failure::Cloud)
            }
            Channel::Ses { from, to } => {
                let mail = alerts::mail(notice);
                cloud.send_mail(mail_region, &Letter { from, to, mail: &mail }).await.map_err(Failure::Cloud)
            }
            Channel::Smtp { host, user, password, from, to } => {
                let account = Account { host, user, password: &secrets.read(password)?, from, to };
                Ok(mailer.send(&account, &alerts::mail(notice), notice.at).await?)
            }
        }
    }

    /// Sends one event for each finding. PagerDuty knows a repetition by the key within, so all can be sent again where
    /// one of them was not taken.
    async fn page(&self, routing_key: &Secret, notice: &Notice) -> Result<(), Failure> {
        let routing_key = self.means.secrets.read(routing_key)?;
        let address = SecretText::from(self.means.pager_duty.clone());
        for event in alerts::pager_duty(notice, routing_key.expose()) {
            self.means.web.post(&address, event.to_string().into_bytes(), &[]).await?;
        }
        Ok(())
    }

    async fn call(
        &self,
        (url, signing_key): (&Secret, &Secret),
        notice: &Notice,
        at: Timestamp,
    ) -> Result<(), Failure> {
        let (url, key) = (self.means.secrets.read(url)?, self.means.secrets.read(signing_key)?);
        let body = alerts::json(notice).to_string().into_bytes();
        let (moment, signature) = alerts::sign(key.expose().as_bytes(), &body, at).ok_or(Failure::Unsigned)?;
        let headers = [(KEY_HEADER, notice.key.clone()), (TIMESTAMP_HEADER, moment), (SIGNATURE_HEADER, signature)];
        Ok(self.means.web.post(&url, body, &headers).await?)
    }
}

impl Means {
    /// Tells whoever notices silence that the agent is alive.
    ///
    /// # Errors
    /// Fails, in words for the log, unless it was heard.
    pub async fn pulse(&self, url: &Secret) -> Result<(), String> {
        let url = self.secrets.read(url).map_err(|error| harmless(&error.to_string(), LONGEST_TROUBLE))?;
        self.web.get(&url).await.map_err(|trouble| format!("dead man's switch: {trouble}"))
    }
}

/// The subject and the text for a topic; what names make too long is told in short.
fn publication(notice: &Notice) -> (String, String) {
    let (subject, text) = alerts::sns(notice);
    let text = text.to_string();
    if text.len() <= LONGEST_PUBLICATION {
        return (subject, text);
    }
    let short: Json = json!({"default": format!("{}\nkey {}", notice.headline(), notice.key)});
    (subject, short.to_string())
}

/// What kind of way it is, for people.
fn sort(channel: &Channel) -> &'static str {
    match channel {
        Channel::Slack { .. } => "Slack",
        Channel::PagerDuty { .. } => "PagerDuty",
        Channel::Webhook { .. } => "webhook",
        Channel::Sns { .. } => "SNS",
        Channel::Ses { .. } => "SES",
        Channel::Smtp { .. } => "SMTP",
    }
}

#[cfg(test)]
mod tests;
