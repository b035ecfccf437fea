//! The report as SARIF 2.1.0: a rule for each policy, a result for each row, a notification for each gap.
//!
//! A platform that gets a SARIF file takes what is not in it for mended. With a baseline every row is therefore here, and
//! `baselineState` says what became of it.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value as Json, json};
use trackera_core::policy::{Policy, Severity};
use trackera_core::resource::{ErrorClass, Gap};
use trackera_core::verdict::Verdict;

use super::{Checked, Each, Finding, controls};
use crate::baseline::{Change, identity};
use crate::render::json::write_pretty;
use crate::waivers;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

#[derive(Serialize)]
struct Log<R> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<R>; 1],
}

#[derive(Serialize)]
struct Run<R> {
    tool: Json,
    invocations: [Json; 1],
    results: R,
}

pub(super) fn report(checked: &Checked<'_>, out: &mut dyn Write) -> io::Result<()> {
    let results = Each(|| checked.findings_of(&checked.whole).map(|finding| result(&finding, checked)));
    let run = Run { tool: json!({ "driver": driver(checked) }), invocations: [invocation(checked)], results };
    write_pretty(out, &Log { schema: SCHEMA, version: "2.1.0", runs: [run] })
}

fn driver(checked: &Checked<'_>) -> Json {
    let classes: BTreeSet<ErrorClass> = checked.whole.gaps.iter().map(|gap| gap.error_class).collect();
    let notifications: Vec<Json> = classes
        .into_iter()
        .map(|class| json!({ "id": class, "shortDescription": { "text": class.to_string() } }))
        .collect();
    json!({
        "name": "trackera-ops",
        "version": env!("CARGO_PKG_VERSION"),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "informationUri": env!("CARGO_PKG_REPOSITORY"),
        "rules": checked.set.policies.iter().map(rule).collect::<Vec<_>>(),
        "notifications": notifications,
    })
}

fn rule(policy: &Policy) -> Json {
    let (level, score) = graded(policy.severity);
    let items = |(standard, items): (&String, &Vec<String>)| {
        items.iter().map(|item| format!("{standard}/{item}")).collect::<Vec<_>>()
    };
    let tags: Vec<String> =
        std::iter::once("security".to_owned()).chain(policy.controls.iter().flat_map(items)).collect();
    json!({
        "id": policy.id.as_ref(),
        "shortDescription": { "text": message(&policy.title) },
        "fullDescription": { "text": message(&policy.title) },
        "help": { "text": message(&policy.fix.text) },
        "defaultConfiguration": { "level": level },
        "properties": {
            "tags": tags,
            "controls": policy.controls,
            "severity": policy.severity,
            "security-severity": score,
            "resource": policy.kind.name.as_ref(),
        },
    })
}

/// The level, and the number that code scanning sorts by.
fn graded(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::Critical => ("error", "9.5"),
        Severity::High => ("error", "8.0"),
        Severity::Medium => ("warning", "5.5"),
        Severity::Low => ("note", "3.0"),
    }
}

fn result(finding: &Finding<'_>, checked: &Checked<'_>) -> Json {
    let row = &finding.row;
    let (kind, level) = match row.verdict {
        Verdict::Fail | Verdict::Waived => ("fail", graded(row.severity).0),
        Verdict::Pass => ("pass", "none"),
        Verdict::NotApplicable => ("notApplicable", "none"),
        Verdict::Unknown => ("open", "none"),
    };
    let reason = finding.fix().map_or_else(|| row.reason.clone(), |fix| format!("{}. Fix: {fix}", row.reason));
    let mut result = json!({
        "ruleId": row.policy.as_ref(),
        "kind": kind,
        "level": level,
        "message": { "text": message(&reason) },
        "locations": [location(finding)],
        "partialFingerprints": { "row/v1": identity(row) },
        "suppressions": suppressions(finding, checked),
        "properties": {
            "verdict": row.verdict,
            "severity": row.severity,
            "resource": row.resource,
            "controls": controls(row).collect::<Vec<_>>(),
            "observed": row.observed,
            "offending": row.offending,
        },
    });
    let index = checked.set.policies.iter().position(|policy| policy.id == row.policy);
    let state = finding.change.map(|change| match change {
        Change::New => "new",
        Change::Changed { .. } | Change::Worse => "updated",
        Change::Unchanged => "unchanged",
        Change::Gone => "absent",
    });
    if let Some(fields) = result.as_object_mut() {
        fields.extend(index.map(|index| ("ruleIndex".to_owned(), json!(index))));
        fields.extend(state.map(|state| ("baselineState".to_owned(), json!(state))));
    }
    result
}

