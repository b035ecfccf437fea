//! One verdict taken apart: the expression tree with the values it saw.

use jiff::Timestamp;

use super::Verdict;
use super::judge::{Judge, stale};
use crate::company::Company;
use crate::estate::{Entry, Estate};
use crate::language::{Expression, Moment, Traced, trace};
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

/// Explains what a policy says about the resource at a place of the estate.
pub fn explain<'a>(
    set: &PolicySet,
    policy: &Policy,
    estate: &'a Estate,
    company: &Company,
    now: Timestamp,
    subject: usize,
) -> Option<Explanation<'a>> {
    let entry = estate.entry(subject)?;
    let company = company.declared(&set.schema);
    let judge =
        Judge { policy, waivers: &set.waivers, estate, company: &company, now, stale: stale(policy, estate, now) };
    let moment = judge.moment(subject, &[]);
    let (decided, reason, _) = judge.verdict(entry, &moment);
    let (verdict, reason) = judge.waive(entry, decided, reason);
    let in_scope = |expression: &Expression| trace(expression, &moment);
    let scope = policy.scope.as_ref().map(|scope| (scope, in_scope(scope)));
    let passes_scope = scope.as_ref().is_none_or(|(_, traced)| traced.value == crate::language::Value::Bool(true));
    let assertion = (passes_scope && !judge.stale.contains_key(&entry.account))
        .then(|| steps(&policy.assertion, &trace(&policy.assertion, &moment), &moment));
    Some(Explanation {
        entry,
        verdict,
        reason,
        scope: scope.map(|(scope, traced)| steps(scope, &traced, &moment)).unwrap_or_default(),
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
