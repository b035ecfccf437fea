//! What earlier turns left: runs that were interrupted, promises, reports that nobody wrote, and what bears the name of a
//! drill although its run is over.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::json;
use trackera_core::recovery::drill::Restore;
use trackera_journal::kind::Kind;
use trackera_operations::clock::Clock as _;
use trackera_operations::drill::clean::{Attended, Fate, Known, Left, leftovers};
use trackera_operations::drill::schedule::{REQUESTER, SCHEDULED};
use trackera_operations::id::RunId;
use trackera_operations::obligation::{Duty, Open};
use trackera_operations::recorder::Recorder as _;
use trackera_operations::runner::{self, Ending, Finished, RunError};
use trackera_operations::state::RunState;

use super::turn::Turn;
use super::{Came, Drilling};
use crate::commands::words;
use crate::world::{self, Declared};

/// How long something may take to be gone.
const LONGEST: Duration = Duration::from_secs(30 * 60);

impl Drilling {
    /// Brings to its end what was left. What cannot be ended is told, and keeps nothing else from being done.
    pub(super) async fn attend(&self, turn: &Turn<'_>) -> anyhow::Result<Came> {
        let mut came = Came::Good;
        for state in self.states()?.runs.iter().filter(|state| is_interrupted(state)) {
            came = came.max(self.go_on(turn, state).await?);
        }
        let now = self.clock.now();
        for open in self.states()?.runs.iter().flat_map(|state| ripe(state, now)) {
            came = came.max(self.keep(turn, &open).await?);
        }
        self.report_what_is_over(turn).await?;
        let swept = self.sweep(turn)?;
        Ok(came.max(swept).max(self.reap(turn).await?))
    }

    /// Goes on with a run that was interrupted, or turns it back where nobody declares it any more.
    async fn go_on(&self, turn: &Turn<'_>, state: &RunState) -> anyhow::Result<Came> {
        let plan = turn.recorder.plan(state.plan()).await?;
        tracing::warn!(run = state.run.as_str(), "the run was interrupted, and comes to its end now");
        let Some(declared) = declared(turn, state) else {
            let turned = self.turn_back(turn, &state.run, "no drill of this name is declared any more").await;
            return Ok(turned.map_or_else(|error| self.cannot(&state.run, &error), |_| Came::Unverified));
        };
        let reports = self.states()?.history.reports;
        let actions = self.actions(turn, &declared.drill, &reports);
        let finished =
            self.with_ports(turn, &actions, async |ports| runner::resume(&state.run, REQUESTER, &ports).await).await;
        match finished {
            Ok(finished) => self.ended(turn, (&declared.drill, &plan), finished).await,
            Err(RunError::Lock(error)) => {
                tracing::info!(run = state.run.as_str(), "somebody is at it: {error}");
                Ok(Came::Good)
            }
            Err(error) => Ok(self.cannot(&state.run, &error)),
        }
    }

    /// Tells of a run that this program cannot go on with; the others are not kept from being done.
    fn cannot(&self, run: &RunId, error: &RunError) -> Came {
        tracing::error!(run = run.as_str(), "the run waits for a person: {}", words(error));
        Came::Operator
    }

    /// Keeps a promise whose time is over, or whose run is.
    async fn keep(&self, turn: &Turn<'_>, open: &Open) -> anyhow::Result<Came> {
        tracing::warn!(run = open.run.as_str(), "the promise `{}` is kept now", open.obligation.id);
        let actions = world::actions(None, &self.changes, turn.in_force);
        let kept = self.with_ports(turn, &actions, async |ports| {
            let kept = runner::carry_out(open, REQUESTER, &ports).await?;
            // What it turned back comes to its end, where this program can go on with it; the promise is kept either way.
            let ended =
                if kept.state.is_over() { None } else { runner::resume(&open.run, REQUESTER, &ports).await.ok() };
            Ok::<Finished, RunError>(ended.unwrap_or(kept))
        });
        let Finished { ending, state } = match kept.await {
            Ok(kept) => kept,
            Err(error) => return Ok(self.cannot(&open.run, &error)),
        };
        match state.obligations.contains_key(&open.obligation.id) || matches!(ending, Ending::NeedsOperator { .. }) {
            true => Ok(Came::Operator),
            false => Ok(Came::Good),
        }
    }

    /// Writes the reports of scheduled runs that ended without one.
    async fn report_what_is_over(&self, turn: &Turn<'_>) -> anyhow::Result<()> {
        let states = self.states()?;
        // A report that is written late must not stand behind one of what came later.
        let is_told = |state: &RunState| {
            let mut own = states.history.reports.iter().filter(|report| report.drill == state.started.name);
            own.any(|report| report.run == state.run.as_str() || report.ended_at > state.changed_at)
        };
        let is_untold = |state: &&RunState| state.is_over() && state.started.mode == SCHEDULED && !is_told(state);
        for state in states.runs.iter().filter(is_untold) {
            if let Some(declared) = declared(turn, state) {
                let plan = turn.recorder.plan(state.plan()).await?;
                self.conclude((&declared.drill, &plan), state)?;
            }
        }
        Ok(())
    }

