//! The command line: what can be said, and nothing about what is done.

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Parser, ValueEnum};

use crate::commands::Command;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const AFTER_HELP: &str = "\
Exit codes: 0 good, 1 something failed, 2 usage, 3 could not verify,
4 refused, 5 needs an operator, 70 internal.

Examples:
  trackera-ops check
  trackera-ops check --policies policies --regions eu-central-1
  trackera-ops policy lint
  trackera-ops policy explain sg-only-declared-ports sg-0a1b2c";

/// Hold a company's estate against its own rules.
#[derive(Debug, Parser)]
#[command(name = "trackera-ops", version, styles = STYLES, after_help = AFTER_HELP, max_term_width = 120)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// The configuration; without it `trackera.yaml` is read if it lies here.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// What to log to standard error, such as `debug` or `trackera_aws=debug`.
    #[arg(long, global = true, value_name = "FILTER", env = "TRACKERA_LOG", default_value = USUAL_LOG)]
    pub(crate) log: String,
}

/// Where policies are.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Policies {
    /// A directory of policies, or a policy file; may be given more than once [default: the configuration's, else
    /// `policies`].
    #[arg(long, value_name = "PATH")]
    pub(crate) policies: Vec<PathBuf>,
}

/// Warnings, but not what AWS's libraries say about credentials that are missing: the report says it in words.
const USUAL_LOG: &str = crate::world::USUAL_LOG;

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    #[default]
    Table,
    /// For programs.
    Json,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Cli::command().debug_assert();
    }
}
