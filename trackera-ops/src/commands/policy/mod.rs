//! The verbs about policies.

mod calls;
mod coverage;
mod explain;
mod lint;
mod list;
mod permissions;
mod schema;
mod show;
mod test;

use clap::Subcommand;
use trackera_core::policy::{Policy, PolicySet};
use trackera_core::source::suggest;

use super::Context;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;

/// Write, check and understand policies.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Lint(lint::Arguments),
    Test(test::Arguments),
    List(list::Arguments),
    Show(show::Arguments),
    Explain(Box<explain::Arguments>),
    Coverage(coverage::Arguments),
    Permissions(permissions::Arguments),
    Calls(calls::Arguments),
    Schema(schema::Arguments),
}

impl Command {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        match self {
            Self::Lint(arguments) => arguments.run(context),
            Self::Test(arguments) => arguments.run(context),
            Self::List(arguments) => arguments.run(context),
            Self::Show(arguments) => arguments.run(context),
            Self::Explain(arguments) => arguments.run(context),
            Self::Coverage(arguments) => arguments.run(context),
            Self::Permissions(arguments) => arguments.run(context),
            Self::Calls(arguments) => arguments.run(context),
            Self::Schema(arguments) => arguments.run(context),
        }
    }
}

/// Finds the policy that a person means.
pub(super) fn find<'s>(set: &'s PolicySet, id: &str) -> Result<&'s Policy, Failure> {
    set.policy(id).ok_or_else(|| {
        let ids: Vec<&str> = set.policies.iter().map(|policy| policy.id.as_ref()).collect();
        Failure::usage(anyhow::anyhow!("no policy is called `{id}`")).hint(suggest(id, ids))
    })
}
