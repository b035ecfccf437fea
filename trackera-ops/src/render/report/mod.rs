//! The report of a check in every form that it can be printed in: one file and one line of [`Format`] each.

mod csv;
mod html;
mod json;
mod junit;
mod markdown;
mod markup;
mod ocsf;
mod sarif;
mod table;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use clap::ValueEnum;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use trackera_core::estate::Estate;
use trackera_core::policy::{Policy, PolicySet, Waiver};
use trackera_core::resource::Gap;
use trackera_core::verdict::{Assessment, Report, Row, Summary, Verdict};

use super::look::{Look, counted};
use crate::baseline::{Change, Comparison};
use crate::exit_codes::ExitCode;
use crate::filters::Asked;
use crate::waivers::Concern;

/// The id of a row about a whole list, and what stands for every account or region.
const WHOLE: &str = "*";

/// How a report is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people, on a terminal.
    #[default]
    Table,
    /// For programs: the whole report, in a form that is documented and stable.
    Json,
    /// OCSF 1.5 compliance findings, for security data lakes.
    Ocsf,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit XML, for CI systems.
    Junit,
    /// One line for each verdict (RFC 4180), safe to open in a spreadsheet.
    Csv,
    /// For a pull request or a ticket.
    Markdown,
    /// One page that needs nothing else, for reading, printing and keeping.
    Html,
}

/// What a report holds. Its rows are told one after the other while it is written, so that the forms for programs and the
/// table never hold a large report; the other forms, and whatever is compared with a baseline, do.
#[derive(Clone, Debug)]
pub(crate) struct Contents<'a> {
    /// The moment that everything was judged at.
    pub(crate) checked_at: Timestamp,
    /// What could not be read.
    pub(crate) gaps: &'a [Gap],
    /// Counts.
    pub(crate) summary: Summary,
    rows: Rows<'a>,
}

#[derive(Clone, Copy)]
enum Rows<'a> {
    Told(&'a [Row]),
    Untold(&'a Assessment<'a>),
}

impl std::fmt::Debug for Rows<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Told(rows) => write!(formatter, "{} rows", rows.len()),
            Self::Untold(assessment) => write!(formatter, "{} verdicts", assessment.len()),
        }
    }
}

impl<'a> From<&'a Report> for Contents<'a> {
    fn from(report: &'a Report) -> Self {
        Self {
            checked_at: report.checked_at,
            gaps: &report.gaps,
            summary: report.summary.clone(),
            rows: Rows::Told(&report.verdicts),
        }
    }
}

impl<'a> From<&'a Assessment<'a>> for Contents<'a> {
    fn from(assessment: &'a Assessment<'a>) -> Self {
        Self {
            checked_at: assessment.checked_at(),
            gaps: assessment.gaps(),
            summary: assessment.summary(),
            rows: Rows::Untold(assessment),
        }
    }
}

impl<'a> Contents<'a> {
    /// The rows, worst first, grouped by policy.
    fn rows(&self) -> Box<dyn Iterator<Item = Cow<'a, Row>> + 'a> {
        match self.rows {
            Rows::Told(rows) => Box::new(rows.iter().map(Cow::Borrowed)),
            Rows::Untold(assessment) => Box::new(assessment.rows().map(Cow::Owned)),
        }
    }
}

/// A report, and what else there is to know about the check that made it.
#[derive(Debug)]
pub(crate) struct Checked<'a> {
    /// The report; with a baseline, what changed of it.
    pub(crate) report: Contents<'a>,
    /// Everything that was asked for, changed or not.
    pub(crate) whole: Contents<'a>,
    /// What changed since the baseline, if there is one.
    pub(crate) comparison: Option<&'a Comparison>,
    /// The policies that were judged.
    pub(crate) set: &'a PolicySet,
    /// What was seen.
    pub(crate) estate: &'a Estate,
    /// The exceptions that want attention.
    pub(crate) concerns: &'a [(Concern, &'a Waiver)],
    /// How much was asked for.
    pub(crate) asked: Asked,
    /// How the program ends.
    pub(crate) code: ExitCode,
}

impl Format {
    /// Writes a report in this form.
    ///
    /// # Errors
    /// Fails when nothing more can be written.
    pub(crate) fn write(self, look: Look, checked: &Checked<'_>, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Table => table::report(look, checked, out),
            Self::Json => json::report(checked, out),
            Self::Ocsf => ocsf::report(checked, out),
            Self::Sarif => sarif::report(checked, out),
            Self::Junit => out.write_all(junit::report(checked).as_bytes()),
            Self::Csv => csv::report(checked, out),
            Self::Markdown => out.write_all(markdown::report(checked).as_bytes()),
            Self::Html => out.write_all(html::report(checked).as_bytes()),
        }
    }

    /// What a form has no room for, and whoever reads it must not miss.
    pub(crate) fn untold(self, gaps: &[Gap]) -> Option<String> {
        let has_no_room = matches!(self, Self::Ocsf | Self::Csv);
        (has_no_room && !gaps.is_empty())
            .then(|| format!("{} could not be read, which this form cannot tell", counted(gaps.len(), "fact")))
    }
}

/// One row with what became of it since the baseline.
#[derive(Clone, Debug)]
struct Finding<'a> {
    row: Cow<'a, Row>,
    policy: Option<&'a Policy>,
    change: Option<Change>,
}

