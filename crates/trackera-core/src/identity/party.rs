//! Principals as policies name them.

use crate::resource::Statement;

/// Whom a principal element names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party<'a> {
    /// Everybody, signed in to AWS or not.
    Everybody,
    /// An account, and with it everybody whom the account lets; twelve digits.
    Account(&'a str),
    /// A user, a role or a session, by its ARN, and the account that it is in.
    Identity(&'a str, &'a str),
    /// A service of AWS.
    Service(&'a str),
    /// A provider of identities, or a canonical user id.
    Other(&'a str),
    /// A user or role that no longer exists: AWS puts its unique id where its ARN stood.
    Gone,
}

impl<'a> Party<'a> {
    /// Reads a principal in the form `type:value`. AWS accepts no wildcards within principals; here they mean everybody.
    pub fn parse(principal: &'a str) -> Self {
        let Some((kind, value)) = principal.split_once(':') else { return Self::Everybody };
        match kind {
            _ if value.contains('*') => Self::Everybody,
            "AWS" if is_account(value) => Self::Account(value),
            "AWS" if is_unique_id(value) => Self::Gone,
            "AWS" => match value.splitn(6, ':').collect::<Vec<_>>().as_slice() {
                [_, _, _, _, account, "root"] => Self::Account(account),
                [_, _, _, _, account, _] => Self::Identity(value, account),
                _ => Self::Other(value),
            },
            "Service" => Self::Service(value),
            _ => Self::Other(value),
        }
    }

    /// The account of an account or of an identity.
    pub fn account(self) -> Option<&'a str> {
        match self {
            Self::Account(account) | Self::Identity(_, account) => Some(account),
            Self::Everybody | Self::Service(_) | Self::Other(_) | Self::Gone => None,
        }
    }
}

/// The parties that a statement names.
pub(super) fn parties(statement: &Statement) -> impl Iterator<Item = Party<'_>> {
    statement.principals.iter().map(|principal| Party::parse(principal))
}

/// The parties that a statement exempts.
pub(super) fn exempted(statement: &Statement) -> impl Iterator<Item = Party<'_>> {
    statement.not_principals.iter().map(|principal| Party::parse(principal))
}

/// Tells whether a statement is about everybody; to exempt some is to name all others, whoever they are.
pub(super) fn names_everybody(statement: &Statement) -> bool {
    match statement.not_principals.is_empty() {
        true => parties(statement).any(|party| party == Party::Everybody),
        false => !exempted(statement).any(|party| party == Party::Everybody),
    }
}

/// Tells whether text is the id of an account.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_unique_id(text: &str) -> bool {
    text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_are_read_in_every_form() {
        for (text, party) in [
            ("*", Party::Everybody),
            ("AWS:*", Party::Everybody),
            ("AWS:arn:aws:iam::*:root", Party::Everybody),
            ("AWS:111111111111", Party::Account("111111111111")),
            ("AWS:arn:aws-cn:iam::111111111111:root", Party::Account("111111111111")),
            ("AWS:arn:aws:iam::1:user/root", Party::Identity("arn:aws:iam::1:user/root", "1")),
            ("AWS:arn:aws:sts::1:assumed-role/a/b", Party::Identity("arn:aws:sts::1:assumed-role/a/b", "1")),
            ("AWS:AIDAJQABLZS4A3QDU576Q", Party::Gone),
            ("Service:ec2.amazonaws.com", Party::Service("ec2.amazonaws.com")),
            ("Federated:cognito-identity.amazonaws.com", Party::Other("cognito-identity.amazonaws.com")),
            ("CanonicalUser:79a59df900b949e5", Party::Other("79a59df900b949e5")),
        ] {
            assert_eq!(Party::parse(text), party, "{text}");
        }
    }
}
