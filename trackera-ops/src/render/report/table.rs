//! The report of a check, for people: the worst first, what was seen, what to do, and how far the check could see.

use std::io::{self, Write};

use trackera_core::verdict::{ResourceRef, Row, Verdict};

use super::{Checked, Finding, WHOLE, counts, tally, words};
use crate::exit_codes::ExitCode;
use crate::filters::Asked;
use crate::render::coverage::{coverage, gaps, listed};
use crate::render::escape::{name, sentence};
use crate::render::look::{Look, Tone, counted, moment};
use crate::render::waivers;

/// How far the rows of a policy stand in.
const INDENT: usize = 2;

/// The whole report. What is well comes after what is not, so one line of it is enough to keep until then.
pub(super) fn report(look: Look, checked: &Checked<'_>, out: &mut dyn Write) -> io::Result<()> {
    let several_accounts = checked.estate.accounts().len() > 1;
    let mut fine = Vec::new();
    for rows in checked.groups() {
        if rows.iter().any(needs_attention) {
            out.write_all(group(look, &rows, several_accounts).as_bytes())?;
        } else {
            fine.extend(kept(&rows));
        }
    }
    if !fine.is_empty() {
        writeln!(out, "{}", look.painted_columns(0, fine))?;
    }
    let mut text = gone(look, checked);
    text.push_str(&coverage(look, checked.set, checked.estate));
    text.push('\n');
    if !checked.report.gaps.is_empty() {
        text.push_str(&gaps(look, checked.report.gaps));
        text.push('\n');
    }
    if !checked.concerns.is_empty() {
        text.push_str(&waivers::section(look, checked.concerns));
        text.push('\n');
    }
    text.push_str(&summary(look, checked));
    out.write_all(text.as_bytes())
}

/// With a baseline every row that is left says what changed; else those that somebody has to look at.
fn needs_attention(finding: &Finding<'_>) -> bool {
    finding.change.is_some() || matches!(finding.row.verdict, Verdict::Fail | Verdict::Unknown | Verdict::Waived)
}

