//! Who holds administrative rights.

use std::sync::Arc;

use super::{Call, Function, Parameter, Returns, Style, View, anything, known};
use crate::estate::Estate;
use crate::identity::administrative_rights;
use crate::language::value::{List, Unknown, Value};
use crate::resource::{Condition, PolicyDocument, Statement};

const READS: &[(&str, &str)] = &[
    ("aws.iam.user", "attached_policies"),
    ("aws.iam.user", "inline_policies"),
    ("aws.iam.user", "groups"),
    ("aws.iam.user", "permissions_boundary"),
    ("aws.iam.group", "attached_policies"),
    ("aws.iam.group", "inline_policies"),
    ("aws.iam.role", "path"),
    ("aws.iam.role", "attached_policies"),
    ("aws.iam.role", "inline_policies"),
    ("aws.iam.role", "permissions_boundary"),
    ("aws.iam.policy", "document"),
];

pub(super) const ADMINS: Function = Function {
    name: "admins",
    style: Style::Global,
    parameters: &[Parameter::Resource("aws.account")],
    returns: Returns::Texts,
    reads: READS,
    description: "The users and roles (`role/name`) of an account that are administrators or can make themselves so: over \
                  attached, inline and group policies, with patterns, `NotAction`, unconditional denies and permission \
                  boundaries. Passing roles to services and assuming roles is not followed; service-linked roles are \
                  left out.",
    validate: anything,
    call: admins,
};

pub(super) const IS_ADMIN: Function = Function {
    name: "is_admin",
    style: Style::Global,
    parameters: &[Parameter::Resource("aws.iam.user")],
    returns: Returns::Bool,
    reads: READS,
    description: "Whether a user is an administrator or can make itself one, in the sense of `admins`.",
    validate: anything,
    call: |call| {
        let Value::Resource(index) = call.argument(0) else {
            return Value::Bool(false);
        };
        let user = View::resource(call.moment.estate, *index);
        known(user.map_or(Ok(None), |user| administrative(&user)).map(|why| Value::Bool(why.is_some())))
    },
};

fn admins(call: &Call<'_>) -> Value {
    let estate = call.moment.estate;
    let Value::Resource(index) = call.argument(0) else {
        return Value::list(Vec::new());
    };
    let Some(account) = estate.entry(*index) else {
        return Value::list(Vec::new());
    };
    let mut list = List::default();
    for (kind, prefix) in [("aws.iam.user", ""), ("aws.iam.role", "role/")] {
        let (principals, missing) = estate.account_wide(kind, &account.account);
        list.missing = Unknown::either(list.missing.take(), missing);
        for index in principals {
            add(estate, index, prefix, &mut list);
        }
    }
    Value::List(Arc::new(list))
}

fn add(estate: &Estate, index: usize, prefix: &str, list: &mut List) {
    let (Some(entry), Some(principal)) = (estate.entry(index), View::resource(estate, index)) else {
        return;
    };
    let linked = entry.kind.as_ref() == "aws.iam.role"
        && principal.text("path").is_ok_and(|path| path.is_some_and(|path| path.starts_with("/aws-service-role/")));
    let outcome = if linked { Ok(None) } else { administrative(&principal) };
    match outcome {
        Ok(Some(why)) => {
            list.items.push(Value::text(&format!("{prefix}{}", entry.id)));
            list.why.push(why.into());
        }
        Ok(None) => {}
        Err(unknown) => list.missing = Unknown::either(list.missing.take(), Some(unknown)),
    }
}

/// Why a principal is an administrator; `None` when it is not one.
fn administrative(principal: &View<'_>) -> Result<Option<String>, Unknown> {
    let mut held = Held::default();
    held.add(principal, "");
    match principal.views("groups") {
        Ok((groups, missing)) => {
            held.missing = Unknown::either(held.missing.take(), missing);
            for group in &groups {
                let name = group.text("id")?.unwrap_or_default().to_owned();
                held.add(group, &format!(" through group {name}"));
            }
        }
        Err(unknown) => held.missing = Unknown::either(held.missing.take(), Some(unknown)),
    }
    let bounded = principal.one("permissions_boundary")?.map(|boundary| document(&boundary)).transpose()?;
    let account = principal.text("account")?.unwrap_or_default();
    if bounded.is_some_and(|boundary| administrative_rights(&[&boundary], account).is_none()) {
        return Ok(None);
    }
    held.verdict(account)
}

