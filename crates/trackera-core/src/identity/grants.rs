//! What policy documents grant, as far as the documents alone can tell.

use crate::resource::{PolicyDocument, Statement};

/// Whether an action is harmless when it is allowed on the holder alone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OnOneself {
    Harmless,
    Escalating,
}

/// An action by which a principal that is not an administrator makes itself one, and what it acts on.
struct Escalation {
    action: &'static str,
    target: &'static str,
    on_oneself: OnOneself,
}

const fn escalation(action: &'static str, target: &'static str) -> Escalation {
    Escalation { action, target, on_oneself: OnOneself::Escalating }
}

const fn credential(action: &'static str) -> Escalation {
    Escalation { action, target: "user", on_oneself: OnOneself::Harmless }
}

const ESCALATIONS: &[Escalation] = &[
    escalation("iam:AddUserToGroup", "group"),
    escalation("iam:AttachGroupPolicy", "group"),
    escalation("iam:AttachRolePolicy", "role"),
    escalation("iam:AttachUserPolicy", "user"),
    credential("iam:CreateAccessKey"),
    credential("iam:CreateLoginProfile"),
    escalation("iam:CreatePolicyVersion", "policy"),
    escalation("iam:DeleteRolePermissionsBoundary", "role"),
    escalation("iam:DeleteUserPermissionsBoundary", "user"),
    escalation("iam:PutGroupPolicy", "group"),
    escalation("iam:PutRolePermissionsBoundary", "role"),
    escalation("iam:PutRolePolicy", "role"),
    escalation("iam:PutUserPermissionsBoundary", "user"),
    escalation("iam:PutUserPolicy", "user"),
    escalation("iam:SetDefaultPolicyVersion", "policy"),
    escalation("iam:UpdateAssumeRolePolicy", "role"),
    credential("iam:UpdateLoginProfile"),
];

/// Finds what makes the holder of the documents an administrator of an account, in words; `None` when nothing does.
///
/// An Allow counts wherever it could reach an identity of the account, conditions taken as fulfilled, because they
/// usually can be; only a person's own credentials are their own affair. A Deny counts only without conditions and where
/// it covers every identity. Passing roles to services and assuming roles is not followed.
pub fn administrative_rights(documents: &[&PolicyDocument], account: &str) -> Option<String> {
    let held: Vec<&str> =
        ESCALATIONS.iter().filter(|one| is_allowed(documents, one, account)).map(|one| one.action).collect();
    match held.as_slice() {
        [] => None,
        all if all.len() == ESCALATIONS.len() => Some("every change to identities".to_owned()),
        [first, ..] => Some((*first).to_owned()),
    }
}

fn is_allowed(documents: &[&PolicyDocument], escalation: &Escalation, account: &str) -> bool {
    let statements = || documents.iter().flat_map(|document| &document.statements);
    let any_identity = format!("arn:aws:iam::{account}:{}/any-name", escalation.target);
    let denied = statements()
        .any(|one| one.effect == "Deny" && one.conditions.is_empty() && covers(one, escalation.action, &any_identity));
    let allowed = |one: &Statement| {
        let reaches = match one.not_resources.is_empty() {
            true => one.resources.iter().any(|pattern| could_name(pattern, escalation, account)),
            false => !one.not_resources.iter().any(|pattern| matches(pattern, &any_identity)),
        };
        one.effect == "Allow" && is_about(one, escalation.action) && reaches
    };
    !denied && statements().any(allowed)
}

/// Tells whether a resource pattern could name an identity of the account that the action acts on.
fn could_name(pattern: &str, escalation: &Escalation, account: &str) -> bool {
    if escalation.on_oneself == OnOneself::Harmless && pattern.ends_with("/${aws:username}") {
        return false;
    }
    let parts: Vec<&str> = pattern.splitn(6, ':').collect();
    match parts.as_slice() {
        [_, _, service, _, owner, name] => {
            let target = name.split('/').next().unwrap_or_default();
            matches(service, "iam") && matches(owner, account) && matches(target, escalation.target)
        }
        // A pattern that is no whole ARN matches whatever its wildcards let it.
        _ => pattern.contains(['*', '?']),
    }
}

/// Tells whether a statement is about an action on a resource.
pub fn covers(statement: &Statement, action: &str, resource: &str) -> bool {
    let any = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, resource));
    let about_resource = match statement.not_resources.is_empty() {
        true => any(&statement.resources),
        false => !any(&statement.not_resources),
    };
    is_about(statement, action) && about_resource
}

