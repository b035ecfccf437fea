//! `runbook rehearse`: every look for real, every change told, and nothing done.

use clap::Args;
use serde::Serialize;
use trackera_operations::id::RunId;
use trackera_operations::progress::Silent;
use trackera_operations::rehearsal::{Ports, Rehearsed, Would, rehearse};

use super::{Context, Given};
use crate::cli::Output;
use crate::exit_codes::ExitCode;
use crate::facts::Live;
use crate::failure::Failure;
use crate::procedures::{Procedure, actions};
use crate::settings::InForce;
use crate::{render, world};

const AFTER_HELP: &str = "\
What a step would change is looked at and told with its values; what stands on a
change before it cannot be looked at yet. Nothing is changed, nothing is written
down, and nobody is asked.

Exit codes: 0 every step that can be looked at would go well, 1 one would fail,
or nobody can tell.

Example:
  trackera-ops runbook rehearse product-dump";

/// Try a runbook or a drill without changing anything.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The runbook or drill.
    name: String,
    #[command(flatten)]
    given: Given,
    #[command(flatten)]
    live: Live,
    /// How the rehearsal is printed.
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

/// A step as it was rehearsed.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    /// The step.
    pub(crate) step: String,
    /// What it does, with the values that are known.
    pub(crate) what: String,
    /// What would become of it, in a word or two.
    pub(crate) would: &'static str,
    /// What was read or found, or why it would fail.
    pub(crate) found: serde_json::Value,
}

impl From<Rehearsed> for Line {
    fn from(Rehearsed { step, what, would }: Rehearsed) -> Self {
        let nothing = serde_json::Value::Null;
        let (would, found) = match would {
            Would::Read(output) => ("read", output),
            Would::Change(before) => ("would change", before.unwrap_or(nothing)),
            Would::Nothing(output) => ("is so already", output),
            Would::Skip => ("would be skipped", nothing),
            Would::Ask => ("would ask a person", nothing),
            Would::Later => ("not known yet", nothing),
            Would::Fail(why) => ("would fail", why.into()),
        };
        Self { step, what, would, found }
    }
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = InForce::read(context.config, &[])?;
        let (runtime, actions) = actions(&in_force, &self.live.settings())?;
        let procedure = Procedure::find(&in_force, &actions, &self.name)?;
        let plan = procedure.plan((&in_force, &actions), self.given.values()?)?;
        let run: RunId = "rehearsal".parse()?;
        let ports = Ports { actions: &actions, clock: &world::Machine::new(), progress: &Silent };
        let rehearsed = runtime.block_on(rehearse(&plan, &run, &ports));
        let fails = rehearsed.iter().any(|one| matches!(one.would, Would::Fail(_)));
        let lines: Vec<Line> = rehearsed.into_iter().map(Line::from).collect();
        context.print(self.output, &lines, |look| render::runbook::rehearsed(look, &lines))?;
        Ok(if fails { ExitCode::Failed } else { ExitCode::Good })
    }
}
