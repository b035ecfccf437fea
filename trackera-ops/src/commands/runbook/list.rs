//! `runbook list`: every written procedure in a line.

use clap::Args;
use serde::Serialize;
use trackera_operations::runbook::Runbook;

use super::Context;
use crate::cli::Output;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::procedures::{actions, needs_approval, runbooks};
use crate::render;
use crate::settings::InForce;
use crate::world::Settings;

const AFTER_HELP: &str = "\
Runbooks lie in `runbooks/*.yaml`; `trackera-ops drill list` shows the drills.

Example:
  trackera-ops runbook list";

/// List the runbooks.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// How the list is printed.
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

/// A runbook in a line.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    /// Its name.
    pub(crate) id: String,
    /// What it is for.
    pub(crate) title: String,
    /// What it must be told.
    pub(crate) parameters: Vec<String>,
    /// How many steps it has.
    pub(crate) steps: usize,
    /// How many other people must agree.
    pub(crate) approvals: u8,
}

impl From<&Runbook> for Line {
    fn from(runbook: &Runbook) -> Self {
        let plan = runbook.template();
        Self {
            id: runbook.id.clone(),
            title: runbook.title.clone(),
            parameters: runbook.parameters.keys().cloned().collect(),
            steps: plan.steps.len(),
            approvals: if needs_approval(plan) { plan.approval.people } else { 0 },
        }
    }
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = InForce::read(context.config, &[])?;
        let (_runtime, actions) = actions(&in_force, &Settings::default())?;
        let lines: Vec<Line> = runbooks(&in_force, &actions)?.iter().map(Line::from).collect();
        context.print(self.output, &lines, |look| render::runbook::list(look, &lines))
    }
}
