//! What policy documents grant, as far as the documents alone can tell.

use crate::resource::{PolicyDocument, Statement};

/// Actions by which a principal that is not an administrator makes itself one.
const ESCALATING: &[&str] = &[
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreatePolicyVersion",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
];
/// Resources that stand for any identity of the account.
const IDENTITIES: &[&str] = &[
    "arn:aws:iam::000000000000:user/any-user",
    "arn:aws:iam::000000000000:role/any-role",
    "arn:aws:iam::000000000000:group/any-group",
    "arn:aws:iam::000000000000:policy/any-policy",
];

/// Finds an action by which the documents together make their holder an administrator.
///
/// Conditions on an Allow are taken as fulfilled, because they usually can be; a Deny counts only without conditions.
pub fn administrative_action(documents: &[&PolicyDocument]) -> Option<&'static str> {
    let statements = || documents.iter().flat_map(|document| &document.statements);
    let denied = |action: &str, resource: &str| {
        statements().any(|one| one.effect == "Deny" && one.conditions.is_empty() && covers(one, action, resource))
    };
    let allowed = |action: &str, resource: &str| {
        statements().any(|one| one.effect == "Allow" && covers(one, action, resource)) && !denied(action, resource)
    };
    ESCALATING.iter().copied().find(|action| IDENTITIES.iter().any(|identity| allowed(action, identity)))
}

/// Tells whether a statement is about an action on a resource.
pub fn covers(statement: &Statement, action: &str, resource: &str) -> bool {
    let any = |patterns: &[String], text: &str| patterns.iter().any(|pattern| matches(pattern, text));
    let action = action.to_ascii_lowercase();
    let actions = lower(&statement.actions);
    let about_action = match statement.not_actions.is_empty() {
        true => any(&actions, &action),
        false => !any(&lower(&statement.not_actions), &action),
    };
    let about_resource = match statement.not_resources.is_empty() {
        true => any(&account_agnostic(&statement.resources), resource),
        false => !any(&account_agnostic(&statement.not_resources), resource),
    };
    about_action && about_resource
}

/// Actions are compared without regard to case.
fn lower(patterns: &[String]) -> Vec<String> {
    patterns.iter().map(|pattern| pattern.to_ascii_lowercase()).collect()
}

/// The account in an ARN pattern names the account that the document is in; the probes have none of their own.
fn account_agnostic(patterns: &[String]) -> Vec<String> {
    patterns
        .iter()
        .map(|pattern| {
            let mut parts: Vec<&str> = pattern.splitn(6, ':').collect();
            if let Some(account) = parts.get_mut(4).filter(|account| account.len() == 12) {
                *account = "000000000000";
            }
            parts.join(":")
        })
        .collect()
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

    fn action(document: &str) -> Option<&'static str> {
        administrative_action(&[&parse_document(document).unwrap()])
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
