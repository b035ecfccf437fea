//! Trust policies: who may take on a role.

use super::context::{Fact, Facts, holds};
use super::party::{Party, exempted, names_everybody, parties};
use super::public::grantees_of;
use super::statement::is_about;
use crate::resource::{PolicyDocument, Statement};

const ASSUME: &str = "sts:AssumeRole";
/// Every way of taking on a role.
const WAYS: [&str; 3] = [ASSUME, "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"];

/// Somebody of the role's own account who asks for the role.
#[derive(Clone, Copy)]
pub(super) struct Requester<'a> {
    pub(super) account: &'a str,
    /// The ARN of the user or role.
    pub(super) arn: Option<&'a str>,
    /// The name, if it is a role.
    pub(super) role: Option<&'a str>,
    pub(super) facts: &'a Facts<'a>,
}

/// Whether a trust policy lets somebody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Admission {
    No,
    /// If an identity policy lets them as well.
    ByPermission,
    /// Whatever their identity policies say, as long as they do not deny it.
    Directly,
}

/// The part of a trust policy that is about assuming the role with credentials of AWS.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    statements: Vec<Statement>,
    outsiders: Vec<String>,
}

impl Trust {
    /// Reads a trust policy of a role in an account.
    pub fn of(document: &PolicyDocument, account: &str) -> Self {
        let statements = document.statements.iter().filter(|one| is_about(one, ASSUME)).cloned();
        Self { statements: statements.collect(), outsiders: outside_principals(document, account) }
    }

    /// Who may take on the role from outside of its account.
    pub fn outsiders(&self) -> &[String] {
        &self.outsiders
    }

    fn allowing(&self) -> impl Iterator<Item = &Statement> {
        self.statements.iter().filter(|one| one.effect == "Allow")
    }

    /// The users, roles and sessions that are let in by name.
    pub(super) fn identities(&self) -> impl Iterator<Item = &str> {
        self.allowing().flat_map(parties).filter_map(|party| match party {
            Party::Identity(arn, _) => Some(arn),
            _ => None,
        })
    }

    pub(super) fn names_identities(&self) -> bool {
        self.identities().next().is_some()
    }

    pub(super) fn is_open_to(&self, party: Party<'_>) -> bool {
        self.allowing().any(|one| names(one, party))
    }

    pub(super) fn is_open_to_everybody(&self) -> bool {
        self.allowing().any(names_everybody)
    }

    /// The services that may act in the role, by their whole names.
    pub(super) fn services(&self) -> impl Iterator<Item = &str> {
        self.allowing().flat_map(parties).filter_map(|party| match party {
            Party::Service(service) => Some(service),
            _ => None,
        })
    }

    /// Whether somebody is let in; conditions on an Allow are taken as fulfilled unless they surely are not.
    pub(super) fn admits(&self, requester: &Requester<'_>) -> Admission {
        let surely = |one: &&Statement| one.conditions.iter().all(|one| holds(one, requester.facts) == Some(true));
        let denied = self.statements.iter().filter(|one| one.effect == "Deny").filter(surely);
        if denied.into_iter().any(|one| shuts_out(one, requester)) {
            return Admission::No;
        }
        let could = |one: &&Statement| one.conditions.iter().all(|one| holds(one, requester.facts) != Some(false));
        let admissions = self.allowing().filter(could).map(|one| match names_everybody(one) {
            true => Admission::Directly,
            false => parties(one).map(|party| requester.admission(party)).max().unwrap_or(Admission::No),
        });
        admissions.max().unwrap_or(Admission::No)
    }
}

impl Requester<'_> {
    fn admission(&self, party: Party<'_>) -> Admission {
        match party {
            Party::Everybody => Admission::Directly,
            Party::Account(account) if account == self.account => Admission::ByPermission,
            Party::Identity(arn, account)
                if self.arn == Some(arn) || account == self.account && self.is_session(arn) =>
            {
                Admission::Directly
            }
            Party::Account(_) | Party::Identity(..) | Party::Service(_) | Party::Other(_) | Party::Gone => {
                Admission::No
            }
        }
    }

    /// Tells whether an ARN names a session of the role.
    fn is_session(&self, arn: &str) -> bool {
        self.role.is_some() && session_role(arn) == self.role
    }
}

