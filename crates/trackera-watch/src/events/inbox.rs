//! What was heard and not yet looked at. A message is kept in its queue until the look that it asked for is on record.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};
use trackera_core::resource::Scope;

use super::envelope::{Dropped, Happening, parse};
use crate::places::{Place, Places};
use crate::schedule::Rules;
use crate::state::Observed;

/// How long after an event its effect can be seen.
const SETTLES: SignedDuration = SignedDuration::from_millis(500);

/// An event that is told later than this may bear the time of a clock that differs from the agent's, so what was looked
/// at since may not have seen it.
const LATE: SignedDuration = SignedDuration::from_mins(2);

/// A policy with an event this recent is watched closer, because what an event told of may show late.
const RECENT: SignedDuration = SignedDuration::from_mins(15);

/// So many events wait at the same time; of more, the queue keeps what it has, and everything is looked at instead.
const MOST_WAITING: usize = 2_000;

/// So many events are remembered after they were looked at.
const MOST_DONE: usize = 10_000;

/// What is to be looked at because of events: policies, and where.
pub type Want = BTreeMap<String, Places>;

/// How many messages were heard, and why others were not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Messages that led to a look.
    pub heard: u64,
    /// Messages that were there before.
    pub repeated: u64,
    /// Messages of which no policy wants to know, or that a look has seen already.
    pub unwanted: u64,
    /// Messages that were not heard, by reason.
    pub dropped: BTreeMap<Dropped, u64>,
}

#[derive(Clone, Debug)]
struct Waiting {
    receipts: Vec<String>,
    since: Timestamp,
    wants: BTreeSet<(String, Place)>,
}

/// What was heard and not yet looked at.
#[derive(Clone, Debug, Default)]
pub struct Inbox {
    waiting: BTreeMap<String, Waiting>,
    done: BTreeSet<String>,
    order: VecDeque<String>,
    recent: BTreeMap<String, Timestamp>,
    /// Since when more was told than can be remembered; everything with events must be looked at.
    flooded_at: Option<Timestamp>,
    /// Counts.
    pub tally: Tally,
}

impl Inbox {
    /// Hears a message, and gives the receipts that the queue need not keep any more.
    pub fn hear(&mut self, message: Message<'_>, known: &Known<'_>, now: Timestamp) -> Vec<String> {
        let receipt = message.receipt.to_owned();
        let happening = match parse(message.body, known.accounts) {
            Ok(happening) => happening,
            Err(why) => {
                *self.tally.dropped.entry(why).or_default() += 1;
                return vec![receipt];
            }
        };
        if let Some(waiting) = self.waiting.get_mut(&happening.id) {
            self.tally.repeated += 1;
            waiting.receipts.push(receipt);
            return Vec::new();
        }
        if self.done.contains(&happening.id) {
            self.tally.repeated += 1;
            return vec![receipt];
        }
        let happened_at = if now.duration_since(happening.at) > LATE { now } else { happening.at.min(now) };
        let since = happened_at.checked_add(SETTLES).unwrap_or(now);
        let wants = wants(&happening, known, since);
        if wants.is_empty() {
            self.tally.unwanted += 1;
            return vec![receipt];
        }
        for (policy, _) in &wants {
            self.recent.insert(policy.clone(), now);
        }
        if self.waiting.len() >= MOST_WAITING {
            self.flooded_at = Some(now);
            return Vec::new();
        }
        self.tally.heard += 1;
        self.waiting.insert(happening.id, Waiting { receipts: vec![receipt], since, wants });
        Vec::new()
    }

    /// What a look that begins now should see, unless a look that is being made will see it.
    pub fn wanted(&self, now: Timestamp, is_covered: &dyn Fn(&str, &Place, Timestamp) -> bool) -> Want {
        let mut wanted = Want::new();
        for waiting in self.waiting.values().filter(|waiting| waiting.since <= now) {
            let open = |(policy, place): &&(String, Place)| !is_covered(policy, place, waiting.since);
            for (policy, place) in waiting.wants.iter().filter(open) {
                let place = Places::At([place.clone()].into());
                wanted.entry(policy.clone()).and_modify(|places| places.add(&place)).or_insert(place);
            }
        }
        wanted
    }

