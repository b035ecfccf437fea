//! What the agent promises: nothing is lost by a death at any instant, nobody is told twice without need, and no order
//! of messages leads anywhere else.

use std::collections::BTreeSet;

use proptest::prelude::*;
use trackera_core::policy::{Signed, Waiver};
use trackera_core::verdict::Verdict;

use super::simulation::{ACCOUNT, EVENT, POLICY, Script, Successor, Turn, World, at, declared, event, key};
use super::*;
use crate::alerts::OWN_TOPIC;
use crate::record::What;
use crate::schedule::Rules;
use crate::state::{Entry, merge};

const HERE: &str = "eu-central-1";
const THERE: &str = "eu-west-1";

/// The environment is read here alone, as the other sweeps do.
#[expect(clippy::disallowed_methods, reason = "the size of a sweep is the environment's to choose")]
fn trials(small: u32, full: u32) -> u32 {
    if std::env::var("TRACKERA_TRIALS").is_ok_and(|size| size == "full") { full } else { small }
}

fn sweep(small: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(trials(small, 1_000)) }
}

/// A day of everything: openings, a deletion, a refused list, a broken channel, an acknowledgement.
fn day() -> Script {
    use Turn::{Acknowledges, Becomes, Breaks, Refuses, Waits};
    vec![
        (60, Becomes(HERE, "vol-1", Some(Verdict::Fail))),
        (300, Becomes(THERE, "vol-2", Some(Verdict::Fail))),
        (2_400, Acknowledges),
        (3_600, Becomes(HERE, "vol-1", Some(Verdict::Pass))),
        (3_900, Breaks("first", true)),
        (4_200, Becomes(HERE, "vol-1", Some(Verdict::Fail))),
        (4_800, Refuses(THERE, true)),
        (7_800, Refuses(THERE, false)),
        (8_100, Breaks("first", false)),
        (8_400, Becomes(THERE, "vol-2", None)),
        (9_000, Becomes(HERE, "vol-3", Some(Verdict::Unknown))),
        (10_800, Waits),
    ]
}

fn played(successor: Successor, kills: &[u64]) -> World {
    let mut world = World::with(successor, kills.iter().copied().collect());
    world.play(&day());
    world
}

#[test]
fn the_state_is_the_fold_of_the_records_after_every_step() {
    let mut world = World::new([].into()).checking_folds();
    world.play(&day());
    assert!(world.journal.len() > 40, "{}", world.journal.len());
}

#[test]
fn the_state_is_the_fold_of_both_logs_however_often_the_lead_changes() {
    for successor in [Successor::Itself, Successor::Other] {
        let mut world = World::with(successor, [90, 200, 333, 480].into()).checking_folds();
        world.play(&day());
        assert_eq!(world.deaths, 4);
    }
}

#[test]
fn a_day_ends_with_what_is_true_and_everybody_knows_it() {
    let world = played(Successor::Itself, &[]);
    let open = |region, id| world.state().findings.get(&key(region, id)).is_some_and(|one| one.open_since().is_some());
    assert!(open(HERE, "vol-1") && !open(THERE, "vol-2") && open(HERE, "vol-3") && !open(THERE, "*"));
    assert_eq!(world.state().findings.get(&key(HERE, "vol-1")).unwrap().opening, 2);
    assert_eq!(world.state().ledger.pending().count(), 0);
    assert_eq!(world.queued(), 0);
    assert!(world.taken.values().all(|count| *count == 1), "{:?}", world.taken);
    let told = |line: &str, id: &str, what| {
        let mut items = world.intended().filter(|one| one.line == line).flat_map(|one| &one.items);
        items.any(|item| item.finding.id == id && item.what == what)
    };
    assert!(told("urgent", "vol-1", What::Opened) && told("urgent", "vol-1", What::Closed));
    assert!(told("urgent/escalation", "vol-1", What::Opened), "nobody acknowledged for twenty minutes");
    assert!(told("urgent", "first", What::Opened) && told("urgent", "first", What::Closed), "a channel was broken");
    assert!(told("urgent", "vol-1", What::Repeated { repeat: 1 }), "nobody acknowledged for half an hour");
}

