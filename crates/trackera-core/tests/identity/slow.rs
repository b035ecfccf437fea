//! IAM once more, slow and plain: one concrete request against one document, as the user guide tells it.
//!
//! It shares nothing with the product but the form of documents. Wherever the product reasons about all requests at
//! once, the properties ask this for every request of a small world.

use std::collections::BTreeMap;

use proptest::prelude::*;
use trackera_core::resource::{Condition, PolicyDocument, Statement};

/// Who asks; strangers that are not signed in have neither.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Who<'a> {
    pub(crate) account: Option<&'a str>,
    pub(crate) arn: Option<&'a str>,
}

/// The condition keys of a request, in lower case.
pub(crate) type Context = BTreeMap<&'static str, String>;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) action: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) context: &'a Context,
}

pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let mut rest = pattern.chars();
    match (rest.next(), text.chars().next()) {
        (None, None) => true,
        (Some('*'), found) => {
            glob(rest.as_str(), text) || found.is_some_and(|found| glob(pattern, &text[found.len_utf8()..]))
        }
        (Some(wanted), Some(found)) => {
            (wanted == '?' || wanted == found) && glob(rest.as_str(), &text[found.len_utf8()..])
        }
        (None, Some(_)) | (Some(_), None) => false,
    }
}

fn condition_holds(condition: &Condition, context: &Context) -> bool {
    let present = context.get(condition.key.to_lowercase().as_str());
    let any = |same: &dyn Fn(&str, &str) -> bool| {
        present.is_some_and(|found| condition.values.iter().any(|value| same(value, found)))
    };
    let equal = |value: &str, found: &str| value == found;
    match condition.operator.as_str() {
        "Bool" | "StringEquals" => any(&equal),
        "BoolIfExists" | "StringEqualsIfExists" => present.is_none() || any(&equal),
        "StringNotEquals" => !any(&equal),
        "StringLike" | "ArnLike" => any(&glob),
        "Null" => condition.values.iter().any(|value| value == if present.is_none() { "true" } else { "false" }),
        "IpAddress" => any(&|value, found| {
            let range: ipnet::IpNet = value.parse().unwrap();
            range.contains(&found.parse::<std::net::IpAddr>().unwrap())
        }),
        other => panic!("the slow model does not know {other}"),
    }
}

/// Whether a statement is about a request, whoever makes it; without resources it is about its own.
pub(crate) fn applies(statement: &Statement, ask: &Ask<'_>) -> bool {
    let action = ask.action.to_lowercase();
    let acts = |patterns: &[String]| patterns.iter().any(|pattern| glob(&pattern.to_lowercase(), &action));
    let on = |patterns: &[String]| patterns.iter().any(|pattern| glob(pattern, ask.resource));
    let about_action =
        if statement.not_actions.is_empty() { acts(&statement.actions) } else { !acts(&statement.not_actions) };
    let about_resource = match (statement.resources.is_empty(), statement.not_resources.is_empty()) {
        (true, true) => true,
        (_, true) => on(&statement.resources),
        _ => !on(&statement.not_resources),
    };
    about_action && about_resource && statement.conditions.iter().all(|one| condition_holds(one, ask.context))
}

/// How a principal element fits somebody: by account only, or as themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    No,
    Account,
    Self_,
}

pub(crate) fn named(principals: &[String], who: &Who<'_>) -> Named {
    let fits = |principal: &String| {
        let account = who.account.unwrap_or("nobody's");
        match principal.as_str() {
            "*" | "AWS:*" => Named::Self_,
            one if who.arn.is_some_and(|arn| one == format!("AWS:{arn}")) => Named::Self_,
            one if one == format!("AWS:{account}") || one == format!("AWS:arn:aws:iam::{account}:root") => {
                Named::Account
            }
            _ => Named::No,
        }
    };
    principals.iter().map(fits).max().unwrap_or(Named::No)
}

fn concerns(statement: &Statement, who: &Who<'_>) -> Named {
    match statement.not_principals.is_empty() {
        true => named(&statement.principals, who),
        false if named(&statement.not_principals, who) == Named::No => Named::Self_,
        false => Named::No,
    }
}

/// Whether a resource policy lets somebody do something: an explicit Deny is stronger than any Allow.
pub(crate) fn resource_policy(document: &PolicyDocument, who: &Who<'_>, ask: &Ask<'_>) -> Named {
    let about = |effect: &str| -> Vec<Named> {
        let statements = document.statements.iter().filter(|one| one.effect == effect && applies(one, ask));
        statements.map(|one| concerns(one, who)).collect()
    };
    match about("Deny").into_iter().any(|named| named != Named::No) {
        true => Named::No,
        false => about("Allow").into_iter().max().unwrap_or(Named::No),
    }
}

pub(crate) fn denied(document: &PolicyDocument, who: &Who<'_>, ask: &Ask<'_>) -> bool {
    let mut denies = document.statements.iter().filter(|one| one.effect == "Deny" && applies(one, ask));
    denies.any(|one| concerns(one, who) != Named::No)
}

/// Some of a list of texts.
pub(crate) fn some(texts: &'static [&'static str], most: usize) -> impl Strategy<Value = Vec<String>> {
    let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    prop::sample::subsequence(texts, 1..=most)
}

/// A condition of a fixed operator, key and value.
pub(crate) fn condition((operator, key, value): (&str, &str, &str)) -> Condition {
    Condition { operator: operator.to_owned(), key: key.to_owned(), values: vec![value.to_owned()] }
}

/// Many cases in the long trials, some in every test run.
#[expect(clippy::disallowed_methods, reason = "the size of a test run is the runner's to say")]
pub(crate) fn cases() -> ProptestConfig {
    let cases = if std::env::var_os("TRACKERA_TRIALS").is_some() { 20_000 } else { 400 };
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) }
}
