//! `completions`: what a shell needs to complete the command line.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::Context;
use crate::cli::Cli;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;

const AFTER_HELP: &str = "\
Examples:
  trackera-ops completions bash > /etc/bash_completion.d/trackera-ops
  trackera-ops completions zsh > \"${fpath[1]}/_trackera-ops\"";

/// Print completions for a shell.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The shell.
    shell: Shell,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "trackera-ops", &mut script);
        context.screen.print(&String::from_utf8_lossy(&script))?;
        Ok(ExitCode::Good)
    }
}
