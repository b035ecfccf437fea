//! The names of runs and steps, checked once where they come in.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

const LONGEST: usize = 40;

/// The name of a run: small letters, digits and hyphens, so that it can be part of a database's identifier.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(String);

/// A text that names no run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` names no run: write at most {LONGEST} small letters, digits and single hyphens, a letter first", .0.escape_debug())]
pub struct NoRunId(String);

impl RunId {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RunId {
    type Err = NoRunId;

    fn from_str(text: &str) -> Result<Self, NoRunId> {
        let is_known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let is_good = text.len() <= LONGEST
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(is_known)
            && !text.ends_with('-')
            && !text.contains("--");
        if is_good { Ok(Self(text.to_owned())) } else { Err(NoRunId(text.chars().take(LONGEST).collect())) }
    }
}

impl TryFrom<String> for RunId {
    type Error = NoRunId;

    fn try_from(text: String) -> Result<Self, NoRunId> {
        text.parse()
    }
}

impl From<RunId> for String {
    fn from(run: RunId) -> Self {
        run.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_has_a_name_that_a_database_can_have_too() {
        for good in ["a", "prod-db-20261121", &"a".repeat(LONGEST)] {
            assert_eq!(good.parse::<RunId>().unwrap().as_str(), good);
        }
        for bad in ["", "1a", "a-", "a--b", "A", "a_b", "a/b", "ä", &"a".repeat(LONGEST + 1)] {
            assert!(bad.parse::<RunId>().is_err(), "{bad:?}");
        }
    }
}
