//! `run resume`: goes on with a run that was interrupted, or that waits for a person.

use anyhow::Error;
use clap::Args;
use trackera_operations::id::RunId;

use super::{Context, follow};
use crate::carrying::{Carrier, Resumed};
use crate::commands::drill;
use crate::evidence;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::runs::Going;
use crate::settings::InForce;

const AFTER_HELP: &str = "\
What was intended and has no outcome is looked at first, and never blindly done
again. The plan is the one that the run was begun with.

A run that waits for a person is answered with --evidence, or with --done where
the step asks for none. Evidence is kept beside the journal of this machine; the
journal itself holds its digest.

Exit codes: as those of the run itself; 5 when it waits for somebody.

Examples:
  trackera-ops run resume product-dump-261121031500
  trackera-ops run resume switch-dns-261121031500 --evidence @screenshot.png";

/// Go on with a run that was interrupted, or that waits for a person.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The run.
    run: String,
    /// What the run waits for is done, and this shows it: a text, or `@FILE`.
    #[arg(long, value_name = "TEXT|@FILE")]
    evidence: Option<String>,
    /// What the run waits for is done.
    #[arg(long)]
    done: bool,
    #[command(flatten)]
    going: Going,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = InForce::read(context.config, &[])?;
        let run: RunId = self.run.parse().map_err(|error| Failure::usage(Error::new(error)))?;
        let evidence = self.evidence.as_deref().map(evidence::read).transpose()?;
        let Going { reading, live } = &self.going;
        let carrier = Carrier::new(context, &in_force, (&reading.here, live))?;
        if self.done || evidence.is_some() {
            carrier.answer(&run, evidence.as_deref())?;
        }
        match carrier.resume(&run)? {
            Resumed::Drill(carried) => drill::tell(context, reading.output, &carried),
            Resumed::Procedure(finished) => follow(context, &carrier, (*finished, reading.output)),
        }
    }
}
