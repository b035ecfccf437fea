//! `docs`: the generated reference, for those who work on the program.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::Context;
use crate::cli::Policies;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::reference::{self, Permissions};
use crate::world;

/// Write the generated reference into a directory.
#[derive(Debug, Args)]
#[command(hide = true)]
pub(crate) struct Arguments {
    /// The directory; it is made if it is not there.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    #[command(flatten)]
    policies: Policies,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = context.in_force(&self.policies)?;
        let set = in_force.load_policies()?;
        let permissions = Permissions::new(&in_force.request(set.demand(), &[])?);
        let documents = reference::documents(&in_force.schema, &set, &permissions);
        let named = || format!("cannot write into `{}`", self.directory.display());
        world::write_documents(&self.directory, &documents).with_context(named).map_err(Failure::usage)?;
        Ok(ExitCode::Good)
    }
}
