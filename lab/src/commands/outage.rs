//! `trackera-lab outage`.

use serde_json::json;

use crate::control::Control;
use crate::failure::Outcome;
use crate::home::Home;
use crate::render;

/// Take a region down: no call to it is answered, and its databases die without warning
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Such as eu-central-1
    region: String,
    /// Bring it back instead
    #[arg(long)]
    end: bool,
}

/// Darkens or restores a region.
pub(crate) fn run(home: &Home, arguments: &Arguments) -> Outcome<()> {
    Control::of(home)?.post("outage", &json!({"region": arguments.region, "down": !arguments.end}))?;
    let state = if arguments.end { "back" } else { "down" };
    render::talk(&format!("{} is {state}", arguments.region));
    Ok(())
}
