//! `estate collect`: everything that policies need, written down for later.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use trackera_core::estate::Estate;
use trackera_core::schema::Demand;

use super::Context;
use crate::cli::Policies;
use crate::exit_codes::ExitCode;
use crate::facts::Live;
use crate::failure::Failure;
use crate::runs::Here;
use crate::{render, settings, world};

const AFTER_HELP: &str = "\
The file holds everything that was read; it is readable by its owner only.

Exit codes: 0 everything was read, 3 there are gaps; the snapshot is written in both cases.

Examples:
  trackera-ops estate collect --to estate.json
  trackera-ops check --from estate.json";

/// Read the estate and write it to a file, so that it can be checked offline.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The file to write; what was there before is replaced.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// Read all that can be read, not only what the policies need.
    #[arg(long, conflicts_with = "policies")]
    everything: bool,
    #[command(flatten)]
    policies: Policies,
    #[command(flatten)]
    live: Live,
    #[command(flatten)]
    here: Here,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = context.in_force(&self.policies)?;
        let demand =
            if self.everything { Demand::everything(&in_force.schema) } else { in_force.load_policies()?.demand() };
        let snapshot = self.live.estate(None, context, (&in_force, &self.here), demand)?;
        settings::check_accounts(
            &in_force.company(),
            snapshot.accounts.iter().map(|account| account.account.as_str()),
        )?;
        // A snapshot that no check could use must not take the place of one that can.
        Estate::new(&in_force.schema, &snapshot).context("cannot use the estate that was read")?;
        let named = || format!("cannot write the snapshot `{}`", self.to.display());
        world::write_private(&self.to, &render::json::lines(&snapshot)?).with_context(named).map_err(Failure::usage)?;
        context.screen.print(&render::estate::collected(context.screen.look, &snapshot, &self.to))?;
        Ok(if snapshot.gaps.is_empty() { ExitCode::Good } else { ExitCode::Unverified })
    }
}
