//! How many calls one look at an estate takes: the floor that collecting is measured against.
//!
//! It follows from what the policies read and from what there is: one list per kind and place, and for each resource
//! only what the fields that are read need. Retries, and asking again until a report is ready, come on top.

use std::collections::{BTreeMap, BTreeSet};

use super::index::{Entry, Estate};
use super::snapshot::CollectedAccount;
use crate::language::{Unknown, Value};
use crate::resource::{BackupLocation, ErrorClass, GLOBAL, Kind as _};
use crate::schema::{Demand, OPERATIONS, Operation, Rhythm};

/// The number of calls of each operation that a demand takes on an estate as it was seen.
pub fn poll_plan(demand: &Demand, estate: &Estate) -> BTreeMap<&'static str, usize> {
    let wanted =
        OPERATIONS.iter().filter(|operation| demand.wants(operation.name) || is_asked_first(operation.name, demand));
    let counted = wanted.map(|operation| (operation.name, calls(operation, demand, estate)));
    counted.filter(|(_, calls)| *calls > 0).collect()
}

/// Nothing can be read before it is known whose account it is, and which regions are enabled for it.
fn is_asked_first(name: &str, demand: &Demand) -> bool {
    name == "sts:GetCallerIdentity" || name == "ec2:DescribeRegions" && !demand.regional.is_empty()
}

fn calls(operation: &Operation, demand: &Demand, estate: &Estate) -> usize {
    let regions = || estate.accounts().iter().map(|account| account.regions.len());
    match operation.rhythm {
        Rhythm::Account => estate.accounts().len(),
        Rhythm::Region => regions().sum(),
        Rhythm::Pages(kind, page) => {
            let by_reference = demand.wants_kind(kind) && !demand.wants_whole(kind) && is_read_by_reference(kind);
            let least = usize::from(!by_reference);
            let pages = |seen: usize| seen.div_ceil(page.max(1)).max(least);
            places(estate, kind).into_values().map(pages).sum()
        }
        Rhythm::Shared(kinds, page) => {
            let pages =
                |account: &CollectedAccount| shared(estate, kinds, &account.account).div_ceil(page.max(1)).max(1);
            estate.accounts().iter().map(pages).sum()
        }
        Rhythm::Beside(kind) | Rhythm::Each(kind) if !demand.wants_kind(kind) => 0,
        Rhythm::Beside(kind) => pages_beside(operation.name, estate, kind),
        Rhythm::Each(kind) => {
            let entries = estate.of_kind(kind).iter().filter_map(|index| estate.entry(*index));
            asked(operation.name, estate, &entries.collect::<Vec<_>>())
        }
    }
}

/// Managed prefix lists are read as far as rules and routes name them: AWS keeps many that nobody uses.
fn is_read_by_reference(kind: &str) -> bool {
    kind == "aws.ec2.managed_prefix_list"
}

/// How many resources of some kinds an account has.
fn shared(estate: &Estate, kinds: &[&str], account: &str) -> usize {
    let entries = kinds.iter().flat_map(|kind| estate.of_kind(kind)).filter_map(|index| estate.entry(*index));
    entries.filter(|entry| &*entry.account == account).count()
}

/// How many resources of a kind there are in each place where the kind is listed.
fn places<'a>(estate: &'a Estate, kind: &str) -> BTreeMap<(&'a str, &'a str), usize> {
    let mut places = BTreeMap::new();
    let scope = estate.schema().kind(kind).map(|kind| kind.scope);
    for account in estate.accounts() {
        match scope {
            Some(crate::resource::Scope::Account) => {
                places.insert((account.account.as_str(), GLOBAL), 0);
            }
            _ => places.extend(account.regions.iter().map(|region| ((account.account.as_str(), region.as_str()), 0))),
        }
    }
    for entry in estate.of_kind(kind).iter().filter_map(|index| estate.entry(*index)) {
        if let Some(seen) = places.get_mut(&(&*entry.account, &*entry.region)) {
            *seen += 1;
        }
    }
    places
}

/// What is only asked for where something needs it, by what lists say on their pages of a hundred.
fn pages_beside(operation: &str, estate: &Estate, kind: &str) -> usize {
    let mut items: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for entry in estate.of_kind(kind).iter().filter_map(|index| estate.entry(*index)) {
        let listed = match operation {
            "elbv2:DescribeSSLPolicies" if !is(estate, entry, "protocol", &["HTTPS", "TLS"]) => continue,
            "kms:ListAliases" => length(estate, entry, "aliases"),
            "rds:DescribePendingMaintenanceActions" => length(estate, entry, "pending_maintenance").min(1),
            "sns:ListSubscriptions" => length(estate, entry, "subscriptions"),
            // What AWS itself offers fits on a page.
            _ => 0,
        };
        *items.entry((&*entry.account, &*entry.region)).or_default() += listed;
    }
    items.into_values().map(|items| items.div_ceil(100).max(1)).sum()
}

fn text(estate: &Estate, entry: &Entry, field: &str) -> Option<String> {
    match estate.value(entry, field) {
        Some(Value::String(text)) => Some(text.to_string()),
        _ => None,
    }
}

fn is(estate: &Estate, entry: &Entry, field: &str, wanted: &[&str]) -> bool {
    text(estate, entry, field).is_some_and(|text| wanted.contains(&&*text))
}

fn length(estate: &Estate, entry: &Entry, field: &str) -> usize {
    match estate.value(entry, field) {
        Some(Value::List(list)) => list.items.len(),
        _ => 0,
    }
}

