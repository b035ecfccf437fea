//! The snapshot, put together from what the collectors bring.
//!
//! The gaps of a snapshot are read off its lists and resources, so that none can be forgotten and none invented.

use std::collections::BTreeMap;
use std::future::Future;

use serde_json::Value;
use trackera_core::estate::{CollectedAccount, List, PreparedReport};
use trackera_core::resource::{ErrorClass, Gap, Kind, Observed, Resource, UNKNOWN_KEY};
use trackera_core::schema::Demand;

use crate::beside::beside;
use crate::call::Place;
use crate::lists::Listed;

/// What one collector brings.
#[derive(Debug, Default)]
pub(crate) struct Part {
    pub(crate) accounts: Vec<CollectedAccount>,
    pub(crate) lists: Vec<List>,
    pub(crate) resources: Vec<Resource>,
    /// Gaps that neither a list nor a resource carries.
    pub(crate) gaps: Vec<Gap>,
    pub(crate) reports: Vec<PreparedReport>,
}

/// One resource of a list, as far as its answer could be used.
pub(crate) struct Found<K> {
    id: Option<String>,
    region: Option<String>,
    /// The name and the attributes; `None` when a field that AWS always gives is missing.
    body: Option<(String, K)>,
}

impl<K> Found<K> {
    /// A resource in the region of its list.
    pub(crate) fn new(id: Option<String>, body: Option<(String, K)>) -> Self {
        Self { id, region: None, body }
    }

    /// The attributes, if the answer could be used.
    pub(crate) fn attributes(&self) -> Option<&K> {
        self.body.as_ref().map(|(_, attributes)| attributes)
    }

    /// Adds what other lists tell of the resource with an id.
    pub(crate) fn complete(&mut self, add: impl FnOnce(&str, &mut K)) {
        if let (Some(id), Some((_, attributes))) = (&self.id, &mut self.body) {
            add(id, attributes);
        }
    }

    /// A resource of a global list that stands in a region.
    pub(crate) fn in_region(self, region: &str) -> Self {
        Self { region: Some(region.to_owned()), ..self }
    }
}

impl<K> Listed<Found<K>> {
    /// Every resource with its id, if the list is whole and each of them could be used.
    pub(crate) fn usable(&self, place: &Place<'_>, operation: &str) -> Result<Vec<(&str, &K)>, Gap> {
        let found = self.whole()?.iter();
        let all: Option<Vec<_>> = found.map(|one| Some((one.id.as_deref()?, one.attributes()?))).collect();
        all.ok_or_else(|| place.gap(operation, None, ErrorClass::MalformedAnswer))
    }

    /// Adds what other lists tell.
    pub(crate) fn complete(&mut self, add: impl Fn(&str, &mut K)) {
        self.items.iter_mut().for_each(|found| found.complete(&add));
    }

    /// Asks about each resource that can be used, all beside each other, and adds the answers.
    pub(crate) async fn ask<T, F>(
        &mut self,
        ask: impl Fn(String, &K) -> F + Send + Sync,
        add: impl Fn(&mut K, Observed<T>) + Send + Sync,
    ) where
        K: Send,
        T: Send,
        F: Future<Output = Result<T, Gap>> + Send,
    {
        let usable = self.items.iter_mut().filter_map(|found| Some((found.id.clone()?, &mut found.body.as_mut()?.1)));
        beside(usable.map(async |(id, attributes)| {
            let answer = ask(id, attributes).await;
            add(attributes, Observed::from(answer));
        }))
        .await;
    }

    /// The ids of the resources by something that they name.
    pub(crate) fn by<'a>(
        &'a self,
        place: &Place<'_>,
        operation: &str,
        names: impl Fn(&'a K) -> &'a [String],
    ) -> ByName {
        let mut ids = BTreeMap::<String, Vec<String>>::new();
        for (id, attributes) in self.usable(place, operation)? {
            for name in names(attributes) {
                ids.entry(name.clone()).or_default().push(id.to_owned());
            }
        }
        Ok(ids)
    }
}

/// Ids by something that their resources name, or why they are not all known.
pub(crate) type ByName = Result<BTreeMap<String, Vec<String>>, Gap>;

/// What stands under a name: nothing, if the name is not there.
pub(crate) fn under<T: Clone + Default>(found: &Result<BTreeMap<String, T>, Gap>, name: &str) -> Observed<T> {
    found.as_ref().map_err(Clone::clone).map(|found| found.get(name).cloned().unwrap_or_default()).into()
}

impl Part {
    /// Adds a list if its kind is wanted for itself, and not only for what it tells of others.
    pub(crate) fn add_wanted<K: Kind>(
        &mut self,
        place: &Place<'_>,
        demand: &Demand,
        operation: &str,
        listed: Listed<Found<K>>,
    ) {
        if demand.wants_kind(K::NAME) {
            self.add(place, operation, listed.gaps, listed.items);
        }
    }

    /// Adds a list of a kind with its resources; what cannot be used becomes a gap of the list.
    pub(crate) fn add<K: Kind>(
        &mut self,
        place: &Place<'_>,
        operation: &str,
        gaps: Vec<Gap>,
        found: impl IntoIterator<Item = Found<K>>,
    ) {
        let mut list =
            List { kind: K::NAME.to_owned(), account: place.account.clone(), region: place.region.clone(), gaps };
        for one in found {
            match resource(place, one) {
                Ok(resource) => self.resources.push(resource),
                Err(id) => list.gaps.push(place.gap(operation, id.as_deref(), ErrorClass::MalformedAnswer)),
            }
        }
        list.gaps.sort();
        list.gaps.dedup();
        self.lists.push(list);
    }

