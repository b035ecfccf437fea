//! `drill list`: the declared drills, and what came of each the last time.

use clap::Args;
use serde::Serialize;
use trackera_core::recovery::drill::Report;

use super::Context;
use crate::drills::{self, reports};
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::render;
use crate::runs::Reading;
use crate::settings::InForce;
use crate::world::Declared;

const AFTER_HELP: &str = "\
Drills are declared in `runbooks/drills/*.yaml`. What came of them stands in
the journal of the machine that did them.

Example:
  trackera-ops drill list";

/// List the declared drills, and what came of each the last time.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    reading: Reading,
}

/// A drill in a line.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    /// Its name.
    pub(crate) id: String,
    /// What it proves.
    pub(crate) title: String,
    /// What it restores.
    pub(crate) restores: &'static str,
    /// The region that the backup is taken from.
    pub(crate) region: String,
    /// How often it is done.
    pub(crate) every: Option<String>,
    /// What came of it the last time.
    pub(crate) last: Option<Report>,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = InForce::read(context.config, &[])?;
        let reports = reports(&self.reading.here.read()?)?;
        let line = |declared: Declared| {
            let drill = declared.drill;
            let last = reports.iter().rfind(|report| report.drill == drill.id).cloned();
            Line {
                restores: drill.restore.word(),
                region: drill.restore.region().to_owned(),
                every: drill.every.as_ref().map(ToString::to_string),
                id: drill.id,
                title: drill.title,
                last,
            }
        };
        let lines: Vec<Line> = drills::all(&in_force)?.into_iter().map(line).collect();
        context.print(self.reading.output, &lines, |look| render::drill::list(look, &lines))
    }
}
