//! The estate in the form that policies are evaluated on: every attribute in its slot, every relation resolved.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use thiserror::Error;

use super::decode::{DecodeError, Decoder};
use super::intern::Interner;
use super::snapshot::{CollectedAccount, SNAPSHOT_VERSION, Snapshot};
use crate::identity::Standing;
use crate::language::{Unknown, Value};
use crate::resource::{ErrorClass, GLOBAL, Gap, Resource, Scope};
use crate::schema::{KindSchema, Schema};

/// A snapshot that cannot be used at all.
#[derive(Debug, Error)]
pub enum EstateError {
    /// The snapshot was written in another format.
    #[error("the snapshot has version {0}, but this build reads version {SNAPSHOT_VERSION}; collect it again")]
    Version(u32),
    /// A resource is of a kind that this build does not know.
    #[error("no resource kind is called `{0}`; was the snapshot collected by another version?")]
    Kind(String),
    /// Something is said of an account that the snapshot does not claim to have looked at.
    #[error("the snapshot holds {0} of an account that is not among its accounts")]
    Account(String),
    /// A resource does not have the shape of its kind.
    #[error("resource `{kind}` `{id}`")]
    Resource {
        /// The kind's name.
        kind: String,
        /// The resource's id.
        id: String,
        /// What is wrong with it.
        source: DecodeError,
    },
}

/// One resource, ready for evaluation.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The kind's name.
    pub kind: Arc<str>,
    /// The account id.
    pub account: Arc<str>,
    /// The region, or `global`.
    pub region: Arc<str>,
    /// The natural id.
    pub id: Arc<str>,
    /// The name that people know it by.
    pub name: Arc<str>,
    /// The attributes, in the order of the kind's fields.
    pub slots: Arc<[Value]>,
}

/// Where something was listed: account and region.
pub type Place = (String, String);

/// All resources, by kind and by id, and what is known about the completeness of each list.
#[derive(Clone, Debug)]
pub struct Estate {
    schema: Arc<Schema>,
    entries: Vec<Entry>,
    by_kind: BTreeMap<Arc<str>, Vec<usize>>,
    accounts: Vec<CollectedAccount>,
    lists: BTreeMap<String, BTreeMap<Place, Option<Unknown>>>,
    standings: OnceLock<BTreeMap<usize, Standing>>,
    /// When the snapshot was collected.
    pub collected_at: Timestamp,
    /// When reports that services prepare ahead were prepared, by operation and account.
    pub reports: BTreeMap<(String, String), Timestamp>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
}

impl Estate {
    /// Indexes a snapshot.
    ///
    /// # Errors
    /// Fails when the snapshot has another version, names a kind that the schema does not know or an account that it does
    /// not list, or when a resource does not have the shape of its kind.
    pub fn new(schema: &Arc<Schema>, snapshot: &Snapshot) -> Result<Self, EstateError> {
        Self::of(schema, snapshot.clone())
    }

    /// Indexes a snapshot, and lets go of each resource when it is decoded: an estate is never in memory twice.
    ///
    /// # Errors
    /// Fails as [`Estate::new`] does.
    pub fn of(schema: &Arc<Schema>, mut snapshot: Snapshot) -> Result<Self, EstateError> {
        if snapshot.version != SNAPSHOT_VERSION {
            return Err(EstateError::Version(snapshot.version));
        }
        check_accounts(&snapshot)?;
        let mut resources = std::mem::take(&mut snapshot.resources);
        // The same thing twice is one thing; two readings that differ are both judged.
        resources.dedup();
        let mut estate = Self::empty(schema, snapshot);
        let mut interner = Interner::default();
        let relations = Relations::new(schema, &mut interner, &estate.lists, &resources)?;
        let entries = resources.into_iter().map(|resource| {
            let kind = kind_of(schema, &resource)?;
            entry(&relations, &mut interner, kind, &resource)
        });
        let entries = entries.collect::<Result<Vec<_>, _>>()?;
        entries.into_iter().for_each(|entry| estate.push(entry));
        Ok(estate)
    }

