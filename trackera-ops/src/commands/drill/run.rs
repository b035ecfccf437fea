//! `drill run`: restores a backup, holds it against what was backed up, and leaves nothing behind.

use clap::Args;

use super::Context;
use crate::carrying::Carrier;
use crate::drills::{find, reports};
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::runs::Going;
use crate::settings::InForce;
use crate::{asking, render, world};

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
    going: Going,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = InForce::read(context.config, &[])?;
        let declared = find(&in_force, &self.drill)?;
        let Going { reading, live } = &self.going;
        let damage = self.damage || declared.is_control_due(&reports(&reading.here.read()?)?);
        let plan = declared.plan(&in_force, damage);
        context.screen.say(&render::drill::plan(context.screen.talk, &declared.drill, &plan));
        if !self.yes {
            asking::confirm(context.screen, "Begin?", "look at `drill plan`, then say --yes")?;
        }
        let carrier = Carrier::new(context, &in_force, (&reading.here, live))?;
        let run = carrier.name(&declared.drill.id, world::now())?;
        let carried = carrier.begin(&declared.drill, &plan, run)?;
        super::tell(context, reading.output, &carried)
    }
}
