//! `trackera-lab reset`.

use serde_json::json;

use super::variant::Variant;
use crate::control::Control;
use crate::failure::Outcome;
use crate::home::Home;
use crate::render;

/// Empty the estate and end every fault and outage, without a new start
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Fill it again afterwards
    #[arg(long, value_name = "VARIANT")]
    seed: Option<Variant>,
}

/// Brings a running lab back to its beginning.
pub(crate) fn run(home: &Home, arguments: &Arguments) -> Outcome<()> {
    let variant = arguments.seed.map(Variant::word);
    Control::of(home)?.post("reset", &json!({"variant": variant}))?;
    let holds = variant.map_or_else(|| "is empty".to_owned(), |variant| format!("holds `{variant}`"));
    render::talk(&format!("the estate of the lab `{}` {holds}", home.name()));
    Ok(())
}
