//! `trackera-lab status`.

use clap::ValueEnum;
use serde_json::Value;

use super::switch;
use crate::control::Control;
use crate::failure::Outcome;
use crate::home::Home;
use crate::render;

/// Show whether the lab is up, what it holds and which faults are set
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// For people or for programs
    #[arg(long, default_value = "text")]
    output: Output,
}

/// How to print.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Output {
    /// Lines for people
    Text,
    /// One JSON document
    Json,
}

/// Shows the state of the lab; fails when it is not up.
pub(crate) fn run(home: &Home, arguments: &Arguments) -> Outcome<()> {
    let status = Control::of(home)?.status()?;
    match arguments.output {
        Output::Json => render::json(&status),
        Output::Text => show(&status),
    }
    Ok(())
}

fn show(status: &Value) {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or("-").to_owned();
    render::data(&format!("lab       {}", text(status, "name")));
    render::data(&format!("endpoint  {}", text(status, "endpoint")));
    render::data(&format!("account   {}", text(status, "account")));
    render::data(&format!("estate    {}", status.get("variant").and_then(Value::as_str).unwrap_or("empty")));
    for region in list(status, "down") {
        render::data(&format!("outage    {}", region.as_str().unwrap_or_default()));
    }
    for fault in list(status, "faults") {
        render::data(&format!("fault     {}", switch::describe(fault)));
    }
    for database in list(status, "databases") {
        let words = ["identifier", "region", "status"].map(|name| text(database, name));
        render::data(&format!("database  {}", words.join(" ")));
    }
}

fn list<'a>(status: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    status.get(name).and_then(Value::as_array).into_iter().flatten()
}
