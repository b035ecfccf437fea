//! Policies, their examples and the permissions that they need, for people and programs.

use serde_json::{Value as Json, json};
use trackera_core::policy::{CaseOutcome, Policy, PolicySet};
use trackera_core::source::Problem;
use trackera_core::time;

use super::escape::{name, sentence};
use super::look::{Look, Tone, counted};
use crate::reference::Permissions;

/// What there is to say when nothing is wrong.
pub(crate) fn valid(look: Look, policies: usize, files: usize) -> String {
    let verb = if policies == 1 { "is" } else { "are" };
    let text = format!("{} in {} {verb} valid", counted(policies, "policy"), counted(files, "file"));
    format!("{}\n", look.paint(Tone::Good, &text))
}

/// All policies, the gravest first.
pub(crate) fn list(look: Look, set: &PolicySet) -> String {
    let rows = by_severity(set).into_iter().map(|policy| {
        let row =
            [policy.severity.word().to_owned(), name(&policy.id), name(&policy.kind.name), sentence(&policy.title)];
        (None, row)
    });
    let mut text = look.painted_columns(0, rows.collect());
    text.push_str(&format!("{}\n", counted(set.policies.len(), "policy")));
    text
}

/// The same for programs.
pub(crate) fn list_json(set: &PolicySet) -> Json {
    by_severity(set).into_iter().map(policy_json).collect()
}

fn by_severity(set: &PolicySet) -> Vec<&Policy> {
    let mut policies: Vec<&Policy> = set.policies.iter().collect();
    policies.sort_by_key(|policy| (policy.severity, policy.id.clone()));
    policies
}

/// One policy for programs.
pub(crate) fn policy_json(policy: &Policy) -> Json {
    let nobody = |_: usize| String::new();
    let params: serde_json::Map<String, Json> =
        policy.params.iter().map(|(name, value)| (name.clone(), value.to_json(&nobody))).collect();
    json!({
        "id": policy.id.as_ref(),
        "title": policy.title,
        "severity": policy.severity,
        "resource": policy.kind.name.as_ref(),
        "params": params,
        "scope": policy.scope.as_ref().map(|scope| scope.source.as_ref()),
        "assert": policy.assertion.source.as_ref(),
        "message": policy.message.source(),
        "min_resources": policy.min_resources,
        "every": time::format(policy.every),
        "on": policy.on,
        "freshness": time::format(policy.freshness),
        "controls": policy.controls,
        "fix": policy.fix,
        "operations": policy.demand.operations,
        "permissions": policy.demand.permissions(),
        "file": policy.place.0,
        "line": policy.place.1,
    })
}

/// One policy for people.
pub(crate) fn policy(look: Look, policy: &Policy, set: &PolicySet) -> String {
    let nobody = |_: usize| String::new();
    let mut rows: Vec<(&str, String)> = vec![
        ("severity", policy.severity.word().to_owned()),
        ("resource", name(&policy.kind.name)),
        ("scope", policy.scope.as_ref().map_or_else(|| "all of them".to_owned(), |scope| source(&scope.source))),
        ("assert", source(&policy.assertion.source)),
    ];
    let params = policy.params.iter();
    rows.extend(
        params.map(|(key, value)| {
            ("param", format!("{} = {}", name(key), sentence(&value.to_json(&nobody).to_string())))
        }),
    );
    rows.push(("message", source(policy.message.source())));
    if policy.min_resources > 0 {
        rows.push(("expects", format!("at least {}", counted(policy.min_resources, "resource"))));
    }
    rows.push(("every", time::format(policy.every)));
    if !policy.on.is_empty() {
        rows.push(("on", sentence(&policy.on.join(", "))));
    }
    rows.push(("freshness", time::format(policy.freshness)));
    rows.extend(
        policy
            .controls
            .iter()
            .map(|(standard, items)| ("controls", sentence(&format!("{standard}: {}", items.join(", "))))),
    );
    rows.push(("fix", sentence(&policy.fix.text)));
    rows.extend(policy.fix.runbook.iter().map(|runbook| ("runbook", name(runbook))));
    rows.push(("reads", policy.demand.operations.iter().copied().collect::<Vec<_>>().join(", ")));
    let cases = set.texts.get(&policy.id).into_iter().flat_map(|(_, text)| &text.tests);
    rows.extend(cases.map(|case| ("example", format!("{}: {}", sentence(case.name.value()), case.want.word()))));
    rows.push(("written in", format!("{}:{}", sentence(&policy.place.0), policy.place.1)));
    let rows = rows.into_iter().map(|(key, value)| (Some(Tone::Quiet), [key.to_owned(), value]));
    let head = look.paint(Tone::Strong, &name(&policy.id));
    format!("{head}\n{}{}", look.paragraph(2, &sentence(&policy.title)), look.painted_columns(2, rows.collect()))
}

