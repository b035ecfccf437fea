//! Carries one drill out, and writes down what came of it, or why it was not begun.

use anyhow::Context as _;
use trackera_core::recovery::drill::{Drill, HeldBack, Report};
use trackera_core::recovery::verification::Verdict;
use trackera_journal::kind::Kind;
use trackera_operations::action::Actions;
use trackera_operations::approval::{NotApproved, Request};
use trackera_operations::clock::Clock as _;
use trackera_operations::drill::report;
use trackera_operations::drill::schedule::{REQUESTER, scheduled};
use trackera_operations::id::RunId;
use trackera_operations::plan::Plan;
use trackera_operations::plan::lint::lint;
use trackera_operations::progress::{Happening, Progress};
use trackera_operations::runner::{self, Ending, Finished, Pause, Ports, RunError, Start};
use trackera_operations::state::RunState;

use super::turn::{States, Turn};
use super::{Came, Drilling};
use crate::commands::words;
use crate::world::{self, Declared, Renewing};

/// What the log of the process tells while a run goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Logged;

impl Progress for Logged {
    fn tell(&self, happening: Happening<'_>) {
        match happening {
            Happening::Working { step, what, .. } => {
                tracing::info!(step, "{what}");
                world::notify(&[sd_notify::NotifyState::Status(what)]);
            }
            Happening::Said { step, text } => tracing::debug!(step, "{text}"),
            Happening::Waiting { step, why } => tracing::debug!(step, "waits {why}"),
            _ => {}
        }
    }
}

impl Drilling {
    /// Carries out a drill that is due, if somebody stands for it.
    pub(super) async fn carry_out(
        &self,
        turn: &Turn<'_>,
        declared: &Declared,
        states: &States,
    ) -> anyhow::Result<Came> {
        let (drill, now) = (&declared.drill, self.clock.now());
        let plan = scheduled(declared.plan(turn.in_force, declared.is_control_due(&states.history.reports)));
        let actions = self.actions(turn, drill, &states.history.reports);
        if let Some(contradiction) = lint(&plan, &actions).first() {
            return self.hold_back(drill, states, format!("the plan contradicts itself: {contradiction}"));
        }
        let run: RunId = format!("{}-{}", drill.id, now.strftime("%y%m%d%H%M%S")).parse()?;
        let request = Request { run: &run, plan: &plan, requester: REQUESTER, started_at: now, history: &states.runs };
        if let Err(refused) = turn.coordination.approvals().approved(&request).await {
            return self.hold_back(drill, states, not_approved(&refused));
        }
        let program = format!("trackera-agent {}", env!("CARGO_PKG_VERSION"));
        let start = Start { run, requester: REQUESTER.to_owned(), program };
        tracing::info!(run = start.run.as_str(), "the drill begins");
        let finished = self.with_ports(turn, &actions, async |ports| runner::run(&plan, &start, &ports).await).await;
        match finished {
            Ok(finished) => self.ended(turn, (drill, &plan), finished).await,
            Err(error @ RunError::Lock(_)) => self.hold_back(drill, states, words(&error)),
            Err(error) => Err(error.into()),
        }
    }

    /// Turns a run back that stopped where it must not stay, and concludes one that is over.
    pub(super) async fn ended(
        &self,
        turn: &Turn<'_>,
        (drill, plan): (&Drill, &Plan),
        finished: Finished,
    ) -> anyhow::Result<Came> {
        let finished = match &finished.ending {
            Ending::Paused(Pause::Approval { why, .. }) => {
                let why = format!("nobody stands for it any more: {why}");
                self.turn_back(turn, &finished.state.run, &why).await?
            }
            _ => finished,
        };
        if finished.state.is_over() {
            return self.conclude((drill, plan), &finished.state);
        }
        tracing::error!(run = finished.state.run.as_str(), "the run waits for a person: {:?}", finished.ending);
        Ok(Came::Operator)
    }

    /// Undoes what a run made that nobody goes on with.
    pub(super) async fn turn_back(&self, turn: &Turn<'_>, run: &RunId, why: &str) -> Result<Finished, RunError> {
        tracing::warn!(run = run.as_str(), "the run is turned back: {why}");
        let actions = world::actions(None, &self.changes, turn.in_force);
        self.with_ports(turn, &actions, async |ports| runner::turn_back(run, (REQUESTER, why), &ports).await).await
    }

    /// Writes down what came of a run that is over.
    pub(super) fn conclude(&self, (drill, plan): (&Drill, &Plan), state: &RunState) -> anyhow::Result<Came> {
        let report = report(drill, plan, state);
        self.write(Kind::Outcome, &report.to_body()?).context("the report cannot be written")?;
        tracing::info!(run = report.run, verdict = ?report.verdict, "the drill ended: {}", report.said);
        Ok(came(&report))
    }

    /// Writes down once why a drill was not begun.
    fn hold_back(&self, drill: &Drill, states: &States, why: String) -> anyhow::Result<Came> {
        tracing::error!(drill = drill.id, "the drill is due and is not begun: {why}");
        let is_known = states.history.held_back.iter().rfind(|held| held.drill == drill.id);
        if is_known.is_none_or(|held| held.why != why) {
            self.write(Kind::Outcome, &HeldBack::new(&drill.id, self.clock.now(), why).to_body()?)?;
        }
        Ok(Came::Refused)
    }

    /// What a drill can do that this process carries out.
    pub(super) fn actions(&self, turn: &Turn<'_>, drill: &Drill, reports: &[Report]) -> Actions {
        let carried = world::Carried { drill, journal: &self.journal, reports };
        world::actions(Some(carried), &self.changes, turn.in_force)
    }

    pub(super) async fn with_ports<T>(
        &self,
        turn: &Turn<'_>,
        actions: &Actions,
        work: impl AsyncFnOnce(Ports<'_>) -> T,
    ) -> T {
        let credentials = Renewing(std::sync::Arc::clone(&self.changes));
        let (approvals, locks) = (turn.coordination.approvals(), turn.coordination.locks(world::writer(&self.key)));
        work(Ports {
            actions,
            recorder: turn.recorder,
            approvals: &*approvals,
            locks: &*locks,
            credentials: &credentials,
            clock: &self.clock,
            progress: &Logged,
        })
        .await
    }
}

fn came(report: &Report) -> Came {
    match report.verdict {
        _ if !report.is_gone => Came::Operator,
        Verdict::Pass | Verdict::Partial(_) => Came::Good,
        Verdict::Fail => Came::Failed,
        Verdict::CouldNotVerify => Came::Unverified,
    }
}

/// Why nobody stands for a drill, with why what was there counts for nothing.
fn not_approved(refused: &NotApproved) -> String {
    match refused {
        NotApproved::Missing { disregarded, .. } if disregarded.is_empty() => {
            "no standing approval is for it".to_owned()
        }
        NotApproved::Missing { disregarded, .. } => {
            format!("no standing approval is for it: {}", disregarded.join("; "))
        }
        unread @ NotApproved::Unread(_) => words(unread),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_reads_why_nothing_began_learns_what_was_disregarded() {
        let missing = |disregarded| NotApproved::Missing { needed: 1, disregarded };
        assert_eq!(not_approved(&missing(Vec::new())), "no standing approval is for it");
        let told = not_approved(&missing(vec!["it does not stand any more".to_owned()]));
        assert_eq!(told, "no standing approval is for it: it does not stand any more");
    }
}
