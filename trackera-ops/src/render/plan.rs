//! Plans for people: what would be done, with which values, and by which hash that is known.

use serde_json::Value as Json;
use trackera_core::time;
use trackera_operations::plan::Plan;

use super::escape::{name, sentence};
use super::look::{Look, Tone};
use crate::procedures::Told;

/// How many digits of a hash people see.
const DIGITS: usize = 16;

/// A plan with all that whoever agrees to it should know.
pub(crate) fn plan(look: Look, title: &str, plan: &Plan, steps: &[Told]) -> String {
    let head = look.paint(Tone::Strong, &format!("{} ({})", sentence(title), name(&plan.name)));
    let values = plan.parameters.iter().filter(|(_, value)| !value.is_null());
    let values = values.map(|(parameter, value)| [name(parameter), written(value)]);
    let rows = steps.iter().map(|told| {
        let waits = if told.needs_approval { "waits for approval, " } else { "" };
        [name(&told.step), sentence(&told.what), format!("{waits}{}", told.after)]
    });
    let hash: String = plan.hash().to_string().chars().take(DIGITS).collect();
    let (values, rows) = (look.columns(2, values), look.columns(2, rows));
    format!("{head}\n{values}{rows}{}  plan {hash}\n", agreement(plan))
}

/// Who must agree.
fn agreement(plan: &Plan) -> String {
    let approval = &plan.approval;
    match approval.people {
        0 => String::new(),
        people => {
            let expires = time::format(approval.expires);
            let others = if people == 1 { "1 other person".to_owned() } else { format!("{people} other people") };
            format!("  {others} must agree, for at most {expires}\n")
        }
    }
}

/// A value as it was typed.
pub(super) fn written(value: &Json) -> String {
    name(value.as_str().unwrap_or(&value.to_string()))
}
