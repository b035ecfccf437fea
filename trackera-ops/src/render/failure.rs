//! Errors and mistakes in files, as people read them.

use trackera_core::source::Problem;

use super::escape::{sentence, short};
use super::look::{Look, Tone, counted};
use crate::failure::Failure;

/// The longest line of a file that is shown, in characters.
const EXCERPT: usize = 160;

/// What went wrong, once, and what to do next.
pub(crate) fn failure(look: Look, failure: &Failure) -> String {
    match failure {
        Failure::Problems(all) => problems(look, all),
        Failure::Stopped { error, hints, .. } => {
            let chain: Vec<String> = error.chain().map(|cause| sentence(&cause.to_string())).collect();
            let mut text = format!("{} {}\n", look.paint(Tone::Bad, "error:"), chain.join(": "));
            for hint in hints {
                text.push_str(&format!("{} {}\n", look.paint(Tone::Strong, "hint:"), sentence(hint)));
            }
            text
        }
    }
}

/// Something to know besides what is printed.
pub(crate) fn note(look: Look, text: &str) -> String {
    format!("{} {}\n", look.paint(Tone::Strong, "note:"), sentence(text))
}

/// Every mistake with its line.
pub(crate) fn problems(look: Look, problems: &[Problem]) -> String {
    let mut text: String = problems.iter().map(|problem| self::problem(look, problem)).collect();
    let found = counted(problems.len(), "mistake");
    text.push_str(&format!("{} {found}; nothing was loaded\n", look.paint(Tone::Bad, "error:")));
    text
}

fn problem(look: Look, problem: &Problem) -> String {
    let place = format!("{}:{}:{}:", sentence(&problem.file), problem.line, problem.column);
    let mut text = format!("{} {}\n", look.paint(Tone::Strong, &place), sentence(&problem.message));
    if let Some(excerpt) = &problem.excerpt {
        text.push_str(&shown(look, problem, excerpt));
    }
    if let Some(hint) = &problem.hint {
        text.push_str(&format!("    {} {}\n", look.paint(Tone::Strong, "hint:"), sentence(hint)));
    }
    text
}

/// The line of the file, or the part of it around the mistake, with a caret under the place.
fn shown(look: Look, problem: &Problem, excerpt: &str) -> String {
    let column = usize::try_from(problem.column.saturating_sub(1)).unwrap_or(usize::MAX);
    let start = column.saturating_sub(EXCERPT / 2);
    let before: String = excerpt.chars().skip(start).take(column.saturating_sub(start)).collect();
    let after: String = excerpt.chars().skip(column).take(EXCERPT / 2).collect();
    let (before, after) = (short(&before, EXCERPT), short(&after, EXCERPT));
    if before.trim().is_empty() && after.trim().is_empty() {
        return String::new();
    }
    let number = format!("{:>5} | ", problem.line);
    let margin = " ".repeat(number.len().saturating_sub(2));
    let caret = look.paint(Tone::Bad, "^");
    let under = " ".repeat(unicode_width::UnicodeWidthStr::width(before.as_str()));
    format!("{number}{before}{after}\n{margin}| {under}{caret}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Look = Look { width: 80, colour: false };

    fn example(column: u64, excerpt: &str) -> Problem {
        Problem {
            file: "policies/a.yaml".to_owned(),
            line: 7,
            column,
            message: "unknown field `asert`".to_owned(),
            hint: Some("did you mean `assert`?".to_owned()),
            excerpt: Some(excerpt.to_owned()),
        }
    }

    #[test]
    fn a_mistake_is_shown_where_it_stands() {
        let text = problems(PLAIN, &[example(5, "    asert: true")]);
        let shown = "policies/a.yaml:7:5: unknown field `asert`\n    7 |     asert: true\n      |     ^\n    \
                     hint: did you mean `assert`?\nerror: 1 mistake; nothing was loaded\n";
        assert_eq!(text, shown);
    }

    #[test]
    fn the_caret_stands_right_under_wide_and_escaped_letters() {
        let text = problem(PLAIN, &example(4, "数\u{1b}ßx"));
        assert!(text.contains("    7 | 数\\u{1b}ßx\n      |          ^\n"), "{text}");
    }

    #[test]
    fn of_an_endless_line_the_part_around_the_mistake_is_shown() {
        let text = problem(PLAIN, &example(50_001, &format!("{}!{}", "a".repeat(50_000), "b".repeat(50_000))));
        assert!(text.contains("a!b") && text.len() < 600, "{text}");
    }
}
