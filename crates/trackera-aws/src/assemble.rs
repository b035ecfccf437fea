//! The snapshot, put together from what the collectors bring.
//!
//! The gaps of a snapshot are read off its lists and resources, so that none can be forgotten and none invented.

use serde_json::Value;
use trackera_core::estate::{CollectedAccount, List, PreparedReport};
use trackera_core::resource::{ErrorClass, Gap, Kind, Resource, UNKNOWN_KEY};

use crate::call::Place;

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

    /// A resource of a global list that stands in a region.
    pub(crate) fn in_region(self, region: &str) -> Self {
        Self { region: Some(region.to_owned()), ..self }
    }
}

impl Part {
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
            gaps_within(&resource.attributes, &mut gaps);
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
    use crate::guard::Guard;

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

    #[test]
    fn gaps_are_read_off_lists_and_resources_except_those_that_nobody_asked_for() {
        let door = Door::new(BTreeSet::new(), 1, Guard::default(), &());
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
