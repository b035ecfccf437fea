//! `trackera-lab up`.

use serde_json::Value;

use super::variant::{self, Extent, Variant};
use crate::control::Control;
use crate::failure::Outcome;
use crate::home::Home;
use crate::{environment, render, server};

/// Start the lab, unless it runs already, and print the environment that points AWS clients at it
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Fill the estate as well
    #[arg(long, value_name = "VARIANT")]
    seed: Option<Variant>,
    #[command(flatten)]
    extent: Extent,
}

/// Starts the lab and leaves it running.
pub(crate) fn run(home: &Home, arguments: &Arguments) -> Outcome<()> {
    let _lock = home.lock()?;
    let control = if let Ok(control) = Control::of(home) {
        render::talk(&format!("the lab `{}` is already up at {}", home.name(), control.endpoint()));
        control
    } else {
        server::stop(home)?;
        server::start(home, server::Lifetime::Detached)?;
        let control = Control::of(home)?;
        render::talk(&format!("the lab `{}` is up at {}", home.name(), control.endpoint()));
        control
    };
    if let Some(variant) = arguments.seed {
        fill(&control, variant, arguments.extent)?;
    }
    let lines = environment::shell(home.name(), control.endpoint());
    std::fs::write(home.file("env"), format!("{lines}\n")).map_err(anyhow::Error::from)?;
    render::data(&lines);
    Ok(())
}

/// Fills the estate unless it holds the same already.
pub(crate) fn fill(control: &Control, variant: Variant, extent: Extent) -> Outcome<()> {
    let name = variant::name(variant, extent);
    let status = control.status()?;
    if status.get("variant").and_then(Value::as_str) == Some(name.as_str()) {
        render::talk(&format!("the estate already holds `{name}`"));
        return Ok(());
    }
    let done = control.post("seed", &variant::request(Some(variant), extent))?;
    let milliseconds = done.get("milliseconds").and_then(Value::as_u64).unwrap_or_default();
    render::talk(&format!("the estate holds `{name}` after {milliseconds} ms"));
    Ok(())
}
