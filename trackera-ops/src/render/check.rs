//! The report of a check, for people: the worst first, what was seen, what to do, and how far the check could see.

use trackera_core::estate::Snapshot;
use trackera_core::policy::{Policy, PolicySet, Waiver};
use trackera_core::verdict::{Report, ResourceRef, Row, Verdict};

use super::coverage::{coverage, gaps, listed};
use super::escape::{name, sentence};
use super::look::{Look, Tone, counted, moment};
use super::waivers;
use crate::exit_codes::ExitCode;
use crate::filters::Asked;
use crate::waivers::Concern;

/// The id of a row about a whole list.
const WHOLE: &str = "*";
/// How far the rows of a policy stand in.
const INDENT: usize = 2;

/// What there is to know about a check besides its report.
#[derive(Debug)]
pub(crate) struct Checked<'a> {
    /// The policies that were judged.
    pub(crate) set: &'a PolicySet,
    /// What was seen.
    pub(crate) snapshot: &'a Snapshot,
    /// The exceptions that want attention.
    pub(crate) concerns: &'a [(Concern, &'a Waiver)],
    /// How much was asked for.
    pub(crate) asked: Asked,
    /// How the program ends.
    pub(crate) code: ExitCode,
}

/// The whole report.
pub(crate) fn report(look: Look, report: &Report, checked: &Checked<'_>) -> String {
    let &Checked { set, snapshot, concerns, asked, code } = checked;
    let groups: Vec<&[Row]> = report.verdicts.chunk_by(|left, right| left.policy == right.policy).collect();
    let (bad, fine): (Vec<&[Row]>, Vec<&[Row]>) = groups.into_iter().partition(|rows| needs_attention(rows));
    let mut text: String = bad.iter().map(|rows| group(look, rows, set, snapshot)).collect();
    if !fine.is_empty() {
        text.push_str(&kept(look, &fine));
        text.push('\n');
    }
    text.push_str(&coverage(look, set, snapshot));
    text.push('\n');
    if !report.gaps.is_empty() {
        text.push_str(&gaps(look, &report.gaps));
        text.push('\n');
    }
    if !concerns.is_empty() {
        text.push_str(&waivers::section(look, concerns));
        text.push('\n');
    }
    text.push_str(&summary(look, report, asked, code));
    text
}

fn needs_attention(rows: &[Row]) -> bool {
    rows.iter().any(row_needs_attention)
}

fn row_needs_attention(row: &Row) -> bool {
    matches!(row.verdict, Verdict::Fail | Verdict::Unknown | Verdict::Waived)
}

/// One policy with the rows that need attention, how to mend them, and the count of the others.
fn group(look: Look, rows: &[Row], set: &PolicySet, snapshot: &Snapshot) -> String {
    let Some(first) = rows.first() else { return String::new() };
    let policy = set.policy(&first.policy);
    let title = policy.map(|policy| policy.title.as_str()).unwrap_or_default();
    let head = format!("{:<8}", first.verdict.word().to_uppercase());
    let head = look.paint(Tone::of(first.verdict), &head);
    let mut text = format!("{head}{:<9} {}\n", first.severity.word(), look.paint(Tone::Strong, &name(&first.policy)));
    text.push_str(&look.paragraph(INDENT, &sentence(title)));
    let shown: Vec<&Row> = rows.iter().filter(|row| row_needs_attention(row)).collect();
    let width = shown.iter().map(|row| row.verdict.word().len()).max().unwrap_or_default();
    let accounts = snapshot.accounts.len() > 1;
    text.push_str(&look.painted_columns(INDENT, together(&shown).iter().map(|rows| cells(rows, accounts)).collect()));
    text.push_str(&look.painted_columns(INDENT, notes(rows, policy, width)));
    text.push('\n');
    text
}

/// How to mend it, and the count of the rows that are not shown; aligned with the rows above.
fn notes(rows: &[Row], policy: Option<&Policy>, width: usize) -> Vec<(Option<Tone>, [String; 2])> {
    let is_open = rows.iter().any(|row| matches!(row.verdict, Verdict::Fail | Verdict::Unknown));
    let fix = policy.filter(|_| is_open).map(|policy| (Some(Tone::Strong), ["fix", &policy.fix.text].map(sentence)));
    let others = counts(rows, &[Verdict::Pass, Verdict::NotApplicable]);
    let others = (!others.is_empty()).then(|| (Some(Tone::Quiet), ["also".to_owned(), others]));
    let notes = fix.into_iter().chain(others);
    notes.map(|(tone, [key, text])| (tone, [format!("{key:<width$}"), text])).collect()
}

