//! `trackera-lab faults`.

use super::status::Output;
use super::switch;
use crate::control::Control;
use crate::failure::Outcome;
use crate::home::Home;
use crate::render;

/// List the faults that are set
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// For people or for programs
    #[arg(long, default_value = "text")]
    output: Output,
}

/// Shows every fault with the number of calls it has met.
pub(crate) fn run(home: &Home, arguments: &Arguments) -> Outcome<()> {
    let faults = Control::of(home)?.get("faults")?;
    match arguments.output {
        Output::Json => render::json(&faults),
        Output::Text => {
            for fault in faults.as_array().into_iter().flatten() {
                render::data(&switch::describe(fault));
            }
        }
    }
    Ok(())
}
