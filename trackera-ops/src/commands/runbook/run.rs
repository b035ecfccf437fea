//! `runbook run`: carries a written procedure out, as it was shown.

use anyhow::anyhow;
use clap::Args;
use std::collections::BTreeMap;
use trackera_operations::runbook::Runbook;

use super::{Context, Given};
use crate::carrying::Carrier;
use crate::commands::run;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::procedures::{Procedure, actions, told};
use crate::runs::Going;
use crate::settings::InForce;
use crate::{asking, render, world};

const AFTER_HELP: &str = "\
The plan is shown before anything is done. On a terminal, parameters that have
no value are asked for, and so is what only a person can do. Anywhere else the
run waits: for a person until `run resume --evidence`, for an approval until
another admin says `approve`. A run that was killed is taken up again with `run
resume`.

Exit codes: 0 every step is done, 1 a step failed and what can be undone is as
it was, 2 usage, 3 nobody can tell, 4 somebody else is at it, 5 it waits for
somebody, or left something behind.

Examples:
  trackera-ops runbook run switch-dns --set region=eu-west-1
  trackera-ops runbook run switch-dns --set region=eu-west-1 --yes --output json";

/// Carry a runbook out.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The runbook.
    name: String,
    #[command(flatten)]
    given: Given,
    /// Do not ask before beginning.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    going: Going,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = InForce::read(context.config, &[])?;
        let Going { reading, live } = &self.going;
        let (_runtime, actions) = actions(&in_force, &live.settings())?;
        let procedure = Procedure::find(&in_force, &actions, &self.name)?;
        let Procedure::Runbook(runbook) = &procedure else {
            let error = anyhow!("`{}` is a drill, and not a runbook", procedure.id());
            return Err(Failure::usage(error).hint(format!("trackera-ops drill run {}", procedure.id())));
        };
        let values = asking::parameters(context.screen, runbook, self.given.values()?)?;
        let again = again(runbook, &values);
        let plan = procedure.plan((&in_force, &actions), values)?;
        let talk = context.screen.talk;
        context.screen.say(&render::plan::plan(talk, procedure.title(), &plan, &told(&plan, &actions)));
        if !self.yes {
            let instead = "look at `runbook show`, then say --yes";
            asking::confirm(context.screen, "Begin?", instead).map_err(|failure| failure.hint(again))?;
        }
        let carrier = Carrier::new(context, &in_force, (&reading.here, live))?;
        let finished = carrier.begin_procedure(&plan, carrier.name(procedure.id(), world::now())?)?;
        run::follow(context, &carrier, (finished, reading.output))
    }
}

/// The command that says again what was typed.
fn again(runbook: &Runbook, values: &BTreeMap<String, String>) -> String {
    let quoted = |value: &str| format!("'{}'", value.replace('\'', r"'\''"));
    let given = values.iter().map(|(name, value)| format!(" --set {name}={}", quoted(value)));
    format!("again: trackera-ops runbook run {}{}", runbook.id, given.collect::<String>())
}