/// A list that is refused for the same reason in many regions is told once; every other row stands alone.
fn together<'r>(rows: &[&'r Row]) -> Vec<Vec<&'r Row>> {
    let mut groups: Vec<Vec<&Row>> = Vec::new();
    for row in rows {
        let is_alike = |group: &&mut Vec<&Row>| group.first().is_some_and(|first| are_alike(first, row));
        match groups.iter_mut().find(is_alike) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    groups
}

fn are_alike(one: &Row, other: &Row) -> bool {
    one.resource.id == WHOLE
        && other.resource.id == WHOLE
        && (one.verdict, &one.resource.account) == (other.verdict, &other.resource.account)
        && everywhere(one) == everywhere(other)
}

/// The reason without the name of the region.
fn everywhere(row: &Row) -> String {
    row.reason.replace(&format!(" in {}", row.resource.region), " in each")
}

fn cells(rows: &[&Row], accounts: bool) -> (Option<Tone>, [String; 4]) {
    let Some(row) = rows.first() else { return (None, Default::default()) };
    let regions = listed(&rows.iter().map(|row| row.resource.region.as_str()).collect(), "region");
    let place = if accounts { format!("{} {regions}", name(&row.resource.account)) } else { regions };
    let reason = if rows.len() > 1 { everywhere(row) } else { row.reason.clone() };
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

/// The policies that are kept, or have nothing to say, one line each.
fn kept(look: Look, groups: &[&[Row]]) -> String {
    let rows = groups.iter().filter_map(|rows| {
        let first = rows.first()?;
        let nothing = first.verdict == Verdict::NotApplicable && first.resource.id == WHOLE;
        let count =
            if nothing { sentence(&first.reason) } else { counts(rows, &[Verdict::Pass, Verdict::NotApplicable]) };
        let word = if first.verdict == Verdict::Pass { "PASS" } else { "N/A" };
        Some((
            Some(Tone::of(first.verdict)),
            [word.to_owned(), first.severity.word().to_owned(), name(&first.policy), count],
        ))
    });
    look.painted_columns(0, rows.collect())
}

fn counts(rows: &[Row], verdicts: &[Verdict]) -> String {
    let count = |verdict: Verdict| rows.iter().filter(|row| row.verdict == verdict).count();
    let counts = verdicts.iter().map(|verdict| (count(*verdict), verdict)).filter(|(count, _)| *count > 0);
    counts.map(|(count, verdict)| format!("{count} {}", words(*verdict))).collect::<Vec<_>>().join(", ")
}

fn words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NotApplicable => "not applicable",
        other => other.word(),
    }
}

fn summary(look: Look, report: &Report, asked: Asked, code: ExitCode) -> String {
    let summary = &report.summary;
    let parts = [
        (summary.fail, "failed"),
        (summary.unknown, "unknown"),
        (summary.waived, "waived"),
        (summary.pass, "passed"),
        (summary.not_applicable, "not applicable"),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let mut parts: Vec<String> = parts.map(|(count, word)| format!("{count} {word}")).collect();
    parts.push(counted(summary.gaps, "gap"));
    let line =
        format!("{} at {}: {}", counted(summary.policies, "policy"), moment(report.checked_at), parts.join(", "));
    let (tone, end) = match code {
        ExitCode::Good if asked != Asked::Everything => (Tone::Good, "what was asked for holds"),
        ExitCode::Good => (Tone::Good, "every rule holds"),
        ExitCode::Failed => (Tone::Bad, "a rule is broken"),
        _ => (Tone::Doubtful, "no rule is known to be broken, but not everything could be verified"),
    };
    let end = format!("exit code {}: {end}", code.number());
    format!("{}{}{}\n", look.paragraph(0, &line), silent(asked), look.paint(tone, &end))
}

/// Policies that the filters leave without a row are not kept, and not broken: nothing was asked about them.
fn silent(asked: Asked) -> String {
    match asked {
        Asked::Part { silent: 1 } => "1 policy has nothing in this filter\n".to_owned(),
        Asked::Part { silent: silent @ 2.. } => format!("{silent} policies have nothing in this filter\n"),
        Asked::Everything | Asked::Part { silent: 0 } => String::new(),
    }
}
