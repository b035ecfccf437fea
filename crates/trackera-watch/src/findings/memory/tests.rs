//! What is forgotten, what never is, and what is known of a finding that comes back.

use std::collections::BTreeMap;

use proptest::prelude::*;
use trackera_core::policy::Severity;
use trackera_core::verdict::Verdict;

use super::*;
use crate::record::{Cause, Change, FindingChange, Seen};

const SMALL: Memory = Memory { length: SignedDuration::from_hours(10 * 24), most: 2 };
const IDS: [&str; 5] = ["a", "b", "c", "d", "e"];

fn at(hours: i64) -> Timestamp {
    Timestamp::constant(1_767_225_600, 0) + SignedDuration::from_hours(hours)
}

fn key(id: &str) -> FindingKey {
    FindingKey::own("test", id.to_owned())
}

/// Somebody waits to hear that these are over.
fn waits(key: &FindingKey) -> bool {
    ["a", "b"].contains(&key.id.as_str())
}

fn opened() -> Change {
    let [name, reason, evidence] = ["", "why", ""].map(str::to_owned);
    Change::Opened(Seen { severity: Severity::High, verdict: Verdict::Fail, name, reason, evidence })
}

/// What should be known of one finding.
#[derive(Clone, Copy, Debug, Default)]
struct Wanted {
    over_since: Option<Timestamp>,
    times: u32,
    doubted: bool,
}

/// Those that are forgotten at a moment, said in another way.
fn forgotten(wanted: &BTreeMap<&'static str, Wanted>, now: Timestamp) -> Vec<&'static str> {
    let mut over: Vec<(Timestamp, &str)> = wanted.iter().filter_map(|(id, one)| Some((one.over_since?, *id))).collect();
    over.sort();
    let surplus = over.len().saturating_sub(SMALL.most);
    let mut gone = Vec::new();
    for (place, (since, id)) in over.into_iter().enumerate() {
        let is_old = now.duration_since(since) >= SMALL.length;
        let is_surplus = place < surplus && !waits(&key(id));
        if (is_old || is_surplus) && !wanted[id].doubted {
            gone.push(id);
        }
    }
    gone
}

proptest! {
    #[test]
    fn what_is_long_over_is_forgotten_nothing_else_is_and_no_opening_has_the_number_of_another(
        story in prop::collection::vec((0_i64..120, prop::sample::select(&IDS[..]), 0_usize..3), 1..80),
    ) {
        let mut findings = Findings::default();
        let mut wanted: BTreeMap<&'static str, Wanted> = BTreeMap::new();
        let mut numbers: BTreeMap<&'static str, u32> = BTreeMap::new();
        let mut hours = 0;
        for (later, id, action) in story {
            hours += later;
            let known = wanted.get(id).copied();
            let is_open = known.is_some_and(|one| one.over_since.is_none());
            let change = match (action, is_open, known) {
                (0, false, _) => opened(),
                (1, true, _) => Change::Closed(Cause::Kept),
                (2, false, Some(Wanted { doubted: false, .. })) => Change::Doubted,
                (2, false, Some(Wanted { doubted: true, .. })) => Change::Cleared,
                _ => continue,
            };
            findings.apply(&FindingChange { finding: key(id), at: at(hours), change: change.clone() });
            let one = wanted.entry(id).or_default();
            match change {
                Change::Opened(_) => *one = Wanted { times: one.times + 1, ..Wanted::default() },
                Change::Closed(_) => one.over_since = Some(at(hours)),
                _ => one.doubted = !one.doubted,
            }
            let finding = findings.get(&key(id)).unwrap();
            prop_assert_eq!(finding.times(), wanted[id].times);
            let number = numbers.entry(id).or_default();
            if matches!(change, Change::Opened(_)) {
                prop_assert!(finding.opening > *number, "{} after {}", finding.opening, number);
            }
            *number = finding.opening;
            let gone = forgotten(&wanted, at(hours));
            let told = findings.forget(at(hours), &SMALL, &waits);
            prop_assert_eq!(told, gone.iter().map(|id| Arc::new(key(id))).collect::<Vec<_>>());
            wanted.retain(|id, _| !gone.contains(id));
            prop_assert!(findings.iter().map(|(key, _)| key.id.as_str()).eq(wanted.keys().copied()));
            prop_assert!(findings.forget(at(hours), &SMALL, &waits).is_empty(), "the same moment again");
        }
    }
}

#[test]
fn what_is_over_is_known_until_its_time_has_passed_and_what_is_open_for_ever() {
    let mut findings = Findings::default();
    let mut tell = |hours: i64, id: &str, change| {
        findings.apply(&FindingChange { finding: key(id), at: at(hours), change });
        let gone = findings.forget(at(hours), &Memory::USUAL, &waits);
        gone.into_iter().map(|key| key.id.clone()).collect::<Vec<String>>()
    };
    assert_eq!(tell(0, "a", opened()), [""; 0]);
    assert_eq!(tell(0, "b", opened()), [""; 0]);
    assert_eq!(tell(1, "a", Change::Closed(Cause::Gone)), [""; 0]);
    assert_eq!(tell(90 * 24, "c", opened()), [""; 0]);
    assert_eq!(tell(90 * 24 + 1, "c", Change::Missed), ["a"]);
    assert_eq!(tell(500 * 24, "c", Change::Found), [""; 0]);
    assert_eq!(tell(500 * 24, "a", opened()), [""; 0]);
    let again = findings.get(&key("a")).unwrap();
    assert_eq!((again.opening, again.times()), (2, 1), "an old acknowledgement does not count for it");
}
