//! `trackera-lab clear`.

use crate::control::Control;
use crate::failure::Outcome;
use crate::home::Home;
use crate::render;

/// End one fault, or all; outages stay
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The number that `faults` shows
    id: Option<u64>,
}

/// Takes faults back; calls that hang go on.
pub(crate) fn run(home: &Home, arguments: &Arguments) -> Outcome<()> {
    let path = arguments.id.map_or_else(|| "faults".to_owned(), |id| format!("faults?id={id}"));
    let done = Control::of(home)?.delete(&path)?;
    let cleared = done.get("cleared").and_then(serde_json::Value::as_u64).unwrap_or_default();
    render::talk(&format!("cleared {cleared}"));
    Ok(())
}
