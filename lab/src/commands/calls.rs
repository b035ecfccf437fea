//! `trackera-lab calls`.

use serde_json::Value;

use super::status::Output;
use crate::control::Control;
use crate::failure::Outcome;
use crate::home::Home;
use crate::render;

/// Show which AWS calls the lab received since it was filled
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Forget them afterwards
    #[arg(long)]
    clear: bool,
    /// For people or for programs
    #[arg(long, default_value = "text")]
    output: Output,
}

/// Shows the call log, oldest first.
pub(crate) fn run(home: &Home, arguments: &Arguments) -> Outcome<()> {
    let control = Control::of(home)?;
    let calls = control.get("calls")?;
    match arguments.output {
        Output::Json => render::json(&calls),
        Output::Text => {
            for call in calls.as_array().into_iter().flatten() {
                render::data(&line(call));
            }
        }
    }
    if arguments.clear {
        control.delete("calls")?;
    }
    Ok(())
}

fn line(call: &Value) -> String {
    let word = |name: &str| call.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let status =
        call.get("status").and_then(Value::as_u64).map_or_else(|| "---".to_owned(), |status| status.to_string());
    let line = format!("{} {status} {:<14} {} {}", word("at"), word("region"), word("operation"), word("fault"));
    line.trim_end().to_owned()
}
