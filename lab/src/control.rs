//! Talks to the control interface of a running lab. Plain HTTP on loopback, never through a proxy.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use serde_json::Value;

use crate::failure::{Failure, Outcome};
use crate::home::Home;

/// A question about the state of a lab is answered at once or the lab is not well.
const QUESTION: Duration = Duration::from_secs(10);
/// Filling an estate starts databases and makes thousands of calls.
const WORK: Duration = Duration::from_secs(300);
const LARGEST_ANSWER: u64 = 256 * 1024 * 1024;

/// A running lab.
pub(crate) struct Control {
    endpoint: String,
}

impl Control {
    /// The lab at this address, whether or not it answers.
    pub(crate) fn at(endpoint: &str) -> Self {
        Control { endpoint: endpoint.to_owned() }
    }

    /// The lab that lives in this home, or why there is none.
    pub(crate) fn of(home: &Home) -> Outcome<Self> {
        let start = || anyhow!("the lab `{0}` is not up: start it with `trackera-lab up --name {0}`", home.name());
        let announcement = home.announcement().ok_or_else(start)?;
        let control = Control::at(&announcement.endpoint);
        if !control.is_lab(home) {
            return Err(start().into());
        }
        Ok(control)
    }

    /// The address for AWS clients.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Whether the lab of this home answers here, and not some other program that was given the same port since.
    pub(crate) fn is_lab(&self, home: &Home) -> bool {
        let status = self.ask("GET", "status", None, QUESTION);
        status.is_ok_and(|status| status.get("name").and_then(Value::as_str) == Some(home.name()))
    }

    /// The state of the lab.
    pub(crate) fn status(&self) -> Outcome<Value> {
        self.ask("GET", "status", None, QUESTION)
    }

    /// Reads one of the lab's lists.
    pub(crate) fn get(&self, path: &str) -> Outcome<Value> {
        self.ask("GET", path, None, QUESTION)
    }

    /// Has the lab do something.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Outcome<Value> {
        self.ask("POST", path, Some(body), WORK)
    }

    /// Has the lab forget something.
    pub(crate) fn delete(&self, path: &str) -> Outcome<Value> {
        self.ask("DELETE", path, None, QUESTION)
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>, patience: Duration) -> Outcome<Value> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_global(Some(patience))
            .http_status_as_error(false)
            .proxy(None)
            .build()
            .into();
        let url = format!("{}/_lab/{path}", self.endpoint);
        let unreachable = || format!("the lab at {} does not answer", self.endpoint);
        let sent = match (method, body) {
            ("POST", body) => agent.post(&url).header("x-lab-control", "1").send_json(body.unwrap_or(&Value::Null)),
            ("DELETE", _) => agent.delete(&url).header("x-lab-control", "1").call(),
            _ => agent.get(&url).header("x-lab-control", "1").call(),
        };
        let mut answer = sent.with_context(unreachable)?;
        let status = answer.status().as_u16();
        let document: Value =
            answer.body_mut().with_config().limit(LARGEST_ANSWER).read_json().with_context(unreachable)?;
        if status == 200 {
            return Ok(document);
        }
        let reason = document.get("error").and_then(Value::as_str).unwrap_or("the lab refused without a reason");
        match status {
            400 => Err(Failure::Usage(reason.to_owned())),
            _ => Err(anyhow!("the lab could not do it: {reason}").into()),
        }
    }
}
