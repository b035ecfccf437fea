//! The report of a check, for people: the worst first, what was seen, what to do, and how far the check could see.

use std::collections::{BTreeMap, BTreeSet};

use trackera_core::estate::Snapshot;
use trackera_core::policy::PolicySet;
use trackera_core::resource::Gap;
use trackera_core::verdict::{Report, ResourceRef, Row, Verdict};

use super::escape::{name, sentence};
use super::look::{Look, Tone, counted};
use crate::exit_codes::ExitCode;

/// How many resources of one gap are spelled out.
const SPELLED_OUT: usize = 3;

/// The whole report.
pub(crate) fn report(look: Look, report: &Report, set: &PolicySet, snapshot: &Snapshot, code: ExitCode) -> String {
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
    text.push_str(&summary(look, report, code));
    text
}

fn needs_attention(rows: &[Row]) -> bool {
    rows.iter().any(|row| matches!(row.verdict, Verdict::Fail | Verdict::Unknown | Verdict::Waived))
}

/// One policy with the rows that need attention, how to mend them, and the count of the others.
fn group(look: Look, rows: &[Row], set: &PolicySet, snapshot: &Snapshot) -> String {
    let Some(first) = rows.first() else { return String::new() };
    let policy = set.policy(&first.policy);
    let title = policy.map(|policy| policy.title.as_str()).unwrap_or_default();
    let head = format!("{:<8}", first.verdict.word().to_uppercase());
    let head = look.paint(Tone::of(first.verdict), &head);
    let mut text = format!("{head}{:<9} {}\n", first.severity.word(), look.paint(Tone::Strong, &name(&first.policy)));
    text.push_str(&look.paragraph(8, &sentence(title)));
    let shown = rows.iter().filter(|row| needs_attention(std::slice::from_ref(row)));
    let accounts = snapshot.accounts.len() > 1;
    let shown = shown.map(|row| (Some(Tone::of(row.verdict)), cells(row, accounts)));
    text.push_str(&look.painted_columns(8, shown.collect()));
    let mut notes = Vec::new();
    if let Some(policy) = policy.filter(|_| first.verdict != Verdict::Waived) {
        notes.push((Some(Tone::Strong), ["fix".to_owned(), sentence(&policy.fix.text)]));
    }
    let others = counts(rows, &[Verdict::Pass, Verdict::NotApplicable]);
    if !others.is_empty() {
        notes.push((None, ["also".to_owned(), others]));
    }
    if !notes.is_empty() {
        text.push_str(&look.painted_columns(8, notes));
    }
    text.push('\n');
    text
}

fn cells(row: &Row, accounts: bool) -> [String; 4] {
    let region = name(&row.resource.region);
    let place = if accounts { format!("{} {region}", name(&row.resource.account)) } else { region };
    [row.verdict.word().to_owned(), resource(&row.resource), place, sentence(&row.reason)]
}

/// The id, and the name where it says more.
fn resource(resource: &ResourceRef) -> String {
    if resource.id == "*" {
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
        let nothing = first.verdict == Verdict::NotApplicable && first.resource.id == "*";
        let count =
            if nothing { sentence(&first.reason) } else { counts(rows, &[Verdict::Pass, Verdict::NotApplicable]) };
        let word = if first.verdict == Verdict::Pass { "PASS" } else { "N/A" };
        Some((Some(Tone::of(first.verdict)), [word.to_owned(), first.severity.word().to_owned(), name(&first.policy), count]))
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

/// Where the check looked, and what it found there.
fn coverage(look: Look, set: &PolicySet, snapshot: &Snapshot) -> String {
    let mut text = format!("{}\n", look.paint(Tone::Strong, "Coverage"));
    let accounts = snapshot.accounts.iter().map(|account| {
        let regions: Vec<String> = account.regions.iter().map(|region| name(region)).collect();
        let regions = if regions.is_empty() { "global services only".to_owned() } else { regions.join(", ") };
        [format!("account {}", name(&account.account)), regions]
    });
    text.push_str(&look.columns(2, accounts));
    let demand = set.demand();
    let found = snapshot.counts();
    let kinds = demand.kinds.iter().map(|kind| {
        let lists: Vec<_> = snapshot.lists.iter().filter(|list| list.kind == kind.as_ref()).collect();
        let broken = lists.iter().filter(|list| !list.gaps.is_empty()).count();
        let note = match (lists.len(), broken) {
            (0, _) => "not collected".to_owned(),
            (_, 0) => String::new(),
            (all, broken) => format!("{broken} of {} not whole", counted(all, "list")),
        };
        [name(kind), found.get(kind.as_ref()).copied().unwrap_or_default().to_string(), note]
    });
    text.push_str(&look.columns(2, kinds));
    let read = format!("{} read by {}", counted(demand.kinds.len(), "kind"), counted(demand.operations.len(), "API operation"));
    text.push_str(&look.paragraph(2, &read));
    text
}

/// What could not be read, grouped so that one refusal in many places is one line.
pub(crate) fn gaps(look: Look, gaps: &[Gap]) -> String {
    let mut groups: BTreeMap<(&str, String, &str), (BTreeSet<&str>, BTreeSet<&str>)> = BTreeMap::new();
    for gap in gaps {
        let key = (gap.operation.as_str(), gap.error_class.to_string(), gap.account.as_str());
        let (regions, resources) = groups.entry(key).or_default();
        regions.insert(&gap.region);
        resources.extend(gap.resource.as_deref());
    }
    let rows = groups.iter().map(|((operation, class, account), (regions, resources))| {
        let place = format!("{} in {}", name(account), listed(regions));
        [name(operation), class.clone(), place, listed(resources)]
    });
    let heading = format!("Gaps: {} could not be read", counted(gaps.len(), "fact"));
    format!("{}\n{}", look.paint(Tone::Doubtful, &heading), look.columns(2, rows))
}

fn listed(words: &BTreeSet<&str>) -> String {
    let mut shown: Vec<String> = words.iter().take(SPELLED_OUT).map(|word| name(word)).collect();
    if let Some(more) = words.len().checked_sub(SPELLED_OUT).filter(|more| *more > 0) {
        shown.push(format!("and {more} more"));
    }
    shown.join(", ")
}

fn summary(look: Look, report: &Report, code: ExitCode) -> String {
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
    let line = format!("{} at {}: {}", counted(summary.policies, "policy"), report.checked_at, parts.join(", "));
    let (tone, end) = match code {
        ExitCode::Good => (Tone::Good, "every rule holds"),
        ExitCode::Failed => (Tone::Bad, "a rule is broken"),
        _ => (Tone::Doubtful, "no rule is known to be broken, but not everything could be verified"),
    };
    let end = format!("exit code {}: {end}", code.number());
    format!("{}{}\n", look.paragraph(0, &line), look.paint(tone, &end))
}
