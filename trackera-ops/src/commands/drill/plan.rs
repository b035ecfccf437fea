//! `drill plan`: what a drill would do, and by which hash that is known.

use clap::Args;
use serde::Serialize;
use trackera_journal::digest::Digest;
use trackera_operations::plan::Plan;

use super::Context;
use crate::cli::Output;
use crate::drills;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::render;
use crate::settings::InForce;

const AFTER_HELP: &str = "\
Nothing is done. The hash is that of everything in the plan, of the file that
declares the drill, of the configuration and of the people whose signatures
count: what changes one of them changes the hash.

Example:
  trackera-ops drill plan product-dump";

/// Show what a drill would do.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The drill.
    drill: String,
    /// The plan of a negative control: the copy is damaged on purpose, and the checks must find it.
    #[arg(long)]
    damage: bool,
    /// How the plan is printed.
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

#[derive(Debug, Serialize)]
struct Shown<'a> {
    hash: Digest,
    plan: &'a Plan,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = InForce::read(context.config, &[])?;
        let declared = drills::find(&in_force, &self.drill)?;
        let plan = declared.plan(&in_force, self.damage);
        let shown = Shown { hash: plan.hash(), plan: &plan };
        context.print(self.output, &shown, |look| render::drill::plan(look, &declared.drill, &plan))
    }
}
