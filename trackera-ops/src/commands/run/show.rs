//! `run show`: every step of a run, and how far it is.

use clap::Args;

use super::list::Line;
use super::{Context, find};
use crate::cli::Output;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::render;
use crate::runs::Here;

const AFTER_HELP: &str = "\
Example:
  trackera-ops run show product-dump-261121031500";

/// Show how far a run is, step by step.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The run.
    run: String,
    #[command(flatten)]
    here: Here,
    /// How the run is printed.
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let state = find(&self.here.read()?, &self.run)?;
        let shown = render::run::Shown::new(Line::from(&state), &state);
        context.print(self.output, &shown, |look| render::run::show(look, &shown))
    }
}
