//! `runbook lint`: every mistake in runbooks and drills, with its place.

use clap::Args;

use super::Context;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::procedures::{actions, runbooks};
use crate::render;
use crate::settings::InForce;
use crate::world::Settings;

const AFTER_HELP: &str = "\
Contradictions are mistakes too: a step that takes something away and that
nobody approves, one that must not be done twice and is tried more than once, a
parameter that nobody sets, a call into the region that a plan leaves.

Exit codes: 0 all runbooks and drills are valid, 2 something is wrong.

Example:
  trackera-ops runbook lint";

/// Find the mistakes in runbooks and drills: each with file, line and column, and the nearest valid word.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = InForce::read(context.config, &[])?;
        let (_runtime, actions) = actions(&in_force, &Settings::default())?;
        let runbooks = runbooks(&in_force, &actions)?.len();
        let drills = in_force.drills()?.len();
        context.screen.print(&render::runbook::valid(context.screen.look, runbooks, drills))?;
        Ok(ExitCode::Good)
    }
}
