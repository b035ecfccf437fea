//! `drill run`: restores a backup, holds it against what was backed up, and leaves nothing behind.

use anyhow::{Context as _, anyhow};
use clap::Args;
use jiff::Timestamp;
use trackera_core::recovery::drill::Drill;
use trackera_operations::id::RunId;

use super::Context;
use crate::carrying::Carrier;
use crate::cli::Output;
use crate::drills::{find, reports};
use crate::exit_codes::ExitCode;
use crate::facts::Live;
use crate::failure::Failure;
use crate::runs::Here;
use crate::settings::InForce;
use crate::{render, world};

const AFTER_HELP: &str = "\
The plan is shown before anything is done. Everything that the drill makes
bears the name of its run and is gone when it ends. A run that was killed is
taken up again with `trackera-ops run resume`.

Exit codes: 0 the backup came back, 1 it did not, 2 usage, 3 nobody can tell,
4 somebody else is at it, 5 something was left behind.

Examples:
  trackera-ops drill run product-dump
  trackera-ops drill run product-dump --damage --yes";

/// Restore a backup, verify the copy, and destroy it.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The drill.
    drill: String,
    /// Damage the copy on purpose besides, and pass only if that is found; the declaration says how often it is done by
    /// itself.
    #[arg(long)]
    damage: bool,
    /// Do not ask before beginning.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    here: Here,
    #[command(flatten)]
    live: Live,
    /// How the report is printed.
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = InForce::read(context.config, &[])?;
        let declared = find(&in_force, &self.drill)?;
        let damage = self.damage || declared.is_control_due(&reports(&self.here.read()?)?);
        let plan = declared.plan(&in_force, damage);
        context.screen.say(&render::drill::plan(context.screen.talk, &declared.drill, &plan));
        self.ask(context)?;
        let run = name(&declared.drill, world::now())?;
        let carrier = Carrier::new(context, &in_force, (&self.here, &self.live))?;
        let carried = carrier.begin(&declared.drill, &plan, run)?;
        super::tell(context, self.output, &carried)
    }

    fn ask(&self, context: &Context<'_>) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        if !world::is_typed_into() {
            let error = anyhow!("nobody is there to be asked");
            return Err(Failure::usage(error).hint("look at `drill plan`, then say --yes".to_owned()));
        }
        context.screen.say("Begin? [y/N] ");
        let answer = world::read_line().context("cannot read the answer")?;
        match answer.trim() {
            "y" | "Y" | "yes" => Ok(()),
            _ => Err(Failure::new(ExitCode::Refused, anyhow!("nothing was done"))),
        }
    }
}

/// A name that no run had before: the drill's, and the moment.
fn name(drill: &Drill, now: Timestamp) -> Result<RunId, Failure> {
    Ok(format!("{}-{}", drill.id, now.strftime("%y%m%d%H%M%S")).parse()?)
}
