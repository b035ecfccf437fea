//! Drills that a process of its own carries out: when they are due, and what makes their plans ask for a standing approval.

use jiff::{SignedDuration, Timestamp};
use trackera_core::policy::Schedule;

use crate::action::Kind;
use crate::approval::LONGEST_STANDING;
use crate::plan::{Plan, Requirement, Work};

/// Who asks for scheduled drills, unless an approval says otherwise: the process that carries them out.
pub const REQUESTER: &str = "trackera-agent";

/// The mode of plans that a schedule begins and no person.
pub const SCHEDULED: &str = "scheduled";

/// The least time between two runs, as a part of that of the schedule: no timer is exact.
const SLACK: (i32, i32) = (9, 10);
/// Among so many moments a schedule has shown its shortest gap.
const MOMENTS: usize = 1_000;

/// The plan of a drill as its schedule begins it: no step makes anything without the approval of somebody who stands for it.
#[must_use]
pub fn scheduled(mut plan: Plan) -> Plan {
    SCHEDULED.clone_into(&mut plan.mode);
    plan.approval = Requirement { people: 1, expires: LONGEST_STANDING, break_glass: None };
    for step in &mut plan.steps {
        if let Work::Action(act) = &mut step.work {
            act.needs_approval = act.nature.kind != Kind::Read;
        }
    }
    plan
}

/// When a drill is due that began last at a moment, or never; then its schedule counts from when it was first known.
///
/// What was missed is made up for as soon as possible. After that two runs are never closer than the schedule is anywhere,
/// because no standing approval stands for that.
#[must_use]
pub fn due(schedule: &Schedule, last: Option<Timestamp>, known_since: Timestamp) -> Option<Timestamp> {
    let Some(last) = last else {
        return match schedule {
            Schedule::Every(_) => Some(known_since),
            Schedule::At(_) => schedule.next_after(known_since),
        };
    };
    let until = last.saturating_add(LONGEST_STANDING).unwrap_or(Timestamp::MAX);
    let least = last.saturating_add(least(schedule, last, until)).unwrap_or(Timestamp::MAX);
    schedule.next_after(last).map(|next| next.max(least))
}

/// The least time between the starts of two runs of a schedule, from one moment to another.
#[must_use]
pub fn least(schedule: &Schedule, from: Timestamp, until: Timestamp) -> SignedDuration {
    let following = |last: &Timestamp| schedule.next_after(*last).filter(|next| *next < until);
    let moments: Vec<Timestamp> = std::iter::successors(schedule.next_after(from), following).take(MOMENTS).collect();
    let gaps = moments.iter().zip(moments.iter().skip(1)).map(|(one, next)| next.duration_since(*one));
    gaps.min().unwrap_or_else(|| schedule.longest()) / SLACK.1 * SLACK.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use trackera_core::policy::{Cron, zone};

    use super::*;

    const NEVER_BEFORE: &str = "2026-01-01T00:00:00Z";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn sundays() -> Schedule {
        Schedule::At(Box::new(Cron::new("0 3 * * 0", zone("Europe/Berlin").unwrap()).unwrap()))
    }

    fn daily() -> Schedule {
        Schedule::Every(SignedDuration::from_hours(24))
    }

    #[test]
    fn the_least_time_of_a_schedule_is_a_little_less_than_its_shortest_gap() {
        let [from, until] = [at(NEVER_BEFORE), at("2026-04-01T00:00:00Z")];
        assert_eq!(least(&daily(), from, until), SignedDuration::from_mins(24 * 54));
        assert_eq!(least(&daily(), from, from), SignedDuration::from_mins(24 * 54), "longer than the approval");
        // One of these weeks is an hour shorter.
        assert_eq!(least(&sundays(), from, until), SignedDuration::from_mins(167 * 54));
    }

    #[test]
    fn a_drill_that_was_never_done_is_due_at_once_or_at_its_next_hour() {
        assert_eq!(due(&daily(), None, at(NEVER_BEFORE)), Some(at(NEVER_BEFORE)));
        assert_eq!(due(&sundays(), None, at(NEVER_BEFORE)), Some(at("2026-01-04T02:00:00Z")));
    }

    #[test]
    fn what_was_missed_is_made_up_for_and_the_rhythm_comes_back() {
        // Sunday the 4th was missed, and made up for on Wednesday.
        let known = at(NEVER_BEFORE);
        let mut last = at("2026-01-07T02:00:00Z");
        let mut starts = vec![last];
        for _ in 0..5 {
            last = due(&sundays(), Some(last), known).unwrap();
            starts.push(last);
        }
        assert!(starts.windows(2).all(|pair| pair[1].duration_since(pair[0]) <= SignedDuration::from_hours(168)));
        assert_eq!(starts.last().unwrap(), &at("2026-02-08T02:00:00Z"), "{starts:?}");
    }

    proptest! {
        /// Whatever was missed, the next run is never so close that a standing approval would not stand for it.
        #[test]
        fn two_runs_are_never_closer_than_an_approval_allows(seconds in 0_i64..20_000_000) {
            let last = at(NEVER_BEFORE) + SignedDuration::from_secs(seconds);
            for schedule in [daily(), sundays()] {
                let next = due(&schedule, Some(last), at(NEVER_BEFORE)).unwrap();
                let until = last + LONGEST_STANDING;
                prop_assert!(next.duration_since(last) >= least(&schedule, last, until));
            }
        }
    }
}