fn dies_everywhere(successor: Successor) {
    let twin = played(successor, &[]);
    let step = usize::try_from(trials(5, 1)).unwrap();
    let mut deaths = 0;
    for kill in (1..=twin.boundaries).step_by(step) {
        let world = played(successor, &[kill]);
        deaths += world.deaths;
        same(&world, &twin, kill);
    }
    println!(
        "trials: agent deaths at single instants, {successor:?} goes on: {deaths} of {} boundaries",
        twin.boundaries
    );
}

#[test]
fn a_death_at_any_instant_loses_no_finding_and_repeats_at_most_one_announcement() {
    dies_everywhere(Successor::Itself);
}

#[test]
fn a_death_at_any_instant_loses_nothing_either_when_the_other_agent_takes_over() {
    dies_everywhere(Successor::Other);
}

#[track_caller]
fn same(world: &World, twin: &World, kill: u64) {
    assert_eq!(world.standing(), twin.standing(), "findings after a death at {kill}");
    assert_eq!(world.told(), twin.told(), "news after a death at {kill}");
    assert_eq!(world.state().ledger.pending().count(), 0, "left over after a death at {kill}");
    assert_eq!(world.queued(), 0, "messages left after a death at {kill}");
    let keys: Vec<&str> = world.intended().map(|one| one.key.as_str()).collect();
    let unique: BTreeSet<&str> = keys.iter().copied().collect();
    assert_eq!(keys.len(), unique.len(), "a key was used twice after a death at {kill}");
    for key in keys {
        let taken = world.taken.get(key).copied().unwrap_or_default();
        assert!((1..=1 + world.deaths).contains(&taken), "{key} was taken {taken} times after a death at {kill}");
    }
    let more: u32 = world.taken.values().map(|count| count - 1).sum();
    assert!(more <= world.deaths, "{more} announcements were repeated after a death at {kill}");
}

proptest! {
    #![proptest_config(sweep(32))]

    #[test]
    fn many_deaths_lose_nothing_either(kills in prop::collection::btree_set(1_u64..700, 1..6), other: bool) {
        let kills: Vec<u64> = kills.into_iter().collect();
        let successor = if other { Successor::Other } else { Successor::Itself };
        same(&played(successor, &kills), &played(successor, &[]), 0);
    }
}

/// A moment, what changes at it, and the message that arrives at it.
type Moment = (i64, Option<(usize, bool)>, String);

/// A schedule of changes, with the delays of the messages that tell of them; some are told twice.
fn schedule() -> impl Strategy<Value = Vec<(i64, usize, bool, i64, Option<i64>)>> {
    let one = (0_i64..600, 0_usize..4, any::<bool>(), 0_i64..900, prop::option::of(0_i64..900));
    prop::collection::vec(one, 1..12)
}

const RESOURCES: [(&str, &str); 4] = [(HERE, "a"), (HERE, "b"), (THERE, "a"), (THERE, "b")];

proptest! {
    #![proptest_config(sweep(64))]

    #[test]
    fn no_order_of_messages_and_no_noise_among_them_leads_anywhere_but_to_the_truth(changes in schedule()) {
        let mut world = World::new([].into()).checking_folds();
        let mut moments: Vec<Moment> = Vec::new();
        let mut now = 60;
        for (index, (later, resource, fails, delay, again)) in changes.into_iter().enumerate() {
            now += later;
            moments.push((now, Some((resource, fails)), String::new()));
            let told = |delay: i64| (now + delay, None, event(&format!("e-{index}"), RESOURCES[resource].0, at(now)));
            moments.push(told(delay));
            moments.extend(again.map(told));
            let forged = event(&format!("f-{index}"), HERE, at(now)).replace(ACCOUNT, "444455556666");
            moments.push((now, None, forged));
            moments.push((now, None, "{\"version\":\"0\"".to_owned()));
        }
        moments.sort_by_key(|(moment, _, _)| *moment);
        for (index, (moment, change, message)) in moments.into_iter().enumerate() {
            world.until(moment);
            match change {
                Some((resource, fails)) => {
                    let verdict = if fails { Verdict::Fail } else { Verdict::Pass };
                    world.truth.insert(RESOURCES[resource], verdict);
                }
                None => world.tell(&format!("r-{index}"), message),
            }
            world.work();
        }
        world.until(now + 7_200);
        for ((region, id), verdict) in world.truth.clone() {
            let open = world.state().findings.get(&key(region, id)).is_some_and(|one| one.open_since().is_some());
            prop_assert_eq!(open, verdict == Verdict::Fail, "{} {}", region, id);
        }
        prop_assert_eq!(world.queued(), 0);
        let dropped: u64 = world.agent().inbox().tally.dropped.values().sum();
        prop_assert!(dropped > 0);
    }
}

