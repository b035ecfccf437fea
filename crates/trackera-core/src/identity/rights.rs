//! What identity policies grant, as far as it decides who is an administrator.
//!
//! An Allow counts where its conditions could be fulfilled, because they usually can be; a Deny only where it surely
//! holds. What a permissions boundary does not allow is not granted.

use std::sync::Arc;

use super::actions::{Actions, ESCALATIONS, Escalation};
use super::context::{Facts, holds};
use super::statement::{Holder, Variable, includes_all, is_about, matches_for, widened};
use super::{matches, overlaps};
use crate::resource::{Condition, PolicyDocument, Statement};

/// A policy document reduced to the actions that decide who is an administrator.
#[derive(Clone, Debug, Default)]
pub struct Grants {
    clauses: Vec<Clause>,
}

/// One statement of a document.
#[derive(Clone, Debug)]
pub(super) struct Clause {
    allows: bool,
    actions: Actions,
    pub(super) resources: Vec<String>,
    pub(super) not_resources: Vec<String>,
    conditions: Vec<Condition>,
}

impl Grants {
    /// Reduces a document.
    pub fn of(document: &PolicyDocument) -> Self {
        Self { clauses: document.statements.iter().filter_map(Clause::of).collect() }
    }

    fn about(&self, actions: Actions, allows: bool) -> impl Iterator<Item = &Clause> {
        self.clauses.iter().filter(move |clause| clause.allows == allows && clause.actions.shares(actions))
    }

    fn permits(&self, request: &Request<'_>) -> bool {
        let mut clauses = self.about(request.actions, true);
        clauses.any(|clause| clause.names(request.resource, request.holder) && clause.could_hold(request.facts))
    }

    fn forbids(&self, request: &Request<'_>) -> bool {
        let mut clauses = self.about(request.actions, false);
        clauses.any(|clause| clause.names(request.resource, request.holder) && clause.surely_holds(request.facts))
    }
}

impl Clause {
    fn of(statement: &Statement) -> Option<Self> {
        let allows = match statement.effect.as_str() {
            "Allow" => true,
            "Deny" => false,
            _ => return None,
        };
        let actions = Actions::accepted(|action| is_about(statement, action));
        (!actions.is_empty()).then(|| Self {
            allows,
            actions,
            resources: statement.resources.clone(),
            not_resources: statement.not_resources.clone(),
            conditions: statement.conditions.clone(),
        })
    }

    fn could_hold(&self, facts: &Facts<'_>) -> bool {
        self.conditions.iter().all(|condition| holds(condition, facts) != Some(false))
    }

    fn surely_holds(&self, facts: &Facts<'_>) -> bool {
        self.conditions.iter().all(|condition| holds(condition, facts) == Some(true))
    }

    /// Whether an Allow could be about a resource, or a Deny surely is.
    fn names(&self, resource: &str, holder: Holder<'_>) -> bool {
        let any = |patterns: &[String], careful: bool| {
            let variable = if careful { Variable::MatchesNothing } else { Variable::CouldBeAnything };
            patterns.iter().any(|pattern| matches_for(pattern, resource, holder, variable))
        };
        match self.not_resources.is_empty() {
            true => any(&self.resources, !self.allows),
            false => !any(&self.not_resources, self.allows),
        }
    }

    /// Whether an Allow could be about some resource of a service.
    fn has_resources_of(&self, service: &str) -> bool {
        let could_be = |pattern: &String| match pattern.splitn(6, ':').collect::<Vec<_>>().as_slice() {
            [_, _, named, _, _, _] => matches(named, service),
            _ => pattern.contains(['*', '?']),
        };
        !self.not_resources.is_empty() || self.resources.iter().any(could_be)
    }

    /// Whether an Allow could reach an identity of the account that an escalation changes.
    fn reaches(&self, target: &Target<'_>) -> bool {
        match self.not_resources.is_empty() {
            true => self.resources.iter().any(|pattern| target.could_be(pattern)),
            false => !includes_all(&self.not_resources, &target.all),
        }
    }

    /// Whether two Allows could be about the same identity.
    fn could_share(&self, other: &Self, target: &Target<'_>) -> bool {
        let exempting = !self.not_resources.is_empty() || !other.not_resources.is_empty();
        let fitting = |clause: &'_ Self| -> Vec<String> {
            let fitting = clause.resources.iter().filter(|pattern| target.could_be(pattern));
            fitting.map(|pattern| widened(pattern)).collect()
        };
        let others = fitting(other);
        exempting || fitting(self).iter().any(|one| others.iter().any(|two| overlaps(one, two)))
    }

    /// Whether a Deny covers every identity of the account that an escalation changes.
    fn shuts(&self, target: &Target<'_>) -> bool {
        match self.not_resources.is_empty() {
            true => includes_all(&self.resources, &target.all),
            false => !self.not_resources.iter().any(|pattern| target.could_be(pattern)),
        }
    }
}

/// The identities of an account that an escalation changes.
struct Target<'a> {
    account: &'a str,
    kind: &'static str,
    all: String,
}

impl<'a> Target<'a> {
    fn of(escalation: &Escalation, account: &'a str) -> Self {
        let kind = escalation.target;
        Self { account, kind, all: format!("arn:aws:iam::{account}:{kind}/*") }
    }

    /// Tells whether a resource pattern could name one of them, whatever its variables stand for.
    fn could_be(&self, pattern: &str) -> bool {
        let parts: Vec<&str> = pattern.splitn(6, ':').collect();
        match parts.as_slice() {
            [_, _, service, _, owner, name] => {
                let kind = name.split('/').next().unwrap_or_default();
                matches(service, "iam") && matches(owner, self.account) && matches(kind, self.kind)
            }
            // A pattern that is no whole ARN matches whatever its wildcards let it.
            _ => pattern.contains(['*', '?']),
        }
    }
}

