//! The agent as it is shown: kept up by the loop, and given out when something changed.

use std::collections::BTreeMap;
use std::mem;
use std::sync::{Arc, PoisonError};

use jiff::{SignedDuration, Timestamp};
use trackera_core::resource::Gap;
use trackera_core::verdict::Verdict;
use trackera_journal::commit::Journal;
use trackera_watch::watch::{Declared, Input, Queue, Watch};

use super::looker::Seen;
use super::replication::{Lag, Lags, Progress};
use crate::page::{self, Agent, Channel, Counts, Leadership, Looks, Pulse, Trouble, Unread, View};

/// A view is given out at most this often, and at least this often.
const SHORTEST: SignedDuration = SignedDuration::from_millis(250);
const LONGEST: SignedDuration = SignedDuration::from_secs(5);

/// The conditions that tell of a disk that is older than what this agent wrote.
const BEHIND: [&str; 2] = ["journal-restored", "journal-lost"];

/// What is shown, as far as the step does not know it.
#[derive(Debug)]
pub(crate) struct Portrait {
    view: View,
    channels: BTreeMap<String, Channel>,
    coverage: BTreeMap<String, Counts>,
    gaps: BTreeMap<String, Vec<Unread>>,
    changed: bool,
    is_behind: bool,
    suspended: Option<String>,
    given_at: Option<Timestamp>,
    queue: Option<Queue>,
}

impl Portrait {
    pub(crate) fn new(agent: Agent, origin: String) -> Self {
        let journal = page::Journal { origin, ..page::Journal::default() };
        Self {
            view: View { agent, journal, ..View::default() },
            channels: BTreeMap::new(),
            coverage: BTreeMap::new(),
            gaps: BTreeMap::new(),
            changed: true,
            is_behind: false,
            suspended: None,
            given_at: None,
            queue: None,
        }
    }

    /// Why nothing is decided at the moment.
    pub(crate) fn trouble(&self) -> Option<&str> {
        self.suspended.as_deref()
    }

    pub(crate) fn changed(&mut self, changed: bool) {
        self.changed |= changed;
    }

    /// Takes note of what the step is told.
    pub(crate) fn heard(&mut self, input: &Input, now: Timestamp) {
        match input {
            Input::Message { .. } => self.view.events.heard_at = Some(now),
            Input::Queue(queue) => self.queue = Some(*queue),
            Input::Delivery { channel, outcome, .. } => {
                let known = self.channels.entry(channel.clone()).or_default();
                match outcome {
                    Ok(()) => {
                        known.delivered += 1;
                        (known.delivered_at, known.trouble) = (Some(now), None);
                    }
                    Err(error) => {
                        known.failed += 1;
                        let since = known.trouble.as_ref().map_or(now, |trouble| trouble.since);
                        known.trouble = Some(Trouble { since, error: error.clone() });
                    }
                }
                self.changed = true;
            }
            Input::Condition { condition, reason: Some(reason) } if BEHIND.contains(&condition.as_str()) => {
                self.view.journal.rolled_back = Some(Trouble { since: now, error: reason.clone() });
                self.changed = true;
            }
            _ => {}
        }
    }

    pub(crate) fn read(&mut self, declared: &Declared) {
        let alerts = declared.alerts.as_ref();
        let names = alerts.iter().flat_map(|alerts| alerts.channels.keys());
        self.channels = names.map(|name| (name.clone(), self.channels.remove(name).unwrap_or_default())).collect();
        self.view.pulse =
            alerts.and_then(|alerts| alerts.dead_man.as_ref()).map(|_| self.view.pulse.take().unwrap_or_default());
        self.view.rules = Arc::new(declared.rules.clone());
        self.view.files = page::Files { loaded: true, ..page::Files::default() };
        self.coverage.retain(|policy, _| declared.rules.rules.contains_key(policy));
        self.changed = true;
    }

    pub(crate) fn refused(&mut self, told: &str) {
        self.view.files.mistakes = Arc::new(told.lines().map(str::to_owned).collect());
        self.changed = true;
    }

    pub(crate) fn looks(&mut self, id: u64, at: Timestamp) {
        self.view.looks.running.insert(id, at);
        self.changed = true;
    }

    pub(crate) fn looks_no_more(&mut self) {
        self.view.looks.running.clear();
        self.changed = true;
    }

    pub(crate) fn looked_in_vain(&mut self, id: u64) {
        self.view.looks.running.remove(&id);
        self.view.looks.failed += 1;
        self.changed = true;
    }

    pub(crate) fn saw(&mut self, seen: &Seen, now: Timestamp) {
        let Looks { running, ended, last, throttled, calls, .. } = &mut self.view.looks;
        if let Some(begun_at) = running.remove(&seen.looked.id) {
            *last = Some((now, now.duration_since(begun_at)));
        }
        *ended += 1;
        *calls = calls.saturating_add(seen.calls);
        *throttled = if seen.looked.throttled > 0 { throttled.saturating_add(1) } else { 0 };
        for (policy, tally) in &seen.tally {
            self.coverage.insert(policy.clone(), counts(tally));
        }
        let gaps = unread(&seen.gaps);
        for policy in seen.tally.keys() {
            self.gaps.insert(policy.clone(), gaps.clone());
        }
        self.changed = true;
    }

