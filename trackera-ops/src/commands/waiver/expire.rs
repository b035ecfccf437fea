//! `waiver expire`: an exception ends now instead of later.

use clap::Args;

use super::{Context, Loaded, Which, by_hand, day};
use crate::cli::Policies;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::waiver_file::end;
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
    #[command(flatten)]
    which: Which,
    /// Show what would be written, and write nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    policies: Policies,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let loaded = Loaded::read(context, &self.policies)?;
        let written = loaded.written()?;
        let one = self.which.find(&loaded, &written)?;
        let yesterday = day(world::now()).yesterday()?;
        let text = end(&one.file.text, &one.text, yesterday).ok_or_else(|| by_hand(&one.file.name))?;
        let proven = loaded.prove(one.changed(text, |item| item.expires = yesterday))?;
        if !self.dry_run {
            proven.write()?;
        }
        let shown =
            render::waivers::ended(context.screen.look, &one.place(), one.waiver, yesterday, self.dry_run.into());
        context.screen.print(&shown)?;
        Ok(ExitCode::Good)
    }
}
