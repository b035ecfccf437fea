//! `trackera-lab slow`.

use serde_json::json;

use super::switch::{self, Reach};
use crate::failure::Outcome;
use crate::home::Home;

/// Delay an operation
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// An operation such as s3:ListBuckets, s3:* or *
    operation: String,
    /// How long each call waits before it is performed
    #[arg(value_parser = clap::value_parser!(u32).range(1..=86_400_000))]
    milliseconds: u32,
    #[command(flatten)]
    reach: Reach,
}

/// Sets the fault.
pub(crate) fn run(home: &Home, arguments: &Arguments) -> Outcome<()> {
    let extra = json!({"milliseconds": arguments.milliseconds});
    switch::set(home, "delay", std::slice::from_ref(&arguments.operation), &arguments.reach, &extra)
}
