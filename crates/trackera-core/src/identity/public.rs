//! Resource policies: what everybody may do, and to whom else something is granted.
//!
//! Everybody means what it means to S3: a principal that nothing fixes. A condition fixes whom it lets in when it
//! compares something that strangers cannot choose, such as their account or network, with values without wildcards.

use super::context::{Operator, Set};
use super::party::{Party, is_account, names_everybody, parties};
use super::statement::includes_all;
use super::{includes_action, overlaps};
use crate::network::{AddressSet, Family};
use crate::resource::{Condition, PolicyDocument, Statement};

/// Something that everybody may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicGrant {
    /// The action as the policy writes it, or `every action but ...`.
    pub action: String,
    /// Which statement says so, counted from 1, and on what.
    pub why: String,
}

/// What a resource policy lets everybody do.
///
/// A Deny takes away what it covers as a whole: without conditions, or with conditions that hold for every stranger.
pub fn public_grants(document: &PolicyDocument) -> Vec<PublicGrant> {
    let mut grants = Vec::new();
    for (place, statement) in document.statements.iter().enumerate().filter(|(_, one)| is_public(one)) {
        let resources = scope(&statement.resources, &statement.not_resources);
        let on = if resources.is_empty() { String::new() } else { format!(" on {}", resources.join(", ")) };
        for action in actions(statement) {
            let pattern = if statement.not_actions.is_empty() { &action } else { "*" };
            if resources.iter().any(|resource| !is_denied(document, pattern, resource)) {
                let why = format!("statement {} lets everybody{on}", place + 1);
                grants.push(PublicGrant { action, why });
            }
        }
    }
    grants
}

fn actions(statement: &Statement) -> Vec<String> {
    match statement.not_actions.is_empty() {
        true => statement.actions.clone(),
        false => vec![format!("every action but {}", statement.not_actions.join(", "))],
    }
}

/// The resources that an Allow may be about; one that exempts some, or names none at all, is about all.
fn scope<'a>(resources: &'a [String], not_resources: &[String]) -> Vec<&'a str> {
    match resources {
        [] => vec!["*"],
        _ if !not_resources.is_empty() => vec!["*"],
        named => named.iter().map(String::as_str).collect(),
    }
}

fn is_public(statement: &Statement) -> bool {
    statement.effect == "Allow"
        && names_everybody(statement)
        && !statement.conditions.iter().any(|one| fixed(one).is_some())
}

/// Whether strangers are denied all that two patterns name.
fn is_denied(document: &PolicyDocument, action: &str, resource: &str) -> bool {
    let covers = |deny: &Statement| {
        let action = match deny.not_actions.is_empty() {
            true => deny.actions.iter().any(|pattern| includes_action(pattern, action)),
            false => !deny.not_actions.iter().any(|pattern| overlaps(pattern, action)),
        };
        let resource = match (deny.not_resources.is_empty(), deny.resources.is_empty()) {
            (true, true) => true,
            (true, false) => includes_all(&deny.resources, resource),
            (false, _) => !deny.not_resources.iter().any(|pattern| overlaps(pattern, resource)),
        };
        action && resource
    };
    let mut denies = document.statements.iter().filter(|one| one.effect == "Deny");
    denies.any(|deny| covers(deny) && names_everybody(deny) && deny.conditions.iter().all(hits_strangers))
}

/// Whom a resource policy grants something to: the ids of accounts, other principals as they are written, `*` for
/// everybody, and the condition itself where it fixes something else. Services and what no longer exists are left out.
pub fn grantees(document: &PolicyDocument) -> Vec<String> {
    let mut grantees = grantees_of(&document.statements);
    grantees.sort();
    grantees.dedup();
    grantees
}

pub(super) fn grantees_of<'a>(statements: impl IntoIterator<Item = &'a Statement>) -> Vec<String> {
    let mut grantees = Vec::new();
    for statement in statements.into_iter().filter(|one| one.effect == "Allow") {
        let others = names_everybody(statement).then_some(Party::Everybody);
        let named = parties(statement).filter(|party| *party != Party::Everybody);
        for party in named.chain(others) {
            match party {
                Party::Everybody => grantees.extend(strangers(statement)),
                Party::Account(account) | Party::Identity(_, account) => grantees.push(account.to_owned()),
                Party::Other(name) => grantees.push(name.to_owned()),
                Party::Service(_) | Party::Gone => {}
            }
        }
    }
    grantees
}

/// Who is meant by a statement for everybody, conditions considered: accounts are the best answer.
fn strangers(statement: &Statement) -> Vec<String> {
    let mut fixed: Vec<Vec<String>> = statement.conditions.iter().filter_map(fixed).collect();
    fixed.sort_by_key(|values| !values.iter().all(|value| is_account(value)));
    fixed.into_iter().next().unwrap_or_else(|| vec!["*".to_owned()])
}

