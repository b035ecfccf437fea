//! `man`: one manual page for each command.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Command, CommandFactory as _};
use clap_mangen::Man;

use crate::cli::Cli;
use crate::world;

/// Write manual pages into a directory.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  trackera-agent man /usr/local/share/man/man1")]
pub(crate) struct Arguments {
    /// The directory; it is made if it is not there.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl Arguments {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let mut root = Cli::command().disable_help_subcommand(true);
        root.build();
        let mut pages = vec![page(&root, "trackera-agent")?];
        for command in root.get_subcommands().filter(|command| !command.is_hide_set()) {
            pages.push(page(command, &format!("trackera-agent-{}", command.get_name()))?);
        }
        world::write_documents(&self.directory, &pages)
            .with_context(|| format!("cannot write manual pages into `{}`", self.directory.display()))
    }
}

fn page(command: &Command, name: &str) -> anyhow::Result<(String, Vec<u8>)> {
    let mut page = Vec::new();
    Man::new(command.clone()).title(name.to_uppercase()).render(&mut page)?;
    Ok((format!("{name}.1"), page))
}
