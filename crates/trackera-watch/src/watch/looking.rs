//! Which looks are made now, and what becomes of those that end.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use trackera_core::resource::{GLOBAL, Scope};

use super::{Effect, Looked, Outputs, Queue, Watch};
use crate::events::Want;
use crate::findings::{Look, step};
use crate::places::{ALL, Place, Places};
use crate::record::{FindingKey, Observation, Record};
use crate::schedule::{Failures, Pace, Rhythm, Rule, due_at, retry_at, slack};

/// A record must fit into an entry of the journal: a look at more policies is several records.
const MOST_POLICIES: usize = 100;

/// A look at more places than these is a look at all of them.
const MOST_PLACES: usize = 4;

/// The looks that are being made.
#[derive(Clone, Debug, Default)]
pub(super) struct Looks {
    running: BTreeMap<u64, Running>,
    /// The policies that could not be looked at when that was tried last.
    failing: BTreeMap<String, Failures>,
    next: u64,
    throttled: u32,
    hung: u32,
    ended: bool,
}

#[derive(Clone, Debug)]
struct Running {
    policies: Want,
    begun_at: Timestamp,
}

impl Looks {
    /// Forgets what is being looked at: the answers would not be heard.
    pub(super) fn forget(&mut self) {
        self.running.clear();
        self.failing.clear();
    }

    /// Lets go of a look that ended without an answer.
    pub(super) fn fail(&mut self, id: u64, now: Timestamp) {
        let Some(Running { policies, .. }) = self.running.remove(&id) else { return };
        (self.hung, self.ended) = (0, true);
        for policy in policies.into_keys() {
            let failures = self.failing.entry(policy).or_insert(Failures { times: 0, last: now });
            *failures = Failures { times: failures.times.saturating_add(1), last: now };
        }
    }

    fn end(&mut self, id: u64) -> Option<Running> {
        let ended = self.running.remove(&id)?;
        self.failing.retain(|policy, _| !ended.policies.contains_key(policy));
        (self.hung, self.ended) = (0, true);
        Some(ended)
    }

    /// Tells whether the last look never ended.
    pub(super) fn hang(&self) -> bool {
        self.hung > 0
    }

    /// Tells whether any look ended or was given up since the start.
    pub(super) fn tried(&self) -> bool {
        self.ended || self.hang()
    }

    fn give_up(&mut self, now: Timestamp, limit: SignedDuration) {
        let before = self.running.len();
        self.running.retain(|_, running| now.duration_since(running.begun_at) < limit);
        if self.running.len() < before {
            self.hung = self.hung.saturating_add(1);
            self.throttled = self.throttled.saturating_add(1);
        }
    }

    /// Tells whether a look is being made that began late enough to see something.
    fn cover(&self, policy: &str, place: &Places, since: Timestamp) -> bool {
        self.running.values().any(|running| {
            let within = |places: &Places| match (places, place) {
                (Places::Everywhere, _) => true,
                (Places::At(_), Places::Everywhere) => false,
                (Places::At(own), Places::At(wanted)) => {
                    let whole = |place: &Place| Place { account: place.account.clone(), region: None };
                    wanted.iter().all(|place| own.contains(place) || own.contains(&whole(place)))
                }
            };
            running.begun_at >= since && running.policies.get(policy).is_some_and(within)
        })
    }

    fn begin(&mut self, policies: Want, begun_at: Timestamp) -> Effect {
        let id = self.next;
        self.next = self.next.saturating_add(1);
        self.running.insert(id, Running { policies: policies.clone(), begun_at });
        Effect::Look { id, policies }
    }
}

impl Watch {
    /// Takes in what a look showed; a look that was given up or forgotten is not heard any more.
    pub(super) fn looked(&mut self, looked: &Looked, outputs: &mut Outputs) {
        let Some(Running { policies, begun_at }) = self.looks.end(looked.id) else { return };
        self.looks.throttled = if looked.throttled > 0 { self.looks.throttled.saturating_add(1) } else { 0 };
        let look = Look { begun_at, looked: &policies, sightings: &looked.sightings };
        let observed = &self.state.observed;
        let changes = step(&self.state.findings, &look, &self.settings.patience, &|key| observed.of(key));
        for change in changes {
            self.remember(Record::Finding(change), outputs);
        }
        // The look is on record last: until then it counts as not made, and is made again after a crash.
        let [fail, unknown, gaps] = looked.counts;
        let policies: Vec<(String, Places)> = policies.into_iter().collect();
        for part in policies.chunks(MOST_POLICIES) {
            let (looked, evidence) = (part.iter().cloned().collect(), looked.evidence.clone());
            let observation = Observation { begun_at, looked, evidence, fail, unknown, gaps };
            self.remember(Record::Observation(observation), outputs);
        }
    }

    /// Begins the looks that are due: one for all policies whose time has come, and one for all that was heard.
    pub(super) fn look(&mut self, now: Timestamp, outputs: &mut Outputs) {
        self.settle(outputs);
        self.looks.give_up(now, self.settings.look_limit);
        for begun_at in self.looks.running.values().map(|running| running.begun_at) {
            outputs.wake(now, begun_at.checked_add(self.settings.look_limit).unwrap_or(now));
        }
        for wanted in [Self::due, Self::asked] {
            if self.looks.running.len() < self.settings.looks_at_once {
                let policies = wanted(self, now, outputs);
                if !policies.is_empty() {
                    let effect = self.looks.begin(policies, now);
                    outputs.effects.push(effect);
                }
            }
        }
    }

