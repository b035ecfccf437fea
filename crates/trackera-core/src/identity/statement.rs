//! Single statements: what they are about.

use super::{includes, matches, matches_action};
use crate::resource::Statement;

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
pub(super) fn is_about(statement: &Statement, action: &str) -> bool {
    let any = |patterns: &[String]| patterns.iter().any(|pattern| matches_action(pattern, action));
    match statement.not_actions.is_empty() {
        true => any(&statement.actions),
        false => !any(&statement.not_actions),
    }
}

/// For whom the variables in a resource pattern are filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder<'a> {
    /// The user of this name.
    User(&'a str),
    /// A role, which has no user name.
    Role,
    /// Any member of a group.
    Member,
}

/// What to make of a variable that only a request could fill in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Variable {
    CouldBeAnything,
    MatchesNothing,
}

const USER_NAME: &str = "${aws:username}";

/// [`matches`] for a resource pattern that may hold policy variables.
pub(super) fn matches_for(pattern: &str, resource: &str, holder: Holder<'_>, variable: Variable) -> bool {
    if !pattern.contains("${") {
        return matches(pattern, resource);
    }
    let pattern = match holder {
        Holder::User(name) => pattern.replace(USER_NAME, name),
        Holder::Role if pattern.contains(USER_NAME) => return false,
        Holder::Role | Holder::Member => pattern.to_owned(),
    };
    match variable {
        Variable::CouldBeAnything => matches(&widened(&pattern), resource),
        Variable::MatchesNothing => !pattern.contains("${") && matches(&pattern, resource),
    }
}

/// A pattern with `*` in the place of every variable.
pub(super) fn widened(pattern: &str) -> String {
    let mut pieces = pattern.split("${");
    let mut widened = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        widened.push('*');
        widened.push_str(piece.split_once('}').map_or("", |(_, rest)| rest));
    }
    widened
}

/// Whether a statement's resources include everything that a pattern names.
pub(super) fn includes_all(patterns: &[String], inner: &str) -> bool {
    patterns.iter().any(|pattern| includes(pattern, inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in_where_the_holder_is_known() {
        let (own, tag) = ("arn:aws:iam::1:user/${aws:username}", "arn:aws:iam::1:user/${aws:PrincipalTag/a}-x");
        let could = |pattern, name, holder| {
            let resource = format!("arn:aws:iam::1:user/{name}");
            matches_for(pattern, &resource, holder, Variable::CouldBeAnything)
        };
        assert!(could(own, "ada", Holder::User("ada")));
        assert!(!could(own, "bob", Holder::User("ada")));
        assert!(!could(own, "ada", Holder::Role));
        assert!(could(own, "ada", Holder::Member));
        assert!(could(tag, "bob-x", Holder::Role) && !could(tag, "bob-y", Holder::Role));
        assert!(!matches_for(tag, "arn:aws:iam::1:user/bob-x", Holder::Role, Variable::MatchesNothing));
    }
}