/// One policy with the rows that need attention, how to mend them, and the count of the others.
fn group(look: Look, findings: &[Finding<'_>], several_accounts: bool) -> String {
    let Some(first) = findings.first() else { return String::new() };
    let row = &first.row;
    let head = look.paint(Tone::of(row.verdict), &format!("{:<8}", row.verdict.word().to_uppercase()));
    let mut text = format!("{head}{:<9} {}\n", row.severity.word(), look.paint(Tone::Strong, &name(&row.policy)));
    text.push_str(&look.paragraph(INDENT, &sentence(first.title())));
    let shown: Vec<&Finding<'_>> = findings.iter().filter(|finding| needs_attention(finding)).collect();
    let width = shown.iter().map(|finding| finding.row.verdict.word().len()).max().unwrap_or_default();
    let rows = together(&shown).iter().map(|alike| cells(alike, several_accounts)).collect();
    text.push_str(&look.painted_columns(INDENT, rows));
    text.push_str(&look.painted_columns(INDENT, notes(findings, width)));
    text.push('\n');
    text
}

/// How to mend it, and the count of the rows that are not shown; aligned with the rows above.
fn notes(findings: &[Finding<'_>], width: usize) -> Vec<(Option<Tone>, [String; 2])> {
    let fix = findings.iter().find_map(Finding::fix).map(|fix| (Some(Tone::Strong), ["fix", fix].map(sentence)));
    let others = tally(findings.iter().filter(|finding| !needs_attention(finding)));
    let others = (!others.is_empty()).then(|| (Some(Tone::Quiet), ["also".to_owned(), others]));
    let notes = fix.into_iter().chain(others);
    notes.map(|(tone, [key, text])| (tone, [format!("{key:<width$}"), text])).collect()
}

/// A list that is refused for the same reason in many regions is told once; every other row stands alone.
fn together<'f>(findings: &[&'f Finding<'f>]) -> Vec<Vec<&'f Finding<'f>>> {
    let mut groups: Vec<Vec<&Finding<'_>>> = Vec::new();
    for finding in findings {
        let is_alike = |group: &&mut Vec<&Finding<'_>>| group.first().is_some_and(|first| are_alike(first, finding));
        match groups.iter_mut().find(is_alike) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

fn are_alike(one: &Finding<'_>, other: &Finding<'_>) -> bool {
    let names = |finding: &Finding<'_>| (finding.row.verdict, finding.change, finding.row.resource.account.clone());
    one.row.resource.id == WHOLE
        && other.row.resource.id == WHOLE
        && names(one) == names(other)
        && everywhere(&one.row) == everywhere(&other.row)
}

/// The reason without the name of the region.
fn everywhere(row: &Row) -> String {
    row.reason.replace(&format!(" in {}", row.resource.region), " in each")
}

fn cells(alike: &[&Finding<'_>], several_accounts: bool) -> (Option<Tone>, [String; 4]) {
    let Some(finding) = alike.first() else { return (None, Default::default()) };
    let row = &finding.row;
    let regions = listed(&alike.iter().map(|finding| finding.row.resource.region.as_str()).collect(), "region");
    let place = if several_accounts { format!("{} {regions}", name(&row.resource.account)) } else { regions };
    let reason = if alike.len() > 1 { everywhere(row) } else { row.reason.clone() };
    let reason = finding.note().map_or_else(|| reason.clone(), |note| format!("{note}: {reason}"));
    (
        Some(Tone::of(row.verdict)),
        [row.verdict.word().to_owned(), resource_shown(&row.resource), place, sentence(&reason)],
    )
}

/// The id, and the name where it says more.
fn resource_shown(resource: &ResourceRef) -> String {
    if resource.id == WHOLE {
        return format!("every {}", name(&resource.kind));
    }
    if resource.name == resource.id || resource.name.is_empty() || resource.id.ends_with(&resource.name) {
        return name(&resource.id);
    }
    format!("{} ({})", name(&resource.id), name(&resource.name))
}

/// A policy that is kept, or has nothing to say, in one line.
fn kept(findings: &[Finding<'_>]) -> Option<(Option<Tone>, [String; 4])> {
    let row = &findings.first()?.row;
    let nothing = row.verdict == Verdict::NotApplicable && row.resource.id == WHOLE;
    let count = if nothing { sentence(&row.reason) } else { tally(findings) };
    let word = if row.verdict == Verdict::Pass { "PASS" } else { "N/A" };
    let cells = [word.to_owned(), row.severity.word().to_owned(), name(&row.policy), count];
    Some((Some(Tone::of(row.verdict)), cells))
}

/// What only the baseline has.
fn gone(look: Look, checked: &Checked<'_>) -> String {
    let row = |finding: Finding<'_>| {
        let row = &finding.row;
        let was = format!("was {}: {}", words(row.verdict), row.reason);
        let cells = [name(&row.policy), resource_shown(&row.resource), name(&row.resource.region), sentence(&was)];
        (None, cells)
    };
    let rows: Vec<_> = checked.gone().map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    format!("{}\n{}\n", look.paint(Tone::Strong, "Gone"), look.painted_columns(INDENT, rows))
}

fn summary(look: Look, checked: &Checked<'_>) -> String {
    let Checked { report, asked, code, .. } = checked;
    let mut parts: Vec<String> =
        counts(&report.summary).iter().map(|(count, word)| format!("{count} {word}")).collect();
    parts.push(counted(report.summary.gaps, "gap"));
    let policies = counted(report.summary.policies, "policy");
    let line = format!("{policies} at {}: {}", moment(report.checked_at), parts.join(", "));
    let baseline =
        checked.comparison.map(|comparison| format!("compared with the report of {}", moment(comparison.checked_at)));
    let lines = std::iter::once(line).chain(baseline).chain(checked.left_out());
    let mut text: String = lines.map(|line| look.paragraph(0, &sentence(&line))).collect();
    let tone = match *code {
        ExitCode::Good => Tone::Good,
        ExitCode::Failed => Tone::Bad,
        _ => Tone::Doubtful,
    };
    let end = format!("exit code {}: {}", code.number(), checked.outcome());
    text.push_str(&silent(*asked));
    text.push_str(&format!("{}\n", look.paint(tone, &end)));
    text
}

/// Policies that the filters leave without a row are not kept, and not broken: nothing was asked about them.
fn silent(asked: Asked) -> String {
    match asked {
        Asked::Part { silent: 1 } => "1 policy has nothing in this filter\n".to_owned(),
        Asked::Part { silent: silent @ 2.. } => format!("{silent} policies have nothing in this filter\n"),
        Asked::Everything | Asked::Part { silent: 0 } => String::new(),
    }
}
