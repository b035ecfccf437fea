use std::collections::BTreeSet;

use jiff::Timestamp;
use trackera_core::resource::{ErrorClass, Volume};
use trackera_core::schema::{Demand, Schema};

use super::*;
use crate::request::Regions;

/// Nothing listens there, so that every call that is made leaves a gap, and only those do.
const NOBODY: &str = "http://127.0.0.1:1";

async fn without_answers(demand: Demand, regions: Regions) -> Snapshot {
    let request = Request {
        demand,
        regions,
        expected_regions: vec!["eu-west-1".to_owned()],
        backups: vec![BackupPlace { bucket: "dumps".to_owned(), prefix: "daily/".to_owned() }],
        accounts: Vec::new(),
        collected_at: Timestamp::UNIX_EPOCH,
    };
    collect_through(&Session::fixed(NOBODY), 8, &request, &()).await
}

fn everything() -> Demand {
    Demand::everything(&Schema::new().unwrap())
}

fn operations(snapshot: &Snapshot) -> BTreeSet<&str> {
    snapshot.gaps.iter().map(|gap| gap.operation.as_str()).collect()
}

fn lists(snapshot: &Snapshot) -> BTreeSet<(&str, &str)> {
    snapshot.lists.iter().map(|list| (list.kind.as_str(), list.region.as_str())).collect()
}

#[test]
fn the_account_of_a_role_is_in_its_arn() {
    assert_eq!(account_of("arn:aws:iam::123456789012:role/reader"), Some("123456789012"));
    assert_eq!(account_of("reader"), None);
}

#[tokio::test]
async fn only_what_the_demand_names_is_called_and_listed() {
    let mut demand = Demand::default();
    demand.add_kind(&Schema::new().unwrap(), Volume::NAME);
    let snapshot = without_answers(demand, Regions::Named(vec!["eu-central-1".to_owned()])).await;
    eprintln!("{snapshot:?}");
    assert_eq!(operations(&snapshot), BTreeSet::from(["ec2:DescribeVolumes", "sts:GetCallerIdentity"]));
    assert_eq!(lists(&snapshot), BTreeSet::from([(Volume::NAME, "eu-central-1")]));
}

#[tokio::test]
async fn every_kind_that_is_wanted_has_a_list_in_every_place_even_when_nobody_answers() {
    let schema = Schema::new().unwrap();
    let snapshot = without_answers(everything(), Regions::Enabled).await;
    let mut expected = BTreeSet::new();
    for kind in schema.kinds() {
        match kind.scope {
            trackera_core::resource::Scope::Account => expected.extend([(kind.name.as_ref(), "global")]),
            trackera_core::resource::Scope::Region => {
                expected.extend([(kind.name.as_ref(), "eu-west-1"), (kind.name.as_ref(), "*")]);
            }
        }
    }
    assert_eq!(lists(&snapshot), expected);
    assert!(snapshot.lists.iter().all(|list| !list.gaps.is_empty()), "{:?}", snapshot.lists);
    assert!(snapshot.resources.is_empty());
    let account = CollectedAccount { account: "*".to_owned(), regions: vec!["*".to_owned(), "eu-west-1".to_owned()] };
    assert_eq!(snapshot.accounts, [account]);
}

#[tokio::test]
async fn gaps_stand_in_the_snapshot_once_and_say_what_went_wrong() {
    let snapshot = without_answers(everything(), Regions::Enabled).await;
    let distinct: BTreeSet<_> = snapshot.gaps.iter().collect();
    assert_eq!(distinct.len(), snapshot.gaps.len());
    assert!(snapshot.gaps.iter().all(|gap| gap.error_class == ErrorClass::Connection), "{:?}", snapshot.gaps);
    assert!(operations(&snapshot).iter().all(|name| trackera_core::schema::operation(name).is_some()));
}
