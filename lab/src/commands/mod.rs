//! The verbs: one file each, and one list of them.

mod calls;
mod clear;
mod deny;
mod down;
mod drop_answer;
mod faults;
mod hang;
mod outage;
mod refuse;
mod reset;
mod run;
mod seed;
mod slow;
mod status;
mod switch;
mod throttle;
mod truth;
mod up;
mod variant;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::Outcome;
use crate::home::Home;
use crate::settings::Settings;

/// A local AWS-shaped estate with real PostgreSQL: start it, break it, take it down.
#[derive(Parser)]
#[command(version, after_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Which lab; labs of different names run side by side
    #[arg(long, global = true, default_value = "default", env = "TRACKERA_LAB_NAME")]
    name: String,
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  eval \"$(trackera-lab up --seed drifted)\"            start a lab and point this shell at it
  trackera-lab deny ec2:DescribeSecurityGroups        refuse one operation in every region
  trackera-lab outage eu-central-1                    take a region down, databases and all
  trackera-lab clear                                  end all faults
  trackera-lab run --seed clean -- trackera-ops check a lab for one command
  trackera-lab seed generated --scale 10000 --draw 7  a random estate; `trackera-lab truth` tells what is so
  trackera-lab down                                   stop it and remove all it left

Exit codes: 0 good, 1 failed, 2 usage; `run` answers with the code of its command.";

#[derive(Subcommand)]
enum Verb {
    Up(up::Arguments),
    Down(down::Arguments),
    Status(status::Arguments),
    Seed(seed::Arguments),
    Reset(reset::Arguments),
    Run(run::Arguments),
    Deny(deny::Arguments),
    Slow(slow::Arguments),
    Throttle(throttle::Arguments),
    Drop(drop_answer::Arguments),
    Refuse(refuse::Arguments),
    Hang(hang::Arguments),
    Outage(outage::Arguments),
    Faults(faults::Arguments),
    Clear(clear::Arguments),
    Calls(calls::Arguments),
    Truth(truth::Arguments),
}

/// Runs the verb that was asked for.
pub(crate) fn run(arguments: Arguments) -> Outcome<ExitCode> {
    let home = Home::of(&arguments.name, &arguments.settings)?;
    match arguments.verb {
        Verb::Up(verb) => up::run(&home, &verb),
        Verb::Down(verb) => down::run(&home, &verb),
        Verb::Status(verb) => status::run(&home, &verb),
        Verb::Seed(verb) => seed::run(&home, &verb),
        Verb::Reset(verb) => reset::run(&home, &verb),
        Verb::Run(verb) => return run::run(&arguments.settings, &verb),
        Verb::Deny(verb) => deny::run(&home, &verb),
        Verb::Slow(verb) => slow::run(&home, &verb),
        Verb::Throttle(verb) => throttle::run(&home, &verb),
        Verb::Drop(verb) => drop_answer::run(&home, &verb),
        Verb::Refuse(verb) => refuse::run(&home, &verb),
        Verb::Hang(verb) => hang::run(&home, &verb),
        Verb::Outage(verb) => outage::run(&home, &verb),
        Verb::Faults(verb) => faults::run(&home, &verb),
        Verb::Clear(verb) => clear::run(&home, &verb),
        Verb::Calls(verb) => calls::run(&home, &verb),
        Verb::Truth(verb) => truth::run(&home, &verb),
    }
    .map(|()| ExitCode::SUCCESS)
}
