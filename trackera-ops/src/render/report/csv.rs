//! One line for each verdict, as RFC 4180 has it, in the columns of [`HEADER`].
//!
//! A spreadsheet takes a cell for a formula when it begins like one, and names in an estate are anybody's to choose: such
//! a cell begins with an apostrophe here. Every cell is quoted, and no cell holds a line end or a control character.

use std::io::{self, Write};

use super::{Checked, Finding, controls};
use crate::baseline::Change;
use crate::render::escape::harmless;

/// The columns. New ones come at the end; none is ever renamed.
const HEADER: [&str; 14] = [
    "policy",
    "severity",
    "verdict",
    "kind",
    "id",
    "name",
    "account",
    "region",
    "reason",
    "fix",
    "controls",
    "checked_at",
    "change",
    "was",
];

/// What makes a cell a formula, also in full width.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

pub(super) fn report(checked: &Checked<'_>, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(line(&HEADER.map(str::to_owned)).as_bytes())?;
    checked.findings().try_for_each(|finding| out.write_all(line(&cells(&finding, checked)).as_bytes()))
}

fn cells(finding: &Finding<'_>, checked: &Checked<'_>) -> [String; HEADER.len()] {
    let row = &finding.row;
    let (change, was) = match finding.change {
        None => ("", None),
        Some(Change::New) => ("new", None),
        Some(Change::Changed { was }) => ("changed", Some(was)),
        Some(Change::Worse) => ("worse", Some(row.verdict)),
        Some(Change::Unchanged) => ("unchanged", Some(row.verdict)),
        Some(Change::Gone) => ("gone", Some(row.verdict)),
    };
    [
        row.policy.to_string(),
        row.severity.word().to_owned(),
        if finding.is_gone() { String::new() } else { row.verdict.word().to_owned() },
        row.resource.kind.to_string(),
        row.resource.id.clone(),
        row.resource.name.clone(),
        row.resource.account.clone(),
        row.resource.region.clone(),
        row.reason.clone(),
        finding.fix().unwrap_or_default().to_owned(),
        controls(row).collect::<Vec<_>>().join("; "),
        checked.report.checked_at.to_string(),
        change.to_owned(),
        was.map(|was| was.word().to_owned()).unwrap_or_default(),
    ]
}

fn line(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    format!("{}\r\n", cells.join(","))
}

fn cell(text: &str) -> String {
    let text = harmless(text);
    let guard = if text.trim_start().starts_with(FORMULA) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}