#[test]
fn an_event_leads_to_a_finding_within_seconds_and_only_the_region_is_looked_at() {
    let mut world = World::new([].into());
    world.until(60);
    world.truth.insert((HERE, "vol-1"), Verdict::Fail);
    world.truth.insert((THERE, "vol-2"), Verdict::Fail);
    world.tell("r", event("e", HERE, at(60)));
    world.work();
    world.until(63);
    let open: Vec<&str> = world.state().findings.open().map(|(key, _)| key.id.as_str()).collect();
    assert_eq!(open, ["vol-1"]);
    assert_eq!(world.queued(), 0);
}

/// An agent that leads with the usual policies, without a world around it.
fn leading(state: State, now: i64) -> Watch {
    let (mut watch, _) = Watch::start(Settings::usual("one"), state.clone(), at(now));
    watch.step(Input::Files(Box::new(Ok(declared()))), at(now));
    watch.step(Input::LeaseGained { epoch: 1, state: Box::new(watch.state().clone()) }, at(now));
    watch
}

fn own(watch: &Watch) -> Vec<&str> {
    watch.state().findings.open().map(|(key, _)| key.policy.as_str()).collect()
}

#[test]
fn a_bad_file_keeps_the_running_set_and_is_a_finding_until_it_is_mended() {
    let mut watch = leading(State::default(), 0);
    let refused = Refused { digest: "bad".to_owned(), mistakes: 2 };
    watch.step(Input::Files(Box::new(Err(refused))), at(10));
    assert_eq!(own(&watch), ["agent/policies-refused"]);
    assert!(watch.declared.as_ref().unwrap().rules.rules.contains_key(POLICY));
    watch.step(Input::Files(Box::new(Ok(declared()))), at(20));
    assert_eq!(own(&watch), [""; 0]);
    assert_eq!(OWN_TOPIC, "agent");
}

#[test]
fn a_silent_and_a_full_queue_say_so_and_the_agent_looks_more_often() {
    let mut watch = leading(State::default(), 0);
    watch.step(Input::Queue(Queue::Holds(3)), at(1));
    assert_eq!(own(&watch), [""; 0]);
    watch.step(Input::Queue(Queue::Unreachable), at(2));
    assert_eq!(own(&watch), ["agent/queue-silent"]);
    assert!(watch.is_deaf(at(2)));
    watch.step(Input::Queue(Queue::Holds(5_000)), at(3));
    assert_eq!(own(&watch), ["agent/queue-full"]);
    watch.step(Input::Queue(Queue::Holds(0)), at(24 * 3600));
    assert_eq!(own(&watch), ["agent/queue-silent"]);
}

#[test]
fn an_event_by_a_clock_that_differs_from_the_agents_is_looked_at_whichever_is_right() {
    for differs in [-3_600, 3_600] {
        let mut world = World::new([].into());
        world.until(1_000);
        let looks = world.looks.len();
        world.truth.insert((HERE, "vol-1"), Verdict::Fail);
        world.tell("r", event("e", HERE, at(1_000 + differs)));
        world.work();
        world.until(1_002);
        assert_eq!(world.looks.len(), looks + 1, "{differs}");
        assert!(world.standing().contains_key(&key(HERE, "vol-1")) && world.queued() == 0, "{differs}");
    }
}