/// The documents that a principal holds, and where from.
#[derive(Default)]
struct Held {
    documents: Vec<(String, PolicyDocument)>,
    missing: Option<Unknown>,
}

impl Held {
    fn add(&mut self, owner: &View<'_>, through: &str) {
        for outcome in [self.attached(owner, through), self.inline(owner, through)] {
            let missing = outcome.unwrap_or_else(Some);
            self.missing = Unknown::either(self.missing.take(), missing);
        }
    }

    fn attached(&mut self, owner: &View<'_>, through: &str) -> Result<Option<Unknown>, Unknown> {
        let (policies, mut missing) = owner.views("attached_policies")?;
        for policy in &policies {
            let name = policy.text("name")?.unwrap_or_default().to_owned();
            match document(policy) {
                Ok(document) => self.documents.push((format!("policy {name}{through}"), document)),
                Err(unknown) => missing = Unknown::either(missing, Some(unknown)),
            }
        }
        Ok(missing)
    }

    fn inline(&mut self, owner: &View<'_>, through: &str) -> Result<Option<Unknown>, Unknown> {
        let (policies, missing) = owner.views("inline_policies")?;
        for policy in &policies {
            let name = policy.text("name")?.unwrap_or_default().to_owned();
            self.documents.push((format!("inline policy {name}{through}"), document(policy)?));
        }
        Ok(missing)
    }

    /// A document that could not be read may hold a grant or a deny, so it leaves both answers open.
    fn verdict(self, account: &str) -> Result<Option<String>, Unknown> {
        if let Some(missing) = self.missing {
            return Err(missing);
        }
        let documents: Vec<&PolicyDocument> = self.documents.iter().map(|(_, document)| document).collect();
        let Some(rights) = administrative_rights(&documents, account) else {
            return Ok(None);
        };
        let granting =
            self.documents.iter().find(|(_, document)| administrative_rights(&[document], account).is_some());
        let source = granting.map_or("its policies together", |(source, _)| source.as_str());
        Ok(Some(format!("{source} allows {rights}")))
    }
}

fn document(policy: &View<'_>) -> Result<PolicyDocument, Unknown> {
    let mut statements = Vec::new();
    if let Some(document) = policy.one("document")? {
        let (views, missing) = document.views("statements")?;
        if let Some(missing) = missing {
            return Err(missing);
        }
        for view in &views {
            statements.push(statement(view)?);
        }
    }
    Ok(PolicyDocument { statements })
}

fn statement(view: &View<'_>) -> Result<Statement, Unknown> {
    let texts = |field: &str| -> Result<Vec<String>, Unknown> {
        let (texts, missing) = view.texts(field)?;
        missing.map_or(Ok(texts), Err)
    };
    let (conditions, missing) = view.views("conditions")?;
    if let Some(missing) = missing {
        return Err(missing);
    }
    Ok(Statement {
        effect: view.text("effect")?.unwrap_or_default().to_owned(),
        actions: texts("actions")?,
        not_actions: texts("not_actions")?,
        resources: texts("resources")?,
        not_resources: texts("not_resources")?,
        conditions: conditions.iter().map(condition).collect::<Result<_, _>>()?,
        ..Statement::default()
    })
}

fn condition(view: &View<'_>) -> Result<Condition, Unknown> {
    let (values, missing) = view.texts("values")?;
    if let Some(missing) = missing {
        return Err(missing);
    }
    let text = |field: &str| -> Result<String, Unknown> { Ok(view.text(field)?.unwrap_or_default().to_owned()) };
    Ok(Condition { operator: text("operator")?, key: text("key")?, values })
}
