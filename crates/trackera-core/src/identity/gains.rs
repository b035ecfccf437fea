//! Who becomes an administrator through an identity that is one: the ways from one to the other, indexed.

use std::collections::{BTreeMap, BTreeSet};

use super::actions::{
    ASSUME_ROLE, Actions, CREDENTIALS, EC2, FILL_INSTANCE_PROFILE, JOIN_GROUP, LAMBDA, LAUNCHES, PASS_ROLE,
    REWRITE_FUNCTION,
};
use super::context::{Fact, Facts};
use super::party::Party;
use super::reach::Reach;
use super::rights::{Holdings, Request};
use super::standings::{Account, Identity, Kind, RoleSide, Standing};
use super::trust::{Admission, Requester, Trust, session_role};
use crate::language::Unknown;

/// The ways to the identities of an account.
pub(super) struct Gains<'a> {
    account: &'a Account,
    by_arn: BTreeMap<&'a str, Vec<usize>>,
    roles_by_name: BTreeMap<&'a str, Vec<usize>>,
    assume: Reach,
    pass: Reach,
    credentials: Reach,
    join: Reach,
    /// The services that run programs for an identity which may pass them a role.
    launches: BTreeMap<usize, BTreeSet<&'static str>>,
    /// Those who may change what functions do.
    rewriters: Vec<usize>,
    /// Those who would gain if what is not known of a role were so.
    pub(super) suspects: Vec<(usize, Unknown)>,
}

impl<'a> Gains<'a> {
    pub(super) fn of(account: &'a Account) -> Self {
        let mut gains = Self {
            account,
            by_arn: BTreeMap::new(),
            roles_by_name: BTreeMap::new(),
            assume: Reach::default(),
            pass: Reach::default(),
            credentials: Reach::default(),
            join: Reach::default(),
            launches: BTreeMap::new(),
            rewriters: Vec::new(),
            suspects: Vec::new(),
        };
        for (index, identity) in account.identities.iter().enumerate() {
            gains.add(index, identity);
        }
        gains
    }

    fn add(&mut self, index: usize, identity: &'a Identity) {
        if let Ok(arn) = &identity.arn {
            self.by_arn.entry(arn).or_default().push(index);
        }
        if identity.kind == Kind::Role {
            self.roles_by_name.entry(&identity.name).or_default().push(index);
        }
        let Ok(holdings) = &identity.holdings else { return };
        self.assume.add(index, holdings, Actions::only(ASSUME_ROLE));
        self.join.add(index, holdings, Actions::only(JOIN_GROUP));
        self.credentials.add(index, holdings, Actions::accepted(|action| CREDENTIALS.contains(&action)));
        let facts = identity.facts(&self.account.id);
        let services = launches(holdings, &facts);
        if !services.is_empty() {
            self.pass.add(index, holdings, Actions::only(PASS_ROLE));
            self.launches.insert(index, services);
        }
        if REWRITE_FUNCTION.iter().any(|action| holdings.allows_anywhere(action, &facts)) {
            self.rewriters.push(index);
        }
    }

