//! `run list`: what was begun on this machine.

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use trackera_operations::state::RunState;

use super::Context;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::render;
use crate::runs::Reading;

const AFTER_HELP: &str = "\
Exit codes: 0 good, 5 a run was left behind: one that is not over, or that
promised to remove something and has not.

Example:
  trackera-ops run list";

/// List the runs of this machine, the newest last.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    reading: Reading,
}

/// A run in a line.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    /// The run.
    pub(crate) run: String,
    /// What it is a run of.
    pub(crate) name: String,
    /// Who asked for it.
    pub(crate) requester: String,
    /// When it was begun.
    pub(crate) started_at: Timestamp,
    /// When it was heard of last.
    pub(crate) changed_at: Timestamp,
    /// Where it is.
    pub(crate) state: &'static str,
    /// What it promised and has not kept yet.
    pub(crate) obligations: Vec<String>,
}

impl From<&RunState> for Line {
    fn from(state: &RunState) -> Self {
        Self {
            run: state.run.to_string(),
            name: state.started.name.clone(),
            requester: state.started.requester.clone(),
            started_at: state.started_at,
            changed_at: state.changed_at,
            state: render::run::word(state),
            obligations: state.obligations.keys().cloned().collect(),
        }
    }
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let states = self.reading.here.read()?.states()?;
        let lines: Vec<Line> = states.iter().map(Line::from).collect();
        context.print(self.reading.output, &lines, |look| render::run::list(look, &lines))?;
        let is_left = states.iter().any(|state| !state.is_over() || !state.obligations.is_empty());
        Ok(if is_left { ExitCode::Operator } else { ExitCode::Good })
    }
}
