//! The loop of the agent as a pure step: what happened goes in, what to remember and what to do comes out.
//!
//! Whoever runs it appends the records to the journal first, all of them, in order, and durably; only then are the
//! effects carried out. If the records cannot be appended, the process must end: what it has in memory is then not what
//! is on disk. Every effect may be lost with the process, and every one is asked for again after a restart.

mod alerting;
mod looking;
mod messages;
mod own;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

pub use messages::{Declared, Effect, Input, Looked, Queue, Refused};

use crate::events::{Inbox, Known, Message};
use crate::findings::Patience;
use crate::record::{Announced, Change, FindingChange, LONGEST_TEXT, Life, Record, USUAL_SHARE, shortened};
use crate::state::State;

/// Bounds of the agent.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The agent's name, unlike that of every other agent.
    pub agent: String,
    /// The share of the estate that it watches; there is one lease for each.
    pub share: String,
    /// The program's version.
    pub version: String,
    /// How patient it is with findings.
    pub patience: Patience,
    /// How often it writes down that it is alive.
    pub heartbeat: SignedDuration,
    /// After how long a look is given up.
    pub look_limit: SignedDuration,
    /// After how long a delivery is tried again of which nothing was heard.
    pub delivery_limit: SignedDuration,
    /// After how long a queue without any message is called silent.
    pub silent_after: SignedDuration,
    /// From how many messages on a queue is called full.
    pub full_at: u64,
    /// How many looks are made at the same time.
    pub looks_at_once: usize,
}

impl Settings {
    /// What is usual, for an agent of this name that watches everything.
    pub fn usual(agent: &str) -> Self {
        Self {
            agent: agent.to_owned(),
            share: USUAL_SHARE.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            patience: Patience::USUAL,
            heartbeat: SignedDuration::from_mins(5),
            look_limit: SignedDuration::from_mins(15),
            delivery_limit: SignedDuration::from_mins(2),
            silent_after: SignedDuration::from_hours(24),
            full_at: 1_000,
            looks_at_once: 4,
        }
    }
}

/// What comes out of a step.
#[derive(Clone, Debug, Default)]
pub struct Outputs {
    /// What to append to the journal before anything else.
    pub records: Vec<Record>,
    /// What to do then.
    pub effects: Vec<Effect>,
    /// When to step again if nothing happens before.
    pub wake_at: Option<Timestamp>,
}

impl Outputs {
    /// Asks to be stepped at a moment.
    fn wake(&mut self, now: Timestamp, at: Timestamp) {
        if at > now {
            self.wake_at = Some(self.wake_at.map_or(at, |earlier| earlier.min(at)));
        }
    }
}

/// The agent.
#[derive(Clone, Debug)]
pub struct Watch {
    settings: Settings,
    state: State,
    declared: Option<Declared>,
    refused: Option<Refused>,
    leads: bool,
    inbox: Inbox,
    looks: looking::Looks,
    /// The announcement that is being delivered: its key, the channel, and since when.
    sending: Option<(String, String, Timestamp)>,
    queue: Option<Queue>,
    /// What the program says of its own condition.
    conditions: BTreeMap<String, String>,
    heard_at: Timestamp,
    pulsed_at: Option<Timestamp>,
}

impl Watch {
    /// An agent that starts with the fold of its log, and what it has to remember and to do at first.
    pub fn start(settings: Settings, state: State, now: Timestamp) -> (Self, Outputs) {
        let mut watch = Self {
            settings,
            state,
            declared: None,
            refused: None,
            leads: false,
            inbox: Inbox::default(),
            looks: looking::Looks::default(),
            sending: None,
            queue: None,
            conditions: BTreeMap::new(),
            heard_at: now,
            pulsed_at: None,
        };
        let mut outputs = Outputs::default();
        watch.note_gap(now, &mut outputs);
        let Settings { agent, share, version, .. } = watch.settings.clone();
        watch.remember(Record::Life(Life::Started { agent, at: now, version, share }), &mut outputs);
        (watch, outputs)
    }

    /// What it knows.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What it heard.
    pub fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// Takes one step.
    pub fn step(&mut self, input: Input, now: Timestamp) -> Outputs {
        let mut outputs = Outputs::default();
        self.take(input, now, &mut outputs);
        self.beat(now, &mut outputs);
        if self.leads {
            self.reconcile(now, &mut outputs);
            self.look(now, &mut outputs);
            self.announce(now, &mut outputs);
        }
        outputs
    }

