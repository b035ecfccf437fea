//! `policy permissions`: the least that a reader of the estate must be allowed.

use clap::{Args, ValueEnum};

use super::Context;
use crate::cli::Policies;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::{reference, render};

/// How the permissions are printed.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Form {
    /// The IAM policy document.
    #[default]
    Json,
    /// Which policies need which permission.
    Table,
}

const AFTER_HELP: &str = "\
Example:
  trackera-ops policy permissions > read-only.json
  aws iam put-role-policy --role-name trackera --policy-name read-only \\
    --policy-document file://read-only.json";

/// Print the smallest IAM policy that lets a check of the loaded policies read all it needs.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    policies: Policies,
    /// How the permissions are printed.
    #[arg(long, value_enum, default_value_t)]
    output: Form,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = context.in_force(&self.policies)?;
        let set = in_force.load_policies()?;
        let request = in_force.request(set.demand(), &[])?;
        let permissions = reference::Permissions::new(&request);
        if permissions.lacks_backup_places() {
            context.screen.say(&render::policy::no_backup_places(context.screen.talk));
        }
        context.screen.print(&match self.output {
            Form::Json => render::json::pretty(&permissions.document())?,
            Form::Table => render::policy::permissions(context.screen.look, &permissions, &set),
        })?;
        Ok(ExitCode::Good)
    }
}
