//! One verdict taken apart, for people.

use trackera_core::policy::Policy;
use trackera_core::verdict::{Explanation, Step};

use super::escape::{name, sentence};
use super::look::{HARD_BLANK, Look, Tone};

/// The verdict, and the expression trees with the values that they saw.
pub(crate) fn explanation(look: Look, policy: &Policy, explanation: &Explanation<'_>) -> String {
    let verdict = explanation.verdict;
    let head = look.paint(Tone::of(verdict), &verdict.word().to_uppercase());
    let mut text = format!("{head}  {}  {}\n", policy.severity.word(), look.paint(Tone::Strong, &name(&policy.id)));
    let entry = explanation.entry;
    let rows = [
        ("policy", sentence(&policy.title)),
        ("resource", format!("{} {}", name(&entry.kind), name(&entry.id))),
        ("name", name(&entry.name)),
        ("account", name(&entry.account)),
        ("region", name(&entry.region)),
        ("reason", sentence(&explanation.reason)),
    ];
    text.push_str(&look.columns(2, rows.map(|(key, value)| [key.to_owned(), value])));
    for (heading, steps) in [("scope", &explanation.scope), ("assert", &explanation.assertion)] {
        if !steps.is_empty() {
            text.push_str(&format!("\n{}\n{}", look.paint(Tone::Strong, heading), tree(look, steps)));
        }
    }
    text
}

/// Each step under the one that it belongs to, and the values beneath each other.
fn tree(look: Look, steps: &[Step]) -> String {
    // A constant stands in the line above already.
    let telling = steps.iter().filter(|step| step.depth == 0 || step.text != step.value);
    let rows = telling.map(|step| {
        // The blanks of the indentation must not be where a line breaks.
        let margin = HARD_BLANK.to_string().repeat(2 * step.depth);
        [format!("{margin}{}", sentence(&step.text)), sentence(&step.value)]
    });
    look.columns(2, rows)
}
