//! `config init`: a first configuration, from what can be read of an account.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::Args;
use trackera_core::company::Configuration;
use trackera_core::schema::Demand;
use trackera_core::yaml::File;

use super::Context;
use crate::exit_codes::ExitCode;
use crate::facts::Live;
use crate::failure::Failure;
use crate::first_configuration::First;
use crate::settings::{InForce, USUAL_CONFIGURATION};
use crate::{render, world};

const AFTER_HELP: &str = "\
It reads, and writes that one file. What it cannot know stands there as a comment: who the two
admins are, the region for recovery, where dumps arrive.

Exit codes: 0 written, 2 there is such a file, 3 written, but something could not be read.

Example:
  AWS_PROFILE=audit trackera-ops config init --to trackera.yaml";

/// What tells where a company works: lists alone, one call for each in a region.
const PLACES: [&str; 3] = ["aws.ec2.instance", "aws.rds.db_instance", "aws.s3.bucket"];
const USER: &str = "aws.iam.user";
/// What tells a person from a program.
const USER_FIELDS: [&str; 2] = ["password_enabled", "access_keys"];

/// Write a first trackera.yaml from what can be read of an account.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The file to write; it must not be there yet.
    #[arg(long, value_name = "FILE", default_value = USUAL_CONFIGURATION)]
    to: PathBuf,
    #[command(flatten)]
    live: Live,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        if self.to.exists() {
            let error = anyhow!("there is a `{}` already", self.to.display());
            return Err(Failure::usage(error).hint("name another file with --to".to_owned()));
        }
        // What stands in a file that may lie here is of no concern: this is about the account.
        let in_force = InForce::none()?;
        let mut demand = Demand::default();
        PLACES.iter().for_each(|kind| demand.add_kind(&in_force.schema, kind));
        demand.add_kind(&in_force.schema, USER);
        USER_FIELDS.iter().for_each(|field| demand.add_field(&in_force.schema, USER, field));
        let snapshot = self.live.snapshot(context, &in_force, demand)?;
        let first = First::of(&snapshot);
        if first.accounts.is_empty() {
            let error = anyhow!("nobody could say whose account this is");
            return Err(Failure::new(ExitCode::Unverified, error).hint("look at the credentials at hand".to_owned()));
        }
        let text = first.text();
        check(&self.to, &text)?;
        let named = || format!("cannot write `{}`", self.to.display());
        world::replace(&self.to, None, &text).with_context(named).map_err(Failure::usage)?;
        context.screen.print(&render::config::written(context.screen.look, &self.to, &first))?;
        Ok(if first.gaps.is_empty() { ExitCode::Good } else { ExitCode::Unverified })
    }
}

/// Nothing is written that could not be read.
fn check(path: &Path, text: &str) -> Result<(), Failure> {
    let file = File { name: path.display().to_string(), text: text.to_owned() };
    Configuration::load(&file).map(drop).map_err(|problem| Failure::Problems(vec![problem]))
}