/// A request as far as it is known before anybody makes it.
#[derive(Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) actions: Actions,
    pub(super) resource: &'a str,
    pub(super) holder: Holder<'a>,
    pub(super) facts: &'a Facts<'a>,
}

/// All that one identity holds.
#[derive(Clone, Debug)]
pub struct Holdings {
    /// The documents, each with where it comes from, in words.
    pub documents: Vec<(Arc<str>, Arc<Grants>)>,
    /// What bounds them.
    pub boundary: Option<Arc<Grants>>,
}

impl Holdings {
    /// Whether the holder may make a request, as far as the documents tell.
    pub(super) fn allows(&self, request: &Request<'_>) -> bool {
        self.documents.iter().any(|(_, grants)| grants.permits(request))
            && self.boundary_permits(request)
            && !self.denies(request)
    }

    /// Whether the boundary, if there is one, lets the holder make a request.
    pub(super) fn boundary_permits(&self, request: &Request<'_>) -> bool {
        self.boundary.as_ref().is_none_or(|boundary| boundary.permits(request))
    }

    /// Whether the holder is surely forbidden a request.
    pub(super) fn denies(&self, request: &Request<'_>) -> bool {
        self.all().any(|grants| grants.forbids(request))
    }

    /// Whether the holder may do something on some resource.
    pub(super) fn allows_anywhere(&self, action: &str, facts: &Facts<'_>) -> bool {
        let service = action.split(':').next().unwrap_or_default();
        let action = Actions::only(action);
        let somewhere = |clause: &Clause| clause.has_resources_of(service) && clause.could_hold(facts);
        let everywhere = |clause: &Clause| includes_all(&clause.resources, "*") && clause.surely_holds(facts);
        let permits = |grants: &Grants| grants.about(action, true).any(somewhere);
        self.documents.iter().any(|(_, grants)| permits(grants))
            && self.boundary.as_ref().is_none_or(|boundary| permits(boundary))
            && !self.all().any(|grants| grants.about(action, false).any(everywhere))
    }

    /// The clauses that allow one of some actions.
    pub(super) fn allowing(&self, actions: Actions) -> impl Iterator<Item = &Clause> {
        self.documents.iter().flat_map(move |(_, grants)| grants.about(actions, true))
    }

    fn all(&self) -> impl Iterator<Item = &Grants> {
        self.documents.iter().map(|(_, grants)| grants).chain(&self.boundary).map(Arc::as_ref)
    }

    /// What makes the holder an administrator by its documents alone, in words; `None` when nothing does.
    pub(super) fn rights(&self, account: &str, facts: &Facts<'_>) -> Option<String> {
        let held: Vec<&Escalation> = ESCALATIONS.iter().filter(|one| self.escalates(one, account, facts)).collect();
        let rights = match held.as_slice() {
            [] => return None,
            all if all.len() == ESCALATIONS.len() => "every change to identities",
            [first, ..] => first.action,
        };
        let alone = |grants: &Arc<Grants>| {
            let alone = Self { documents: vec![(Arc::from(""), Arc::clone(grants))], boundary: self.boundary.clone() };
            held.iter().all(|one| alone.escalates(one, account, facts))
        };
        let source = self.documents.iter().find(|(_, grants)| alone(grants));
        let source = source.map_or("its policies together", |(source, _)| source.as_ref());
        Some(format!("{source} allows {rights}"))
    }

    fn escalates(&self, escalation: &Escalation, account: &str, facts: &Facts<'_>) -> bool {
        let (action, target) = (Actions::only(escalation.action), Target::of(escalation, account));
        let reaches = |clause: &Clause| clause.reaches(&target) && clause.could_hold(facts);
        let shuts = |clause: &Clause| clause.shuts(&target) && clause.surely_holds(facts);
        let bounded = |clause: &Clause| {
            self.boundary.as_ref().is_none_or(|boundary| {
                boundary.about(action, true).any(|bound| reaches(bound) && clause.could_share(bound, &target))
            })
        };
        self.documents.iter().any(|(_, grants)| grants.about(action, true).any(|one| reaches(one) && bounded(one)))
            && !self.all().any(|grants| grants.about(action, false).any(shuts))
    }
}

/// Finds what makes the holder of the documents an administrator of an account, in words; `None` when nothing does.
///
/// An administrator may change what the identities of the account may do. An Allow counts wherever it could reach one
/// of them, conditions taken as fulfilled; a Deny counts only without conditions and where it covers every one of them.
/// What needs another administrator, such as assuming its role, is followed by [`standings`](super::standings).
pub fn administrative_rights(documents: &[&PolicyDocument], account: &str) -> Option<String> {
    let documents = documents.iter().map(|document| (Arc::from("a policy"), Arc::new(Grants::of(document))));
    Holdings { documents: documents.collect(), boundary: None }.rights(account, &[])
}

#[cfg(test)]
mod tests {
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
            r#""Action":"iam:PutUserPolicy","Resource":"arn:aws:iam::*:user/${aws:username}""#,
            r#""Action":"iam:AttachUserPolicy","Resource":"arn:aws:iam::123456789012:user/sam""#,
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
            r#""Action":["iam:CreateAccessKey","iam:AddUserToGroup","iam:PassRole","sts:AssumeRole"],"Resource":"*""#,
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
        assert!(action(&with(r#""Action":"iam:*","Resource":"arn:aws:iam::*:user/any*""#)).is_some());
    }
}
