//! `drill clean`: lists what drills left behind, and deletes what is known to be theirs.

use std::collections::BTreeSet;

use clap::Args;
use trackera_operations::drill::clean::Fate;

use super::Context;
use crate::carrying::Carrier;
use crate::cli::Output;
use crate::drills;
use crate::exit_codes::ExitCode;
use crate::facts::Live;
use crate::failure::Failure;
use crate::render;
use crate::runs::Here;
use crate::settings::InForce;

const AFTER_HELP: &str = "\
Looked at are the promises that runs of this machine have not kept, and every
database instance and snapshot whose name begins with `drill-`, in the regions
that the company or a drill declares. Something is deleted only where its name,
its tags and its run agree, and where this machine began that run or its time
is over. Without --yes nothing is deleted.

Exit codes: 0 nothing is left, 5 something stays.

Examples:
  trackera-ops drill clean
  trackera-ops drill clean --yes";

/// List what drills left behind, and delete what is known to be theirs.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Delete it.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    here: Here,
    #[command(flatten)]
    live: Live,
    /// How the list is printed.
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

/// Whether anything is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cleaning {
    /// Everything stays as it is.
    List,
    /// What is known to be of drills is deleted.
    Delete,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = InForce::read(context.config, &[])?;
        let regions = regions(&in_force)?;
        let cleaning = if self.yes { Cleaning::Delete } else { Cleaning::List };
        let left = Carrier::new(context, &in_force, (&self.here, &self.live))?.clean(&regions, cleaning)?;
        context.print(self.output, &left, |look| render::drill::left(look, &left))?;
        let is_clean = left.iter().all(|one| one.fate == Fate::Gone);
        Ok(if is_clean { ExitCode::Good } else { ExitCode::Operator })
    }
}

/// The regions that the company or a drill declares.
fn regions(in_force: &InForce) -> Result<BTreeSet<String>, Failure> {
    let declared = in_force.company().regions.into_iter();
    let company = declared.flat_map(|it| [it.primary].into_iter().chain(it.recovery).chain(it.others));
    let drills = drills::all(in_force)?.into_iter().map(|declared| declared.drill.restore.region().to_owned());
    Ok(company.chain(drills).collect())
}
