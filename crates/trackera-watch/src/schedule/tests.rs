//! When looks are due: bounds that hold for every policy, and the two days on which the clocks change.

use proptest::prelude::*;
use trackera_core::policy::{Cron, Severity, zone};
use trackera_core::resource::Scope;

use super::*;

fn rule(schedule: Schedule, freshness: SignedDuration) -> Rule {
    Rule {
        id: "disks".to_owned(),
        title: String::new(),
        topic: String::new(),
        severity: Severity::High,
        fix: String::new(),
        schedule,
        freshness,
        on: [].into(),
        scope: Scope::Region,
    }
}

const LAST: Timestamp = Timestamp::constant(1_767_225_600, 0);

fn pace(agent: &str, rhythm: Rhythm, throttled: u32) -> Pace<'_> {
    Pace { agent, last: Some(LAST), rhythm, throttled }
}

fn minutes(rule: &Rule, pace: &Pace<'_>) -> f64 {
    due_at(rule, pace).duration_since(LAST).as_secs_f64() / 60.0
}

#[test]
fn what_was_never_looked_at_is_due_at_once() {
    let rule = rule(Schedule::Every(SignedDuration::from_mins(15)), SignedDuration::from_hours(1));
    assert_eq!(due_at(&rule, &Pace { last: None, ..pace("one", Rhythm::Usual, 0) }), Timestamp::MIN);
}

#[test]
fn two_agents_look_at_different_moments_and_each_always_at_the_same() {
    let rule = rule(Schedule::Every(SignedDuration::from_mins(15)), SignedDuration::from_hours(1));
    let (one, other) =
        (minutes(&rule, &pace("one", Rhythm::Usual, 0)), minutes(&rule, &pace("other", Rhythm::Usual, 0)));
    assert_eq!(one, minutes(&rule, &pace("one", Rhythm::Usual, 0)));
    assert!((one - other).abs() > 0.01, "{one} {other}");
}

#[test]
fn something_to_see_is_watched_closer_and_throttling_slows_down_within_freshness() {
    let rule = rule(Schedule::Every(SignedDuration::from_mins(20)), SignedDuration::from_hours(1));
    for (rhythm, throttled, from, to) in [
        (Rhythm::Usual, 0, 18.0, 20.0),
        (Rhythm::Closer, 0, 4.5, 5.0),
        (Rhythm::Usual, 1, 36.0, 40.0),
        (Rhythm::Usual, 9, 54.0, 54.0),
    ] {
        let due = minutes(&rule, &pace("one", rhythm, throttled));
        assert!(from <= due && due <= to, "{rhythm:?} {throttled}: {due}");
    }
}

#[test]
fn hours_of_the_clock_are_kept_on_both_days_of_change() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    for (place, expression, last, due) in [
        ("Europe/Berlin", "30 2 * * *", "2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z"),
        ("Europe/Berlin", "30 2 * * *", "2026-10-25T00:30:01Z", "2026-10-26T01:30:00Z"),
        ("America/New_York", "30 2 * * *", "2026-03-07T07:30:00Z", "2026-03-08T07:00:00Z"),
        ("America/New_York", "30 1 * * *", "2026-11-01T05:30:01Z", "2026-11-02T06:30:00Z"),
    ] {
        let cron = Cron::new(expression, zone(place).unwrap()).unwrap();
        let rule = rule(Schedule::At(Box::new(cron)), SignedDuration::from_hours(26));
        let pace = Pace { last: Some(at(last)), ..pace("one", Rhythm::Usual, 9) };
        assert_eq!(due_at(&rule, &pace), at(due), "{place} {last}");
    }
}

proptest! {
    #[test]
    fn no_policy_is_looked_at_later_than_its_freshness_demands_nor_in_a_circle(
        every in 60_i64..86_400, more in 0_i64..86_400, closer: bool, throttled in 0_u32..40, agent in "[a-z]{1,8}",
    ) {
        let rhythm = if closer { Rhythm::Closer } else { Rhythm::Usual };
        let freshness = SignedDuration::from_secs(every + more);
        let rule = rule(Schedule::Every(SignedDuration::from_secs(every)), freshness);
        let after = due_at(&rule, &pace(&agent, rhythm, throttled)).duration_since(LAST);
        prop_assert!(after < freshness);
        prop_assert!(after >= SignedDuration::from_secs(every.min(60)) * 8 / 10);
    }

    #[test]
    fn what_failed_is_tried_again_soon_then_less_often_in_time_for_its_freshness_and_never_in_a_storm(
        freshness in 60_i64..86_400, times in 1_u32..40, failed in prop::option::of(0_i64..200_000), agent in "[a-z]{1,8}",
    ) {
        let freshness = SignedDuration::from_secs(freshness);
        let rule = rule(Schedule::Every(freshness), freshness);
        let last = LAST.checked_add(SignedDuration::from_secs(failed.unwrap_or_default())).unwrap();
        let retry = retry_at(&rule, (&agent, failed.map(|_| LAST)), &Failures { times, last });
        let pause = retry.duration_since(last);
        prop_assert!(pause >= SHORTEST * 9 / 10, "{pause}");
        prop_assert!(pause <= SHORTEST * (1 << (times - 1).min(MOST_DOUBLINGS)), "{pause}");
        prop_assert!(pause <= freshness.max(SHORTEST), "{pause}");
        let latest = LAST.checked_add(freshness * 9 / 10).unwrap();
        if failed.is_some() && latest > last {
            prop_assert!(retry <= latest || pause <= SHORTEST, "{retry} {latest}");
        }
    }
}
