//! The report for programs. Without a baseline it is the report itself; with one, it says what changed.

use serde_json::{Value as Json, json};

use super::Checked;
use crate::baseline::Change;
use crate::render::json::pretty;

pub(super) fn report(checked: &Checked<'_>) -> serde_json::Result<String> {
    let Some(comparison) = checked.comparison else { return pretty(checked.report) };
    let mut report = serde_json::to_value(checked.report)?;
    let rows = report.get_mut("verdicts").and_then(Json::as_array_mut).into_iter().flatten();
    for (row, finding) in rows.zip(checked.findings()) {
        let (change, was) = match finding.change {
            Some(Change::Changed { was }) => ("changed", Some(was)),
            Some(Change::Worse) => ("worse", Some(finding.row.verdict)),
            _ => ("new", None),
        };
        if let Some(row) = row.as_object_mut() {
            row.insert("change".to_owned(), json!(change));
            row.insert("was".to_owned(), json!(was));
        }
    }
    let baseline = json!({
        "checked_at": comparison.checked_at,
        "gone": comparison.gone,
        "unchanged": comparison.unchanged,
        "kept": comparison.kept,
        "policies_not_loaded": comparison.lost_policies,
    });
    if let Some(report) = report.as_object_mut() {
        report.insert("baseline".to_owned(), baseline);
    }
    pretty(&report)
}