    pub(crate) fn pulsed(&mut self, told: Result<(), String>, now: Timestamp) {
        let pulse = self.view.pulse.get_or_insert_with(Pulse::default);
        match told {
            Ok(()) => (pulse.sent_at, pulse.trouble) = (Some(now), None),
            Err(error) => {
                let since = pulse.trouble.as_ref().map_or(now, |trouble| trouble.since);
                pulse.trouble = Some(Trouble { since, error });
            }
        }
        self.changed = true;
    }

    pub(crate) fn suspended(&mut self, trouble: String) {
        // The step that starts anew does not know it.
        self.is_behind = false;
        self.view.journal.open = false;
        self.view.journal.damages = Arc::new(vec![trouble.clone()]);
        self.suspended = Some(trouble);
        self.changed = true;
    }

    pub(crate) fn resumed(&mut self) {
        self.suspended = None;
        self.view.journal.open = true;
        self.view.journal.damages = Arc::default();
        self.changed = true;
    }

    /// Takes note of the machine's clock, and tells whether that is news.
    pub(crate) fn behind(&mut self, is_behind: bool) -> bool {
        mem::replace(&mut self.is_behind, is_behind) != is_behind
    }

    /// The view, if it is time to give one out.
    pub(crate) fn view(
        &mut self,
        open: Option<(&Watch, &Journal)>,
        epoch: Option<u64>,
        (lags, now): (&Lags, Timestamp),
    ) -> Option<Arc<View>> {
        let after = self.given_at.map(|at| now.duration_since(at));
        let is_due = after.is_none_or(|after| after >= LONGEST || (self.changed && after >= SHORTEST));
        if !is_due {
            return None;
        }
        self.given_at = Some(now);
        let view = &mut self.view;
        view.now = now;
        if let Some((watch, journal)) = open {
            if mem::take(&mut self.changed) {
                view.state = Arc::new(watch.state().clone());
                view.channels = Arc::new(self.channels.clone());
                view.coverage = Arc::new(self.coverage.clone());
                let mut gaps: Vec<Unread> = self.gaps.values().flatten().cloned().collect();
                gaps.sort();
                gaps.dedup();
                view.gaps = Arc::new(gaps);
            }
            view.events.tally = watch.inbox().tally.clone();
            view.events.flooded_at = watch.inbox().flooded_at();
            view.journal.entries = journal.size();
        }
        view.events.queues = self.queue.map(|queue| ("all".to_owned(), Some(queue))).into_iter().collect();
        view.leadership = match (epoch, &view.state.leader) {
            (Some(epoch), _) => Leadership::Leads { epoch },
            (None, Some((leader, epoch))) if *leader != view.agent.name => {
                Leadership::Follows { leader: leader.clone(), epoch: *epoch }
            }
            (None, _) => Leadership::Unknown,
        };
        let progress = lags.lock().unwrap_or_else(PoisonError::into_inner);
        (view.journal.checkpoint, view.journal.unsigned) = (progress.signed, progress.unsigned.clone());
        view.journal.replicas = replicas(&progress, view.journal.entries, view.agent.started_at);
        drop(progress);
        Some(Arc::new(view.clone()))
    }
}

/// A replica that was never reached is behind since the start.
fn replicas(progress: &Progress, entries: u64, started_at: Timestamp) -> BTreeMap<String, page::Replica> {
    let replica = |lag: &Lag| page::Replica {
        entries: lag.replicated,
        succeeded_at: lag.at,
        behind_since: lag.replicated.is_none_or(|own| own < entries).then_some(lag.at.unwrap_or(started_at)),
        trouble: lag.trouble.clone(),
    };
    progress.replicas.iter().map(|(name, lag)| (name.clone(), replica(lag))).collect()
}

fn counts(tally: &BTreeMap<Verdict, u64>) -> Counts {
    let of = |verdict: Verdict| tally.get(&verdict).copied().unwrap_or_default();
    Counts {
        fail: of(Verdict::Fail),
        unknown: of(Verdict::Unknown),
        waived: of(Verdict::Waived),
        pass: of(Verdict::Pass),
        not_applicable: of(Verdict::NotApplicable),
    }
}

fn unread(gaps: &[Gap]) -> Vec<Unread> {
    let mut times: BTreeMap<(String, String, String), (u64, &Gap)> = BTreeMap::new();
    for gap in gaps {
        let key = (gap.operation.clone(), gap.account.clone(), gap.region.clone());
        times.entry(key).or_insert((0, gap)).0 += 1;
    }
    let unread = |(times, gap): (u64, &Gap)| Unread {
        operation: gap.operation.clone(),
        account: gap.account.clone(),
        region: gap.region.clone(),
        class: gap.error_class,
        times,
    };
    times.into_values().map(unread).collect()
}

#[cfg(test)]
mod tests;
