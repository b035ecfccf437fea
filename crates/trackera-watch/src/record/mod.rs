//! What the agent writes into the journal: the bodies of its entries.
//!
//! Everything that survives a crash is here, and nothing else is: the state of the agent is the fold of these records.
//! They hold names of resources, digests and counts, and no other data of persons. A name, once written, never changes
//! its meaning; fields are added with a default, and a change that an old reader would misread takes a new version.

mod announcement;
mod finding;
mod life;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use announcement::{Announced, Announcement, Item, What};
pub use finding::{Cause, Change, FindingChange, FindingKey, Seen, digest};
pub use life::{Life, Observation, USUAL_SHARE};

/// The version of the bodies that this program writes, and the newest that it reads.
pub const VERSION: u32 = 1;

/// The longest text that a record takes from elsewhere, in characters.
pub const LONGEST_TEXT: usize = 500;

/// One thing to remember.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// A finding changed its state.
    Finding(FindingChange),
    /// Somebody is to be told, was told, or could not be told.
    Announcement(Announced),
    /// The estate was looked at.
    Observation(Observation),
    /// The agent itself: its start, its heart, its gaps, its policies.
    Life(Life),
}

/// The body of an entry.
#[derive(Debug, Serialize, Deserialize)]
struct Body<R> {
    version: u32,
    record: R,
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

/// Why a body is no record.
#[derive(Debug, Error)]
pub enum BodyError {
    /// It comes from a later version.
    #[error("the record has version {0}, and this program reads up to {VERSION}: read it with a newer version")]
    Newer(u32),
    /// It is of no form that this program knows.
    #[error("the record is of no known form")]
    Form(#[source] serde_json::Error),
}

impl Record {
    /// The kinds of entries that hold records.
    pub const KINDS: [&str; 4] = ["finding", "alert", "observation", "lifecycle"];

    /// The kind of entry that the journal keeps it as.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Finding(_) => "finding",
            Self::Announcement(_) => "alert",
            Self::Observation(_) => "observation",
            Self::Life(_) => "lifecycle",
        }
    }

    /// The body of its entry.
    ///
    /// # Errors
    /// Never for the records of this program; the signature is that of the JSON writer.
    pub fn to_body(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&Body { version: VERSION, record: self })
    }

    /// Reads the body of an entry.
    ///
    /// # Errors
    /// Fails for a later version, and for what is no record.
    pub fn from_body(body: &str) -> Result<Self, BodyError> {
        let Versioned { version } = serde_json::from_str(body).map_err(BodyError::Form)?;
        if version > VERSION {
            return Err(BodyError::Newer(version));
        }
        let body: Body<Self> = serde_json::from_str(body).map_err(BodyError::Form)?;
        Ok(body.record)
    }
}

/// A text that is short enough to keep.
pub fn shortened(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests;