/// How many gaps of an operation stand in the lists of a kind.
fn refused(operation: &str, estate: &Estate, kind: &str) -> usize {
    let gaps = estate.lists(kind).filter_map(|(_, missing)| missing).flat_map(Unknown::gaps);
    gaps.filter(|gap| gap.operation == operation && gap.error_class != ErrorClass::NotCollected).count()
}

/// How many of the resources are asked about: not those that an answer is known of beforehand.
fn asked(operation: &str, estate: &Estate, entries: &[&Entry]) -> usize {
    let is = |entry: &Entry, field: &str, wanted: &[&str]| is(estate, entry, field, wanted);
    let count = |wanted: &dyn Fn(&Entry) -> bool| entries.iter().filter(|entry| wanted(entry)).count();
    let groups = || {
        let group = |entry: &&Entry| {
            Some((entry.account.clone(), entry.region.clone(), text(estate, entry, "parameter_group")?))
        };
        entries.iter().filter_map(group).collect::<BTreeSet<_>>().len()
    };
    match operation {
        "kms:GetKeyPolicy" => count(&|key| is(key, "key_manager", &["CUSTOMER"])),
        "kms:GetKeyRotationStatus" => count(&|key| {
            is(key, "key_manager", &["CUSTOMER"])
                && is(key, "key_spec", &["SYMMETRIC_DEFAULT"])
                && is(key, "key_usage", &["ENCRYPT_DECRYPT"])
                && is(key, "origin", &["AWS_KMS"])
                && is(key, "key_state", &["Enabled", "Disabled"])
        }),
        "acm:DescribeCertificate" => count(&|certificate| !is(certificate, "certificate_type", &["IMPORTED"])),
        "elbv2:DescribeRules" => count(&|listener| is(listener, "protocol", &["HTTP"])),
        "rds:DescribeDBParameters" | "rds:DescribeDBClusterParameters" => groups(),
        "rds:DescribeDBSnapshotAttributes" | "rds:DescribeDBClusterSnapshotAttributes" => {
            count(&|snapshot| !is(snapshot, "snapshot_type", &["automated"]))
        }
        // A place that could not be found was asked about, too.
        "s3:GetBucketLocation" => entries.len() + refused(operation, estate, BackupLocation::NAME),
        "s3:HeadObject" => entries.iter().map(|place| length(estate, place, "sampled_objects")).sum(),
        _ => entries.len(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;
    use serde_json::Map;

    use super::*;
    use crate::estate::{List, SNAPSHOT_VERSION, Snapshot};
    use crate::resource::{DbInstance, Gap, Key, Resource, Role, User};
    use crate::schema::Schema;

    const ACCOUNT: &str = "000000000000";
    const REGION: &str = "eu-central-1";

    fn plan(resources: &[(&str, &str, usize)], lists: Vec<List>) -> BTreeMap<&'static str, usize> {
        let resource = |kind: &str, region: &str, number: usize| Resource {
            kind: kind.to_owned(),
            account: ACCOUNT.to_owned(),
            region: region.to_owned(),
            id: format!("{number:06}"),
            name: String::new(),
            attributes: Map::new().into(),
        };
        let resources = resources.iter().flat_map(|(kind, region, count)| {
            (0..*count).map(|number| resource(kind, region, number)).collect::<Vec<_>>()
        });
        let snapshot = Snapshot {
            version: SNAPSHOT_VERSION,
            collected_at: Timestamp::UNIX_EPOCH,
            accounts: vec![CollectedAccount { account: ACCOUNT.to_owned(), regions: vec![REGION.to_owned()] }],
            lists,
            resources: resources.collect(),
            gaps: Vec::new(),
            reports: Vec::new(),
        };
        let schema = Arc::new(Schema::new().unwrap());
        let estate = Estate::of(&schema, snapshot.sorted()).unwrap();
        poll_plan(&Demand::everything(&schema), &estate)
    }

    #[test]
    fn lists_are_read_in_the_largest_pages_and_one_that_kinds_share_is_read_once() {
        let plan = plan(&[(User::NAME, GLOBAL, 700), (Role::NAME, GLOBAL, 301), (Key::NAME, REGION, 1001)], Vec::new());
        assert_eq!((plan["iam:ListUsers"], plan["iam:GetAccountAuthorizationDetails"]), (1, 2));
        assert_eq!((plan["kms:ListKeys"], plan["kms:ListAliases"]), (2, 1));
    }

    #[test]
    fn what_a_service_offers_is_asked_for_once_however_many_databases_there_are() {
        let plan = plan(&[(DbInstance::NAME, REGION, 250)], Vec::new());
        assert_eq!((plan["rds:DescribeDBInstances"], plan["rds:DescribeDBMajorEngineVersions"]), (3, 1));
        assert_eq!(plan["rds:DescribePendingMaintenanceActions"], 1);
    }

    #[test]
    fn a_place_that_could_not_be_found_was_asked_about() {
        let gap = Gap {
            operation: "s3:GetBucketLocation".to_owned(),
            account: ACCOUNT.to_owned(),
            region: GLOBAL.to_owned(),
            resource: Some("dumps".to_owned()),
            error_class: ErrorClass::Disappeared,
        };
        let list = List {
            kind: BackupLocation::NAME.to_owned(),
            account: ACCOUNT.to_owned(),
            region: GLOBAL.to_owned(),
            gaps: vec![gap],
        };
        assert_eq!(plan(&[], vec![list])["s3:GetBucketLocation"], 1);
    }
}