    /// Lets the queue forget what was looked at.
    fn settle(&mut self, outputs: &mut Outputs) {
        let Some(declared) = &self.declared else { return };
        let done = self.inbox.settle(&self.state.observed, &declared.rules);
        outputs.effects.extend((!done.is_empty()).then_some(Effect::Forget(done)));
    }

    /// The policies whose time has come, and those whose time has nearly come.
    fn due(&self, now: Timestamp, outputs: &mut Outputs) -> Want {
        let Some(declared) = &self.declared else { return Want::new() };
        let open: BTreeSet<&str> = self.state.findings.open().map(|(key, _)| key.policy.as_str()).collect();
        let idle = |rule: &&Rule| !self.looks.cover(&rule.id, &Places::Everywhere, Timestamp::MIN);
        let rules = declared.rules.rules.values().filter(idle);
        let due = |rule| (rule, self.due_at(rule, &open, now).max(self.not_before(rule)));
        let dues: Vec<(&Rule, Timestamp)> = rules.map(due).collect();
        for (_, due) in &dues {
            outputs.wake(now, *due);
        }
        if !dues.iter().any(|(_, due)| *due <= now) {
            return Want::new();
        }
        let near = |(rule, due): &&(&Rule, Timestamp)| {
            self.not_before(rule) <= now && now.checked_add(slack(rule)).is_ok_and(|soon| *due <= soon)
        };
        dues.iter().filter(near).map(|(rule, _)| (rule.id.clone(), Places::Everywhere)).collect()
    }

    /// A policy that could not be looked at is left alone for a while, whoever asks for it.
    fn not_before(&self, rule: &Rule) -> Timestamp {
        let looked = self.state.observed.everywhere(&rule.id);
        let failures = self.looks.failing.get(&rule.id);
        failures.map_or(Timestamp::MIN, |failures| retry_at(rule, (&self.settings.agent, looked), failures))
    }

    fn due_at(&self, rule: &Rule, open: &BTreeSet<&str>, now: Timestamp) -> Timestamp {
        let last = self.state.observed.everywhere(&rule.id);
        let hears = !rule.on.is_empty();
        if hears && self.inbox.flooded_at().is_some_and(|at| last.is_none_or(|last| last < at)) {
            return Timestamp::MIN;
        }
        // Whoever hears nothing looks more often instead.
        let deaf = hears && self.is_deaf(now);
        let closer = deaf || open.contains(rule.id.as_str()) || self.inbox.is_recent(&rule.id, now);
        let rhythm = if closer { Rhythm::Closer } else { Rhythm::Usual };
        due_at(rule, &Pace { agent: &self.settings.agent, last, rhythm, throttled: self.looks.throttled })
    }

    /// Tells whether events can not be relied on at this moment.
    pub(super) fn is_deaf(&self, now: Timestamp) -> bool {
        match self.queue {
            None => false,
            Some(Queue::Unreachable) => true,
            Some(Queue::Holds(_)) => now.duration_since(self.heard_at) >= self.settings.silent_after,
        }
    }

    /// What events and open questions ask for, at their places alone.
    fn asked(&self, now: Timestamp, outputs: &mut Outputs) -> Want {
        let Some(declared) = &self.declared else { return Want::new() };
        let mut want = self
            .inbox
            .wanted(now, &|policy, place, since| self.looks.cover(policy, &Places::At([place.clone()].into()), since));
        if let Some(next) = self.inbox.next_at(now) {
            outputs.wake(now, next);
        }
        for (key, at) in self.state.findings.second_looks(&self.settings.patience) {
            let Some(rule) = declared.rules.rules.get(&key.policy) else { continue };
            if self.state.observed.of(key).is_some_and(|newest| newest >= at) {
                continue;
            }
            outputs.wake(now, at);
            let places = place_of(key, rule);
            if at <= now && !self.looks.cover(&key.policy, &places, at) {
                want.entry(key.policy.clone()).and_modify(|own| own.add(&places)).or_insert(places);
            }
        }
        want.retain(|policy, _| {
            let not_before = declared.rules.rules.get(policy).map_or(Timestamp::MIN, |rule| self.not_before(rule));
            outputs.wake(now, not_before);
            not_before <= now
        });
        for places in want.values_mut() {
            if matches!(places, Places::At(places) if places.len() > MOST_PLACES) {
                *places = Places::Everywhere;
            }
        }
        want
    }
}

/// Where to look again for what a finding is about.
fn place_of(key: &FindingKey, rule: &Rule) -> Places {
    if key.account == ALL {
        return Places::Everywhere;
    }
    let narrow = rule.scope == Scope::Region && key.region != ALL && key.region != GLOBAL;
    let region = narrow.then(|| key.region.clone());
    Places::At([Place { account: key.account.clone(), region }].into())
}
