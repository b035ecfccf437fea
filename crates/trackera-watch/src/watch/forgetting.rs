//! What the agent forgets, it forgets alike in memory and from the disk, and nobody is told twice or not at all.

use trackera_core::verdict::Verdict;

use super::simulation::{Script, Successor, Turn, World, at, key};
use crate::findings::Memory;
use crate::record::{Announced, Announcement, Cause, Change, FindingChange, Item, Observation, Record, Seen, What};
use crate::state::State;

const HERE: &str = "eu-central-1";

/// Something comes and goes, and comes back when everybody has forgotten it.
fn seasons() -> Script {
    use Turn::{Becomes, Sleeps, Waits};
    let quarter = Memory::USUAL.length.as_secs();
    vec![
        (60, Becomes(HERE, "vol-1", Some(Verdict::Fail))),
        (300, Becomes(HERE, "vol-2", Some(Verdict::Fail))),
        (1_800, Becomes(HERE, "vol-1", Some(Verdict::Pass))),
        (3_600, Sleeps(quarter)),
        (quarter + 7_200, Becomes(HERE, "vol-1", Some(Verdict::Fail))),
        (quarter + 10_800, Waits),
    ]
}

fn played(successor: Successor, kills: &[u64]) -> World {
    let mut world = World::with(successor, kills.iter().copied().collect()).checking_folds();
    world.play(&seasons());
    world
}

#[test]
fn what_was_forgotten_comes_back_as_new_and_is_told_as_new() {
    let world = played(Successor::Itself, &[]);
    let finding = world.state().findings.get(&key(HERE, "vol-1")).unwrap();
    assert_eq!((finding.opening, finding.times()), (2, 1));
    let known = world.state().findings.get(&key(HERE, "vol-2")).unwrap();
    assert_eq!((known.opening, known.times()), (1, 1), "what is open is never forgotten");
    let opened = |one: &&Announcement| one.line == "urgent" && one.items.iter().any(|item| item.what == What::Opened);
    let keys: Vec<&str> = world.intended().filter(opened).map(|one| one.key.as_str()).collect();
    assert!(keys.len() >= 3 && keys.iter().all(|key| world.taken[*key] == 1), "{keys:?}");
}

#[test]
fn a_death_at_any_instant_leads_to_the_same_memory() {
    for successor in [Successor::Itself, Successor::Other] {
        let twin = played(successor, &[]);
        #[expect(clippy::disallowed_methods, reason = "trials are asked for by the environment")]
        let is_full = std::env::var("TRACKERA_TRIALS").is_ok_and(|given| given == "full");
        let step = if is_full { 1 } else { 5 };
        let mut deaths = 0;
        for kill in (1..=twin.boundaries).step_by(step) {
            let world = played(successor, &[kill]);
            deaths += world.deaths;
            assert_eq!(world.standing(), twin.standing(), "findings after a death at {kill}");
            assert_eq!(world.told(), twin.told(), "news after a death at {kill}");
        }
        println!("trials: agent deaths while it forgets, {successor:?} goes on: {deaths}");
    }
}

#[test]
fn an_estate_that_changes_all_day_does_not_fill_the_memory_and_nobody_waits_in_vain() {
    let mut state = State::default();
    let seen = |verdict| {
        let [name, reason, evidence] = ["", "why", ""].map(str::to_owned);
        Seen { severity: trackera_core::policy::Severity::High, verdict, name, reason, evidence }
    };
    let most = i64::try_from(Memory::USUAL.most).unwrap();
    let change = |id: &str, second: i64, change| {
        Record::Finding(FindingChange { finding: key(HERE, id), at: at(second), change })
    };
    let told = |what| {
        let items = vec![Item { finding: key(HERE, "vol-0"), opening: 1, what }];
        Record::Announcement(Announced::Intended(Announcement::new("urgent".to_owned(), at(0), items)))
    };
    let looked = |second: i64| {
        let (looked, evidence) = ([].into(), String::new());
        Record::Observation(Observation { begun_at: at(second), looked, evidence, fail: 0, unknown: 0, gaps: 0 })
    };
    for number in 0..most + 500 {
        let id = format!("vol-{number}");
        state.apply(&change(&id, number, Change::Opened(seen(Verdict::Fail))));
        if number == 0 {
            state.apply(&told(What::Opened));
        }
        state.apply(&change(&id, number, Change::Closed(Cause::Gone)));
        state.apply(&looked(number));
    }
    let count = |state: &State| i64::try_from(state.findings.iter().count()).unwrap();
    assert_eq!(count(&state), most + 1, "somebody still believes that the first is open");
    state.apply(&told(What::Closed));
    state.apply(&looked(most + 501));
    assert_eq!(count(&state), most + 1, "what was to be told is still on its way");
    for announcement in state.ledger.pending().cloned().collect::<Vec<_>>() {
        let (key, channel) = (announcement.announcement.key, "first".to_owned());
        state.apply(&Record::Announcement(Announced::Delivered { key, channel, at: at(most + 502) }));
    }
    state.apply(&looked(most + 503));
    assert_eq!(count(&state), most);
    assert_eq!(state.ledger.told(&key(HERE, "vol-0"), "urgent"), None);
}