    /// An estate of nothing, for expressions over named values alone.
    pub(crate) fn nothing() -> Self {
        Self {
            schema: Arc::new(Schema::nothing()),
            entries: Vec::new(),
            by_kind: BTreeMap::new(),
            accounts: Vec::new(),
            lists: BTreeMap::new(),
            standings: OnceLock::new(),
            collected_at: Timestamp::UNIX_EPOCH,
            reports: BTreeMap::new(),
            gaps: Vec::new(),
        }
    }

    fn empty(schema: &Arc<Schema>, snapshot: Snapshot) -> Self {
        let mut lists: BTreeMap<String, BTreeMap<Place, Option<Unknown>>> = BTreeMap::new();
        for list in snapshot.lists {
            let missing = Unknown::because(list.gaps);
            let known = lists.entry(list.kind).or_default().entry((list.account, list.region)).or_default();
            *known = Unknown::either(known.take(), missing);
        }
        let reports = snapshot
            .reports
            .into_iter()
            .map(|report| ((report.operation, report.account), report.generated_at))
            .collect();
        Self {
            schema: Arc::clone(schema),
            entries: Vec::new(),
            by_kind: BTreeMap::new(),
            accounts: snapshot.accounts,
            lists,
            standings: OnceLock::new(),
            collected_at: snapshot.collected_at,
            reports,
            gaps: snapshot.gaps,
        }
    }

    fn push(&mut self, entry: Entry) {
        self.by_kind.entry(Arc::clone(&entry.kind)).or_default().push(self.entries.len());
        self.entries.push(entry);
    }

    /// The schema that the estate was decoded with.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Every resource.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The resource at a place.
    pub fn entry(&self, index: usize) -> Option<&Entry> {
        self.entries.get(index)
    }

    /// The value of an attribute of a resource, by its name.
    pub fn value<'e>(&self, entry: &'e Entry, field: &str) -> Option<&'e Value> {
        let (slot, _) = self.schema.kind(&entry.kind)?.record.field(field)?;
        entry.slots.get(slot)
    }

    /// The places of all resources of a kind, in the snapshot's order.
    pub fn of_kind(&self, kind: &str) -> &[usize] {
        self.by_kind.get(kind).map(Vec::as_slice).unwrap_or_default()
    }

    /// The accounts and regions where a kind was listed, and what is missing from each list.
    pub fn lists(&self, kind: &str) -> impl Iterator<Item = (&Place, Option<&Unknown>)> {
        self.lists.get(kind).into_iter().flatten().map(|(place, missing)| (place, missing.as_ref()))
    }

    /// The accounts that were looked at.
    pub fn accounts(&self) -> &[CollectedAccount] {
        &self.accounts
    }

    /// The accounts and regions that a kind of this scope should have been listed in.
    pub fn places(&self, scope: Scope) -> Vec<Place> {
        let places = self.accounts.iter().flat_map(|account| {
            let regions = match scope {
                Scope::Account => vec![GLOBAL.to_owned()],
                Scope::Region => account.regions.clone(),
            };
            regions.into_iter().map(|region| (account.account.clone(), region))
        });
        places.collect()
    }

    /// Who is an administrator, by place: worked out once, because every identity can matter to every other.
    pub(crate) fn standings(&self, work_out: fn(&Self) -> BTreeMap<usize, Standing>) -> &BTreeMap<usize, Standing> {
        self.standings.get_or_init(|| work_out(self))
    }

    /// All resources of a kind in one account, and why there may be more.
    pub fn account_wide(&self, kind: &str, account: &str) -> (Vec<usize>, Option<Unknown>) {
        let found = self.of_kind(kind).iter().copied();
        let found =
            found.filter(|index| self.entry(*index).is_some_and(|entry| entry.account.as_ref() == account)).collect();
        let mut lists = self.lists(kind).filter(|((listed, _), _)| listed == account).peekable();
        if lists.peek().is_none() {
            return (found, Some(not_collected(kind, account, "*")));
        }
        (found, lists.fold(None, |missing, (_, more)| Unknown::either(missing, more.cloned())))
    }
}

