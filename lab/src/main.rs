//! `trackera-lab`: a local AWS-shaped estate with real PostgreSQL, for the demo and the tests.
//!
//! A doorway only: read the arguments, run the verb, turn the result into an exit code.

mod commands;
mod control;
mod environment;
mod failure;
mod home;
mod process;
mod render;
mod server;
mod settings;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let arguments = commands::Arguments::parse();
    match commands::run(arguments) {
        Ok(code) => code,
        Err(failure) => {
            render::failure(&failure);
            failure.exit_code()
        }
    }
}