/// Actions are compared without regard to case.
fn is_about(statement: &Statement, action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    let any = |patterns: &[String]| patterns.iter().any(|pattern| matches(&pattern.to_ascii_lowercase(), &action));
    match statement.not_actions.is_empty() {
        true => any(&statement.actions),
        false => !any(&statement.not_actions),
    }
}

/// IAM's pattern language: `*` stands for any text, `?` for any one character.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut read) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while read < text.len() {
        match pattern.get(at) {
            Some('*') => {
                retry = Some((at, read));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || text.get(read) == Some(wanted) => {
                at += 1;
                read += 1;
            }
            _ => match retry {
                Some((star, from)) => {
                    at = star + 1;
                    read = from + 1;
                    retry = Some((star, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(at).all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::identity::parse_document;

    fn action(document: &str) -> Option<String> {
        administrative_rights(&[&parse_document(document).unwrap()], "123456789012")
    }

    fn allow(body: &str) -> String {
        format!(r#"{{"Statement":[{{"Effect":"Allow",{body}}}]}}"#)
    }

    #[test]
    fn every_way_of_writing_administrator_is_found() {
        for body in [
            r#""Action":"*","Resource":"*""#,
            r#""Action":"*:*","Resource":"*""#,
            r#""Action":["iam:*","ec2:*","s3:*"],"Resource":"*""#,
            r#""Action":"IAM:Put*","Resource":["*"]"#,
            r#""Action":"iam:CreatePolicyVersio?","Resource":"arn:aws:iam::123456789012:policy/*""#,
            r#""NotAction":"s3:*","Resource":"*""#,
            r#""Action":"*","NotResource":"arn:aws:s3:::x""#,
            r#""Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
            r#""Action":"iam:CreateAccessKey","Resource":"arn:aws:iam::123456789012:user/the.founder""#,
            r#""Action":"iam:PutUserPolicy","Resource":"arn:aws:iam::*:user/${aws:username}""#,
            r#""Action":"iam:AttachUserPolicy","Resource":"arn:aws:iam::123456789012:user/sam""#,
            r#""Action":"iam:AddUserToGroup","Resource":"arn:aws:iam::*:group/admins""#,
            r#""Action":"iam:PutRolePolicy","Resource":"arn:aws:iam::123456789012:role/product-*""#,
            r#""Action":"iam:DeleteUserPermissionsBoundary","Resource":"arn:aws:iam::*:*""#,
        ] {
            assert!(action(&allow(body)).is_some(), "{body}");
        }
    }

    #[test]
    fn what_cannot_become_administrator_is_left_alone() {
        for body in [
            r#""Action":["s3:*","ec2:*"],"Resource":"*""#,
            r#""Action":"iam:Get*","Resource":"*""#,
            r#""NotAction":"iam:*","Resource":"*""#,
            r#""Action":"iam:CreateAccessKey","Resource":"arn:aws:iam::*:user/${aws:username}""#,
            r#""Action":"*","Resource":"arn:aws:s3:::bucket/*""#,
            r#""Action":"iam:*","Resource":"arn:aws:iam::999999999999:*""#,
            r#""Action":"iam:PutUserPolicy","Resource":"arn:aws:iam::*:mfa/*""#,
        ] {
            assert_eq!(action(&allow(body)), None, "{body}");
        }
    }

    #[test]
    fn a_deny_takes_away_only_when_it_is_unconditional() {
        let with = |deny: &str| {
            format!(r#"{{"Statement":[{{"Effect":"Allow","Action":"*","Resource":"*"}},{{"Effect":"Deny",{deny}}}]}}"#)
        };
        assert_eq!(action(&with(r#""Action":"iam:*","Resource":"*""#)), None);
        assert!(action(&with(r#""Action":"iam:*","Resource":"*","Condition":{"Bool":{"a":"b"}}"#)).is_some());
        assert!(action(&with(r#""Action":"iam:CreateUser","Resource":"*""#)).is_some());
        assert!(action(&with(r#""Action":"iam:*","Resource":"arn:aws:iam::999999999999:*""#)).is_some());
        assert!(action(&with(r#""Action":"iam:*","Resource":"arn:aws:iam::*:user/sam""#)).is_some());
    }

    fn slow(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), _) => {
                slow(rest, text) || text.split_first().is_some_and(|(_, tail)| slow(pattern, tail))
            }
            (Some((wanted, rest)), Some((found, tail))) => (*wanted == '?' || wanted == found) && slow(rest, tail),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn patterns_agree_with_the_slow_definition(pattern in "[ab*?]{0,8}", text in "[ab]{0,8}") {
            let (slow_pattern, slow_text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
            prop_assert_eq!(matches(&pattern, &text), slow(&slow_pattern, &slow_text));
        }
    }
}
