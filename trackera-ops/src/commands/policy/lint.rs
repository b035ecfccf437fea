//! `policy lint`: every mistake in policy files, with its place.

use std::path::PathBuf;

use clap::Args;
use trackera_core::policy::run_cases;
use trackera_core::source::Problem;

use super::Context;
use crate::cli::Policies;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::settings::{self, InForce};
use crate::waivers::{self, Concern};
use crate::{render, world};

const AFTER_HELP: &str = "\
Exit codes: 0 all policies are valid, 2 something is wrong.

Examples:
  trackera-ops policy lint
  trackera-ops policy lint policies/network.yaml";

/// Find the mistakes in policy files: each with file, line and column, and the nearest valid word.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Files or directories, in place of all policies [default: what --policies says].
    #[arg(value_name = "PATH", conflicts_with = "policies")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    policies: Policies,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let paths = if self.paths.is_empty() { &self.policies.policies } else { &self.paths };
        let in_force = InForce::read(context.config, paths)?;
        let set = in_force.load_policies()?;
        // An example that cannot be used proves nothing, so it is a mistake like any other.
        let unusable: Vec<Problem> = run_cases(&set).into_iter().filter_map(|outcome| outcome.got.err()).collect();
        if !unusable.is_empty() {
            return Err(Failure::Problems(unusable));
        }
        let concerns = waivers::concerns(&set, None, world::now());
        let idle = concerns.into_iter().filter(|(concern, _)| matches!(concern, Concern::Ended | Concern::Unsigned));
        context.screen.say(&render::waivers::warnings(context.screen.talk, idle));
        let files = settings::read_policies(&in_force.policies)?.len();
        context.screen.print(&render::policy::valid(context.screen.look, set.policies.len(), files))?;
        Ok(ExitCode::Good)
    }
}
