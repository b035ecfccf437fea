//! `trackera-lab deny`.

use serde_json::json;

use super::switch::{self, Reach};
use crate::failure::Outcome;
use crate::home::Home;

/// Refuse operations as AWS does for want of rights
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Operations such as ec2:DescribeSecurityGroups, ec2:* or *
    #[arg(required = true, value_name = "OPERATION")]
    operations: Vec<String>,
    #[command(flatten)]
    reach: Reach,
    /// Say that the organization forbids it
    #[arg(long)]
    scp: bool,
}

/// Sets the fault.
pub(crate) fn run(home: &Home, arguments: &Arguments) -> Outcome<()> {
    let kind = if arguments.scp { "deny-scp" } else { "deny" };
    switch::set(home, kind, &arguments.operations, &arguments.reach, &json!({}))
}
