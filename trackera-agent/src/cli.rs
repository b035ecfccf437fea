//! The command line of the agent.

use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand, ValueEnum};
use tracing_subscriber::EnvFilter;

use crate::clock::Machine;
use crate::{commands, world};

const AFTER_HELP: &str = "\
Examples:
  trackera-agent check-config --config /etc/trackera/trackera.yaml
  trackera-agent permissions --config /etc/trackera/trackera.yaml
  trackera-agent run --config /etc/trackera/trackera.yaml --directory /var/lib/trackera
  trackera-agent drill --config /etc/trackera/trackera.yaml --directory /var/lib/trackera-drill

Exit codes: 0 good, 1 something failed, 2 usage, 70 internal; `drill` has more.";

/// Watches the estate all day: what is seen is signed into a journal, and whoever is concerned is told.
#[derive(Debug, Parser)]
#[command(name = "trackera-agent", version, after_help = AFTER_HELP, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) logging: Logging,
}

/// What is logged, and how.
#[derive(Debug, Args)]
#[command(next_help_heading = "Logging")]
pub(crate) struct Logging {
    /// What is logged to standard error.
    #[arg(long, global = true, value_name = "FILTER", default_value = world::USUAL_LOG, env = "TRACKERA_LOG")]
    pub(crate) log: String,
    /// The form of the log.
    #[arg(long, global = true, value_enum, default_value_t)]
    pub(crate) log_format: LogFormat,
}

/// The form of the log.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// What the agent can be asked to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Run(commands::run::Arguments),
    Drill(commands::drill::Arguments),
    CheckConfig(commands::check_config::Arguments),
    Permissions(commands::permissions::Arguments),
    Man(commands::man::Arguments),
    Completions(commands::completions::Arguments),
}

/// Parses the command line, carries it out by the clock of a machine, and says what went wrong.
pub fn main(machine: Box<dyn Machine>) -> ExitCode {
    let cli = Cli::parse();
    // Nothing is left of the machine after a panic.
    let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| {
        start_log(&cli.logging)?;
        cli.command.run(machine)
    }));
    match outcome {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            world::say(&format!("error: {error:#}"));
            let is_usage = error.downcast_ref::<commands::Usage>().is_some();
            let ended = error.downcast_ref::<commands::Ended>().map(|ended| ended.code);
            ExitCode::from(ended.unwrap_or(if is_usage { 2 } else { 1 }))
        }
        Err(_) => ExitCode::from(70),
    }
}

impl Command {
    fn run(&self, machine: Box<dyn Machine>) -> anyhow::Result<()> {
        match self {
            Self::Run(arguments) => arguments.run(machine),
            Self::Drill(arguments) => arguments.run(),
            Self::CheckConfig(arguments) => arguments.run(),
            Self::Permissions(arguments) => arguments.run(),
            Self::Man(arguments) => arguments.run(),
            Self::Completions(arguments) => arguments.run(),
        }
    }
}

fn start_log(logging: &Logging) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&logging.log)
        .map_err(|_| commands::Usage(format!("`{}` is not a log filter, such as `info`", logging.log)))?;
    // A log that cannot be written, on a full disk for example, must not end what it tells of.
    let log = tracing_subscriber::fmt().log_internal_errors(false);
    let log = log.with_env_filter(filter).with_writer(std::io::stderr);
    match logging.log_format {
        LogFormat::Text => log.with_ansi(false).try_init(),
        LogFormat::Json => log.json().try_init(),
    }
    .map_err(|error| anyhow::anyhow!(error))
    .context("the log cannot be started")
}
