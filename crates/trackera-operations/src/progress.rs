//! What a run tells while it goes on. Whoever renders it must never hold it up.

use std::fmt::Debug;
use std::time::Duration;

use crate::record::Record;

/// Something that happened just now.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Happening<'a> {
    /// This is durable.
    Recorded(&'a Record),
    /// The step's surroundings are looked at.
    Looking {
        /// The step.
        step: &'a str,
    },
    /// The step's action is at work; it may take as long as its time-out.
    Working {
        /// The step.
        step: &'a str,
        /// What it does, with resolved values.
        what: &'a str,
        /// How long it may take.
        limit: Duration,
    },
    /// The action itself tells how far it is.
    Said {
        /// The step.
        step: &'a str,
        /// In its own words.
        text: &'a str,
    },
    /// The run waits for something to be seen, or before it tries again.
    Waiting {
        /// The step.
        step: &'a str,
        /// For what.
        why: &'a str,
    },
}

/// Takes in what happens. It returns at once: a renderer sends it on to itself.
pub trait Progress: Send + Sync + Debug {
    /// Takes in one happening.
    fn tell(&self, happening: Happening<'_>);
}

/// Nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn tell(&self, _: Happening<'_>) {}
}
