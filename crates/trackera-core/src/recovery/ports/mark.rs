//! How what a drill makes is told from everything else: by a name of its own, and by tags that name the run.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use thiserror::Error;

/// How the names of all that drills make begin, and of nothing else.
pub const NAME_PREFIX: &str = "drill-";
/// The tag that names the run.
pub const RUN_TAG: &str = "trackera:run";
/// The tag that names the drill.
pub const DRILL_TAG: &str = "trackera:drill";
/// The tag that says after which moment nobody needs it any more.
pub const EXPIRES_AT_TAG: &str = "trackera:expires-at";

/// What databases and snapshots may be called.
const LONGEST_NAME: usize = 63;
/// Tags may be longer, but these are ids.
const LONGEST_TAG: usize = 128;

/// A name that only drills give.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DrillName(String);

/// A name that no drill gives.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is no name for what a drill makes: it begins with `drill-`, has lower-case letters, digits and single \
     dashes, and at most 63 of them"
)]
pub struct NotADrillName(String);

impl DrillName {
    /// Reads a name.
    ///
    /// # Errors
    /// Fails for a name that does not begin with `drill-`, or that databases cannot have.
    pub fn parse(name: &str) -> Result<Self, NotADrillName> {
        let is_word = |word: &str| {
            !word.is_empty() && word.bytes().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
        };
        let rest = name.strip_prefix(NAME_PREFIX).filter(|_| name.len() <= LONGEST_NAME);
        match rest {
            Some(rest) if rest.split('-').all(is_word) => Ok(Self(name.to_owned())),
            _ => Err(NotADrillName(name.to_owned())),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DrillName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Whose something is, and until when: set when it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    run: String,
    drill: String,
    expires_at: Timestamp,
}

/// A run or drill that no tag can name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` cannot be the id of a run or drill: it has letters, digits, `-`, `_` and `.`, and at most 128 of them")]
pub struct NotAMark(String);

impl Mark {
    /// Marks for a run of a drill.
    ///
    /// # Errors
    /// Fails for ids that are empty, or that a tag cannot hold as they are.
    pub fn new(run: &str, drill: &str, expires_at: Timestamp) -> Result<Self, NotAMark> {
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        let is_id = |id: &str| !id.is_empty() && id.len() <= LONGEST_TAG && id.chars().all(is_plain);
        match [run, drill].into_iter().find(|id| !is_id(id)) {
            None => Ok(Self { run: run.to_owned(), drill: drill.to_owned(), expires_at }),
            Some(bad) => Err(NotAMark(bad.to_owned())),
        }
    }

    /// Reads the mark on something; `None` where any part of it is missing or is no such thing.
    pub fn on(tags: &BTreeMap<String, String>) -> Option<Self> {
        let tag = |name: &str| tags.get(name).map(String::as_str);
        Self::new(tag(RUN_TAG)?, tag(DRILL_TAG)?, tag(EXPIRES_AT_TAG)?.parse().ok()?).ok()
    }

    /// The tags that say it.
    pub fn tags(&self) -> BTreeMap<String, String> {
        let tags = [
            (RUN_TAG, self.run.clone()),
            (DRILL_TAG, self.drill.clone()),
            (EXPIRES_AT_TAG, self.expires_at.to_string()),
        ];
        tags.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// The run.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// The drill.
    pub fn drill(&self) -> &str {
        &self.drill
    }

    /// After which moment nobody needs it any more.
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark() -> Mark {
        Mark::new("run-7", "production-weekly", "2026-03-01T06:00:00Z".parse().unwrap()).unwrap()
    }

    #[test]
    fn only_what_begins_as_a_drill_is_a_drills_name() {
        for name in ["drill-a", "drill-production-weekly-7", &format!("drill-{}", "x".repeat(57))] {
            assert_eq!(DrillName::parse(name).unwrap().as_str(), name);
        }
        let long = format!("drill-{}", "x".repeat(58));
        for name in
            ["", "drill", "drill-", "production", "Drill-a", "drill-a-", "drill--a", "drill-a_b", " drill-a", &long]
        {
            assert!(DrillName::parse(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_mark_is_read_as_it_was_written() {
        assert_eq!(Mark::on(&mark().tags()), Some(mark()));
    }

    #[test]
    fn half_a_mark_is_none() {
        for missing in [RUN_TAG, DRILL_TAG, EXPIRES_AT_TAG] {
            let mut tags = mark().tags();
            tags.remove(missing);
            assert_eq!(Mark::on(&tags), None, "{missing}");
            tags.insert(missing.to_owned(), String::new());
            assert_eq!(Mark::on(&tags), None, "{missing}");
        }
    }

    #[test]
    fn an_id_that_a_tag_would_change_is_none() {
        let moment = mark().expires_at();
        for id in ["", "a b", "a\nb", "é", &"x".repeat(129)] {
            assert!(Mark::new(id, "weekly", moment).is_err(), "{id}");
            assert!(Mark::new("run", id, moment).is_err(), "{id}");
        }
    }
}
