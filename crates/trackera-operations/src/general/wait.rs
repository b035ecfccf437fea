//! `wait.until`: goes on at a moment, or so long after one.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use trackera_core::schema::Type;
use trackera_core::time;

use crate::action::{Action, ActionError, Call, Kind, Looked, Nature, Permit};

/// Waits. Changes nothing; a rehearsal tells of it and does not wait.
#[derive(Debug)]
pub(super) struct Wait;

/// Until when.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Until {
    /// At this moment, or `length` after it; else from when the step begins.
    #[serde(default)]
    moment: Option<Timestamp>,
    /// How long.
    #[serde(default)]
    length: Option<String>,
}

impl Until {
    fn of(arguments: &Json) -> Result<Self, ActionError> {
        let until = Self::deserialize(arguments);
        let until =
            until.map_err(|error| ActionError::Refused(format!("its arguments are not understood: {error}")))?;
        match until {
            Self { moment: None, length: None } => Err(ActionError::Refused(
                "nobody says how long to wait: give a `moment`, a `length`, or both".to_owned(),
            )),
            until => Ok(until),
        }
    }

    /// The moment at which it is over; one without a beginning begins now.
    fn end(&self, now: Timestamp) -> Result<Timestamp, ActionError> {
        let length = self.length.as_deref().map(time::parse).transpose().map_err(ActionError::Refused)?;
        let end = self.moment.unwrap_or(now).checked_add(length.unwrap_or_default());
        end.map_err(|_| ActionError::Refused("there is no such moment".to_owned()))
    }
}

#[async_trait]
impl Action for Wait {
    fn name(&self) -> &'static str {
        "wait.until"
    }

    fn nature(&self) -> Nature {
        Nature::of(Kind::Idempotent)
    }

    fn describe(&self, arguments: &Json) -> String {
        let text = |name: &str| arguments.get(name).and_then(Json::as_str);
        match (text("moment"), text("length")) {
            (Some(moment), Some(length)) => format!("wait until {length} after {moment}"),
            (Some(moment), None) => format!("wait until {moment}"),
            (None, length) => format!("wait for {}", length.unwrap_or_default()),
        }
    }

    fn arguments(&self) -> &'static [&'static str] {
        &["moment", "length"]
    }

    fn outputs(&self) -> &'static [&'static str] {
        &["at"]
    }

    fn output_type(&self, field: &str) -> Option<Type> {
        (field == "at").then_some(Type::Timestamp)
    }

    fn needs_credentials(&self) -> bool {
        false
    }

    async fn look(&self, call: &Call<'_>) -> Looked {
        let now = call.now();
        match Until::of(call.arguments).and_then(|until| Ok((until.moment.is_some(), until.end(now)?))) {
            Ok((true, end)) if end <= now => Looked::Done(json!({"at": now})),
            Ok(_) => Looked::Absent,
            Err(error) => Looked::Unknown(error.to_string()),
        }
    }

    async fn perform(&self, call: &Call<'_>, _: &Permit) -> Result<Json, ActionError> {
        let end = Until::of(call.arguments)?.end(call.now())?;
        call.say(&format!("waiting until {end}"));
        // A clock that is set while it waits neither ends nor doubles what is left.
        let left = Duration::try_from(end.duration_since(call.now())).unwrap_or_default();
        call.clock.sleep(left).await;
        Ok(json!({"at": call.now()}))
    }
}
