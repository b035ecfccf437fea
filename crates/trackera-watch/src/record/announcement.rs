//! Announcements, as the journal keeps them: intended before they are sent, then delivered or failed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::finding::{FindingKey, digest};

/// What became of an announcement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Announced {
    /// It is to be sent.
    Intended(Announcement),
    /// A channel took it.
    Delivered {
        /// Its idempotency key.
        key: String,
        /// The channel.
        channel: String,
        /// When.
        at: Timestamp,
    },
    /// A channel did not take it.
    Failed {
        /// Its idempotency key.
        key: String,
        /// The channel.
        channel: String,
        /// When.
        at: Timestamp,
        /// What went wrong, shortened.
        error: String,
    },
}

/// Something that is told to somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// The idempotency key: the same items on the same line have the same key, whoever sends them and how often.
    pub key: String,
    /// The line that it goes out on: a route, or a route's escalation.
    pub line: String,
    /// When it was intended.
    pub at: Timestamp,
    /// What it tells.
    pub items: Vec<Item>,
}

impl Announcement {
    /// An announcement with its key.
    pub fn new(line: String, at: Timestamp, items: Vec<Item>) -> Self {
        let texts: Vec<[String; 4]> = items.iter().map(Item::parts).collect();
        let parts = std::iter::once(line.as_str()).chain(texts.iter().flatten().map(String::as_str));
        Self { key: digest(parts), line, at, items }
    }
}

/// One thing that an announcement tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The finding.
    pub finding: FindingKey,
    /// Which of its openings.
    pub opening: u32,
    /// What is told of it.
    pub what: What,
}

impl Item {
    fn parts(&self) -> [String; 4] {
        let (word, number) = match self.what {
            What::Opened => ("opened", 0),
            What::Changed { change } => ("changed", change),
            What::Flapping { turn } => ("flapping", turn),
            What::Repeated { repeat } => ("repeated", repeat),
            What::Closed => ("closed", 0),
        };
        [self.finding.digest(), self.opening.to_string(), word.to_owned(), number.to_string()]
    }
}

/// What is told of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// It is there.
    Opened,
    /// It is otherwise than it was told.
    Changed {
        /// How many changes there were in this opening.
        change: u32,
    },
    /// It comes and goes; until it rests, nothing more is told of it.
    Flapping {
        /// How often it came and went by then.
        turn: u32,
    },
    /// Nobody acknowledged it yet.
    Repeated {
        /// How often it was repeated.
        repeat: u32,
    },
    /// It is over.
    Closed,
}
