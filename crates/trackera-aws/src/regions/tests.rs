//! Which regions are looked at, and what is said of the others.

use std::collections::BTreeSet;

use jiff::Timestamp;
use trackera_core::schema::{Demand, Schema};

use super::*;
use crate::call::{Door, Proven};

fn request(regions: Regions, expected: &[&str]) -> Request {
    Request {
        demand: Demand::everything(&Schema::new().unwrap()),
        regions,
        expected_regions: expected.iter().map(|&name| name.to_owned()).collect(),
        backups: Vec::new(),
        accounts: Vec::new(),
        token_code: None,
        collected_at: Timestamp::UNIX_EPOCH,
    }
}

fn answered() -> Answer {
    let regions = [("eu-west-1", "opt-in-not-required"), ("eu-south-1", NOT_OPTED_IN), ("eu-south-2", "opted-in")];
    Some(Ok(regions.map(|(name, status)| (name.to_owned(), status.to_owned())).into()))
}

fn refused(place: &Place<'_>) -> Answer {
    Some(Err(place.at(UNTOLD, false).gap(LIST, None, ErrorClass::AccessDenied)))
}

fn targets(plan: &Plan) -> Vec<&str> {
    plan.targets.iter().map(|target| target.name.as_str()).collect()
}

#[test]
fn enabled_regions_and_expected_ones_are_looked_at() {
    let plan = Plan::new(&request(Regions::Enabled, &["eu-west-1", "eu-south-1"]), &answered());
    assert_eq!(targets(&plan), ["eu-south-2", "eu-west-1"]);
    assert_eq!(plan.disabled, ["eu-south-1"]);
    assert_eq!(plan.names(), ["eu-south-1", "eu-south-2", "eu-west-1"]);
}

#[test]
fn a_named_region_that_is_not_enabled_has_a_gap_in_every_list() {
    let door = Door::new(BTreeSet::new(), 1, &());
    let place = Place::global(&door, "000000000000", Proven::default());
    let request = request(Regions::Named(vec!["eu-south-1".to_owned()]), &[]);
    let lists = Plan::new(&request, &answered()).unreadable(&place, &request);
    assert_eq!(lists.len(), request.demand.regional.len());
    assert!(lists.iter().all(|list| list.gaps[0].error_class == ErrorClass::RegionDisabled));
}

#[test]
fn when_regions_cannot_be_told_the_expected_ones_are_looked_at_and_the_rest_is_a_gap() {
    let door = Door::new(BTreeSet::new(), 1, &());
    let place = Place::global(&door, "000000000000", Proven::default());
    let request = request(Regions::Enabled, &["eu-west-1"]);
    let plan = Plan::new(&request, &refused(&place));
    assert_eq!(targets(&plan), ["eu-west-1"]);
    assert_eq!(plan.names(), ["*", "eu-west-1"]);
    let lists = plan.unreadable(&place, &request);
    assert_eq!(lists.len(), request.demand.regional.len());
    assert!(lists.iter().all(|list| list.region == "*" && list.gaps[0].operation == LIST));
}

#[test]
fn named_regions_are_looked_at_even_when_the_account_cannot_be_asked() {
    let door = Door::new(BTreeSet::new(), 1, &());
    let place = Place::global(&door, "000000000000", Proven::default());
    let plan = Plan::new(&request(Regions::Named(vec!["eu-west-1".to_owned()]), &[]), &refused(&place));
    assert_eq!(targets(&plan), ["eu-west-1"]);
    assert_eq!(plan.untold, None);
}
