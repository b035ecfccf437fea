//! What the verbs that set a fault have in common.

use serde_json::{Value, json};

use crate::control::Control;
use crate::failure::Outcome;
use crate::home::Home;
use crate::render;

/// Where and how often a fault acts.
#[derive(clap::Args)]
pub(crate) struct Reach {
    /// Only calls that are signed for this region
    #[arg(long, default_value = "*", hide_default_value = true)]
    region: String,
    /// Only the next so many calls
    #[arg(long, value_name = "COUNT")]
    times: Option<u32>,
}

/// Sets one fault per operation: all of them, or none when one is refused.
pub(crate) fn set(home: &Home, kind: &str, operations: &[String], reach: &Reach, extra: &Value) -> Outcome<()> {
    let control = Control::of(home)?;
    let mut set = Vec::new();
    for operation in operations {
        let mut fault = json!({"kind": kind, "operation": operation, "region": reach.region, "times": reach.times});
        if let (Some(fault), Some(extra)) = (fault.as_object_mut(), extra.as_object()) {
            fault.extend(extra.clone());
        }
        match control.post("faults", &fault) {
            Ok(fault) => set.push(fault),
            Err(failure) => {
                for id in set.iter().filter_map(|fault| fault.get("id")) {
                    control.delete(&format!("faults?id={id}"))?;
                }
                return Err(failure);
            }
        }
    }
    for fault in &set {
        render::talk(&format!("set {}", describe(fault)));
    }
    Ok(())
}

/// One fault as a person reads it.
pub(crate) fn describe(fault: &Value) -> String {
    let word = |name: &str| match fault.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    };
    let region = if word("region") == "*" { "every region".to_owned() } else { word("region") };
    let mut line = format!("fault {}: {} {} in {region}", word("id"), word("kind"), word("operation"));
    for (name, unit) in [("milliseconds", "ms"), ("rate", "per second"), ("times", "times")] {
        if fault.get(name).is_some() {
            line.push_str(&format!(", {} {unit}", word(name)));
        }
    }
    line.push_str(&format!(", met {}", word("met")));
    line
}
