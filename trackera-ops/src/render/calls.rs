//! What a look at the estate costs in calls, for people and programs.

use std::collections::BTreeMap;

use serde::Serialize;
use trackera_core::schema::{Demand, OPERATIONS, Rhythm};

use super::escape::name;
use super::look::{Look, counted};

/// The calls of a check.
#[derive(Debug, Serialize)]
pub(crate) struct Calls {
    operations: Vec<Line>,
    /// All of them together; `null` without a snapshot to count for.
    calls: Option<usize>,
}

#[derive(Debug, Serialize)]
struct Line {
    operation: &'static str,
    rhythm: String,
    calls: Option<usize>,
}

impl Calls {
    /// What a demand costs, and how much that is where a plan has counted.
    pub(crate) fn new(demand: &Demand, plan: Option<&BTreeMap<&'static str, usize>>) -> Self {
        let wanted = OPERATIONS.iter().filter(|one| match plan {
            Some(plan) => plan.contains_key(one.name),
            None => demand.wants(one.name),
        });
        let calls = |operation: &str| plan.map(|plan| plan.get(operation).copied().unwrap_or_default());
        let line = |operation: &'static str, rhythm| Line { operation, rhythm: words(rhythm), calls: calls(operation) };
        Self {
            operations: wanted.map(|one| line(one.name, one.rhythm)).collect(),
            calls: plan.map(|plan| plan.values().sum()),
        }
    }

    /// One line for each operation.
    pub(crate) fn table(&self, look: Look) -> String {
        let rows = self.operations.iter().map(|line| {
            let calls = line.calls.map(|calls| format!("{calls:>6}")).unwrap_or_default();
            [name(line.operation), line.rhythm.clone(), calls]
        });
        let operations = counted(self.operations.len(), "operation");
        let sum = match self.calls {
            Some(calls) => format!("{operations}, {}", counted(calls, "call")),
            None => format!("{operations}; --from FILE counts the calls for a snapshot"),
        };
        format!("{}{sum}\n", look.columns(0, rows))
    }
}

fn words(rhythm: Rhythm) -> String {
    match rhythm {
        Rhythm::Account => "once for each account".to_owned(),
        Rhythm::Region => "once for each region".to_owned(),
        Rhythm::Pages(kind, page) => format!("for each {page} of {kind} in a place"),
        Rhythm::Shared(kinds, page) => format!("for each {page} of {} in an account", kinds.join(", ")),
        Rhythm::Beside(kind) => format!("once for each region with {kind}"),
        Rhythm::Each(kind) => format!("for each {kind}"),
    }
}
