//! `run show`: every step of a run, and how far it is.

use clap::Args;

use super::list::Line;
use super::{Context, find};
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::render;
use crate::runs::Reading;

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
    reading: Reading,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let state = find(&self.reading.here.read()?, &self.run)?;
        let shown = render::run::Shown::new(Line::from(&state), &state);
        context.print(self.reading.output, &shown, |look| render::run::show(look, &shown))
    }
}
