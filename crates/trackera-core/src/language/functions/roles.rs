//! Who may take on a role.

use super::{Call, Function, Parameter, Returns, Style, View, anything, documents, known};
use crate::identity::{assumable_without_mfa, outside_principals};
use crate::language::value::{Unknown, Value};
use crate::resource::PolicyDocument;

const ROLE: &str = "aws.iam.role";

pub(super) const OUTSIDE_PRINCIPALS: Function = Function {
    name: "outside_principals",
    style: Style::Global,
    parameters: &[Parameter::Resource(ROLE)],
    returns: Returns::Texts,
    reads: &[(ROLE, "assume_role_policy")],
    description: "Whom the trust policy of a role lets in from outside of its account, in the words of `grantees`: account \
                  ids, identity providers, `*` for everybody. Services of AWS are left out.",
    validate: anything,
    call: |call| known(trust(call).map(|(trust, account)| documents::texts(outside_principals(&trust, &account)))),
};

pub(super) const ASSUMABLE_WITHOUT_MFA: Function = Function {
    name: "assumable_without_mfa",
    style: Style::Global,
    parameters: &[Parameter::Resource(ROLE)],
    returns: Returns::Texts,
    reads: &[(ROLE, "assume_role_policy")],
    description: "The users (by ARN), accounts (by id) and `*` that the trust policy of a role lets in without a second \
                  factor. `Bool` with `aws:MultiFactorAuthPresent` demands one, and so does any comparison of \
                  `aws:MultiFactorAuthAge`; `BoolIfExists` on an Allow does not, because access keys leave the key out, \
                  but on a Deny of `false` it does. What identity policies demand besides is not looked at, and roles, \
                  services and identity providers are not people.",
    validate: anything,
    call: |call| known(trust(call).map(|(trust, _)| documents::texts(assumable_without_mfa(&trust)))),
};

/// The trust policy of a role, and the account that the role is in.
fn trust(call: &Call<'_>) -> Result<(PolicyDocument, String), Unknown> {
    let role = match call.argument(0) {
        Value::Resource(index) => View::resource(call.moment.estate, *index),
        _ => None,
    };
    let Some(role) = role else { return Ok(Default::default()) };
    let trust = role.one("assume_role_policy")?.map(|document| documents::read(&document)).transpose()?;
    Ok((trust.unwrap_or_default(), role.text("account")?.unwrap_or_default().to_owned()))
}
