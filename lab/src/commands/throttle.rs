//! `trackera-lab throttle`.

use serde_json::json;

use super::switch::{self, Reach};
use crate::failure::Outcome;
use crate::home::Home;

/// Answer that the client is too fast: always, or beyond a rate per service and region
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Operations such as iam:GetAccessKeyLastUsed, iam:* or *
    #[arg(required = true, value_name = "OPERATION")]
    operations: Vec<String>,
    #[command(flatten)]
    reach: Reach,
    /// Let so many calls per second through
    #[arg(long, value_name = "PER_SECOND")]
    rate: Option<f64>,
}

/// Sets the fault.
pub(crate) fn run(home: &Home, arguments: &Arguments) -> Outcome<()> {
    switch::set(home, "throttle", &arguments.operations, &arguments.reach, &json!({"rate": arguments.rate}))
}