    fn identity(&self, index: usize) -> Option<&'a Identity> {
        self.account.identities.get(index)
    }

    /// Those who become administrators through one, with the way in words; nobody whose standing is known.
    pub(super) fn through(&mut self, target: usize, standing: &[Standing]) -> Vec<(usize, String)> {
        let Some(identity) = self.identity(target) else { return Vec::new() };
        let Ok(arn) = &identity.arn else { return Vec::new() };
        let is_settled = |index: usize| index == target || standing.get(index) != Some(&Standing::Ordinary);
        let words = identity.words();
        match (identity.kind, &identity.role) {
            (Kind::User, _) => {
                let holders = self.credentials.candidates(arn, is_settled);
                let why = format!("may make credentials for {words}, which is an administrator");
                self.allowed(holders, CREDENTIALS, arn, &why)
            }
            (Kind::Group, _) => {
                let holders = self.join.candidates(arn, is_settled);
                let why = format!("may put users into {words}, whose members are administrators");
                self.allowed(holders, &[JOIN_GROUP], arn, &why)
            }
            (Kind::Role, Some(RoleSide { trust: Ok(trust), has_instance_profile })) => {
                let role = Role { arn, words, trust, has_instance_profile };
                let mut gained = self.by_assuming(&role, is_settled);
                gained.extend(self.by_passing(&role, is_settled));
                gained
            }
            (Kind::Role, _) => Vec::new(),
        }
    }

    fn allowed(&self, holders: Vec<usize>, actions: &[&str], resource: &str, why: &str) -> Vec<(usize, String)> {
        let may = |holder: &usize| actions.iter().any(|action| self.allows(*holder, action, resource, &[]));
        holders.into_iter().filter(may).map(|holder| (holder, why.to_owned())).collect()
    }

    /// Whether a holder may do something; what `more` says comes before what is known of all its requests.
    fn allows(&self, holder: usize, action: &str, resource: &str, more: &[(&'static str, Fact<'_>)]) -> bool {
        let Some(identity) = self.identity(holder) else { return false };
        let Ok(holdings) = &identity.holdings else { return false };
        let facts = [more, &identity.facts(&self.account.id)].concat();
        let actions = Actions::only(action);
        holdings.allows(&Request { actions, resource, holder: identity.holder(), facts: &facts })
    }

    fn by_assuming(&mut self, role: &Role<'_>, is_settled: impl Fn(usize) -> bool) -> Vec<(usize, String)> {
        let named = role.trust.identities().filter_map(|arn| match session_role(arn) {
            Some(name) => self.roles_by_name.get(name),
            None => self.by_arn.get(arn),
        });
        let mut candidates: BTreeSet<usize> = named.flatten().copied().filter(|index| !is_settled(*index)).collect();
        if role.trust.is_open_to_everybody() {
            candidates.extend((0..self.account.identities.len()).filter(|index| !is_settled(*index)));
        } else if role.trust.is_open_to(Party::Account(&self.account.id)) {
            candidates.extend(self.assume.candidates(role.arn, is_settled));
        }
        let why = format!("may assume {}, which is an administrator", role.words);
        candidates.into_iter().filter(|index| self.may_assume(*index, role)).map(|index| (index, why.clone())).collect()
    }

    fn may_assume(&self, index: usize, role: &Role<'_>) -> bool {
        let Some(identity) = self.identity(index) else { return false };
        let Ok(holdings) = &identity.holdings else { return false };
        let facts = identity.facts(&self.account.id);
        let requester = Requester {
            account: &self.account.id,
            arn: identity.arn.as_deref().ok().filter(|_| identity.kind != Kind::Group),
            role: (identity.kind == Kind::Role).then_some(&identity.name),
            facts: &facts,
        };
        let actions = Actions::only(ASSUME_ROLE);
        let request = Request { actions, resource: role.arn, holder: identity.holder(), facts: &facts };
        match role.trust.admits(&requester) {
            Admission::No => false,
            Admission::ByPermission => holdings.allows(&request),
            // A boundary that is silent stops a role which is let in by name, but no user.
            Admission::Directly => {
                let bounded = identity.kind == Kind::Role && !holdings.boundary_permits(&request);
                identity.kind != Kind::Group && !bounded && !holdings.denies(&request)
            }
        }
    }

    fn by_passing(&mut self, role: &Role<'_>, is_settled: impl Fn(usize) -> bool) -> Vec<(usize, String)> {
        let services: Vec<(&str, &str)> = role.trust.services().map(|service| (service, label(service))).collect();
        if services.is_empty() {
            return Vec::new();
        }
        let mut gained = Vec::new();
        for holder in self.pass.candidates(role.arn, &is_settled) {
            let passed = services.iter().find(|(service, label)| self.may_pass(holder, role, service, label));
            gained.extend(
                passed.map(|(_, label)| {
                    (holder, format!("may pass {}, which is an administrator, to {label}", role.words))
                }),
            );
        }
        if services.iter().any(|(_, label)| *label == LAMBDA) {
            self.rewriters.retain(|index| !is_settled(*index));
            let why =
                format!("may change what {LAMBDA} functions do, which may run as {}, an administrator", role.words);
            gained.extend(self.rewriters.iter().map(|index| (*index, why.clone())));
        }
        gained
    }

    fn may_pass(&mut self, holder: usize, role: &Role<'_>, service: &str, label: &str) -> bool {
        let runs = self.launches.get(&holder).is_some_and(|services| services.contains(label));
        if !runs || !self.allows(holder, PASS_ROLE, role.arn, &[("iam:passedtoservice", Fact::Text(service))]) {
            return false;
        }
        match role.has_instance_profile {
            _ if label != EC2 || self.fills_instance_profiles(holder) => true,
            Ok(has_profile) => *has_profile,
            Err(unknown) => {
                self.suspects.push((holder, unknown.clone()));
                false
            }
        }
    }

    fn fills_instance_profiles(&self, holder: usize) -> bool {
        self.identity(holder).is_some_and(|identity| {
            let facts = identity.facts(&self.account.id);
            identity.holdings.as_ref().is_ok_and(|one| one.allows_anywhere(FILL_INSTANCE_PROFILE, &facts))
        })
    }

    /// Those who could gain by an identity of a kind of which nothing is known.
    pub(super) fn everybody_through(&self, kind: Kind) -> Vec<usize> {
        match kind {
            Kind::User => self.credentials.everybody().collect(),
            Kind::Group => self.join.everybody().collect(),
            Kind::Role => (0..self.account.identities.len()).collect(),
        }
    }

    /// Those who may be meant by an ARN, because their own is not known.
    pub(super) fn nameless(&self) -> Vec<(usize, Unknown)> {
        let nameless = self.account.identities.iter().enumerate().filter(|(_, one)| one.kind != Kind::Group);
        nameless.filter_map(|(index, one)| Some((index, one.arn.as_ref().err()?.clone()))).collect()
    }
}

/// A role that is an administrator, and whom it trusts.
struct Role<'a> {
    arn: &'a str,
    words: String,
    trust: &'a Trust,
    has_instance_profile: &'a Result<bool, Unknown>,
}

/// The services that run programs for whoever holds this, in roles that it may pass to them.
fn launches(holdings: &Holdings, facts: &Facts<'_>) -> BTreeSet<&'static str> {
    if holdings.allowing(Actions::only(PASS_ROLE)).next().is_none() {
        return BTreeSet::new();
    }
    let may = |call: &&str| holdings.allows_anywhere(call, facts);
    LAUNCHES.iter().filter(|launch| launch.calls.iter().all(&may)).map(|launch| launch.service).collect()
}

/// A service without the regions and countries that its name may carry: `states.eu-central-1.amazonaws.com`.
fn label(service: &str) -> &str {
    service.split('.').next().unwrap_or_default()
}
