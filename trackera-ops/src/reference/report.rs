//! The reference of the report that programs read.
//!
//! The fields come from a report that is made of the program's own types, so a field without a meaning is seen at once.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::{JsonSchema, schema_for};
use serde_json::{Value as Json, json};
use trackera_core::policy::Severity;
use trackera_core::resource::{ErrorClass, Gap};
use trackera_core::verdict::{REPORT_VERSION, Report, ResourceRef, Row, Verdict};

use super::markdown::{block, code, page, table};

/// What each field means; items of a list are written `[]`.
const MEANINGS: [(&str, &str); 30] = [
    ("version", "The version of this form. A reader should refuse a version that it does not know."),
    ("checked_at", "The moment of the judgement, in UTC (RFC 3339). Ages and ends of waivers are counted from it."),
    ("verdicts", "One item for each policy and resource, the worst first and the items of one policy together."),
    ("verdicts[].policy", "The policy's id."),
    ("verdicts[].severity", "How bad a breach is, see below."),
    ("verdicts[].verdict", "The answer, see below."),
    ("verdicts[].resource", "What was judged."),
    ("verdicts[].resource.kind", "The resource kind, see [resource kinds](resource-kinds.md)."),
    ("verdicts[].resource.id", "The resource's id in AWS; `*` when the item is about a whole list."),
    ("verdicts[].resource.name", "The name that people know it by; empty for a whole list."),
    ("verdicts[].resource.account", "The account; `*` when it is about every account."),
    ("verdicts[].resource.region", "The region; `global` for services without one, `*` when it is about every region."),
    ("verdicts[].reason", "Why, in one sentence for people; its words may change."),
    ("verdicts[].observed", "The values that decided, by the expression that read them."),
    ("verdicts[].offending", "The items of a list that broke the rule, as they were seen."),
    ("verdicts[].controls", "The items of standards that the policy covers, by standard."),
    ("gaps", "Everything that could not be read, whether or not a verdict depends on it."),
    ("gaps[].operation", "The API operation, as `service:Operation`."),
    ("gaps[].account", "The account; `*` when even that is unknown."),
    ("gaps[].region", "The region; `global` for services without one, `*` when the regions are unknown."),
    ("gaps[].resource", "The resource that the call was about; null when it was about a list."),
    ("gaps[].error_class", "Why it could not be read, see below."),
    ("summary", "Counts over the items of this report, after filters."),
    ("summary.policies", "Policies with at least one verdict."),
    ("summary.pass", "Verdicts `pass`."),
    ("summary.fail", "Verdicts `fail`. More than none means exit code 1."),
    ("summary.unknown", "Verdicts `unknown`. More than none, and no `fail`, means exit code 3."),
    ("summary.waived", "Verdicts `waived`."),
    ("summary.not_applicable", "Verdicts `not_applicable`."),
    ("summary.gaps", "Gaps. More than none, and no `fail`, means exit code 3."),
];

/// What a baseline must never do.
const BASELINE: &str = "The exit code counts what is new or worse: a failure that was none or has more causes, what could \
                        be verified and cannot be now, a gap that was none. What the baseline has and nobody could look \
                        for now is `unknown`, never gone.";

/// What `--baseline` adds.
const SINCE_BASELINE: [(&str, &str, &str); 9] = [
    ("verdicts", "list", "Only what is new and not kept, and what changed."),
    ("verdicts[].change", "text", "`new`; `changed`: the verdict was another one; `worse`: more items break the rule."),
    ("verdicts[].was", "null or text", "The verdict in the baseline; null when it is new."),
    ("gaps", "list", "Only what could be read before."),
    ("baseline.checked_at", "text", "The moment of the baseline."),
    (
        "baseline.gone",
        "list",
        "Rows of the baseline that failed, were unknown or waived and are not there any more, as they were.",
    ),
    ("baseline.unchanged", "map", "What is left out because it is as it was: counts like those of `summary`."),
    (
        "baseline.kept",
        "number",
        "How many more rows are left out: those that are new and kept, or were kept and are gone.",
    ),
    ("baseline.policies_not_loaded", "list", "Policies of the baseline that are not loaded any more."),
];

