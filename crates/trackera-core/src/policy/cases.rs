//! Running the examples that a policy carries, offline.
//!
//! An example describes as much of an estate as it needs. What it does not mention is unknown, so that an example cannot
//! pass because something was forgotten.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::compile::{self, Policy};
use super::example::{ACCOUNT, Builder};
use super::text::Case;
use super::{PolicySet, PolicyText};
use crate::company::Company;
use crate::estate::Estate;
use crate::language::Value;
use crate::source::{Problem, suggest};
use crate::verdict::{Circumstances, Verdict, judge};
use crate::yaml::{File, Located};

const NOW: &str = "2026-01-01T00:00:00Z";

/// How an example went.
#[derive(Clone, Debug)]
pub struct CaseOutcome {
    /// The policy's id.
    pub policy: Arc<str>,
    /// The example's name.
    pub name: String,
    /// What it wants.
    pub want: Verdict,
    /// What came out, with the reason, or why the example cannot be used.
    pub got: Result<(Verdict, String), Problem>,
    /// The file and line of the example.
    pub place: (String, u64),
}

impl CaseOutcome {
    /// Tells whether the example went as it says.
    pub fn passed(&self) -> bool {
        matches!(&self.got, Ok((got, _)) if *got == self.want)
    }
}

/// Runs all examples of the policies in a set.
pub fn run_cases(set: &PolicySet) -> Vec<CaseOutcome> {
    let usual = company(&[]);
    let policies = set.policies.iter().filter_map(|policy| Some((policy, set.texts.get(&policy.id)?)));
    let cases =
        policies.flat_map(|(policy, (file, text))| text.tests.iter().map(move |case| (policy, file, text, case)));
    cases
        .map(|(policy, file, text, case)| CaseOutcome {
            policy: Arc::clone(&policy.id),
            name: case.name.value().clone(),
            want: case.want,
            got: with_params(set, policy, (file, text), case).and_then(|policy| run(set, policy, file, case, &usual)),
            place: (file.name.clone(), case.name.location().line()),
        })
        .collect()
}

fn run(
    set: &PolicySet,
    policy: Policy,
    file: &File,
    case: &Case,
    usual: &Result<Company, Problem>,
) -> Result<(Verdict, String), Problem> {
    let now = now(file, case)?;
    let mut builder = Builder::new(&set.schema, &policy.kind, file, case, now);
    builder.fill()?;
    let (snapshot, subject_id) = (builder.snapshot, builder.subject);
    let at = case.name.location();
    let estate = Estate::new(&set.schema, &snapshot).map_err(|error| {
        let source = std::error::Error::source(&error).map(|source| format!(": {source}")).unwrap_or_default();
        file.problem(at, format!("{error}{source}"), None)
    })?;
    let company = match case.company.0.as_slice() {
        [] => usual.clone(),
        changes => company(changes),
    };
    let company = company.map_err(|problem| {
        let location = case.company.0.first().map_or(at, |(field, _)| field.location());
        file.problem(location, problem.message, problem.hint)
    })?;
    let alone = PolicySet { policies: vec![policy], ..PolicySet::empty(&set.schema) };
    let report = judge(&alone, &Circumstances { estate: &estate, company: &company, now });
    let subject = |id: &str| report.verdicts.iter().find(|row| row.resource.id == id);
    let row = subject(&subject_id).or_else(|| subject("*"));
    row.map(|row| (row.verdict, row.reason.clone()))
        .ok_or_else(|| file.problem(at, "the example gives no verdict", None))
}

/// Parameters in place of the policy's own are checked as the policy's own are.
fn with_params(
    set: &PolicySet,
    policy: &Policy,
    (file, text): (&File, &PolicyText),
    case: &Case,
) -> Result<Policy, Problem> {
    if case.params.0.is_empty() {
        return Ok(policy.clone());
    }
    let mut overrides = policy.params.clone();
    for (name, json) in &case.params.0 {
        match (policy.params.contains_key(name.value()), Value::from_constant(json.value())) {
            (true, Some(value)) => overrides.insert(name.value().clone(), value),
            _ => {
                let message = format!("the policy has no parameter `{}` of this form", name.value().escape_debug());
                let known: Vec<&str> = policy.params.keys().map(String::as_str).collect();
                return Err(file.problem(name.location(), message, suggest(name.value(), known)));
            }
        };
    }
    compile::compile(&set.schema, file, text, &overrides)
}

fn now(file: &File, case: &Case) -> Result<Timestamp, Problem> {
    let text = case.now.as_ref().map_or(NOW, |now| now.value().as_str());
    text.parse().map_err(|_| {
        let location = case.now.as_ref().map_or(case.name.location(), Located::location);
        let message = format!("`{}` is not a moment", text.escape_debug());
        file.problem(location, message, Some(format!("write it like `{NOW}`")))
    })
}

/// The example company, with other declarations in place.
fn company(changes: &[(Located<String>, Located<Json>)]) -> Result<Company, Problem> {
    let mut company = json!({
        "accounts": [{"id": ACCOUNT}],
        "regions": {"primary": "eu-central-1", "recovery": "eu-west-1"},
        "people": [
            {"name": "Ada", "iam_user": "ada", "admin": true},
            {"name": "Bob", "iam_user": "bob", "admin": true},
            {"name": "Eve", "iam_user": "eve"},
        ],
        "services": ["deploy"],
    });
    for (field, value) in changes {
        if let Some(object) = company.as_object_mut() {
            object.insert(field.value().clone(), value.value().clone());
        }
    }
    let text = json!({ "company": company }).to_string();
    let written = File { name: String::new(), text };
    written.parse::<crate::company::Configuration>().map(|configuration| configuration.company)
}
