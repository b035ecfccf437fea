//! `run rule`: a person tells what became of a step that no program can tell about.

use anyhow::{Context as _, Error, anyhow};
use clap::{ArgGroup, Args};
use serde_json::Value as Json;
use trackera_operations::id::RunId;
use trackera_operations::runner::Ruling;

use super::{Context, Line};
use crate::carrying::Carrier;
use crate::exit_codes::ExitCode;
use crate::facts::Live;
use crate::failure::Failure;
use crate::render;
use crate::runs::Reading;
use crate::settings::InForce;

const AFTER_HELP: &str = "\
For a run that needs an operator: `run show` says of which step, and why. Find
out what is so before you say it; the run goes on from there.

Exit codes: 0 it is written down, 2 usage, or the run does not ask this.

Examples:
  trackera-ops run rule switch-dns-261121031500 --step point --not-done \\
    --reason \"the record is the old one\"
  trackera-ops run resume switch-dns-261121031500";

/// Tell a run what became of a step that no program can tell about.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP, group = ArgGroup::new("ruling").required(true))]
pub(crate) struct Arguments {
    /// The run.
    run: String,
    /// The step.
    #[arg(long)]
    step: String,
    /// It had its effect; with the JSON that it gives, where later steps need that.
    #[arg(long, group = "ruling", value_name = "JSON", num_args = 0..=1, default_missing_value = "{}")]
    done: Option<String>,
    /// It had no effect, and may be tried again.
    #[arg(long, group = "ruling")]
    not_done: bool,
    /// The run turns back.
    #[arg(long, group = "ruling")]
    turn_back: bool,
    /// It is undone.
    #[arg(long, group = "ruling")]
    undone: bool,
    /// How you know.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    reading: Reading,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = InForce::read(context.config, &[])?;
        let run: RunId = self.run.parse().map_err(|error| Failure::usage(Error::new(error)))?;
        let (ruling, live) = (self.ruling()?, Live::default());
        let carrier = Carrier::new(context, &in_force, (&self.reading.here, &live))?;
        let state = carrier.rule(&run, (&self.step, ruling), &self.reason)?;
        let shown = render::run::Shown::new(Line::from(&state), &state);
        context.print(self.reading.output, &shown, |look| render::run::show(look, &shown))
    }

    fn ruling(&self) -> Result<Ruling, Failure> {
        let given = self.done.as_deref().map(|text| {
            let output = serde_json::from_str::<Json>(text).ok().filter(Json::is_object);
            output.context("what a step gives is an object of JSON, such as '{}'").map_err(Failure::usage)
        });
        Ok(match given.transpose()? {
            Some(output) => Ruling::Done(output),
            None if self.not_done => Ruling::NotDone,
            None if self.undone => Ruling::Undone,
            None if self.turn_back => Ruling::TurnBack,
            None => return Err(Failure::usage(anyhow!("nobody says what became of the step"))),
        })
    }
}
