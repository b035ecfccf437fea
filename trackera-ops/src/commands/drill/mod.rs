//! The verbs about drills: what is proven by doing it, what it would do, and what came of it.

mod clean;
mod list;
mod lock;
mod plan;
mod report;
mod run;

use clap::Subcommand;
use trackera_core::recovery::drill::Report;
use trackera_core::recovery::verification::Verdict;

use super::Context;
use crate::carrying::Carried;
use crate::cli::Output;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::render;

pub(crate) use clean::Cleaning;
pub(crate) use list::Line;
pub(crate) use lock::Locked;

/// Prove that backups can be restored, by restoring them.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(list::Arguments),
    Plan(plan::Arguments),
    Lock(lock::Arguments),
    Run(run::Arguments),
    Report(report::Arguments),
    Clean(clean::Arguments),
}

impl Command {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        match self {
            Self::List(arguments) => arguments.run(context),
            Self::Plan(arguments) => arguments.run(context),
            Self::Lock(arguments) => arguments.run(context),
            Self::Run(arguments) => arguments.run(context),
            Self::Report(arguments) => arguments.run(context),
            Self::Clean(arguments) => arguments.run(context),
        }
    }
}

/// Tells what became of a run in one go.
pub(super) fn tell(context: &Context<'_>, output: Output, carried: &Carried) -> Result<ExitCode, Failure> {
    if let Some(waits) = &carried.waits {
        context.screen.say(&render::run::waits(context.screen.talk, &carried.report.run, waits));
    }
    context.print(output, &carried.report, |look| render::drill::report(look, &carried.report))?;
    Ok(if carried.waits.is_some() { ExitCode::Operator } else { code(&carried.report) })
}

/// How a command ends that tells a report.
pub(super) fn code(report: &Report) -> ExitCode {
    match report.verdict {
        _ if !report.is_gone => ExitCode::Operator,
        Verdict::Pass | Verdict::Partial(_) => ExitCode::Good,
        Verdict::Fail => ExitCode::Failed,
        Verdict::CouldNotVerify => ExitCode::Unverified,
    }
}