/// How the values of a condition key are told to be fixed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Without wildcards.
    Word,
    /// An ARN in a fixed account, or without wildcards.
    Arn,
    /// Paths within a fixed organisation.
    Path,
    /// A unique id, with any session name.
    UserId,
    /// Ranges that are not as good as the Internet.
    Addresses,
}

/// The condition keys that a stranger cannot choose, in lower case.
const FIXING: &[(&str, Form)] = &[
    ("aws:principalaccount", Form::Word),
    ("aws:principalarn", Form::Arn),
    ("aws:principalorgid", Form::Word),
    ("aws:principalorgpaths", Form::Path),
    ("aws:sourceaccount", Form::Word),
    ("aws:sourcearn", Form::Arn),
    ("aws:sourceip", Form::Addresses),
    ("aws:sourceorgid", Form::Word),
    ("aws:sourceorgpaths", Form::Path),
    ("aws:sourceowner", Form::Word),
    ("aws:sourcevpc", Form::Word),
    ("aws:sourcevpce", Form::Word),
    ("aws:userid", Form::UserId),
    ("kms:calleraccount", Form::Word),
    ("s3:dataaccesspointaccount", Form::Word),
    ("s3:dataaccesspointarn", Form::Arn),
];

/// Whom a condition fixes; `None` for one that strangers can fulfil.
fn fixed(condition: &Condition) -> Option<Vec<String>> {
    let operator = Operator::parse(&condition.operator)?;
    let absent_is_enough = operator.if_exists || operator.set == Some(Set::All);
    if operator.is_negated || absent_is_enough {
        return None;
    }
    fixed_by(condition, operator.base)
}

/// Whether a condition of a Deny holds for everybody but those that its values fix.
fn hits_strangers(condition: &Condition) -> bool {
    Operator::parse(&condition.operator).is_some_and(|operator| {
        operator.is_negated && operator.set.is_none() && fixed_by(condition, operator.base).is_some()
    })
}

fn fixed_by(condition: &Condition, base: &str) -> Option<Vec<String>> {
    let (key, form) = FIXING.iter().find(|(key, _)| condition.key.eq_ignore_ascii_case(key))?;
    let fits = match form {
        Form::Addresses => base == "IpAddress",
        _ => matches!(base, "StringEquals" | "StringEqualsIgnoreCase" | "StringLike" | "ArnEquals" | "ArnLike"),
    };
    if !fits || condition.values.is_empty() || *form == Form::Addresses && !are_narrow(&condition.values) {
        return None;
    }
    let by_parts = base.starts_with("Arn");
    condition.values.iter().map(|value| fixed_value(key, *form, value, by_parts)).collect()
}

fn fixed_value(key: &str, form: Form, value: &str, by_parts: bool) -> Option<String> {
    let is_plain = |text: &str| !text.is_empty() && !text.contains(['*', '?', '$']);
    let named = || format!("{key} {value}");
    match form {
        Form::Word => is_plain(value).then(|| if is_account(value) { value.to_owned() } else { named() }),
        Form::Arn => match value.splitn(6, ':').collect::<Vec<_>>().as_slice() {
            [before @ .., account, _] if before.len() == 4 && is_account(account) => {
                (by_parts || before.iter().all(|part| !part.contains(['*', '?', '$']))).then(|| (*account).to_owned())
            }
            _ => is_plain(value).then(named),
        },
        Form::Path => value.split_once('/').is_some_and(|(organisation, _)| is_plain(organisation)).then(named),
        Form::UserId => is_plain(value.strip_suffix(":*").unwrap_or(value)).then(named),
        Form::Addresses => Some(named()),
    }
}

/// More of IPv6 than any one organisation has, as S3 sees it.
const BROAD_V6: u128 = 1 << (128 - 32);

/// Whether ranges of addresses together are less than the Internet, and can be read.
fn are_narrow(values: &[String]) -> bool {
    let sets: Option<Vec<(Family, AddressSet)>> = values.iter().map(|value| range(value)).collect();
    let Some(sets) = sets else { return false };
    Family::ALL.into_iter().all(|family| {
        let of_family = sets.iter().filter(|(one, _)| *one == family).map(|(_, set)| set);
        let union = AddressSet::union(of_family);
        !union.is_internet(family) && (family == Family::V4 || union.count() <= BROAD_V6)
    })
}

/// A range, or one address.
fn range(value: &str) -> Option<(Family, AddressSet)> {
    AddressSet::parse(value)
        .or_else(|| AddressSet::parse(&format!("{value}/32")).filter(|_| !value.contains(':')))
        .or_else(|| AddressSet::parse(&format!("{value}/128")))
}
