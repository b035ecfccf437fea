//! From the resources of an account to its identities and what they hold.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::{View, documents};
use crate::estate::Estate;
use crate::identity::{self, Account, Grants, Holdings, Identity, Kind, RoleSide, Standing, Trust};
use crate::language::value::{Unknown, Value};

const KINDS: [(&str, Kind); 3] =
    [("aws.iam.user", Kind::User), ("aws.iam.role", Kind::Role), ("aws.iam.group", Kind::Group)];

/// The standing of every user, role and group of the estate, by its place.
pub(super) fn standings(estate: &Estate) -> BTreeMap<usize, Standing> {
    let mut reader = Reader { estate, policies: BTreeMap::new(), groups: BTreeMap::new() };
    let mut standings = BTreeMap::new();
    for account in estate.accounts() {
        let (places, account) = reader.account(&account.account);
        let found = identity::standings(&account).into_iter();
        let found = found.zip(&account.identities).map(|(standing, identity)| with_outsiders(standing, identity));
        standings.extend(places.into_iter().zip(found));
    }
    standings
}

/// Names those who hold an administrator's role from outside.
fn with_outsiders(standing: Standing, identity: &Identity) -> Standing {
    let trust = identity.role.as_ref().and_then(|role| role.trust.as_ref().ok());
    match (standing, trust.map(Trust::outsiders)) {
        (Standing::Administrator(why), Some(outsiders @ [_, ..])) => {
            let names: Vec<&str> = outsiders.iter().map(|one| if one == "*" { "anybody" } else { one }).collect();
            Standing::Administrator(format!("{why}; from outside, {} may assume it", names.join(", ")))
        }
        (standing, _) => standing,
    }
}

/// Documents with where they come from.
type Documents = Vec<(Arc<str>, Arc<Grants>)>;

/// Reads identities; policies and groups that many share are read once.
struct Reader<'a> {
    estate: &'a Estate,
    policies: BTreeMap<usize, Result<(String, Arc<Grants>), Unknown>>,
    groups: BTreeMap<usize, Result<Documents, Unknown>>,
}

impl Reader<'_> {
    /// An account, and where its identities stand in the estate.
    fn account(&mut self, id: &str) -> (Vec<usize>, Account) {
        let mut account = Account { id: id.to_owned(), identities: Vec::new(), missing: BTreeMap::new() };
        let mut places = Vec::new();
        for (name, kind) in KINDS {
            let (found, missing) = self.estate.account_wide(name, id);
            account.missing.extend(missing.map(|missing| (kind, missing)));
            for place in found {
                if let Some(identity) = self.identity(place, kind) {
                    places.push(place);
                    account.identities.push(identity);
                }
            }
        }
        (places, account)
    }

    /// A user, role or group; `None` for a service-linked role, which nobody but its service can use or change.
    fn identity(&mut self, place: usize, kind: Kind) -> Option<Identity> {
        let entry = self.estate.entry(place)?;
        let view = View::resource(self.estate, place)?;
        let linked = |path: Option<&str>| path.is_some_and(|path| path.starts_with("/aws-service-role/"));
        if kind == Kind::Role && view.text("path").is_ok_and(linked) {
            return None;
        }
        let role = (kind == Kind::Role).then(|| RoleSide {
            trust: trust(&view, &entry.account),
            has_instance_profile: view.texts("instance_profiles").and_then(|(profiles, missing)| {
                if profiles.is_empty() { missing.map_or(Ok(false), Err) } else { Ok(true) }
            }),
        });
        let holdings = self.holdings(place, kind, &view);
        Some(Identity { kind, name: entry.id.to_string(), arn: arn(&view, kind, &entry.account), holdings, role })
    }

    fn holdings(&mut self, place: usize, kind: Kind, view: &View<'_>) -> Result<Holdings, Unknown> {
        if kind == Kind::Group {
            return Ok(Holdings { documents: self.group(place)?, boundary: None });
        }
        let mut documents = self.own(view, "")?;
        for group in resources(view, "groups")? {
            documents.extend(self.group(group)?);
        }
        let boundary = view.reference("permissions_boundary")?.map(|policy| self.policy(policy)).transpose()?;
        Ok(Holdings { documents, boundary: boundary.map(|(_, grants)| grants) })
    }

    fn group(&mut self, place: usize) -> Result<Documents, Unknown> {
        if let Some(known) = self.groups.get(&place) {
            return known.clone();
        }
        let name = self.estate.entry(place).map_or("", |entry| &entry.id);
        let documents = View::resource(self.estate, place)
            .map_or_else(|| Ok(Vec::new()), |view| self.own(&view, &format!(" through group {name}")));
        self.groups.insert(place, documents.clone());
        documents
    }

    /// The documents attached to and written into one identity.
    fn own(&mut self, view: &View<'_>, through: &str) -> Result<Documents, Unknown> {
        let mut documents = Documents::new();
        let (inline, mut missing) = view.views("inline_policies")?;
        for place in resources(view, "attached_policies")? {
            let (name, grants) = self.policy(place)?;
            documents.push((format!("policy {name}{through}").into(), grants));
        }
        for policy in inline {
            let name = policy.text("name")?.unwrap_or_default().to_owned();
            match grants(&policy) {
                Ok(grants) => documents.push((format!("inline policy {name}{through}").into(), Arc::new(grants))),
                Err(unknown) => missing = Unknown::either(missing, Some(unknown)),
            }
        }
        missing.map_or(Ok(documents), Err)
    }

    fn policy(&mut self, place: usize) -> Result<(String, Arc<Grants>), Unknown> {
        let read = || {
            let Some(view) = View::resource(self.estate, place) else { return Ok(Default::default()) };
            let name = view.text("name")?.unwrap_or_default().to_owned();
            Ok((name, Arc::new(grants(&view)?)))
        };
        self.policies.entry(place).or_insert_with(read).clone()
    }
}

fn grants(policy: &View<'_>) -> Result<Grants, Unknown> {
    let document = policy.one("document")?.map(|document| documents::read(&document)).transpose()?;
    Ok(Grants::of(&document.unwrap_or_default()))
}

fn trust(role: &View<'_>, account: &str) -> Result<Trust, Unknown> {
    let document = role.one("assume_role_policy")?.map(|document| documents::read(&document)).transpose()?;
    Ok(Trust::of(&document.unwrap_or_default(), account))
}

/// The ARN; where only its parts are known, it is put together from them.
fn arn(view: &View<'_>, kind: Kind, account: &str) -> Result<String, Unknown> {
    let unknown = match view.text("arn") {
        Ok(arn) => return Ok(arn.unwrap_or_default().to_owned()),
        Err(unknown) => unknown,
    };
    let name = view.text("name")?.unwrap_or_default();
    match (kind, view.text("path")) {
        (Kind::User, Ok(Some(path))) => Ok(format!("arn:aws:iam::{account}:user{path}{name}")),
        (Kind::Role, Ok(Some(path))) => Ok(format!("arn:aws:iam::{account}:role{path}{name}")),
        _ => Err(unknown),
    }
}

/// The places of the resources in a list, all of which must be known.
fn resources(view: &View<'_>, field: &str) -> Result<Vec<usize>, Unknown> {
    let list = view.list(field)?;
    let places = list.items.iter().filter_map(|item| match item {
        Value::Resource(place) => Some(*place),
        _ => None,
    });
    list.missing.clone().map_or_else(|| Ok(places.collect()), Err)
}
