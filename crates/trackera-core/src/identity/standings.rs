//! Who of an account is an administrator, or can become one by the rights of another.
//!
//! Whoever may take on an administrator's role, pass it to a service that runs programs, get the credentials of an
//! administrator or put users into a group of administrators is one as well, and so on until nobody new is found. Each
//! identity is found once, and the patterns of what it may do are indexed, so that an account of many thousands of
//! roles takes no longer than to read them.

use std::collections::{BTreeMap, VecDeque};

use super::context::Fact;
use super::gains::Gains;
use super::rights::Holdings;
use super::statement::Holder;
use super::trust::Trust;
use crate::language::Unknown;

/// What an identity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A user.
    User,
    /// A role.
    Role,
    /// A group: no identity of its own, but joining it gives its rights.
    Group,
}

/// A user, role or group, as far as it is known.
#[derive(Clone, Debug)]
pub struct Identity {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: Result<String, Unknown>,
    /// What it holds, its groups included.
    pub holdings: Result<Holdings, Unknown>,
    /// What only roles have.
    pub role: Option<RoleSide>,
}

/// Who may act in a role.
#[derive(Clone, Debug)]
pub struct RoleSide {
    /// Whom it trusts.
    pub trust: Result<Trust, Unknown>,
    /// Whether servers can be started in it.
    pub has_instance_profile: Result<bool, Unknown>,
}

/// An account, as far as it is known.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its id.
    pub id: String,
    /// Its users, roles and groups.
    pub identities: Vec<Identity>,
    /// Why there may be more of a kind.
    pub missing: BTreeMap<Kind, Unknown>,
}

/// Whether an identity is an administrator.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// It is none.
    Ordinary,
    /// It may be one; why that is not known.
    Open(Unknown),
    /// It is one; by what, in words.
    Administrator(String),
}

impl Identity {
    /// For whom variables in its policies are filled in.
    pub(super) fn holder(&self) -> Holder<'_> {
        match self.kind {
            Kind::User => Holder::User(&self.name),
            Kind::Role => Holder::Role,
            Kind::Group => Holder::Member,
        }
    }

    /// What is known of every request that it makes, unless it passes a role.
    pub(super) fn facts<'a>(&'a self, account: &'a str) -> Vec<(&'static str, Fact<'a>)> {
        let mut facts = vec![("aws:principalaccount", Fact::Text(account)), ("iam:passedtoservice", Fact::Absent)];
        match (self.kind, &self.arn) {
            (Kind::Group, _) | (_, Err(_)) => {}
            (_, Ok(arn)) => facts.push(("aws:principalarn", Fact::Text(arn))),
        }
        facts
    }

    /// How others speak of it.
    pub(super) fn words(&self) -> String {
        match self.kind {
            Kind::User => format!("user/{}", self.name),
            Kind::Role => format!("role/{}", self.name),
            Kind::Group => format!("group/{}", self.name),
        }
    }
}

/// Works out the standing of every identity of an account, in their order.
pub fn standings(account: &Account) -> Vec<Standing> {
    let mut spread = Spread {
        account,
        gains: Gains::of(account),
        standing: vec![Standing::Ordinary; account.identities.len()],
        queue: VecDeque::new(),
        ordinary: account.identities.len(),
    };
    spread.find_administrators();
    spread.find_open();
    spread.standing
}

struct Spread<'a> {
    account: &'a Account,
    gains: Gains<'a>,
    standing: Vec<Standing>,
    queue: VecDeque<usize>,
    /// How many have no standing yet.
    ordinary: usize,
}

impl Spread<'_> {
    /// Gives an identity a standing unless it has one already.
    fn settle(&mut self, index: usize, standing: Standing) {
        if let Some(slot) = self.standing.get_mut(index).filter(|slot| **slot == Standing::Ordinary) {
            *slot = standing;
            self.queue.push_back(index);
            self.ordinary -= 1;
        }
    }

    fn find_administrators(&mut self) {
        let account = self.account;
        for (index, identity) in account.identities.iter().enumerate() {
            if let Ok(holdings) = &identity.holdings
                && let Some(why) = holdings.rights(&account.id, &identity.facts(&account.id))
            {
                self.settle(index, Standing::Administrator(why));
            }
        }
        while let Some(target) = self.queue.pop_front() {
            for (index, why) in self.gains.through(target, &self.standing) {
                self.settle(index, Standing::Administrator(why));
            }
        }
    }

    /// Spreads what is not known: from identities that may be administrators to all who would then be ones as well.
    fn find_open(&mut self) {
        let account = self.account;
        for (index, identity) in account.identities.iter().enumerate() {
            if let Err(unknown) = &identity.holdings {
                self.settle(index, Standing::Open(unknown.clone()));
            }
        }
        for (kind, missing) in &account.missing {
            self.open_all(self.gains.everybody_through(*kind), missing);
        }
        let administrators =
            self.standing.iter().enumerate().filter(|(_, one)| matches!(one, Standing::Administrator(_)));
        let administrators: Vec<usize> = administrators.map(|(index, _)| index).collect();
        for target in administrators {
            self.open_through(target);
        }
        self.open_suspects();
        while let Some(target) = self.queue.pop_front() {
            let Some(Standing::Open(unknown)) = self.standing.get(target).cloned() else { continue };
            for (index, _) in self.gains.through(target, &self.standing) {
                self.settle(index, Standing::Open(unknown.clone()));
            }
            self.open_through(target);
            self.open_suspects();
        }
    }

    fn open_suspects(&mut self) {
        for (index, unknown) in std::mem::take(&mut self.gains.suspects) {
            self.settle(index, Standing::Open(unknown));
        }
    }

    /// Opens those who may gain by what is not known of a target.
    fn open_through(&mut self, target: usize) {
        let Some(identity) = self.account.identities.get(target).filter(|_| self.ordinary > 0) else { return };
        let trust = identity.role.as_ref().map(|role| role.trust.as_ref());
        if let (Err(unknown), _) | (_, Some(Err(unknown))) = (identity.arn.as_ref(), trust) {
            self.open_all(self.gains.everybody_through(identity.kind), unknown);
        }
        if trust.is_some_and(|trust| trust.is_ok_and(Trust::names_identities)) {
            for (index, unknown) in self.gains.nameless() {
                self.settle(index, Standing::Open(unknown.clone()));
            }
        }
    }

    fn open_all(&mut self, indexes: Vec<usize>, unknown: &Unknown) {
        for index in indexes {
            self.settle(index, Standing::Open(unknown.clone()));
        }
    }
}
