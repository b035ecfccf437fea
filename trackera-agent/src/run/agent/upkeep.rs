//! Keeping the journal: opening it, going on from it, leading with what all logs tell, and letting go of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::task::block_in_place;
use tokio::time::timeout;
use trackera_journal::replica::Replica;
use trackera_watch::state::{Entry, State, shares};
use trackera_watch::watch::{Input, Outputs, Watch};

use super::super::recorder::{self, Recorder, Trouble};
use super::super::{replication, words};
use super::{Agent, FIRST_PAUSE, LONGEST_PAUSE, Means, Open};

/// For asking all replicas of other agents' logs what they have, before this agent leads without knowing it.
const COMPARED: Duration = Duration::from_secs(15);
/// For the replicas to take the last entries at the end.
const FAREWELL: Duration = Duration::from_secs(2);

impl Agent {
    /// Begins to lead with what all logs of the share tell.
    pub(super) async fn lead(&mut self) {
        let (Some(epoch), Some(open)) = (self.epoch, &self.open) else { return };
        let mut entries = self.others().await;
        let state = if entries.is_empty() {
            open.watch.state().clone()
        } else {
            if let Err(trouble) = open.recorder.each(|entry| entries.push(entry)) {
                return self.suspend(&trouble);
            }
            // The logs of other shares speak of what is not this agent's to close.
            shares(entries).remove(&self.settings.share).unwrap_or_default()
        };
        tracing::info!(epoch, "this agent leads");
        self.step(Input::LeaseGained { epoch, state: Box::new(state) });
        self.means.leads.send_replace(self.open.is_some());
    }

    /// What the logs of the other agents tell, as far as their replicas are reached.
    async fn others(&self) -> Vec<Entry> {
        let asked = self.means.peers.iter().flat_map(|(key, targets)| targets.iter().map(move |target| (key, target)));
        let answers = join_all(asked.map(|(key, target)| async move {
            let answer = timeout(COMPARED, target.replica(key)).await;
            (
                key.name(),
                answer
                    .map_err(|_| "it does not answer".to_owned())
                    .and_then(|read| read.map_err(|error| error.to_string())),
            )
        }));
        let mut best: BTreeMap<&str, Replica> = BTreeMap::new();
        for (log, answer) in answers.await {
            match answer {
                Ok(Some(replica)) => {
                    let known = best.get(log).map_or(0, |best| best.checkpoint.size);
                    if replica.checkpoint.size > known {
                        best.insert(log, replica);
                    }
                }
                Ok(None) => {}
                Err(error) => tracing::warn!(log, "a replica of another agent's log cannot be read: {error}"),
            }
        }
        let records = |(log, replica): (&str, Replica)| {
            replica.lines.iter().filter_map(|line| recorder::record(line, log)).collect::<Vec<_>>()
        };
        best.into_iter().flat_map(records).collect()
    }

    /// Forgets what cannot be written down, and says so.
    pub(super) fn suspend(&mut self, trouble: &Trouble) {
        let text = words(trouble);
        tracing::error!("nothing can be written down, so nothing is decided: {text}");
        self.portrait.suspended(text);
        self.generation += 1;
        self.stop_looking();
        self.means.writes.send_replace(false);
        if let Some(open) = self.open.take() {
            open.copying.abort();
        }
        if let Some(queues) = &self.means.queues {
            queues.drop_taken();
        }
        self.means.leads.send_replace(false);
        self.reopen_at = self.means.clock.monotonic() + self.pause;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        self.wake_at = None;
    }

    /// Opens the journal if it is not, and goes on from what it holds.
    pub(super) async fn reopen(&mut self) {
        if self.open.is_some() || self.means.clock.monotonic() < self.reopen_at {
            return;
        }
        match self.opened().await {
            Ok((outputs, said)) => {
                self.portrait.resumed();
                self.carry(outputs, self.means.clock.now());
                if self.open.is_none() {
                    return;
                }
                self.pause = FIRST_PAUSE;
                self.means.writes.send_replace(true);
                for (condition, reason) in said {
                    let input = Input::Condition { condition, reason: Some(reason) };
                    self.portrait.heard(&input, self.means.clock.now());
                    self.step(input);
                }
                self.tell_files();
                self.lead().await;
            }
            Err(trouble) => self.suspend(&trouble),
        }
    }

    async fn opened(&mut self) -> Result<(Outputs, Vec<(String, String)>), Trouble> {
        let Means { home, targets, clock, inputs, .. } = &self.means;
        let had_key = home.has_key();
        let replication::Compared { mut said, missing } = replication::bring_back(home, targets).await?;
        let (recorder, repair) = Recorder::open(home)?;
        if let Some(repair) = repair {
            tracing::warn!("an interrupted write was cut from the journal and kept in `{}`", repair.kept);
        }
        let (mut state, mut is_new, mut epoch) = (State::default(), true, 0);
        // A journal of years does not fit into memory, and what it comes to does.
        let last = recorder.each(|entry| {
            state.apply(&entry.record);
            (is_new, epoch) = (false, entry.epoch.max(epoch));
        })?;
        if is_new && had_key {
            // A log that began anew beside one that somebody still has could never be joined with it again.
            if !missing.is_empty() {
                return Err(Trouble::Unsure(missing.join("`, `")));
            }
            let reason = "the journal of this agent is gone, and no replica has it: what it knew is lost";
            said.push(("journal-lost".to_owned(), reason.to_owned()));
        }
        for (_, reason) in &said {
            tracing::error!("{reason}");
        }
        if let Some(last) = last {
            clock.not_before(last);
        }
        self.stamp = epoch;
        let (watch, outputs) = Watch::start(self.settings.clone(), state, clock.now());
        let copying = tokio::spawn(replication::replicate(
            (Arc::clone(&recorder.journal), Arc::clone(&recorder.key)),
            targets.clone(),
            (Arc::clone(&self.lags), Arc::clone(clock), inputs.clone()),
        ));
        self.open = Some(Open { recorder, watch, copying });
        Ok((outputs, said))
    }

    /// Signs what is there, brings it to the replicas if they are quick, and ends.
    pub(super) async fn end(mut self) {
        let Some(open) = self.open.take() else { return };
        open.copying.abort();
        if let Err(error) = block_in_place(|| open.recorder.journal.checkpoint(&open.recorder.key)) {
            tracing::warn!("the journal cannot be signed: {error}");
        }
        let targets = std::mem::take(&mut self.means.targets);
        let last = replication::last(&open.recorder.journal, targets);
        if timeout(FAREWELL, last).await.is_err() {
            tracing::warn!("not every replica has the last entries; they follow at the next start");
        }
    }
}
