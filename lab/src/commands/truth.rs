//! `trackera-lab truth`.

use crate::control::Control;
use crate::failure::Outcome;
use crate::home::Home;
use crate::render;

/// Show what is known to be true of a generated estate, as one JSON document
#[derive(clap::Args)]
pub(crate) struct Arguments {}

/// Shows every question, which policy asks it, and its answer for each resource.
pub(crate) fn run(home: &Home, _arguments: &Arguments) -> Outcome<()> {
    render::json(&Control::of(home)?.get("truth")?);
    Ok(())
}
