//! The report for programs. Without a baseline it is the report itself; with one, it says what changed.

use std::borrow::Cow;
use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value as Json, json};
use trackera_core::resource::Gap;
use trackera_core::verdict::{REPORT_VERSION, Row, Summary, Verdict};

use super::{Checked, Contents, Each, Finding};
use crate::baseline::{Change, Comparison};
use crate::render::json::write_pretty;

/// The fields of [`Report`](trackera_core::verdict::Report), with rows that need not be in memory together.
#[derive(Serialize)]
struct Written<'a, R> {
    version: u32,
    checked_at: Timestamp,
    verdicts: R,
    gaps: &'a [Gap],
    summary: &'a Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<Json>,
}

/// A row, and what became of it since the baseline.
#[derive(Serialize)]
struct Changed<'a> {
    #[serde(flatten)]
    row: Cow<'a, Row>,
    change: &'static str,
    was: Option<Verdict>,
}

pub(super) fn report(checked: &Checked<'_>, out: &mut dyn Write) -> io::Result<()> {
    match checked.comparison {
        None => write_pretty(out, &written(&checked.report, Each(|| checked.report.rows()), None)),
        Some(comparison) => {
            let rows = || checked.findings().filter(|finding| !finding.is_gone()).map(changed);
            write_pretty(out, &written(&checked.report, Each(rows), Some(baseline(comparison))))
        }
    }
}

fn written<'a, R>(report: &'a Contents<'_>, verdicts: R, baseline: Option<Json>) -> Written<'a, R> {
    let Contents { checked_at, gaps, summary, .. } = report;
    Written { version: REPORT_VERSION, checked_at: *checked_at, verdicts, gaps, summary, baseline }
}

fn changed(finding: Finding<'_>) -> Changed<'_> {
    let (change, was) = match finding.change {
        Some(Change::Changed { was }) => ("changed", Some(was)),
        Some(Change::Worse) => ("worse", Some(finding.row.verdict)),
        _ => ("new", None),
    };
    Changed { row: finding.row, change, was }
}

fn baseline(comparison: &Comparison) -> Json {
    json!({
        "checked_at": comparison.checked_at,
        "gone": comparison.gone,
        "unchanged": comparison.unchanged,
        "kept": comparison.kept,
        "policies_not_loaded": comparison.lost_policies,
    })
}
