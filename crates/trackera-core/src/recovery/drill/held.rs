//! Why a scheduled drill was not begun, as it stands in the journal of whoever carries drills out.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The version of this form.
const VERSION: u32 = 1;

/// A drill was due, and was not begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldBack {
    version: u32,
    /// The drill.
    pub drill: String,
    /// When it was to begin.
    pub at: Timestamp,
    /// Why it was not begun, in one sentence.
    pub why: String,
}

#[derive(Serialize, Deserialize)]
struct Body<T> {
    held_back: T,
}

impl HeldBack {
    /// A drill that is not begun.
    pub fn new(drill: &str, at: Timestamp, why: String) -> Self {
        Self { version: VERSION, drill: drill.to_owned(), at, why }
    }

    /// The body of an entry.
    ///
    /// # Errors
    /// Never for what this program makes; the signature is that of the JSON writer.
    pub fn to_body(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(Body { held_back: self })
    }

    /// Reads the body of an entry; none where the entry tells of something else.
    ///
    /// # Errors
    /// Fails for a form that this program does not know.
    pub fn from_body(body: &str) -> Result<Option<Self>, serde_json::Error> {
        let value: serde_json::Value = serde_json::from_str(body)?;
        let Some(held) = value.get("held_back") else { return Ok(None) };
        let held = Self::deserialize(held)?;
        match held.version {
            VERSION => Ok(Some(held)),
            other => Err(serde::de::Error::custom(format!("it has version {other}, and this program reads {VERSION}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else_is_taken_for_it() {
        let held = HeldBack::new("nightly", Timestamp::UNIX_EPOCH, "nobody stands for it".to_owned());
        let body = held.to_body().unwrap().to_string();
        assert_eq!(HeldBack::from_body(&body).unwrap(), Some(held));
        assert_eq!(HeldBack::from_body(r#"{"drill": {}}"#).unwrap(), None);
        assert!(HeldBack::from_body(&body.replace("\"version\":1", "\"version\":2")).is_err());
        assert!(HeldBack::from_body(r#"{"held_back": {"version": 1, "drill": 7}}"#).is_err());
    }
}
