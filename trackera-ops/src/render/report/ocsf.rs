//! The report as OCSF 1.5 events of class 2003, Compliance Finding, with the profile `cloud`: an array, one event a row.
//!
//! OCSF calls a check that "did not yield a result due to missing information" a warning, so that is what unknown is
//! here. A waived row is what it is, a failed check, whose finding is suppressed. Kept rows are resolved findings
//! without severity, as AWS Security Hub has it.

use std::io::{self, Write};

use serde_json::{Value as Json, json};
use trackera_core::policy::Severity;
use trackera_core::resource::GLOBAL;
use trackera_core::verdict::Verdict;

use super::{Checked, Each, Finding, WHOLE, controls};
use crate::baseline::{Change, identity};
use crate::render::json::write_pretty;
use crate::waivers;

const VERSION: &str = "1.5.0";
const CLASS: u32 = 2003;

/// A number of an enumeration of OCSF, and the word that must stand beside it.
type Coded = (u32, &'static str);

pub(super) fn report(checked: &Checked<'_>, out: &mut dyn Write) -> io::Result<()> {
    write_pretty(out, &Each(|| checked.findings().map(|finding| event(&finding, checked))))
}

fn event(finding: &Finding<'_>, checked: &Checked<'_>) -> Json {
    let row = &finding.row;
    let (activity, severity, status) = (activity(finding), severity(finding), status(finding));
    let waiver =
        waivers::covering(checked.set, row, checked.report.checked_at).filter(|_| row.verdict == Verdict::Waived);
    filled(json!({
        "activity_id": activity.0,
        "activity_name": activity.1,
        "category_uid": CLASS / 1000,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "Compliance Finding",
        "type_uid": CLASS * 100 + activity.0,
        "type_name": format!("Compliance Finding: {}", activity.1),
        "time": checked.report.checked_at.as_millisecond(),
        "timezone_offset": 0,
        "severity_id": severity.0,
        "severity": severity.1,
        "status_id": status.0,
        "status": status.1,
        "status_code": row.verdict.word(),
        "status_detail": row.reason,
        "message": row.reason,
        "comment": waiver.map(waivers::justification),
        "metadata": metadata(finding),
        "finding_info": {
            "uid": identity(row),
            "title": finding.title(),
            "desc": row.reason,
            "analytic": { "uid": row.policy.as_ref(), "name": finding.title(), "type_id": 1, "type": "Rule" },
        },
        "compliance": compliance(finding),
        "remediation": finding.fix().map(|fix| json!({ "desc": fix })),
        "resources": [resource(finding)],
        "cloud": cloud(finding),
        "evidences": evidences(finding),
        "unmapped": finding.note().map(|note| json!({ "since_baseline": note })),
    }))
}

/// Takes away the fields that have no value: OCSF knows no null.
fn filled(mut json: Json) -> Json {
    if let Some(fields) = json.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    json
}

fn activity(finding: &Finding<'_>) -> Coded {
    let is_kept = matches!(finding.row.verdict, Verdict::Pass | Verdict::NotApplicable);
    match finding.change {
        None | Some(Change::New) => (1, "Create"),
        Some(Change::Gone) => (3, "Close"),
        Some(Change::Changed { .. }) if is_kept => (3, "Close"),
        Some(Change::Changed { .. } | Change::Worse | Change::Unchanged) => (2, "Update"),
    }
}

fn severity(finding: &Finding<'_>) -> Coded {
    match finding.row.verdict {
        Verdict::Pass | Verdict::NotApplicable => (1, "Informational"),
        Verdict::Fail | Verdict::Unknown | Verdict::Waived => graded(finding.row.severity),
    }
}

fn graded(severity: Severity) -> Coded {
    match severity {
        Severity::Critical => (5, "Critical"),
        Severity::High => (4, "High"),
        Severity::Medium => (3, "Medium"),
        Severity::Low => (2, "Low"),
    }
}

fn status(finding: &Finding<'_>) -> Coded {
    match finding.row.verdict {
        _ if finding.is_gone() => (5, "Archived"),
        Verdict::Fail | Verdict::Unknown => (1, "New"),
        Verdict::Waived => (3, "Suppressed"),
        Verdict::Pass | Verdict::NotApplicable => (4, "Resolved"),
    }
}

fn compliance_status(finding: &Finding<'_>) -> Coded {
    match finding.row.verdict {
        _ if finding.is_gone() => (99, "Gone"),
        Verdict::Pass => (1, "Pass"),
        Verdict::Unknown => (2, "Warning"),
        Verdict::Fail | Verdict::Waived => (3, "Fail"),
        Verdict::NotApplicable => (99, "Not applicable"),
    }
}

fn metadata(finding: &Finding<'_>) -> Json {
    json!({
        "version": VERSION,
        "profiles": ["cloud"],
        "event_code": finding.row.policy.as_ref(),
        "product": {
            "name": "Trackera Ops",
            "vendor_name": "Trackera",
            "version": env!("CARGO_PKG_VERSION"),
            "url_string": env!("CARGO_PKG_REPOSITORY"),
        },
    })
}

fn compliance(finding: &Finding<'_>) -> Json {
    let row = &finding.row;
    let (status, severity) = (compliance_status(finding), graded(row.severity));
    let standards: Vec<&String> = row.controls.keys().collect();
    json!({
        "control": finding.title(),
        "requirements": controls(row).collect::<Vec<_>>(),
        "standards": standards,
        "status_id": status.0,
        "status": status.1,
        "status_code": row.verdict.word(),
        "status_details": [row.reason],
        "checks": [{
            "uid": row.policy.as_ref(),
            "name": finding.title(),
            "severity_id": severity.0,
            "severity": severity.1,
            "standards": standards,
            "status_id": status.0,
            "status": status.1,
        }],
    })
}

fn resource(finding: &Finding<'_>) -> Json {
    let resource = &finding.row.resource;
    let name = Some(&resource.name).filter(|name| !name.is_empty());
    filled(json!({ "uid": resource.id, "name": name, "type": resource.kind.as_ref(), "region": region(finding) }))
}

fn cloud(finding: &Finding<'_>) -> Json {
    let account = Some(&finding.row.resource.account).filter(|account| *account != WHOLE);
    let account = account.map(|account| json!({ "uid": account, "type_id": 10, "type": "AWS Account" }));
    filled(json!({ "provider": "AWS", "account": account, "region": region(finding) }))
}

/// The region, where there is one.
fn region<'f>(finding: &'f Finding<'_>) -> Option<&'f str> {
    Some(finding.row.resource.region.as_str()).filter(|region| ![WHOLE, GLOBAL].contains(region))
}

fn evidences(finding: &Finding<'_>) -> Option<Json> {
    let row = &finding.row;
    let is_empty = row.observed.is_empty() && row.offending.is_empty();
    (!is_empty).then(|| json!([{ "data": { "observed": row.observed, "offending": row.offending } }]))
}