/// The resource, and the place of the rule: the only line of a file that there is to point at.
fn location(finding: &Finding<'_>) -> Json {
    let resource = &finding.row.resource;
    let name = if resource.name.is_empty() { &resource.id } else { &resource.name };
    let qualified = format!("{}/{}/{}/{}", resource.account, resource.region, resource.kind, resource.id);
    let mut location =
        json!({ "logicalLocations": [{ "name": name, "fullyQualifiedName": qualified, "kind": "resource" }] });
    if let (Some(policy), Some(fields)) = (finding.policy, location.as_object_mut()) {
        let (file, line) = &policy.place;
        let place = json!({ "artifactLocation": { "uri": uri(file) }, "region": { "startLine": line } });
        fields.insert("physicalLocation".to_owned(), place);
    }
    location
}

/// Every result says whether it is suppressed, or none may.
fn suppressions(finding: &Finding<'_>, checked: &Checked<'_>) -> Json {
    if finding.row.verdict != Verdict::Waived {
        return json!([]);
    }
    let waiver = waivers::covering(checked.set, &finding.row, checked.report.checked_at);
    let justification = waiver.map_or_else(|| finding.row.reason.clone(), waivers::justification);
    json!([{ "kind": "external", "status": "accepted", "justification": justification }])
}

fn invocation(checked: &Checked<'_>) -> Json {
    let (configuration, execution): (Vec<&Gap>, Vec<&Gap>) =
        checked.whole.gaps.iter().partition(|gap| is_mended_by_settings(gap.error_class));
    let notifications = |gaps: Vec<&Gap>| gaps.into_iter().map(notification).collect::<Vec<_>>();
    json!({
        "executionSuccessful": !checked.whole.summary.is_incomplete(),
        "exitCode": checked.code.number(),
        "exitCodeDescription": checked.outcome(),
        "startTimeUtc": checked.report.checked_at,
        "toolConfigurationNotifications": notifications(configuration),
        "toolExecutionNotifications": notifications(execution),
    })
}

/// Tells what a person must allow, declare or collect from what may go better next time.
fn is_mended_by_settings(class: ErrorClass) -> bool {
    match class {
        ErrorClass::AccessDenied
        | ErrorClass::DeniedByServiceControlPolicy
        | ErrorClass::InvalidCredentials
        | ErrorClass::RegionDisabled
        | ErrorClass::NotCollected
        | ErrorClass::NotDeclared => true,
        ErrorClass::Throttled
        | ErrorClass::Timeout
        | ErrorClass::Connection
        | ErrorClass::ServerError
        | ErrorClass::MalformedAnswer
        | ErrorClass::Disappeared
        | ErrorClass::Refused
        | ErrorClass::Stale => false,
    }
}

fn notification(gap: &Gap) -> Json {
    let text = format!("could not be read: {gap}");
    json!({ "descriptor": { "id": gap.error_class }, "level": "error", "message": { "text": message(&text) }, "properties": gap })
}

/// A message as SARIF writes it: braces are doubled, and no name can become a link.
fn message(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}").replace("](", "] (")
}

/// The path of a file as a URI reference.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let path: String = path
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    if path.starts_with('/') { format!("file://{path}") } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_hold_no_placeholders_and_no_links() {
        assert_eq!(message("{0} [here](javascript:x) }"), "{{0}} [here] (javascript:x) }}");
    }

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("policies/a b#c:d.yaml"), "policies/a%20b%23c%3Ad.yaml");
        assert_eq!(uri("/etc/ü.yaml"), "file:///etc/%C3%BC.yaml");
    }
}
