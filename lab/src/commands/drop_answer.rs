//! `trackera-lab drop`.

use serde_json::json;

use super::switch::{self, Reach};
use crate::failure::Outcome;
use crate::home::Home;

/// Perform operations but lose their answers: the connection is reset
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Operations such as rds:CopyDBSnapshot, rds:* or *
    #[arg(required = true, value_name = "OPERATION")]
    operations: Vec<String>,
    #[command(flatten)]
    reach: Reach,
}

/// Sets the fault.
pub(crate) fn run(home: &Home, arguments: &Arguments) -> Outcome<()> {
    switch::set(home, "drop", &arguments.operations, &arguments.reach, &json!({}))
}
