//! Who holds administrative rights.

mod read;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Call, Function, Parameter, Returns, Style, anything};
use crate::identity::Standing;
use crate::language::value::{List, Unknown, Value};
use crate::resource::Gap;

const READS: &[(&str, &str)] = &[
    ("aws.iam.user", "arn"),
    ("aws.iam.user", "attached_policies"),
    ("aws.iam.user", "inline_policies"),
    ("aws.iam.user", "groups"),
    ("aws.iam.user", "permissions_boundary"),
    ("aws.iam.group", "arn"),
    ("aws.iam.group", "attached_policies"),
    ("aws.iam.group", "inline_policies"),
    ("aws.iam.role", "arn"),
    ("aws.iam.role", "path"),
    ("aws.iam.role", "assume_role_policy"),
    ("aws.iam.role", "instance_profiles"),
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
    description: "The users and roles (`role/name`) of an account that are administrators or can become ones: by attached, \
                  inline and group policies within their permission boundaries that let them change what identities \
                  may do; by assuming the role of an administrator; by passing one to CloudFormation, CodeBuild, Data \
                  Pipeline, EC2, ECS, Glue, Lambda, SageMaker, Scheduler, Step Functions or Systems Manager together with \
                  the calls that run something there; by changing Lambda functions where an administrator's role trusts \
                  Lambda; by making credentials for an administrator or putting users into a group of administrators; and so \
                  on through others. A role that is let in from outside of the account says so in its witness. \
                  Conditions on an Allow are taken as fulfilled unless they surely are not, a Deny counts where it surely \
                  holds. Roles in other accounts, access to servers and programs that run already, and service-linked \
                  roles are left out.",
    validate: anything,
    call: admins,
};

pub(super) const IS_ADMIN: Function = Function {
    name: "is_admin",
    style: Style::Global,
    parameters: &[Parameter::Resource("aws.iam.user")],
    returns: Returns::Bool,
    reads: READS,
    description: "Whether a user is an administrator or can become one, in the sense of `admins`.",
    validate: anything,
    call: |call| match call.argument(0) {
        Value::Resource(index) => match call.moment.estate.standings(read::standings).get(index) {
            Some(Standing::Administrator(_)) => Value::Bool(true),
            Some(Standing::Open(unknown)) => Value::Unknown(unknown.clone()),
            Some(Standing::Ordinary) | None => Value::Bool(false),
        },
        _ => Value::Bool(false),
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
    let standings = estate.standings(read::standings);
    let mut list = List::default();
    let mut gaps: BTreeSet<Gap> = BTreeSet::new();
    for (kind, prefix) in [("aws.iam.user", ""), ("aws.iam.role", "role/")] {
        let (principals, missing) = estate.account_wide(kind, &account.account);
        gaps.extend(missing.iter().flat_map(Unknown::gaps).cloned());
        for index in principals {
            match (standings.get(&index), estate.entry(index)) {
                (Some(Standing::Administrator(why)), Some(entry)) => {
                    list.items.push(Value::text(&format!("{prefix}{}", entry.id)));
                    list.why.push(why.as_str().into());
                }
                (Some(Standing::Open(unknown)), _) => gaps.extend(unknown.gaps().iter().cloned()),
                _ => {}
            }
        }
    }
    list.missing = Unknown::because(gaps);
    Value::List(Arc::new(list))
}
