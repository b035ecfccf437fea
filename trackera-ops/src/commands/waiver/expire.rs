//! `waiver expire`: an exception ends now instead of later.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;
use trackera_core::source::suggest;

use super::{Context, Draft, Loaded, Written, by_hand, day};
use crate::cli::Policies;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::waiver_file::{end, facts};
use crate::{render, world};

const AFTER_HELP: &str = "\
A waiver holds to the end of a day, so the day before today is written into its file; nothing else there changes.

Exit codes: 0 the waiver has ended, 2 there is none that holds, or more than one.

Example:
  trackera-ops waiver expire volumes-have-an-owner vol-0a1b2c";

/// End an exception now.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The policy's id.
    policy: String,
    /// The resource, as the waiver has it: an id or a pattern.
    resource: String,
    /// The account that the waiver is for, where several are alike.
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// The region that the waiver is for, where several are alike.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Show what would be written, and write nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    policies: Policies,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let loaded = Loaded::read(context, &self.policies)?;
        super::super::policy::find(&loaded.set, &self.policy)?;
        let written = loaded.written()?;
        let one = self.find(&written)?;
        let yesterday = day(world::now()).yesterday()?;
        let text = end(&one.file.text, &one.text, yesterday).ok_or_else(|| by_hand(&one.file.name))?;
        let removed = facts(one.waiver);
        let mut added = removed.clone();
        added.expires = yesterday;
        let before = Some(one.file.text.clone());
        let draft = Draft { path: PathBuf::from(&one.file.name), before, text, removed: Some(removed), added };
        let proven = loaded.prove(draft)?;
        if !self.dry_run {
            proven.write()?;
        }
        let shown =
            render::waivers::ended(context.screen.look, &one.place(), one.waiver, yesterday, self.dry_run.into());
        context.screen.print(&shown)?;
        Ok(ExitCode::Good)
    }

    /// Finds the one exception that is meant and still holds.
    fn find<'w, 'a>(&self, written: &'w [Written<'a>]) -> Result<&'w Written<'a>, Failure> {
        let of_policy: Vec<&Written<'_>> = written.iter().filter(|one| one.waiver.policy == self.policy).collect();
        let is_meant = |one: &&Written<'_>| {
            let agrees = |asked: &Option<String>, own: &Option<String>| asked.is_none() || asked == own;
            one.waiver.resource == self.resource
                && agrees(&self.account, &one.waiver.account)
                && agrees(&self.region, &one.waiver.region)
        };
        let meant: Vec<&Written<'_>> = of_policy.iter().copied().filter(is_meant).collect();
        let now = world::now();
        let holding: Vec<&Written<'_>> = meant.iter().copied().filter(|one| one.waiver.holds_at(now)).collect();
        match (holding.as_slice(), meant.last()) {
            ([one], _) => Ok(one),
            ([], Some(ended)) => {
                let error = anyhow!("the waiver at {} ended with {} already", ended.place(), ended.waiver.expires);
                Err(Failure::usage(error))
            }
            ([], None) => {
                let known: Vec<&str> = of_policy.iter().map(|one| one.waiver.resource.as_str()).collect();
                let error = anyhow!("there is no waiver of `{}` for `{}`", self.policy, self.resource);
                Err(Failure::usage(error).hint(suggest(&self.resource, known)))
            }
            (several, _) => {
                let places: Vec<String> = several.iter().map(|one| one.place()).collect();
                let error = anyhow!("several waivers are meant: {}", places.join(", "));
                Err(Failure::usage(error).hint("choose with --account and --region".to_owned()))
            }
        }
    }
}