    fn take(&mut self, input: Input, now: Timestamp, outputs: &mut Outputs) {
        match input {
            Input::Tick => {}
            Input::Looked(looked) => self.looked(&looked, outputs),
            Input::LookFailed { id } => self.looks.fail(id, now),
            Input::Message { receipt, body } => self.hear(&receipt, &body, now, outputs),
            Input::Queue(queue) => self.queue = Some(queue),
            Input::Condition { condition, reason: Some(reason) } => drop(self.conditions.insert(condition, reason)),
            Input::Condition { condition, reason: None } => drop(self.conditions.remove(&condition)),
            Input::Delivery { key, channel, outcome } => self.delivered(&key, channel, outcome, (now, outputs)),
            Input::Files(read) => self.read(*read),
            Input::Acknowledged { finding, opening, by } => {
                let open = self.state.findings.get(&finding).filter(|known| known.opening == opening);
                if self.leads && open.is_some_and(|open| open.acknowledged_by.is_none()) {
                    let change = Change::Acknowledged { opening, by: shortened(&by, LONGEST_TEXT) };
                    self.remember(Record::Finding(FindingChange { finding, at: now, change }), outputs);
                }
            }
            Input::LeaseGained { epoch, state } => {
                (self.state, self.leads) = (*state, true);
                self.looks.forget();
                let agent = self.settings.agent.clone();
                self.remember(Record::Life(Life::Leads { agent, at: now, epoch }), outputs);
            }
            Input::LeaseLost => {
                self.leads = false;
                self.looks.forget();
            }
        }
    }

    /// What is seen under policies that are no more in force would be told in the name of those that are.
    fn read(&mut self, read: Result<Declared, Refused>) {
        match read {
            Ok(declared) => {
                (self.declared, self.refused) = (Some(declared), None);
                self.looks.forget();
            }
            Err(refused) => self.refused = Some(refused),
        }
    }

    /// A follower hears nothing, so that the messages wait for whoever leads.
    fn hear(&mut self, receipt: &str, body: &[u8], now: Timestamp, outputs: &mut Outputs) {
        self.heard_at = now;
        let Some(declared) = self.declared.as_ref().filter(|_| self.leads) else { return };
        let Declared { rules, accounts, regions, .. } = declared;
        // As long as nobody knows whose events count, none is taken for a stranger's: they come again.
        if accounts.is_empty() {
            return;
        }
        let known = Known { accounts, regions, rules, observed: &self.state.observed };
        let done = self.inbox.hear(Message { receipt, body }, &known, now);
        outputs.effects.extend((!done.is_empty()).then_some(Effect::Forget(done)));
    }

    /// A delivery that ended after the lease was lost is on record as well, so that nobody repeats it.
    fn delivered(
        &mut self,
        key: &str,
        channel: String,
        outcome: Result<(), String>,
        (at, outputs): (Timestamp, &mut Outputs),
    ) {
        if self.sending.as_ref().is_some_and(|(sent, _, _)| sent == key) {
            self.sending = None;
        }
        if self.state.ledger.find(key).is_none() {
            return;
        }
        let key = key.to_owned();
        let announced = match outcome {
            Ok(()) => Announced::Delivered { key, channel, at },
            Err(error) => Announced::Failed { key, channel, at, error: shortened(&error, LONGEST_TEXT) },
        };
        self.remember(Record::Announcement(announced), outputs);
    }

    fn beat(&mut self, now: Timestamp, outputs: &mut Outputs) {
        self.note_gap(now, outputs);
        let agent = self.settings.agent.clone();
        let next = |last: Timestamp, every: SignedDuration| last.checked_add(every).unwrap_or(Timestamp::MAX);
        let alive = self.state.alive.get(&agent).copied();
        if alive.is_none_or(|last| next(last, self.settings.heartbeat) <= now) {
            self.remember(Record::Life(Life::Heartbeat { agent, at: now }), outputs);
        }
        outputs.wake(now, next(alive.unwrap_or(now), self.settings.heartbeat));
        let dead_man = self.declared.as_ref().and_then(|declared| declared.alerts.as_ref()?.dead_man.as_ref());
        // An agent whose looks hang is as good as silent.
        if let Some(dead_man) = dead_man.filter(|_| !self.looks.hang()) {
            if self.pulsed_at.is_none_or(|last| next(last, dead_man.every) <= now) {
                self.pulsed_at = Some(now);
                outputs.effects.push(Effect::Pulse);
            }
            outputs.wake(now, next(self.pulsed_at.unwrap_or(now), dead_man.every));
        }
    }

    fn note_gap(&mut self, now: Timestamp, outputs: &mut Outputs) {
        let agent = self.settings.agent.clone();
        let silent = |from: &Timestamp| now.duration_since(*from) > self.settings.heartbeat * 2;
        if let Some(from) = self.state.alive.get(&agent).copied().filter(silent) {
            self.remember(Record::Life(Life::Gap { agent, from, until: now }), outputs);
        }
    }

    fn remember(&mut self, record: Record, outputs: &mut Outputs) {
        self.state.apply(&record);
        outputs.records.push(record);
    }
}

#[cfg(test)]
mod forgetting;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