fn source(text: &str) -> String {
    sentence(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// How the examples went: those that did not go as they say, and counts.
pub(crate) fn examples(look: Look, outcomes: &[CaseOutcome], policies: usize) -> String {
    let failed: Vec<&CaseOutcome> = outcomes.iter().filter(|outcome| !outcome.passed()).collect();
    let rows = failed.iter().map(|outcome| {
        let place = format!("{}:{}", sentence(&outcome.place.0), outcome.place.1);
        let about = format!("{}: {}", name(&outcome.policy), sentence(outcome.name.as_str()));
        let wanted = format!("wanted {}, {}", outcome.want.word(), got(outcome));
        (Some(Tone::Bad), ["FAIL".to_owned(), place, about, wanted])
    });
    let mut text = if failed.is_empty() { String::new() } else { look.painted_columns(0, rows.collect()) };
    let all = counted(outcomes.len(), "example");
    let line = format!(
        "{all} of {}: {} passed, {} failed",
        counted(policies, "policy"),
        outcomes.len() - failed.len(),
        failed.len()
    );
    let tone = if failed.is_empty() { Tone::Good } else { Tone::Bad };
    text.push_str(&format!("{}\n", look.paint(tone, &line)));
    text
}

fn got(outcome: &CaseOutcome) -> String {
    match &outcome.got {
        Ok((verdict, reason)) => format!("got {} ({})", verdict.word(), sentence(reason)),
        Err(problem) => format!("but it cannot be used: {}", mistake(problem)),
    }
}

fn mistake(problem: &Problem) -> String {
    let hint = problem.hint.as_ref().map(|hint| format!(" ({})", sentence(hint))).unwrap_or_default();
    format!("{}:{}: {}{hint}", problem.line, problem.column, sentence(&problem.message))
}

/// How the examples went, for programs.
pub(crate) fn examples_json(outcomes: &[CaseOutcome]) -> Json {
    let one = |outcome: &CaseOutcome| {
        let (got, reason) = match &outcome.got {
            Ok((verdict, reason)) => (Some(*verdict), reason.clone()),
            Err(problem) => (None, problem.to_string()),
        };
        json!({
            "policy": outcome.policy.as_ref(),
            "name": outcome.name,
            "passed": outcome.passed(),
            "want": outcome.want,
            "got": got,
            "reason": reason,
            "file": outcome.place.0,
            "line": outcome.place.1,
        })
    };
    outcomes.iter().map(one).collect()
}

/// Which policies need which permission.
pub(crate) fn permissions(look: Look, permissions: &Permissions, set: &PolicySet) -> String {
    let rows = permissions.all().into_iter().map(|action| {
        let needs = |policy: &&Policy| policy.demand.permissions().contains(action);
        let policies: Vec<String> = set.policies.iter().filter(needs).map(|policy| name(&policy.id)).collect();
        let policies =
            if policies.is_empty() { "to find accounts, regions and buckets".to_owned() } else { policies.join(", ") };
        [action.to_owned(), policies]
    });
    look.columns(0, rows)
}

/// Why the document lacks a permission that the policies ask for.
pub(crate) fn no_backup_places(look: Look) -> String {
    let text = "s3:GetObject is left out, because the configuration declares no backups, and nothing else is read";
    format!("{} {text}\n", look.paint(Tone::Strong, "note:"))
}
