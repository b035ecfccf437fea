//! Tells whom it concerns: one attempt at one channel, and what became of it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use trackera_core::company::alerts::{Alerts, Channel, Secret};
use trackera_watch::alerts::Notice;
use trackera_watch::watch::Input;

use super::{Event, Inputs};
use crate::channels::{Channels, Cloud, Letter, Means};
use crate::clock::Clock;
use crate::world::{CloudMail, Delivery};

/// The means to tell somebody.
#[derive(Clone)]
pub(crate) struct Teller {
    pub(crate) means: Arc<Means>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) inputs: Inputs,
}

impl Teller {
    /// Delivers a notice by a channel, and tells the loop what became of it.
    pub(crate) fn deliver(&self, declared: Arc<BTreeMap<String, Channel>>, channel: String, notice: Notice) {
        let own = self.clone();
        tokio::spawn(async move {
            let at = own.clock.now();
            let outcome = Channels::new(&declared, &own.means).deliver(&channel, &notice, at).await;
            match &outcome {
                Ok(()) => tracing::info!(channel, key = notice.key, "told: {}", notice.headline()),
                Err(trouble) => tracing::warn!(channel, key = notice.key, "not told: {trouble}"),
            }
            own.inputs.step(Input::Delivery { key: notice.key, channel, outcome }).await;
        });
    }

    /// What would keep channels from delivering anything, found out without asking anybody.
    pub(crate) fn problems(&self, alerts: Option<&Alerts>) -> Vec<(String, String)> {
        alerts.map(|alerts| Channels::new(&alerts.channels, &self.means).problems()).unwrap_or_default()
    }

    /// Tells the dead man's switch that the agent is alive.
    pub(crate) fn pulse(&self, url: Secret) {
        let own = self.clone();
        tokio::spawn(async move {
            let told = own.means.pulse(&url).await;
            if let Err(trouble) = &told {
                tracing::warn!("{trouble}");
            }
            own.inputs.send(Event::Pulsed(told)).await;
        });
    }
}

impl fmt::Debug for Teller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Teller")
    }
}

/// SNS and SES.
#[derive(Debug)]
pub(crate) struct Services(pub(crate) Arc<Delivery>);

impl Cloud for Services {
    fn publish<'a>(
        &'a self,
        topic: &'a str,
        subject: &'a str,
        text: &'a str,
        key: &'a str,
    ) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move { self.0.publish(topic, subject, text, key).await.map_err(|error| error.to_string()) })
    }

    fn send_mail<'a>(&'a self, region: &'a str, letter: &'a Letter<'a>) -> BoxFuture<'a, Result<(), String>> {
        let mail = CloudMail {
            from: letter.from.to_owned(),
            to: letter.to.to_vec(),
            subject: letter.mail.subject.clone(),
            text: letter.mail.text.clone(),
            key: letter.mail.id.clone(),
        };
        Box::pin(async move { self.0.send_mail(region, &mail).await.map_err(|error| error.to_string()) })
    }
}
