//! `team.notify`: leaves a notice in the store in which machines meet; the agent announces it for as long as the run goes
//! on.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use trackera_journal::mailbox::{Mailbox, MailboxError};

use crate::action::{Action, ActionError, Call, Kind, Looked, Nature, Permit};
use crate::id::RunId;
use crate::record::shortened;

/// The version of this form.
const VERSION: u32 = 1;

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The version of this form.
    pub version: u32,
    /// The run that tells it.
    pub run: RunId,
    /// The step.
    pub step: String,
    /// In the words of the runbook, shortened.
    pub text: String,
}

impl Notice {
    /// Reads a notice; none where it is not one that this program understands.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|notice: &Self| notice.version == VERSION)
    }
}

/// Tells the others.
#[derive(Debug)]
pub(super) struct Notify {
    /// Where notices are left; none without a store in which machines meet.
    pub(super) notices: Option<Mailbox>,
}

impl Notify {
    fn mailbox(&self) -> Result<&Mailbox, ActionError> {
        let nowhere = || ActionError::Refused("no store is declared in which machines meet".to_owned());
        self.notices.as_ref().ok_or_else(nowhere)
    }
}

/// The same for every try, and nothing that a step's id could break.
fn name(call: &Call<'_>) -> String {
    format!("{}.json", call.token())
}

fn text(arguments: &Json) -> &str {
    arguments.get("text").and_then(Json::as_str).unwrap_or_default()
}

fn trouble(error: &MailboxError) -> ActionError {
    match error {
        MailboxError::Store(_) | MailboxError::Timeout => ActionError::Unanswered(error.to_string()),
        MailboxError::Name(_) | MailboxError::Length { .. } | MailboxError::Taken(_) => {
            ActionError::Refused(error.to_string())
        }
    }
}

#[async_trait]
impl Action for Notify {
    fn name(&self) -> &'static str {
        "team.notify"
    }

    fn nature(&self) -> Nature {
        Nature::of(Kind::Keyed)
    }

    fn describe(&self, arguments: &Json) -> String {
        format!("tell everybody: {}", text(arguments))
    }

    fn arguments(&self) -> &'static [&'static str] {
        &["text"]
    }

    fn needs_credentials(&self) -> bool {
        false
    }

    async fn look(&self, call: &Call<'_>) -> Looked {
        let Ok(mailbox) = self.mailbox() else { return Looked::Absent };
        match mailbox.get(&name(call)).await {
            Ok(Some(_)) => Looked::Done(json!({})),
            Ok(None) => Looked::Absent,
            Err(error) => Looked::Unknown(error.to_string()),
        }
    }

    async fn perform(&self, call: &Call<'_>, _: &Permit) -> Result<Json, ActionError> {
        let mailbox = self.mailbox()?;
        if text(call.arguments).trim().is_empty() {
            return Err(ActionError::Refused("there is nothing to tell: give a `text`".to_owned()));
        }
        let (run, step, text) = (call.run.clone(), call.step.to_owned(), shortened(text(call.arguments)));
        let notice = Notice { version: VERSION, run, step, text };
        let message = serde_json::to_vec(&notice).map_err(|error| ActionError::Refused(error.to_string()))?;
        mailbox.put(&name(call), message).await.map_err(|error| trouble(&error))?;
        Ok(json!({}))
    }
}
