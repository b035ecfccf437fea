//! One verdict taken apart: the expression tree with the values it saw.

use super::Verdict;
use super::judge::{Circumstances, Judge};
use crate::estate::Entry;
use crate::language::{Expression, Moment, Traced, Value, trace};
use crate::policy::{Policy, PolicySet};

/// A verdict and how it came about.
#[derive(Clone, Debug)]
pub struct Explanation<'a> {
    /// The resource.
    pub entry: &'a Entry,
    /// The verdict.
    pub verdict: Verdict,
    /// The reason in words.
    pub reason: String,
    /// The steps of the scope, if the policy has one.
    pub scope: Vec<Step>,
    /// The steps of the assertion; empty when the scope or the age of the evidence decided already.
    pub assertion: Vec<Step>,
}

/// One line of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// How deep it is.
    pub depth: usize,
    /// The text of the expression, or the item of a list that the lines below are about.
    pub text: String,
    /// The value.
    pub value: String,
}

/// Explains what a policy says about the resource at a place of the estate; `None` when there is no such place.
pub fn explain<'a>(
    set: &PolicySet,
    circumstances: &Circumstances<'a>,
    policy: &Policy,
    subject: usize,
) -> Option<Explanation<'a>> {
    let entry = circumstances.estate.entry(subject)?;
    let company = circumstances.company.declared(&set.schema);
    let judge = Judge::new(set, circumstances, policy, &company);
    let moment = judge.moment(subject, &[]);
    let (decided, reason, _) = judge.verdict(entry, &moment);
    let (verdict, reason) = judge.waive(entry, decided, reason);
    let scope = policy.scope.as_ref().map(|scope| (scope, trace(scope, &moment)));
    let in_scope = scope.as_ref().is_none_or(|(_, traced)| traced.value == Value::Bool(true));
    let assertion = (in_scope && judge.evidence.stale(&entry.account).is_none())
        .then(|| steps(&policy.assertion, &trace(&policy.assertion, &moment), &moment));
    let scope = scope.map(|(scope, traced)| steps(scope, &traced, &moment));
    Some(Explanation {
        entry,
        verdict,
        reason,
        scope: scope.unwrap_or_default(),
        assertion: assertion.unwrap_or_default(),
    })
}

fn steps(expression: &Expression, traced: &Traced, moment: &Moment<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    walk(expression, traced, moment, 0, &mut steps);
    steps
}

fn walk(expression: &Expression, traced: &Traced, moment: &Moment<'_>, depth: usize, steps: &mut Vec<Step>) {
    let text = expression.source.get(traced.span.clone()).unwrap_or_default();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    steps.push(Step { depth, text, value: traced.words(moment) });
    if traced.is_plain() {
        return;
    }
    for (item, child) in &traced.children {
        match item {
            Some(item) => {
                let why = item.why.as_ref().map(|why| format!(", because of {why}")).unwrap_or_default();
                let value = crate::language::words(&item.value, moment);
                steps.push(Step { depth: depth + 1, text: "for the item".to_owned(), value: format!("{value}{why}") });
                walk(expression, child, moment, depth + 2, steps);
            }
            None => walk(expression, child, moment, depth + 1, steps),
        }
    }
}