/// Every class of error.
const CLASSES: [ErrorClass; 14] = [
    ErrorClass::AccessDenied,
    ErrorClass::DeniedByServiceControlPolicy,
    ErrorClass::Throttled,
    ErrorClass::Timeout,
    ErrorClass::Connection,
    ErrorClass::ServerError,
    ErrorClass::RegionDisabled,
    ErrorClass::InvalidCredentials,
    ErrorClass::MalformedAnswer,
    ErrorClass::Disappeared,
    ErrorClass::Refused,
    ErrorClass::NotCollected,
    ErrorClass::Stale,
    ErrorClass::NotDeclared,
];

/// The page about the report.
pub(super) fn report() -> String {
    let about = format!(
        "`trackera-ops check --output json` prints one object, described here in version {REPORT_VERSION}. The same \
         facts, policies and moment give the same bytes. Characters that a terminal would obey are written as \
         `\\u` and four digits. The exit code says the same as the summary, see [exit codes](exit-codes.md)."
    );
    let example = example().unwrap_or_default();
    let mut text = page("Report", &about);
    let rows = fields(&example).into_iter().map(|(path, types)| {
        [code(&path), types.into_iter().collect::<Vec<_>>().join(" or "), meaning(&path).unwrap_or_default().to_owned()]
    });
    text.push_str(&format!("\n## Fields\n{}", table(["field", "type", "meaning"], rows)));
    let rows = SINCE_BASELINE.map(|(path, types, meaning)| [code(path), types.to_owned(), meaning.to_owned()]);
    text.push_str(&format!(
        "\n## With a baseline\n\n`--baseline FILE` takes an earlier report, which must be whole. {BASELINE}\n{}",
        table(["field", "type", "meaning"], rows)
    ));
    text.push_str(&format!("\n## Verdicts\n{}", words::<Verdict>("verdict")));
    text.push_str(&format!("\n## Severities\n{}", words::<Severity>("severity")));
    let classes =
        CLASSES.map(|class| [code(json!(class).as_str().unwrap_or_default()), class_meaning(class).to_owned()]);
    text.push_str(&format!("\n## Error classes\n{}", table(["error class", "meaning"], classes)));
    let example = serde_json::to_string_pretty(&example).unwrap_or_default();
    text.push_str(&format!("\n## Example\n{}", block("json", &example)));
    text
}

fn meaning(path: &str) -> Option<&'static str> {
    MEANINGS.iter().find(|(known, _)| *known == path).map(|(_, meaning)| *meaning)
}

/// The words of a closed set, as its own type declares and describes them.
fn words<T: JsonSchema>(what: &str) -> String {
    let schema = schema_for!(T).to_value();
    let words = schema.get("oneOf").and_then(Json::as_array).cloned().unwrap_or_default();
    let text = |word: &Json, key: &str| word.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    table([what, "meaning"], words.iter().map(|word| [code(&text(word, "const")), text(word, "description")]))
}

fn class_meaning(class: ErrorClass) -> &'static str {
    match class {
        ErrorClass::AccessDenied => "The reader's own permissions do not allow the call.",
        ErrorClass::DeniedByServiceControlPolicy => "A policy of the organisation forbids the call.",
        ErrorClass::Throttled => "The service asked to slow down until all tries were used up.",
        ErrorClass::Timeout => "There was no answer within the time limit.",
        ErrorClass::Connection => "The connection could not be made, or broke.",
        ErrorClass::ServerError => "The service itself failed.",
        ErrorClass::RegionDisabled => "The region is not enabled for the account.",
        ErrorClass::InvalidCredentials => "The credentials are missing, malformed or expired.",
        ErrorClass::MalformedAnswer => "The answer was not of the documented form.",
        ErrorClass::Disappeared => "The resource was listed, but gone when it was read.",
        ErrorClass::Refused => "The service refused for another reason.",
        ErrorClass::NotCollected => "The snapshot was collected for other policies, and the call was not made.",
        ErrorClass::Stale => "The evidence is older than the policy allows.",
        ErrorClass::NotDeclared => "`trackera.yaml` does not say what the policy compares with.",
    }
}

