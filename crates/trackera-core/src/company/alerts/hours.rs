//! Parts of the week in a time zone: whether a moment lies within, and when that changes.

use std::collections::BTreeSet;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::text::{Day, HoursText};
use crate::source::Problem;
use crate::yaml::{File, Located};

/// A part of the week.
#[derive(Clone, Debug)]
pub struct Hours {
    days: BTreeSet<Day>,
    from: Time,
    to: Time,
    zone: TimeZone,
}

impl Hours {
    /// Checks hours as somebody wrote them.
    pub(super) fn check(file: &File, text: &HoursText, zone: &TimeZone) -> Result<Self, Problem> {
        let (from, to) = (minute(file, &text.from)?, minute(file, &text.to)?);
        if from == to {
            let message = "these hours end where they begin";
            return Err(file.problem(text.to.location(), message, Some("take `hours` away for all day".to_owned())));
        }
        Ok(Self { days: text.days.iter().copied().collect(), from, to, zone: zone.clone() })
    }

    /// Tells whether a moment lies within.
    pub fn hold_at(&self, moment: Timestamp) -> bool {
        let local = moment.to_zoned(self.zone.clone()).datetime();
        let (date, time) = (local.date(), local.time());
        if self.from < self.to {
            return self.begin_on(date) && self.from <= time && time < self.to;
        }
        let since_yesterday = || date.yesterday().is_ok_and(|yesterday| self.begin_on(yesterday));
        self.begin_on(date) && self.from <= time || time < self.to && since_yesterday()
    }

    /// The first moment after another one at which its answer changes.
    pub fn next_change(&self, moment: Timestamp) -> Option<Timestamp> {
        let today = moment.to_zoned(self.zone.clone()).date();
        let dates = (-1..=8_i32).filter_map(|days| today.checked_add(days.days()).ok());
        let borders = dates.flat_map(|date| [self.from, self.to].map(|time| date.to_datetime(time)));
        let borders = borders.filter_map(|local| Some(local.to_zoned(self.zone.clone()).ok()?.timestamp()));
        // A border within an hour that is skipped is passed when the clocks change.
        let clocks = self.zone.following(moment).take(1).map(|change| change.timestamp());
        let now = self.hold_at(moment);
        borders.chain(clocks).filter(|border| *border > moment && self.hold_at(*border) != now).min()
    }

    fn begin_on(&self, date: Date) -> bool {
        self.days.is_empty() || self.days.contains(&day(date.weekday()))
    }
}

fn day(weekday: Weekday) -> Day {
    match weekday {
        Weekday::Monday => Day::Monday,
        Weekday::Tuesday => Day::Tuesday,
        Weekday::Wednesday => Day::Wednesday,
        Weekday::Thursday => Day::Thursday,
        Weekday::Friday => Day::Friday,
        Weekday::Saturday => Day::Saturday,
        Weekday::Sunday => Day::Sunday,
    }
}

fn minute(file: &File, text: &Located<String>) -> Result<Time, Problem> {
    let time = text.value().split_once(':').and_then(|(hour, minute)| {
        let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        let parsed = (digits(hour) && digits(minute)).then(|| Some((hour.parse().ok()?, minute.parse().ok()?)))?;
        parsed.and_then(|(hour, minute)| Time::new(hour, minute, 0, 0).ok())
    });
    time.ok_or_else(|| {
        let message = format!("`{}` is no time of the day", text.value().escape_debug());
        file.problem(text.location(), message, Some("write it like \"08:00\"".to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::zone;

    fn hours(days: &[Day], from: (i8, i8), to: (i8, i8), place: &str) -> Hours {
        let time = |(hour, minute)| Time::new(hour, minute, 0, 0).unwrap();
        Hours { days: days.iter().copied().collect(), from: time(from), to: time(to), zone: zone(place).unwrap() }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_night_belongs_to_the_day_that_it_begins_on() {
        let nights = hours(&[Day::Friday], (22, 0), (6, 0), "Europe/Berlin");
        // 2026-01-02 is a Friday; Berlin is an hour ahead.
        for (moment, within) in [
            ("2026-01-02T04:00:00Z", false),
            ("2026-01-02T20:59:59Z", false),
            ("2026-01-02T21:00:00Z", true),
            ("2026-01-03T04:59:59Z", true),
            ("2026-01-03T05:00:00Z", false),
            ("2026-01-03T22:00:00Z", false),
        ] {
            assert_eq!(nights.hold_at(at(moment)), within, "{moment}");
        }
        assert_eq!(nights.next_change(at("2026-01-02T21:00:00Z")), Some(at("2026-01-03T05:00:00Z")));
        assert_eq!(nights.next_change(at("2026-01-03T05:00:00Z")), Some(at("2026-01-09T21:00:00Z")));
    }

    #[test]
    fn hours_follow_the_clock_through_both_changes() {
        let nights = hours(&[], (22, 0), (7, 0), "Europe/Berlin");
        assert_eq!(nights.next_change(at("2026-03-28T21:30:00Z")), Some(at("2026-03-29T05:00:00Z")));
        assert_eq!(nights.next_change(at("2026-10-24T20:30:00Z")), Some(at("2026-10-25T06:00:00Z")));
        let nights = hours(&[], (22, 0), (7, 0), "America/New_York");
        assert_eq!(nights.next_change(at("2026-03-08T04:00:00Z")), Some(at("2026-03-08T11:00:00Z")));
    }

    #[test]
    fn a_border_that_is_skipped_is_passed_when_the_clocks_change() {
        let early = hours(&[], (1, 0), (2, 30), "Europe/Berlin");
        assert_eq!(early.next_change(at("2026-03-29T00:30:00Z")), Some(at("2026-03-29T01:00:00Z")));
    }

    #[test]
    fn the_answer_never_changes_between_two_changes() {
        let weekdays = [Day::Monday, Day::Tuesday, Day::Wednesday, Day::Thursday, Day::Friday];
        for part in [hours(&weekdays, (8, 0), (18, 0), "Europe/Berlin"), hours(&[], (22, 0), (7, 0), "Asia/Kolkata")] {
            let mut moment = at("2026-03-20T00:00:00Z");
            while moment < at("2026-04-05T00:00:00Z") {
                let next = part.next_change(moment).unwrap();
                let mut between = moment;
                while between < next {
                    assert_eq!(part.hold_at(between), part.hold_at(moment), "{between}");
                    between += 7.minutes();
                }
                assert_ne!(part.hold_at(next), part.hold_at(moment));
                moment = next;
            }
        }
    }
}