#[test]
fn a_waiver_that_ends_soon_is_a_finding_until_it_ended() {
    let mut with = declared();
    let ends_at = at(20 * 86_400);
    let [policy, resource, owner, reason, approver] = [POLICY, "vol-*", "amelie", "test", "jonas"].map(str::to_owned);
    let expires = jiff::civil::date(2026, 1, 20);
    let (account, region, signature, signed) = (None, None, None, Signed::NotAsked);
    let waiver =
        Waiver { policy, resource, account, region, owner, reason, approver, expires, ends_at, signature, signed };
    with.rules.waivers.push(waiver);
    let mut watch = leading(State::default(), 0);
    watch.step(Input::Files(Box::new(Ok(with))), at(1));
    for (day, open) in [(5, 0), (6, 1), (19, 1), (20, 0)] {
        watch.step(Input::Tick, at(day * 86_400));
        let ending = own(&watch).iter().filter(|policy| **policy == "agent/waiver-ends").count();
        assert_eq!(ending, open, "day {day}");
    }
}

#[test]
fn a_policy_that_is_taken_away_takes_its_findings_along() {
    let mut world = World::new([].into());
    world.truth.insert((HERE, "vol-1"), Verdict::Fail);
    world.until(1_800);
    assert_eq!(world.standing().len(), 1);
    let mut watch = world.agent().clone();
    let mut without = declared();
    without.rules = Rules { digest: "other".to_owned(), ..Rules::default() };
    watch.step(Input::Files(Box::new(Ok(without))), at(1_801));
    assert_eq!(watch.state().findings.open().count(), 0);
}

#[test]
fn silence_of_the_agent_is_a_gap_on_record() {
    let mut watch = leading(State::default(), 0);
    let state = watch.state().clone();
    let gaps =
        |outputs: &Outputs| outputs.records.iter().filter(|one| matches!(one, Record::Life(Life::Gap { .. }))).count();
    assert_eq!(gaps(&watch.step(Input::Tick, at(300))), 0);
    assert_eq!(gaps(&Watch::start(Settings::usual("one"), state.clone(), at(60)).1), 0);
    assert_eq!(gaps(&Watch::start(Settings::usual("one"), state, at(3_600)).1), 1);
    assert_eq!(gaps(&watch.step(Input::Tick, at(3_600))), 1, "a machine that slept");
}

#[test]
fn every_record_of_a_look_at_very_many_policies_fits_into_an_entry() {
    let mut many = declared();
    let rule = many.rules.rules.remove(POLICY).unwrap();
    for number in 0..1_000 {
        let id = format!("{number:04}{}", "x".repeat(60));
        many.rules.rules.insert(id.clone(), crate::schedule::Rule { id, ..rule.clone() });
    }
    let mut watch = leading(State::default(), 0);
    let outputs = watch.step(Input::Files(Box::new(Ok(many))), at(1));
    let id = outputs.effects.iter().find_map(|effect| match effect {
        Effect::Look { id, policies } if policies.len() == 1_000 => Some(*id),
        _ => None,
    });
    let (id, evidence) = (id.unwrap(), String::new());
    let looked = Looked { id, sightings: Vec::new(), evidence, counts: [0; 3], throttled: 0 };
    let outputs = watch.step(Input::Looked(looked), at(2));
    assert!(outputs.records.len() >= 10);
    assert!(outputs.records.iter().all(|record| record.to_body().unwrap().len() < 60_000));
}

#[test]
fn a_look_that_never_ends_is_given_up_made_again_and_told() {
    let mut watch = leading(State::default(), 0);
    let looks = |outputs: &Outputs| outputs.effects.iter().filter(|one| matches!(one, Effect::Look { .. })).count();
    assert_eq!(looks(&watch.step(Input::Tick, at(60))), 0, "one is being made");
    assert_eq!(looks(&watch.step(Input::Tick, at(900))), 1);
    watch.step(Input::Tick, at(901));
    assert_eq!(own(&watch), ["agent/looks-hang"]);
}

