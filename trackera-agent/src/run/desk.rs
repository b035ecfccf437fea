//! Takes acknowledgements from the mailbox: what an allowed signer signed counts, and nothing else does.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use trackera_journal::cosign::Signers;
use trackera_journal::mailbox::Mailbox;
use trackera_watch::acknowledgement::Acknowledgement;

use super::{Event, Inputs};
use crate::clock::Clock;

const EVERY: Duration = Duration::from_secs(2);
/// So many messages are read in one turn.
const MOST: usize = 100;

/// Where acknowledgements arrive.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) mailbox: Arc<Mailbox>,
    /// Whose signatures count; without it nobody's do.
    pub(crate) allowed_signers: Option<PathBuf>,
    pub(crate) clock: Arc<Clock>,
}

impl Desk {
    /// Looks into the mailbox again and again while this agent leads. A message that counts for nothing is told of once
    /// and left where it is, for whoever asks what became of it.
    pub(crate) async fn attend(self, inputs: Inputs, mut leads: watch::Receiver<bool>) {
        let mut refused = BTreeSet::new();
        while leads.wait_for(|leads| *leads).await.is_ok() && !inputs.is_over() {
            match self.mailbox.list(MOST.saturating_add(refused.len())).await {
                Ok(names) => {
                    refused.retain(|name| names.contains(name));
                    for name in names {
                        if !refused.contains(&name) && !self.take(&name, &inputs).await {
                            refused.insert(name);
                        }
                    }
                }
                Err(error) => tracing::warn!("acknowledgements cannot be read: {:#}", anyhow::Error::new(error)),
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Tells the loop of one message, and tells whether it may count, now or later.
    async fn take(&self, name: &str, inputs: &Inputs) -> bool {
        match self.read(name).await {
            Ok(Some(Ok((acknowledgement, by)))) => {
                let name = name.to_owned();
                inputs.send(Event::Acknowledged { acknowledgement, by, name }).await;
                true
            }
            Ok(Some(Err(error))) => {
                tracing::warn!(message = name, "an acknowledgement counts for nothing: {error:#}");
                false
            }
            Ok(None) => true,
            Err(error) => {
                tracing::warn!(message = name, "an acknowledgement cannot be read: {error:#}");
                true
            }
        }
    }

    /// Reads a message and says what it is worth; nothing where it is gone.
    async fn read(&self, name: &str) -> anyhow::Result<Option<anyhow::Result<(Acknowledgement, String)>>> {
        let Some(message) = self.mailbox.get(name).await? else { return Ok(None) };
        let Some(path) = &self.allowed_signers else {
            return Ok(Some(Err(anyhow::anyhow!("the configuration names no `allowed_signers`"))));
        };
        let read = trackera_files::Signers::read(path);
        let read = read.map_err(|problem| anyhow::anyhow!("{}:{}: {}", problem.file, problem.line, problem.message))?;
        let signers = Signers { allowed: &read.allowed, suspended: &BTreeSet::new(), at: self.clock.now() };
        let signer = |message: (&str, &[u8]), signature: &str| {
            signers.signer_of(message, signature).map(|(principal, _)| principal)
        };
        Ok(Some(Acknowledgement::verified(&message, signer).map_err(anyhow::Error::from)))
    }
}
