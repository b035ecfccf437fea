//! When a policy is judged: after a length of time, or at the hours that a cron expression names in a time zone.
//!
//! An hour that daylight saving skips runs once, at its end; an hour that it doubles runs once. The zones are part of
//! the program, so a schedule gives the same moments on every machine.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr as _;
use std::sync::LazyLock;

use croner::Cron as Pattern;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::compile::positive;
use crate::source::{Problem, suggest};
use crate::time;
use crate::yaml::{File, Located};

/// The rhythm of a cron expression repeats within this many moments, or is rarer than its longest gap among them.
const MOMENTS: usize = 400;

/// From where gaps between moments are measured: a year later it has seen every weekday, month and change of the clocks.
const MEASURED_FROM: Timestamp = Timestamp::constant(1_767_225_600, 0);

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// Finds a time zone by its name, such as `Europe/Berlin`.
pub fn zone(name: &str) -> Option<TimeZone> {
    ZONES.get(name).ok()
}

/// Checks the name of a time zone that somebody wrote.
///
/// # Errors
/// Fails when no zone has that name, and offers the nearest.
pub fn checked_zone(file: &File, name: &Located<String>) -> Result<TimeZone, Problem> {
    zone(name.value()).ok_or_else(|| {
        let known: Vec<String> = ZONES.available().map(|name| name.as_str().to_owned()).collect();
        let message = format!("no time zone is called `{}`", name.value().escape_debug());
        file.problem(name.location(), message, suggest(name.value(), known.iter().map(String::as_str)))
    })
}

/// How often, as it is written: `15m`, or `{cron: "0 7 * * 1-5", zone: Europe/Berlin}`.
#[derive(Clone, Debug)]
pub enum EveryText {
    /// A length of time.
    Length(String),
    /// Hours of the clock.
    Cron(CronText),
}

/// Hours of the clock.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CronText {
    /// Minute, hour, day of the month, month and day of the week.
    pub cron: Located<String>,
    /// The time zone, such as `Europe/Berlin`.
    pub zone: Located<String>,
}

impl<'de> Deserialize<'de> for EveryText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EveryVisitor;
        impl<'de> Visitor<'de> for EveryVisitor {
            type Value = EveryText;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a length of time such as `15m`, or `{cron: ..., zone: ...}`")
            }

            fn visit_str<E>(self, text: &str) -> Result<EveryText, E> {
                Ok(EveryText::Length(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<EveryText, A::Error> {
                CronText::deserialize(MapAccessDeserializer::new(map)).map(EveryText::Cron)
            }
        }
        deserializer.deserialize_any(EveryVisitor)
    }
}

impl JsonSchema for EveryText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "EveryText".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let cron = generator.subschema_for::<CronText>();
        json_schema!({ "anyOf": [{ "type": "string" }, cron] })
    }
}

/// When a policy is judged.
#[derive(Clone, Debug)]
pub enum Schedule {
    /// So long after the last time.
    Every(SignedDuration),
    /// At hours of the clock.
    At(Box<Cron>),
}

/// A checked cron expression in its time zone.
#[derive(Clone, Debug)]
pub struct Cron {
    pattern: Pattern,
    zone: TimeZone,
    longest: SignedDuration,
}

impl Cron {
    /// Reads an expression of five fields.
    ///
    /// # Errors
    /// Fails with a sentence for the reader when the text is no expression, or names no moment at all.
    pub fn new(text: &str, zone: TimeZone) -> Result<Self, String> {
        let shown = text.escape_debug();
        if text.split_whitespace().count() != 5 {
            return Err(format!("`{shown}` has not the five fields minute, hour, day, month and weekday"));
        }
        let pattern = Pattern::from_str(text).map_err(|error| format!("`{shown}` is no cron expression: {error}"))?;
        let mut cron = Self { pattern, zone, longest: SignedDuration::ZERO };
        let mut last = MEASURED_FROM;
        for _ in 0..MOMENTS {
            let next = cron.next_after(last).ok_or_else(|| format!("`{shown}` names a moment that never comes"))?;
            // The first gap begins at no moment of the expression.
            if last != MEASURED_FROM {
                cron.longest = cron.longest.max(next.duration_since(last));
            }
            last = next;
        }
        Ok(cron)
    }

    /// The first moment after another one.
    pub fn next_after(&self, moment: Timestamp) -> Option<Timestamp> {
        let next = self.pattern.find_next_occurrence(&moment.to_zoned(self.zone.clone()), false).ok()?;
        Some(next.timestamp())
    }
}