    /// Removes servers of this machine whose process is dead.
    fn sweep(&self, turn: &Turn<'_>) -> anyhow::Result<Came> {
        let mut left = Vec::new();
        for declared in turn.declared {
            let Restore::Dump(dump) = &declared.drill.restore else { continue };
            match world::sweep(&turn.in_force.place(&dump.directory)) {
                Ok(swept) => left.extend(swept.into_iter().map(|name| server(name, Fate::Gone, None))),
                Err(why) => left.push(server(dump.directory.clone(), Fate::Stays, Some(why))),
            }
        }
        self.tell(&left)
    }

    /// Deletes in the cloud what name, tags and run agree on, once this is on disk; whatever else looks like it stays.
    async fn reap(&self, turn: &Turn<'_>) -> anyhow::Result<Came> {
        let regions = instance_regions(turn);
        if regions.is_empty() {
            return Ok(Came::Good);
        }
        let (known, now) = (self.known(turn)?, self.clock.now());
        let (mut left, mut removable) = (Vec::new(), Vec::new());
        for found in leftovers(&*self.changes, &regions).await? {
            match found.removable(&known, now) {
                Ok(mark) => removable.push((found, mark)),
                // What is under way, or a copy that somebody else needs still, is nobody's leftover.
                Err(_) if found.mark().is_some_and(|mark| now < mark.expires_at()) => {}
                Err(why) => left.push(found.left(Fate::Stays, Some(why))),
            }
        }
        if !removable.is_empty() {
            let planned: Vec<Left> = removable.iter().map(|(found, _)| found.left(Fate::Found, None)).collect();
            self.write(Kind::Intent, &json!({"clean": planned}))?;
        }
        for (found, mark) in &removable {
            left.push(match found.remove(&*self.changes, mark, (&self.clock, LONGEST)).await {
                Ok(()) => found.left(Fate::Gone, None),
                Err(why) => found.left(Fate::Stays, Some(why)),
            });
        }
        self.tell(&left)
    }

    fn known(&self, turn: &Turn<'_>) -> anyhow::Result<Known> {
        let attended = |state: &RunState| if state.is_over() { Attended::Nobody } else { Attended::Maybe };
        let runs: BTreeMap<String, Attended> =
            self.states()?.runs.iter().map(|state| (state.run.to_string(), attended(state))).collect();
        Ok(Known { runs, named: world::named_instances(turn.in_force, turn.declared) })
    }

    /// Writes down what became of what was left.
    fn tell(&self, left: &[Left]) -> anyhow::Result<Came> {
        for Left { what, name, fate, why, .. } in left {
            tracing::warn!(name, "a {what} was left: {fate:?} {}", why.as_deref().unwrap_or_default());
        }
        if left.iter().any(|one| one.fate == Fate::Gone) {
            self.write(Kind::Outcome, &json!({"clean": left}))?;
        }
        Ok(if left.iter().any(|one| one.fate == Fate::Stays) { Came::Operator } else { Came::Good })
    }
}

/// A scheduled run that is not over, and that asks nobody anything.
fn is_interrupted(state: &RunState) -> bool {
    state.started.mode == SCHEDULED && !state.is_over() && state.question.is_none()
}

/// The promises of a scheduled run that are to be kept now.
fn ripe(state: &RunState, now: jiff::Timestamp) -> Vec<Open> {
    let is_ripe = |open: &Open| {
        matches!(open.obligation.duty, Duty::Undo(_)) && (state.is_over() || open.obligation.until <= now)
    };
    match state.started.mode == SCHEDULED {
        true => state.open().into_iter().filter(is_ripe).collect(),
        false => Vec::new(),
    }
}

fn declared<'a>(turn: &Turn<'a>, state: &RunState) -> Option<&'a Declared> {
    turn.declared.iter().find(|one| one.drill.id == state.started.name)
}

/// The regions that drills restore instances in; a process without such drills has no right to look.
fn instance_regions(turn: &Turn<'_>) -> BTreeSet<String> {
    let restores = turn.declared.iter().map(|one| &one.drill.restore);
    restores.filter(|restore| restore.target().is_some()).map(|restore| restore.region().to_owned()).collect()
}

fn server(name: String, fate: Fate, why: Option<String>) -> Left {
    Left { what: "server", name, region: None, run: None, expires_at: None, fate, why }
}
