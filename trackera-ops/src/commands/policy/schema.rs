//! `policy schema`: what editors need to complete and check policy files.

use clap::Args;
use trackera_core::schema::Schema;

use super::Context;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::{reference, render};

const AFTER_HELP: &str = "\
Example:
  trackera-ops policy schema > policy.schema.json

and as the first line of a policy file, for editors with the YAML language server:
  # yaml-language-server: $schema=policy.schema.json";

/// Print a JSON Schema of policy files, so that editors complete them.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let schema = reference::policy_schema(&Schema::new()?);
        context.screen.print(&render::json::pretty(&schema)?)?;
        Ok(ExitCode::Good)
    }
}