#[test]
fn a_look_that_failed_frees_its_place_and_is_made_again_within_a_minute() {
    let mut world = World::new([].into());
    world.play(&vec![
        (900, Turn::Fails(true)),
        (960, Turn::Becomes(HERE, "vol-1", Some(Verdict::Fail))),
        (961, Turn::Fails(false)),
    ]);
    let failed = world.looks.iter().position(|(_, failed)| *failed).unwrap();
    let [(first, _), (second, fails)] = world.looks[failed..failed + 2].try_into().unwrap();
    assert!((54..=61).contains(&(second - first)) && !fails, "{:?}", &world.looks[failed..]);
    assert!(world.state().findings.get(&key(HERE, "vol-1")).is_some());
}

proptest! {
    #![proptest_config(sweep(64))]

    #[test]
    fn looks_that_fail_lose_nothing_and_are_tried_again_without_a_storm(
        from in 0_i64..4_000, length in 1_i64..20_000, changes in prop::collection::vec((0_i64..20_000, 0_usize..4), 0..20),
    ) {
        let mut world = World::new([].into()).checking_folds();
        let change = |(at, resource): (i64, usize)| {
            let (region, id) = RESOURCES[resource];
            (at, Turn::Becomes(region, id, Some(if at % 2 == 0 { Verdict::Fail } else { Verdict::Pass })))
        };
        let mut script: Script = changes.into_iter().map(change).collect();
        script.extend([(from, Turn::Fails(true)), (from + length, Turn::Fails(false))]);
        script.sort_by_key(|(at, _)| *at);
        world.play(&script);
        for ((region, id), verdict) in world.truth.clone() {
            let open = world.state().findings.get(&key(region, id)).is_some_and(|one| one.open_since().is_some());
            prop_assert_eq!(open, verdict != Verdict::Pass);
        }
        for pair in world.looks.windows(2) {
            let [(first, failed), (second, _)] = pair.try_into().unwrap();
            prop_assert!(!failed || second - first >= 54, "{first} {second}");
            prop_assert!(!failed || second - first <= 16 * 60 + 1, "{first} {second}");
        }
        prop_assert_eq!(world.queued(), 0);
    }
}

#[test]
fn a_follower_looks_at_nothing_and_tells_nobody() {
    let (mut watch, _) = Watch::start(Settings::usual("two"), State::default(), at(0));
    watch.step(Input::Files(Box::new(Ok(declared()))), at(0));
    let message = Input::Message { receipt: "r".to_owned(), body: event("e", HERE, at(0)).into_bytes() };
    for input in [message, Input::Tick, Input::Queue(Queue::Unreachable)] {
        let outputs = watch.step(input, at(10));
        assert!(outputs.effects.is_empty() && outputs.records.is_empty());
    }
    assert!(event("e", HERE, at(0)).contains(EVENT));
}

#[test]
fn whoever_takes_over_knows_the_findings_and_tells_nothing_twice() {
    let mut world = World::new([].into());
    world.truth.insert((HERE, "vol-1"), Verdict::Fail);
    world.until(1_900);
    let mut entries = world.journal.clone();
    let (mut other, outputs) = Watch::start(Settings::usual("two"), State::default(), at(1_900));
    let mine = |(sequence, record): (usize, &Record)| Entry {
        epoch: 0,
        agent: "two".to_owned(),
        sequence: u64::try_from(sequence).unwrap(),
        record: record.clone(),
    };
    entries.extend(outputs.records.iter().enumerate().map(mine));
    entries.reverse();
    let merged = merge(entries);
    assert_eq!(merged.findings, world.state().findings);
    other.step(Input::Files(Box::new(Ok(declared()))), at(1_901));
    let outputs = other.step(Input::LeaseGained { epoch: 2, state: Box::new(merged) }, at(1_901));
    let told = |record: &&Record| matches!(record, Record::Announcement(Announced::Intended(_)));
    assert_eq!(outputs.records.iter().filter(told).count(), 0);
    assert_eq!(other.state().findings, world.state().findings);
    assert_eq!(other.state().leader, Some(("two".to_owned(), 2)));
}