fn kind_of<'s>(schema: &'s Schema, resource: &Resource) -> Result<&'s KindSchema, EstateError> {
    schema.kind(&resource.kind).ok_or_else(|| EstateError::Kind(resource.kind.clone()))
}

fn check_accounts(snapshot: &Snapshot) -> Result<(), EstateError> {
    let known = |account: &str| snapshot.accounts.iter().any(|known| known.account == account);
    if let Some(list) = snapshot.lists.iter().find(|list| !known(&list.account)) {
        return Err(EstateError::Account(format!("a list of {}", list.kind)));
    }
    match snapshot.resources.iter().find(|resource| !known(&resource.account)) {
        Some(resource) => Err(EstateError::Account(format!("{} `{}`", resource.kind, resource.id))),
        None => Ok(()),
    }
}

fn entry(
    relations: &Relations<'_>,
    interner: &mut Interner,
    kind: &KindSchema,
    resource: &Resource,
) -> Result<Entry, EstateError> {
    let slots = Decoder::new(relations, interner, &resource.account, &resource.region)
        .resource(kind, resource)
        .map_err(|source| EstateError::Resource { kind: resource.kind.clone(), id: resource.id.clone(), source })?;
    Ok(Entry {
        kind: Arc::clone(&kind.name),
        account: interner.text(&resource.account),
        region: interner.text(&resource.region),
        id: interner.text(&resource.id),
        name: interner.text(&resource.name),
        slots,
    })
}

/// A kind that nobody listed is unknown, never empty.
pub fn not_collected(kind: &str, account: &str, region: &str) -> Unknown {
    Unknown::from(Gap {
        operation: format!("list of {kind}"),
        account: account.to_owned(),
        region: region.to_owned(),
        resource: None,
        error_class: ErrorClass::NotCollected,
    })
}

/// Resources by their kind, account, region and id.
type ByKind = BTreeMap<Arc<str>, BTreeMap<Arc<str>, BTreeMap<Arc<str>, BTreeMap<Arc<str>, usize>>>>;

/// Where related resources are, while the estate is being built.
pub(super) struct Relations<'a> {
    by_kind: ByKind,
    lists: &'a BTreeMap<String, BTreeMap<Place, Option<Unknown>>>,
}

impl<'a> Relations<'a> {
    fn new(
        schema: &Schema,
        interner: &mut Interner,
        lists: &'a BTreeMap<String, BTreeMap<Place, Option<Unknown>>>,
        resources: &[Resource],
    ) -> Result<Self, EstateError> {
        let mut by_kind = ByKind::new();
        for (index, resource) in resources.iter().enumerate() {
            let kind = kind_of(schema, resource)?;
            let region = match kind.scope {
                Scope::Account => GLOBAL,
                Scope::Region => resource.region.as_str(),
            };
            let accounts = by_kind.entry(Arc::clone(&kind.name)).or_default();
            let regions = accounts.entry(interner.text(&resource.account)).or_default();
            regions.entry(interner.text(region)).or_default().insert(interner.text(&resource.id), index);
        }
        Ok(Self { by_kind, lists })
    }

    /// Finds a related resource in the same account and region, or says why it cannot be known.
    pub(super) fn find(&self, kind: &str, account: &str, region: &str, id: &str) -> Result<usize, Unknown> {
        let places = [region, GLOBAL];
        let regions = self.by_kind.get(kind).and_then(|accounts| accounts.get(account));
        let found = regions.and_then(|regions| places.iter().find_map(|region| regions.get(*region)?.get(id)));
        if let Some(found) = found {
            return Ok(*found);
        }
        let list = self
            .lists
            .get(kind)
            .and_then(|lists| places.iter().find_map(|region| lists.get(&(account.to_owned(), (*region).to_owned()))));
        match list {
            None => Err(not_collected(kind, account, region)),
            Some(Some(missing)) => Err(missing.clone()),
            Some(None) => Err(Unknown::from(Gap {
                operation: format!("list of {kind}"),
                account: account.to_owned(),
                region: region.to_owned(),
                resource: Some(id.to_owned()),
                error_class: ErrorClass::Disappeared,
            })),
        }
    }
}
