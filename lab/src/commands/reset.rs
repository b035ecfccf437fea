//! `trackera-lab reset`.

use super::variant::{self, Extent, Variant};
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
    #[command(flatten)]
    extent: Extent,
}

/// Brings a running lab back to its beginning.
pub(crate) fn run(home: &Home, arguments: &Arguments) -> Outcome<()> {
    Control::of(home)?.post("reset", &variant::request(arguments.seed, arguments.extent))?;
    let holds = |variant| format!("holds `{}`", variant::name(variant, arguments.extent));
    let holds = arguments.seed.map_or_else(|| "is empty".to_owned(), holds);
    render::talk(&format!("the estate of the lab `{}` {holds}", home.name()));
    Ok(())
}
