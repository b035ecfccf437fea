//! Runbooks for people: what there is, what it would do, and what a rehearsal found.

use trackera_operations::runbook::{NotAllowed, Parameter};

use super::escape::{name, sentence};
use super::look::{Look, Tone, counted};
use super::plan;
use crate::commands::{RehearsedLine, RunbookLine, RunbookShown};
use crate::procedures::Told;

/// The runbooks, one line each.
pub(crate) fn list(look: Look, lines: &[RunbookLine]) -> String {
    if lines.is_empty() {
        return "no runbook is written\n".to_owned();
    }
    look.columns(
        0,
        lines.iter().map(|line| {
            let agree = match line.approvals {
                0 => String::new(),
                people => format!("{} needed", counted(usize::from(people), "approval")),
            };
            [name(&line.id), counted(line.steps, "step"), agree, sentence(&line.title)]
        }),
    )
}

/// That nothing is wrong.
pub(crate) fn valid(look: Look, runbooks: usize, drills: usize) -> String {
    let words = format!("{} and {}: nothing is wrong", counted(runbooks, "runbook"), counted(drills, "drill"));
    format!("{}\n", look.paint(Tone::Good, &words))
}

/// What a procedure is told, and what it would do.
pub(crate) fn show(look: Look, shown: &RunbookShown, steps: &[Told]) -> String {
    if shown.hash.is_some() {
        return plan::plan(look, &shown.title, &shown.plan, steps);
    }
    let head = look.paint(Tone::Strong, &format!("{} ({})", sentence(&shown.title), name(&shown.id)));
    let asked = shown.parameters.iter().map(|(parameter, asked)| {
        let default = asked.default.as_ref().map(|value| format!(", else {}", plan::written(value)));
        let what = asked.description.as_deref().map(sentence).unwrap_or_default();
        [name(parameter), format!("{}{}", sentence(&asked.allowed), default.unwrap_or_default()), what]
    });
    let rows = steps.iter().map(|told| [name(&told.step), sentence(&told.what), told.after.to_owned()]);
    format!("{head}\n{}{}  say --set NAME=VALUE for the plan\n", look.columns(2, asked), look.columns(2, rows))
}

/// The question for a parameter.
pub(crate) fn asked(look: Look, parameter: &str, asked: &Parameter) -> String {
    let what = asked.description.as_deref().map(|text| format!("{}; ", sentence(text))).unwrap_or_default();
    format!("{} ({what}{}): ", look.paint(Tone::Strong, &name(parameter)), sentence(&asked.allowed()))
}

/// Why what was typed is not taken.
pub(crate) fn not_allowed(look: Look, parameter: &str, why: &NotAllowed) -> String {
    format!("{} {} {}\n", look.paint(Tone::Bad, "no:"), name(parameter), sentence(&why.to_string()))
}

/// What a rehearsal found, step by step.
pub(crate) fn rehearsed(look: Look, lines: &[RehearsedLine]) -> String {
    let rows = lines.iter().map(|line| {
        let tone = match line.would {
            "would fail" => Tone::Bad,
            "would change" => Tone::Doubtful,
            "not known yet" | "would be skipped" | "would ask a person" => Tone::Quiet,
            _ => Tone::Good,
        };
        let found = match &line.found {
            serde_json::Value::Null => String::new(),
            serde_json::Value::String(text) => sentence(text),
            other => sentence(&other.to_string()),
        };
        (Some(tone), [line.would.to_owned(), name(&line.step), sentence(&line.what), found])
    });
    look.painted_columns(0, rows.collect())
}
