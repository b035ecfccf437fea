//! The reference of the policies in force and of the permissions that they need.

use trackera_core::policy::{Policy, PolicySet, Severity};
use trackera_core::schema::OPERATIONS;
use trackera_core::time;

use super::Permissions;
use super::markdown::{block, code, codes, page, table};

/// Every policy, the gravest first.
pub(super) fn policies(set: &PolicySet) -> String {
    let about = "The example company's policies. `trackera-ops policy show ID` prints one of them, \
                 `trackera-ops policy explain ID RESOURCE` what it says about a resource.";
    let mut text = page("Policies", about);
    let rows = by_severity(set).into_iter().map(|policy| {
        let link = format!("[{0}](#{0})", policy.id);
        [policy.severity.word().to_owned(), link, code(&policy.kind.name), policy.title.clone()]
    });
    text.push_str(&table(["severity", "policy", "resource", "what holds"], rows));
    by_severity(set).into_iter().for_each(|policy| text.push_str(&one_policy(policy)));
    text
}

fn by_severity(set: &PolicySet) -> Vec<&Policy> {
    let mut policies: Vec<&Policy> = set.policies.iter().collect();
    policies.sort_by_key(|policy| (policy.severity, policy.id.clone()));
    policies
}

fn one_policy(policy: &Policy) -> String {
    let mut text = format!("\n## {}\n\n{}.\n", policy.id, policy.title);
    let mut rows = vec![
        ["severity".to_owned(), severity(policy.severity)],
        ["judges".to_owned(), code(&policy.kind.name)],
        ["every".to_owned(), time::format(policy.every)],
        ["evidence at most".to_owned(), format!("{} old", time::format(policy.freshness))],
    ];
    if policy.min_resources > 0 {
        rows.push(["expects".to_owned(), format!("at least {}", policy.min_resources)]);
    }
    rows.extend(policy.controls.iter().map(|(standard, items)| [standard.clone(), items.join(", ")]));
    rows.push(["reads".to_owned(), codes(policy.demand.operations.iter().copied())]);
    rows.push(["when broken".to_owned(), policy.fix.text.clone()]);
    text.push_str(&table(["", ""], rows));
    if let Some(scope) = &policy.scope {
        text.push_str(&format!("\nOnly resources with\n{}", block("cel", &scope.source)));
    }
    text.push_str(&format!("\nWhat must hold:\n{}", block("cel", &policy.assertion.source)));
    text
}

fn severity(severity: Severity) -> String {
    let when = match severity {
        Severity::Critical => "mend it now",
        Severity::High => "mend it today",
        Severity::Medium => "mend it this week",
        Severity::Low => "mend it when you are there",
    };
    format!("{}: {when}", severity.word())
}

/// Every permission, with the operation behind it and the policies that need it.
pub(super) fn permissions(set: &PolicySet, permissions: &Permissions) -> String {
    let about = "What a check of the example company's policies must be allowed to do, and nothing else. \
                 `trackera-ops policy permissions` prints the document for the policies that you loaded.";
    let mut text = page("Permissions", about);
    let rows = permissions.all().into_iter().map(|action| {
        let behind = OPERATIONS.iter().filter(|operation| operation.permission == action);
        let operations: Vec<&str> = behind.map(|operation| operation.name).collect();
        let needs = |policy: &&Policy| policy.demand.operations.iter().any(|name| operations.contains(name));
        let policies = set.policies.iter().filter(needs).map(|policy| format!("[{0}](policies.md#{0})", policy.id));
        let policies: Vec<String> = policies.collect();
        let policies =
            if policies.is_empty() { "finding accounts, regions and buckets".to_owned() } else { policies.join(", ") };
        [code(action), codes(operations.iter().copied()), policies]
    });
    text.push_str(&table(["permission", "operation", "needed by"], rows));
    let document = serde_json::to_string_pretty(&permissions.document()).unwrap_or_default();
    text.push_str(&format!("\n## The policy document\n{}", block("json", &document)));
    text
}