    /// Adds all that another collector brought.
    pub(crate) fn merge(&mut self, other: Self) {
        self.accounts.extend(other.accounts);
        self.lists.extend(other.lists);
        self.resources.extend(other.resources);
        self.gaps.extend(other.gaps);
        self.reports.extend(other.reports);
    }

    /// Every gap of the part, once for each place that it stands in.
    pub(crate) fn all_gaps(&self) -> Vec<Gap> {
        let mut gaps = self.gaps.clone();
        gaps.extend(self.lists.iter().flat_map(|list| list.gaps.iter().cloned()));
        for resource in &self.resources {
            if resource.attributes.may_have_gaps() {
                gaps_within(&resource.attributes.to_value(), &mut gaps);
            }
        }
        gaps.retain(|gap| gap.error_class != ErrorClass::NotCollected);
        gaps
    }
}

fn resource<K: Kind>(place: &Place<'_>, found: Found<K>) -> Result<Resource, Option<String>> {
    let Found { id: Some(id), region, body: Some((name, attributes)) } = found else { return Err(found.id) };
    let region = region.unwrap_or_else(|| place.region.clone());
    Resource::new(&place.account, &region, id.clone(), name, &attributes).map_err(|_| Some(id))
}

fn gaps_within(value: &Value, gaps: &mut Vec<Gap>) {
    match value {
        Value::Object(fields) => match fields.get(UNKNOWN_KEY) {
            Some(gap) => gaps.extend(serde_json::from_value::<Gap>(gap.clone())),
            None => fields.values().for_each(|field| gaps_within(field, gaps)),
        },
        Value::Array(items) => items.iter().for_each(|item| gaps_within(item, gaps)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use jiff::Timestamp;
    use trackera_core::resource::{Bucket, Observed};

    use super::*;
    use crate::call::{Door, Proven};

    fn bucket(encryption: ErrorClass, tags: ErrorClass, place: &Place<'_>) -> Bucket {
        Bucket {
            creation_date: Timestamp::UNIX_EPOCH,
            encryption: Observed::Unknown(place.gap("s3:GetBucketEncryption", Some("files"), encryption)),
            public_access_block: Observed::Known(None),
            policy: Observed::Known(None),
            policy_is_public: Observed::Known(None),
            acl_grants: Observed::Known(Vec::new()),
            object_ownership: Observed::Known(None),
            versioning_status: Observed::Known(None),
            mfa_delete: Observed::Known(false),
            lifecycle_rules: Observed::Known(Vec::new()),
            replication_rules: Observed::Known(Vec::new()),
            object_lock: Observed::Known(None),
            logging_target_bucket: Observed::Known(None),
            tags: Err::<BTreeMap<_, _>, _>(place.gap("s3:GetBucketTagging", None, tags)).into(),
        }
    }

    fn listed(gaps: Vec<Gap>, usable: bool, place: &Place<'_>) -> Listed<Found<Bucket>> {
        let body = |name: &str| (name.to_owned(), bucket(ErrorClass::AccessDenied, ErrorClass::AccessDenied, place));
        let found = |name: &str, usable: bool| Found::new(Some(name.to_owned()), usable.then(|| body(name)));
        Listed { items: vec![found("files", true), found("logs", usable)], gaps }
    }

    #[test]
    fn what_a_list_tells_of_others_is_known_only_if_it_is_whole_and_understood() {
        let door = Door::new(BTreeSet::new(), 1, &());
        let place = &Place::global(&door, "000000000000", Proven::default());
        let names = [String::from("eu")];
        let by_name = |listed: Listed<Found<Bucket>>| listed.by(place, "s3:ListBuckets", |_| &names);
        let whole = by_name(listed(Vec::new(), true, place));
        assert_eq!(under(&whole, "eu").known().map(Vec::len), Some(2));
        assert_eq!(under(&whole, "us").known().map(Vec::len), Some(0));
        let denied = place.gap("s3:ListBuckets", None, ErrorClass::AccessDenied);
        assert_eq!(under(&by_name(listed(vec![denied.clone()], true, place)), "us"), Observed::Unknown(denied));
        assert_eq!(under(&by_name(listed(Vec::new(), false, place)), "us").known(), None);
    }

    #[test]
    fn gaps_are_read_off_lists_and_resources_except_those_that_nobody_asked_for() {
        let door = Door::new(BTreeSet::new(), 1, &());
        let place = Place::global(&door, "000000000000", Proven::default());
        let mut part = Part::default();
        let body = Some(("files".to_owned(), bucket(ErrorClass::AccessDenied, ErrorClass::NotCollected, &place)));
        let found = [Found::new(Some("files".to_owned()), body).in_region("eu-west-1"), Found::new(None, None)];
        part.add(&place, "s3:ListBuckets", Vec::new(), found);
        let classes: Vec<_> = part.all_gaps().iter().map(|gap| gap.error_class).collect();
        assert_eq!(classes, [ErrorClass::MalformedAnswer, ErrorClass::AccessDenied]);
        assert_eq!(part.resources.iter().map(|one| one.region.as_str()).collect::<Vec<_>>(), ["eu-west-1"]);
        assert_eq!(part.lists.iter().map(|list| list.gaps.len()).collect::<Vec<_>>(), [1]);
    }
}
