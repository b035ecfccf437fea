//! Policy documents: reading them from records, and what resource policies grant.

use std::sync::Arc;

use super::{Call, Function, Parameter, Returns, Style, View, anything, known};
use crate::identity::{grantees, public_grants};
use crate::language::value::{List, Unknown, Value};
use crate::resource::{Condition, PolicyDocument, Statement};

pub(super) const PUBLIC_GRANTS: Function = Function {
    name: "public_grants",
    style: Style::Global,
    parameters: &[Parameter::Document],
    returns: Returns::Texts,
    reads: &[],
    description: "What a resource policy lets everybody do, as patterns of actions. Everybody is a principal `*` that no \
                  condition fixes: accounts, organisations, principals, source ARNs, networks and narrow address ranges \
                  without wildcards do; a referrer, TLS or the service that a call comes through do not. A Deny takes \
                  away what it covers as a whole, unconditionally or for all but what its conditions fix.",
    validate: anything,
    call: |call| {
        known(document(call).map(|document| {
            let grants = public_grants(&document);
            Value::List(Arc::new(List {
                items: grants.iter().map(|grant| Value::text(&grant.action)).collect(),
                why: grants.iter().map(|grant| grant.why.as_str().into()).collect(),
                missing: None,
            }))
        }))
    },
};

pub(super) const GRANTEES: Function = Function {
    name: "grantees",
    style: Style::Global,
    parameters: &[Parameter::Document],
    returns: Returns::Texts,
    reads: &[],
    description: "Whom a resource policy grants something to: the ids of accounts, whichever of their principals is named; \
                  identity providers and canonical users as written; `*` for everybody. A condition that fixes who is \
                  meant by `*` stands for it: the accounts that it names, or else the key and the value. Services of AWS \
                  and principals that no longer exist are left out.",
    validate: anything,
    call: |call| known(document(call).map(|document| texts(grantees(&document)))),
};

/// A whole list of text.
pub(super) fn texts(texts: Vec<String>) -> Value {
    Value::list(texts.iter().map(|text| Value::text(text)).collect())
}

fn document(call: &Call<'_>) -> Result<PolicyDocument, Unknown> {
    View::document(call.moment.estate, call.argument(0))
        .map_or_else(|| Ok(PolicyDocument::default()), |view| read(&view))
}

/// Reads a document; one of which a part is unknown is unknown, because that part could be the one that matters.
pub(super) fn read(view: &View<'_>) -> Result<PolicyDocument, Unknown> {
    Ok(PolicyDocument {
        statements: whole(view.views("statements")?)?.iter().map(statement).collect::<Result<_, _>>()?,
    })
}

fn statement(view: &View<'_>) -> Result<Statement, Unknown> {
    let texts = |field: &str| whole(view.texts(field)?);
    Ok(Statement {
        effect: view.text("effect")?.unwrap_or_default().to_owned(),
        principals: texts("principals")?,
        not_principals: texts("not_principals")?,
        actions: texts("actions")?,
        not_actions: texts("not_actions")?,
        resources: texts("resources")?,
        not_resources: texts("not_resources")?,
        conditions: whole(view.views("conditions")?)?.iter().map(condition).collect::<Result<_, _>>()?,
    })
}

fn condition(view: &View<'_>) -> Result<Condition, Unknown> {
    let text = |field: &str| -> Result<String, Unknown> { Ok(view.text(field)?.unwrap_or_default().to_owned()) };
    Ok(Condition { operator: text("operator")?, key: text("key")?, values: whole(view.texts("values")?)? })
}

fn whole<T>((items, missing): (Vec<T>, Option<Unknown>)) -> Result<Vec<T>, Unknown> {
    missing.map_or(Ok(items), Err)
}