    /// When the next event can be looked at that cannot be yet.
    pub fn next_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.waiting.values().map(|waiting| waiting.since).filter(|since| *since > now).min()
    }

    /// Takes away what is on record now, and gives the receipts that the queue need not keep any more.
    pub fn settle(&mut self, observed: &Observed, rules: &Rules) -> Vec<String> {
        for waiting in self.waiting.values_mut() {
            let since = waiting.since;
            waiting.wants.retain(|(policy, place)| {
                let newest = observed.newest(policy, &place.account, place.region.as_deref());
                rules.rules.contains_key(policy) && newest.is_none_or(|newest| newest < since)
            });
        }
        let settled = self.waiting.extract_if(.., |_, waiting| waiting.wants.is_empty());
        let settled: Vec<(String, Waiting)> = settled.collect();
        for (id, _) in &settled {
            self.remember(id.clone());
        }
        let flooded = |at: Timestamp| {
            let seen = |policy: &str| observed.everywhere(policy).is_some_and(|newest| newest >= at);
            rules.rules.values().filter(|rule| !rule.on.is_empty()).any(|rule| !seen(&rule.id))
        };
        self.flooded_at = self.flooded_at.filter(|at| flooded(*at));
        settled.into_iter().flat_map(|(_, waiting)| waiting.receipts).collect()
    }

    /// Since when more was told than can be remembered.
    pub fn flooded_at(&self) -> Option<Timestamp> {
        self.flooded_at
    }

    /// Remembers that messages may have been lost until this moment: everything with events must be looked at.
    pub fn flood(&mut self, now: Timestamp) {
        self.flooded_at = Some(now);
    }

    /// Tells whether there was an event for a policy lately.
    pub fn is_recent(&self, policy: &str, now: Timestamp) -> bool {
        self.recent.get(policy).is_some_and(|at| now.duration_since(*at) < RECENT)
    }

    fn remember(&mut self, id: String) {
        if self.done.insert(id.clone()) {
            self.order.push_back(id);
        }
        if let Some(oldest) = (self.order.len() > MOST_DONE).then(|| self.order.pop_front()).flatten() {
            self.done.remove(&oldest);
        }
    }
}

/// A message of the queue.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// What the queue calls it.
    pub receipt: &'a str,
    /// What it says.
    pub body: &'a [u8],
}

/// What is known when a message is heard.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The accounts that are watched.
    pub accounts: &'a BTreeSet<String>,
    /// The regions that are watched; none means all of them.
    pub regions: &'a BTreeSet<String>,
    /// The policies in force.
    pub rules: &'a Rules,
    /// When each was looked at.
    pub observed: &'a Observed,
}

fn wants(happening: &Happening, known: &Known<'_>, since: Timestamp) -> BTreeSet<(String, Place)> {
    let listening = known.rules.rules.values().filter(|rule| rule.on.contains(&happening.name));
    let want = |rule: &crate::schedule::Rule| {
        let region = match rule.scope {
            Scope::Region => Some(happening.region.clone()),
            Scope::Account => None,
        };
        (rule.id.clone(), Place { account: happening.account.clone(), region })
    };
    let unseen = |(policy, place): &(String, Place)| {
        let newest = known.observed.newest(policy, &place.account, place.region.as_deref());
        newest.is_none_or(|newest| newest < since)
    };
    let own = |(_, place): &(String, Place)| {
        let region = place.region.as_ref();
        known.regions.is_empty() || region.is_none_or(|region| known.regions.contains(region))
    };
    listening.map(want).filter(own).filter(unseen).collect()
}
