//! The admins' command line: a doorway that parses, runs one command and turns its outcome into an exit code.

mod asking;
mod baseline;
mod carrying;
mod cleaning;
mod cli;
mod columns;
mod commands;
mod coordination;
mod drills;
mod evidence;
mod exit_codes;
mod facts;
mod failure;
mod filters;
mod findings;
mod first_configuration;
mod procedures;
mod reference;
mod render;
mod runs;
mod settings;
mod waiver_file;
mod waivers;
mod world;

use std::panic::catch_unwind;
use std::process;

use clap::Parser as _;
use tracing_subscriber::EnvFilter;

use crate::cli::Cli;
use crate::commands::Context;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::render::Screen;

fn main() -> process::ExitCode {
    let cli = Cli::parse();
    let outcome = catch_unwind(|| {
        let screen = Screen::detect(world::columns());
        run(&cli, &screen).unwrap_or_else(|failure| {
            screen.say(&render::failure::failure(screen.talk, &failure));
            failure.code()
        })
    });
    outcome.unwrap_or(ExitCode::Internal).into()
}

fn run(cli: &Cli, screen: &Screen) -> Result<ExitCode, Failure> {
    let filter = EnvFilter::try_new(&cli.global.log).map_err(|error| {
        let error = anyhow::Error::new(error).context(format!("`{}` is not a log filter", cli.global.log));
        Failure::usage(error).hint("write it like `debug` or `trackera_aws=debug`".to_owned())
    })?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(screen.talk.colour).init();
    cli.command.run(&Context { screen, config: cli.global.config.as_deref() })
}