impl Schedule {
    /// Checks a schedule as somebody wrote it.
    pub(crate) fn check(file: &File, text: &Located<EveryText>) -> Result<Self, Problem> {
        match text.value() {
            EveryText::Length(length) => positive(file, text.location(), length).map(Self::Every),
            EveryText::Cron(CronText { cron, zone }) => {
                let zone = checked_zone(file, zone)?;
                let checked = Cron::new(cron.value(), zone);
                let checked = checked.map_err(|message| file.problem(cron.location(), message, None))?;
                Ok(Self::At(Box::new(checked)))
            }
        }
    }

    /// The longest time between two judgements.
    pub fn longest(&self) -> SignedDuration {
        match self {
            Self::Every(length) => *length,
            Self::At(cron) => cron.longest,
        }
    }

    /// The first moment after the last judgement; without an end it is none, for an expression that ran dry.
    pub fn next_after(&self, last: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Every(length) => last.checked_add(*length).ok(),
            Self::At(cron) => cron.next_after(last),
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every(length) => formatter.write_str(&time::format(*length)),
            Self::At(cron) => {
                write!(formatter, "`{}` in {}", cron.pattern.as_str(), cron.zone.iana_name().unwrap_or("UTC"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn moments(expression: &str, place: &str, from: &str, count: usize) -> Vec<String> {
        let zone = zone(place).unwrap();
        let cron = Cron::new(expression, zone.clone()).unwrap();
        let from: Timestamp = from.parse().unwrap();
        let following = std::iter::successors(Some(from), |last| cron.next_after(*last)).skip(1).take(count);
        following.map(|moment| moment.to_zoned(zone.clone()).strftime("%F %R%:z").to_string()).collect()
    }

    #[test]
    fn a_skipped_hour_runs_once_at_its_end() {
        assert_eq!(
            moments("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", 3),
            ["2026-03-28 02:30+01:00", "2026-03-29 03:00+02:00", "2026-03-30 02:30+02:00"],
        );
        assert_eq!(
            moments("15 2 * * *", "America/New_York", "2026-03-07T12:00:00Z", 2),
            ["2026-03-08 03:00-04:00", "2026-03-09 02:15-04:00"],
        );
    }

    #[test]
    fn a_doubled_hour_runs_once() {
        assert_eq!(
            moments("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2),
            ["2026-10-25 02:30+02:00", "2026-10-26 02:30+01:00"],
        );
        assert_eq!(
            moments("30 1 * * *", "America/New_York", "2026-10-31T12:00:00Z", 2),
            ["2026-11-01 01:30-04:00", "2026-11-02 01:30-05:00"],
        );
    }

    #[test]
    fn a_doubled_hour_runs_once_even_if_the_agent_starts_within_its_second_half() {
        // 02:35 of the first half, and 02:10 of the second, which comes after it.
        for from in ["2026-10-25T00:35:00Z", "2026-10-25T01:10:00Z"] {
            assert_eq!(moments("30 2 * * *", "Europe/Berlin", from, 1), ["2026-10-26 02:30+01:00"], "{from}");
        }
    }

    #[test]
    fn every_quarter_of_an_hour_comes_in_order_through_both_changes() {
        for from in ["2026-03-28T23:00:00Z", "2026-10-24T22:00:00Z"] {
            let cron = Cron::new("*/15 * * * *", zone("Europe/Berlin").unwrap()).unwrap();
            let from: Timestamp = from.parse().unwrap();
            let moments: Vec<Timestamp> =
                std::iter::successors(Some(from), |last| cron.next_after(*last)).take(40).collect();
            assert!(moments.windows(2).all(|pair| pair[1].duration_since(pair[0]) == SignedDuration::from_mins(15)));
        }
    }

    #[test]
    fn the_longest_gap_knows_weekends_and_the_longer_day() {
        let longest = |text| Cron::new(text, zone("Europe/Berlin").unwrap()).unwrap().longest.as_hours();
        assert_eq!(longest("0 7 * * 1-5"), 73);
        assert_eq!(longest("0 7 * * *"), 25);
    }

    #[test]
    fn what_is_no_expression_is_refused_in_words() {
        for (text, words) in [
            ("0 7 * *", "five fields"),
            ("0 0 7 * * *", "five fields"),
            ("61 * * * *", "no cron expression"),
            ("0 0 30 2 *", "never comes"),
        ] {
            let error = Cron::new(text, TimeZone::UTC).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
