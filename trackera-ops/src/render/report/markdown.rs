//! The report for a pull request or a ticket.
//!
//! Whatever was not written for this page stands in code spans: nothing in them is a link, an image, markup or the name
//! of somebody who would be called. There are no tables, because a name may hold what ends a cell.

use trackera_core::verdict::{Row, Verdict};

use super::{Checked, Finding, WHOLE, counts, tally};
use crate::render::coverage::grouped;
use crate::render::escape::{SENTENCE, harmless, short};
use crate::render::look::{counted, moment};

/// GitHub refuses comments above 65,536 characters.
const LONGEST: usize = 60_000;

pub(super) fn report(checked: &Checked<'_>) -> String {
    let report = &checked.report;
    let mut page = Page { text: head(checked), left: 0 };
    let groups: Vec<_> = checked.groups().collect();
    for (heading, verdict) in
        [("Broken", Verdict::Fail), ("Could not be verified", Verdict::Unknown), ("Waived", Verdict::Waived)]
    {
        page.section(heading, groups.iter().filter_map(|group| policy(group, verdict)));
    }
    if checked.comparison.is_some() {
        let mended = [Verdict::Pass, Verdict::NotApplicable];
        page.section("Mended", groups.iter().flat_map(|group| mended.map(|verdict| policy(group, verdict))).flatten());
    } else {
        let kept = groups.iter().filter(|group| group.iter().all(|finding| is_kept(&finding.row)));
        page.list("Kept", kept.map(|group| kept_line(group)));
    }
    page.list("Gone", checked.gone().map(|finding| line(&finding)));
    let gaps = grouped(report.gaps).into_iter().map(|[operation, class, place, resources]| {
        let about = if resources.is_empty() { String::new() } else { format!(", {}", code(&resources)) };
        format!("- {} {class}, {}{about}\n", code(&operation), code(&place))
    });
    page.list("Gaps", gaps);
    page.end()
}

fn head(checked: &Checked<'_>) -> String {
    let report = &checked.report;
    let counts: Vec<String> = counts(&report.summary).iter().map(|(count, word)| format!("{count} {word}")).collect();
    let counts = if counts.is_empty() { "nothing changed".to_owned() } else { counts.join(", ") };
    let mut text = format!(
        "# Trackera Ops: {}\n\n{} of {} at {}, {}. Exit code {}.\n",
        checked.outcome(),
        counts,
        counted(report.summary.policies, "policy"),
        moment(report.checked_at),
        counted(report.summary.gaps, "gap"),
        checked.code.number(),
    );
    if let Some(comparison) = checked.comparison {
        text.push_str(&format!("\nCompared with the report of {}.\n", moment(comparison.checked_at)));
    }
    checked.left_out().iter().for_each(|line| text.push_str(&format!("\n{}.\n", plain(line))));
    text
}

/// A page that grows until it is as long as a comment may be.
struct Page {
    text: String,
    left: usize,
}

impl Page {
    /// Adds a section, unless there is nothing in it: blocks of a heading and lines.
    fn section(&mut self, heading: &str, blocks: impl Iterator<Item = (String, Vec<String>)>) {
        let mut begin = format!("\n## {heading}\n");
        for (heading, lines) in blocks {
            let mut begin_block = heading;
            for line in lines {
                if self.text.len() + begin.len() + begin_block.len() + line.len() > LONGEST {
                    self.left += 1;
                    continue;
                }
                self.text.push_str(&std::mem::take(&mut begin));
                self.text.push_str(&std::mem::take(&mut begin_block));
                self.text.push_str(&line);
            }
        }
    }

    /// Adds a section of lines alone.
    fn list(&mut self, heading: &str, lines: impl Iterator<Item = String>) {
        self.section(heading, std::iter::once(("\n".to_owned(), lines.collect())));
    }

    fn end(mut self) -> String {
        if self.left > 0 {
            let more = counted(self.left, "more line");
            self.text.push_str(&format!("\n**{more} do not fit into a comment; the other forms hold them all.**\n"));
        }
        self.text
    }
}

/// The rows of one policy that have a verdict, below its name and how to mend it.
fn policy(group: &[Finding<'_>], verdict: Verdict) -> Option<(String, Vec<String>)> {
    let rows: Vec<&Finding<'_>> = group.iter().filter(|finding| finding.row.verdict == verdict).collect();
    let first = rows.first()?;
    let mut heading =
        format!("\n### {} ({})\n\n**{}.**", code(&first.row.policy), first.row.severity.word(), plain(first.title()));
    if let Some(fix) = first.fix() {
        heading.push_str(&format!(" Fix: {}", plain(fix)));
    }
    heading.push_str("\n\n");
    Some((heading, rows.into_iter().map(line).collect()))
}

fn line(finding: &Finding<'_>) -> String {
    let row = &finding.row;
    let resource = &row.resource;
    let id = if resource.id == WHOLE { format!("every {}", resource.kind) } else { resource.id.clone() };
    let has_name = !resource.name.is_empty() && resource.name != resource.id;
    let name = if has_name { format!(" ({})", code(&resource.name)) } else { String::new() };
    let note = finding.note().map(|note| format!("**{note}** ")).unwrap_or_default();
    let policy = if finding.is_gone() { format!("{} ", code(&row.policy)) } else { String::new() };
    format!(
        "- {note}{policy}{}{name} in {} of {}: {}\n",
        code(&id),
        code(&resource.region),
        code(&resource.account),
        code(&row.reason)
    )
}

fn is_kept(row: &Row) -> bool {
    matches!(row.verdict, Verdict::Pass | Verdict::NotApplicable)
}

fn kept_line(group: &[Finding<'_>]) -> String {
    let policy = group.first().map(|first| code(&first.row.policy)).unwrap_or_default();
    format!("- {policy}: {}\n", tally(group))
}

/// A text in a code span, however many backticks it holds itself.
fn code(text: &str) -> String {
    let text = short(text, SENTENCE);
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    if text.is_empty() {
        return "`\"\"`".to_owned();
    }
    let is_bare = !text.starts_with(['`', ' ']) && !text.ends_with(['`', ' ']);
    let blank = if is_bare { "" } else { " " };
    format!("{fence}{blank}{text}{blank}{fence}")
}

/// A sentence of a policy, without meaning for Markdown; a comment keeps `@` and `#` from calling people and tickets.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for character in harmless(text).chars() {
        match character {
            '@' | '#' => plain.push_str(&format!("{character}<!-- -->")),
            '&' => plain.push_str("&amp;"),
            '<' => plain.push_str("&lt;"),
            '.' | ',' | ':' | ';' | '\'' | '"' | '/' | '?' | '%' | '(' | ')' | '-' => plain.push(character),
            other if other.is_ascii_punctuation() => plain.extend(['\\', other]),
            other => plain.push(other),
        }
    }
    plain
}
