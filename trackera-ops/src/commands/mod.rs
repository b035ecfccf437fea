//! The verbs, one file each: arguments, help text and what they do. How results look is not their business.

mod approve;
mod backup;
mod check;
mod completions;
mod config;
mod docs;
mod drill;
mod estate;
mod finding;
mod journal;
mod man;
mod policy;
mod run;
mod runbook;
mod waiver;

use std::path::Path;

use clap::Subcommand;
use serde::Serialize;

use crate::cli::{Output, Policies};
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::render::look::Look;
use crate::render::{self, Screen};
use crate::settings::InForce;

pub(crate) use approve::{AloneLine, Listed as ListedApprovals, PaperLine};
pub(crate) use backup::Taken;
pub(crate) use drill::{Cleaning, Line as DrillLine, Locked};
pub(crate) use run::Line as RunLine;
pub(crate) use runbook::{Line as RunbookLine, RehearsedLine, Shown as RunbookShown};

/// What every command gets besides its own arguments.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    /// Where results go.
    pub(crate) screen: &'a Screen,
    /// The configuration that was named.
    pub(crate) config: Option<&'a Path>,
}

impl Context<'_> {
    /// Reads what is in force.
    fn in_force(&self, policies: &Policies) -> Result<InForce, Failure> {
        InForce::read(self.config, &policies.policies)
    }

    /// Prints a result as it was asked for.
    fn print(
        &self,
        output: Output,
        value: &impl Serialize,
        table: impl FnOnce(Look) -> String,
    ) -> Result<ExitCode, Failure> {
        self.screen.print(&match output {
            Output::Json => render::json::pretty(value)?,
            Output::Table => table(self.screen.look),
        })?;
        Ok(ExitCode::Good)
    }
}

/// Every verb.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Check(check::Arguments),
    #[command(subcommand)]
    Estate(estate::Command),
    #[command(subcommand)]
    Policy(policy::Command),
    #[command(subcommand)]
    Waiver(waiver::Command),
    #[command(subcommand)]
    Finding(finding::Command),
    #[command(subcommand)]
    Backup(backup::Command),
    #[command(subcommand)]
    Drill(drill::Command),
    #[command(subcommand)]
    Run(run::Command),
    #[command(subcommand)]
    Runbook(runbook::Command),
    Approve(approve::Arguments),
    #[command(subcommand)]
    Journal(journal::Command),
    #[command(subcommand)]
    Config(config::Command),
    Completions(completions::Arguments),
    Man(man::Arguments),
    Docs(docs::Arguments),
}

impl Command {
    /// Carries out the verb.
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        match self {
            Self::Check(arguments) => arguments.run(context),
            Self::Estate(command) => command.run(context),
            Self::Policy(command) => command.run(context),
            Self::Waiver(command) => command.run(context),
            Self::Finding(command) => command.run(context),
            Self::Backup(command) => command.run(context),
            Self::Drill(command) => command.run(context),
            Self::Run(command) => command.run(context),
            Self::Runbook(command) => command.run(context),
            Self::Approve(arguments) => arguments.run(context),
            Self::Journal(command) => command.run(context),
            Self::Config(command) => command.run(context),
            Self::Completions(arguments) => arguments.run(context),
            Self::Man(arguments) => arguments.run(context),
            Self::Docs(arguments) => arguments.run(context),
        }
    }
}