/// The name of the role that a session's ARN names: `arn:aws:sts::1:assumed-role/NAME/session`.
pub(super) fn session_role(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(6, ':').nth(5)?.split('/');
    (parts.next()? == "assumed-role").then(|| parts.next()).flatten()
}

fn shuts_out(statement: &Statement, requester: &Requester<'_>) -> bool {
    let about = |party: Party<'_>| requester.admission(party) != Admission::No;
    match statement.not_principals.is_empty() {
        true => parties(statement).any(about),
        false => !exempted(statement).any(about),
    }
}

fn names(statement: &Statement, party: Party<'_>) -> bool {
    parties(statement).any(|named| named == party)
}

/// Who may take on a role from outside of its account: the ids of accounts, identity providers, `*` for everybody.
///
/// Services are left out. A provider of the account itself counts, because the people it vouches for do not.
pub fn outside_principals(document: &PolicyDocument, account: &str) -> Vec<String> {
    let assuming = document.statements.iter().filter(|one| WAYS.iter().any(|way| is_about(one, way)));
    let mut outside: Vec<String> = grantees_of(assuming).into_iter().filter(|one| one != account).collect();
    outside.sort();
    outside.dedup();
    outside
}

/// The users and accounts whom a trust policy lets in without a second factor, as it names them.
///
/// A request without one carries no `aws:MultiFactorAuthAge`, and `aws:MultiFactorAuthPresent` as false or, with
/// long-lived access keys, not at all: `BoolIfExists` on an Allow therefore demands nothing.
pub fn assumable_without_mfa(document: &PolicyDocument) -> Vec<String> {
    const PRESENT: &str = "aws:multifactorauthpresent";
    const AGE: (&str, Fact<'_>) = ("aws:multifactorauthage", Fact::Absent);
    let requests = [[(PRESENT, Fact::Absent), AGE], [(PRESENT, Fact::Truth(false)), AGE]];
    let about = || document.statements.iter().filter(|one| is_about(one, ASSUME));
    let admitted = |allow: &Statement, party: Party<'_>| {
        requests.iter().any(|facts| {
            let denies = |deny: &Statement| {
                let surely = deny.conditions.iter().all(|one| holds(one, facts) == Some(true));
                deny.effect == "Deny" && surely && reaches(deny, party)
            };
            allow.conditions.iter().all(|one| holds(one, facts) != Some(false)) && !about().any(denies)
        })
    };
    let mut people = Vec::new();
    for allow in about().filter(|one| one.effect == "Allow") {
        let everybody = names_everybody(allow);
        let named = parties(allow).filter(|_| !everybody).chain(everybody.then_some(Party::Everybody));
        people.extend(named.filter(|party| admitted(allow, *party)).filter_map(person));
    }
    people.sort();
    people.dedup();
    people
}

/// Whether a Deny is about everybody whom a party stands for.
fn reaches(deny: &Statement, party: Party<'_>) -> bool {
    let same = |other: Party<'_>| {
        other == Party::Everybody
            || other == party
            || matches!(other, Party::Account(_)) && other.account() == party.account()
    };
    // An exempted user is one of the people whom an account stands for.
    let touches = |other: Party<'_>| same(other) || party == Party::Everybody || other.account() == party.account();
    match deny.not_principals.is_empty() {
        true => parties(deny).any(same),
        false => !exempted(deny).any(touches),
    }
}

/// How a party that people act as is named; none for roles, services and identity providers.
fn person(party: Party<'_>) -> Option<String> {
    match party {
        Party::Everybody => Some("*".to_owned()),
        Party::Account(account) => Some(account.to_owned()),
        Party::Identity(arn, _) => {
            let is_user = arn.splitn(6, ':').nth(5).is_some_and(|name| name.starts_with("user/"));
            is_user.then(|| arn.to_owned())
        }
        Party::Service(_) | Party::Other(_) | Party::Gone => None,
    }
}