/// A report of two verdicts and two gaps; `None` when it cannot be written, which the tests rule out.
fn example() -> Option<Json> {
    let resource = |kind: &str, id: &str, name: &str, region: &str| ResourceRef {
        kind: kind.into(),
        id: id.to_owned(),
        name: name.to_owned(),
        account: "000000000000".to_owned(),
        region: region.to_owned(),
    };
    let row = |verdict: Verdict, resource: ResourceRef, reason: &str| Row {
        policy: "ebs-volumes-are-encrypted".into(),
        severity: Severity::High,
        verdict,
        resource,
        reason: reason.to_owned(),
        observed: Default::default(),
        offending: Vec::new(),
        controls: [("soc2".to_owned(), vec!["CC6.1".to_owned()])].into(),
    };
    let gap = |operation: &str, resource: Option<&str>, error_class: ErrorClass| Gap {
        operation: operation.to_owned(),
        account: "000000000000".to_owned(),
        region: "eu-west-1".to_owned(),
        resource: resource.map(str::to_owned),
        error_class,
    };
    let volume = resource("aws.ec2.volume", "vol-0a1b2c", "data", "eu-central-1");
    let mut fail = row(Verdict::Fail, volume, "data is not encrypted");
    fail.observed = [("resource.encrypted".to_owned(), json!(false))].into();
    let reason = "could not verify: ec2:DescribeVolumes access denied in eu-west-1";
    let unknown = row(Verdict::Unknown, resource("aws.ec2.volume", "*", "", "eu-west-1"), reason);
    let gaps = vec![
        gap("ec2:DescribeVolumes", None, ErrorClass::AccessDenied),
        gap("kms:GetKeyRotationStatus", Some("1f2e3d"), ErrorClass::Throttled),
    ];
    let checked_at: Timestamp = "2026-03-01T12:00:00Z".parse().ok()?;
    serde_json::to_value(Report::new(checked_at, vec![fail, unknown], gaps)).ok()
}

/// Every field with the types that it has, in the order of the report.
fn fields(report: &Json) -> Vec<(String, BTreeSet<&'static str>)> {
    let mut found = Vec::new();
    walk(report, "", &mut found);
    found
}

fn walk(json: &Json, path: &str, found: &mut Vec<(String, BTreeSet<&'static str>)>) {
    match json {
        Json::Object(object) => {
            for (key, value) in object {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                // The keys of these maps are what policies wrote and standards say, not fields.
                let is_free = path.ends_with(".observed") || path.ends_with(".controls");
                note(&path, value, found);
                if !is_free {
                    walk(value, &path, found);
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| walk(item, &format!("{path}[]"), found)),
        _ => {}
    }
}

fn note(path: &str, value: &Json, found: &mut Vec<(String, BTreeSet<&'static str>)>) {
    let word = match value {
        Json::Null => "null",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "number",
        Json::String(_) => "text",
        Json::Array(_) => "list",
        Json::Object(_) => "map",
    };
    match found.iter_mut().find(|(known, _)| known == path) {
        Some((_, types)) => {
            types.insert(word);
        }
        None => found.push((path.to_owned(), [word].into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_meaning_and_every_meaning_a_field() {
        let fields: BTreeSet<String> = fields(&example().unwrap()).into_iter().map(|(path, _)| path).collect();
        let meanings: BTreeSet<String> = MEANINGS.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(fields, meanings);
    }

    #[test]
    fn every_error_class_is_described() {
        let error = serde_json::from_value::<ErrorClass>(json!("")).unwrap_err().to_string();
        let known: BTreeSet<&str> = error.split('`').skip(3).step_by(2).collect();
        let described: Vec<Json> = CLASSES.iter().map(|class| json!(class)).collect();
        let described: BTreeSet<&str> = described.iter().filter_map(Json::as_str).collect();
        assert_eq!(described, known);
    }

    #[test]
    fn the_words_come_from_the_types() {
        let page = report();
        for word in ["`fail`", "`unknown`", "`waived`", "`pass`", "`not_applicable`", "`critical`", "`low`"] {
            assert!(page.contains(&format!("| {word} | ")), "{word}");
        }
    }
}