impl Finding<'_> {
    /// Tells whether it is known from the baseline alone, so that its verdict is an old one.
    fn is_gone(&self) -> bool {
        self.change == Some(Change::Gone)
    }

    /// The sentence that the policy says, or its id when the policy is not loaded any more.
    fn title(&self) -> &str {
        self.policy.map_or(&self.row.policy, |policy| &policy.title)
    }

    /// How to mend it, where there is something to mend.
    fn fix(&self) -> Option<&str> {
        let is_open = matches!(self.row.verdict, Verdict::Fail | Verdict::Unknown) && !self.is_gone();
        self.policy.filter(|_| is_open).map(|policy| policy.fix.text.as_str())
    }

    /// What became of it, in words.
    fn note(&self) -> Option<String> {
        match self.change? {
            Change::New => Some("new".to_owned()),
            Change::Changed { was } => Some(format!("was {}", words(was))),
            Change::Worse => Some("worse than before".to_owned()),
            Change::Gone => Some(format!("gone, was {}", words(self.row.verdict))),
            Change::Unchanged => None,
        }
    }
}

impl<'a> Checked<'a> {
    /// The rows of the report and, after them, those that are gone.
    fn findings(&self) -> impl Iterator<Item = Finding<'a>> + use<'a> {
        self.findings_of(&self.report)
    }

    fn findings_of(&self, contents: &Contents<'a>) -> impl Iterator<Item = Finding<'a>> + use<'a> {
        let (set, comparison) = (self.set, self.comparison);
        let rows = contents.rows().map(move |row| {
            let change = comparison.map(|comparison| comparison.change(&row));
            Finding { policy: set.policy(&row.policy), change, row }
        });
        rows.chain(self.gone())
    }

    /// The findings of each policy together, in the order of the report, one policy after the other.
    fn groups(&self) -> impl Iterator<Item = Vec<Finding<'a>>> + use<'a> {
        let mut findings = self.findings().filter(|finding| !finding.is_gone()).peekable();
        std::iter::from_fn(move || {
            let mut group = vec![findings.next()?];
            while let Some(finding) = findings.next_if(|next| is_same_policy(&group, next)) {
                group.push(finding);
            }
            Some(group)
        })
    }

    fn gone(&self) -> impl Iterator<Item = Finding<'a>> + use<'a> {
        let set = self.set;
        let gone = self.comparison.into_iter().flat_map(|comparison| &comparison.gone);
        gone.map(move |row| Finding {
            row: Cow::Borrowed(row),
            policy: set.policy(&row.policy),
            change: Some(Change::Gone),
        })
    }

    /// What the exit code says.
    fn outcome(&self) -> &'static str {
        match (self.code, self.comparison) {
            (ExitCode::Good, Some(_)) => "nothing is worse than in the baseline",
            (ExitCode::Good, None) if self.asked != Asked::Everything => "what was asked for holds",
            (ExitCode::Good, None) => "every rule holds",
            (ExitCode::Failed, Some(_)) => "a rule is broken that was not, or worse than before",
            (ExitCode::Failed, None) => "a rule is broken",
            (_, Some(_)) => "not everything could be verified that could be before",
            (_, None) => "no rule is known to be broken, but not everything could be verified",
        }
    }

    /// What a baseline leaves out; nobody must take silence for good news.
    fn left_out(&self) -> Vec<String> {
        let Some(comparison) = self.comparison else { return Vec::new() };
        let unchanged = &comparison.unchanged;
        let open = [(unchanged.fail, "failed"), (unchanged.unknown, "unknown"), (unchanged.waived, "waived")];
        let open = open.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
        let gaps = (unchanged.gaps > 0).then(|| counted(unchanged.gaps, "gap"));
        let open: Vec<String> = open.chain(gaps).collect();
        let open = if open.is_empty() { "nothing open".to_owned() } else { open.join(", ") };
        let quiet = unchanged.pass + unchanged.not_applicable + comparison.kept;
        let mut lines =
            vec![format!("left out because the baseline has it too: {open}; {quiet} kept or not applicable")];
        lines
            .extend(comparison.lost_policies.iter().map(|id| format!("the policy {id} of the baseline is not loaded")));
        lines
    }
}

fn is_same_policy(group: &[Finding<'_>], next: &Finding<'_>) -> bool {
    group.first().is_some_and(|first| first.row.policy == next.row.policy)
}

/// A list that is written item by item, so that it is never in memory whole.
struct Each<F>(F);

impl<T: Serialize, I: Iterator<Item = T>, F: Fn() -> I> Serialize for Each<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

/// The words for a verdict, as people say them.
fn words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NotApplicable => "not applicable",
        other => other.word(),
    }
}

/// The counts of a report that are not zero, the worst first.
fn counts(summary: &Summary) -> Vec<(usize, &'static str)> {
    let counts = [
        (summary.fail, "failed"),
        (summary.unknown, "unknown"),
        (summary.waived, "waived"),
        (summary.pass, "passed"),
        (summary.not_applicable, "not applicable"),
    ];
    counts.into_iter().filter(|(count, _)| *count > 0).collect()
}

/// How many of some findings have each verdict, the worst first.
fn tally<'f>(findings: impl IntoIterator<Item = &'f Finding<'f>>) -> String {
    let mut counts: BTreeMap<Verdict, usize> = BTreeMap::new();
    for finding in findings {
        *counts.entry(finding.row.verdict).or_default() += 1;
    }
    counts.into_iter().map(|(verdict, count)| format!("{count} {}", words(verdict))).collect::<Vec<_>>().join(", ")
}

/// The items of standards that a row is about: `soc2 CC6.1`.
fn controls(row: &Row) -> impl Iterator<Item = String> {
    let items = |(standard, items): (&String, &Vec<String>)| {
        items.iter().map(|item| format!("{standard} {item}")).collect::<Vec<_>>()
    };
    row.controls.iter().flat_map(items)
}
