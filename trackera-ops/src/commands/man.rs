//! `man`: one manual page for each verb.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Command, CommandFactory as _};
use clap_mangen::Man;

use super::Context;
use crate::cli::Cli;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::world;

/// Write manual pages into a directory.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  trackera-ops man /usr/local/share/man/man1")]
pub(crate) struct Arguments {
    /// The directory; it is made if it is not there.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl Arguments {
    pub(super) fn run(&self, _: &Context<'_>) -> Result<ExitCode, Failure> {
        let mut root = Cli::command().disable_help_subcommand(true);
        root.build();
        let mut pages = Vec::new();
        render(&root, "trackera-ops", &mut pages)?;
        let named = || format!("cannot write manual pages into `{}`", self.directory.display());
        world::write_documents(&self.directory, &pages).with_context(named).map_err(Failure::usage)?;
        Ok(ExitCode::Good)
    }
}

fn render(command: &Command, name: &str, pages: &mut Vec<(String, Vec<u8>)>) -> anyhow::Result<()> {
    let mut page = Vec::new();
    Man::new(command.clone()).title(name.to_uppercase()).render(&mut page)?;
    pages.push((format!("{name}.1"), page));
    let verbs = command.get_subcommands().filter(|verb| !verb.is_hide_set());
    for verb in verbs {
        render(verb, &format!("{name}-{}", verb.get_name()), pages)?;
    }
    Ok(())
}
