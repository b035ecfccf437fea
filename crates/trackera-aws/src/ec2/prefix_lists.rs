//! Managed prefix lists and their entries, without which a rule that names one says nothing.

use std::collections::BTreeSet;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::describe_managed_prefix_lists::DescribeManagedPrefixListsOutput;
use aws_sdk_ec2::types::{Filter, ManagedPrefixList as Source};
use trackera_core::resource::{
    ErrorClass, Gap, Kind as _, ManagedPrefixList, RouteTable, SecurityGroup, SecurityGroupRule,
};
use trackera_core::schema::Demand;

use super::tags;
use crate::assemble::{Found, Part};
use crate::call::Place;
use crate::convert::{self, text};
use crate::lists::{Listed, Page};

const LIST: &str = "ec2:DescribeManagedPrefixLists";
const ENTRIES: &str = "ec2:GetManagedPrefixListEntries";
/// Both operations give at most so many in one page.
const PAGE_SIZE: i32 = 100;
/// A filter takes at most so many values.
const FILTER_SIZE: usize = 200;

/// The prefix lists that rules and routes name.
pub(super) fn named(groups: &[Found<SecurityGroup>], tables: &[Found<RouteTable>]) -> BTreeSet<String> {
    let groups = groups.iter().filter_map(Found::attributes);
    let rules = groups.flat_map(|group| group.ingress.iter().chain(&group.egress));
    let by_rules = rules.filter_map(|rule: &SecurityGroupRule| rule.prefix_list.clone());
    let routes = tables.iter().filter_map(Found::attributes).flat_map(|table| &table.routes);
    let by_routes = routes.map(|route| &route.destination).filter(|to| to.starts_with("pl-")).cloned();
    by_rules.chain(by_routes).collect()
}

/// Collects prefix lists, those of AWS included: all of them if all are wanted, or else those that are named. What was
/// asked for by name is not the list of the kind, so only what went wrong is recorded as one.
pub(super) async fn collect(place: &Place<'_>, client: &Client, demand: &Demand, named: BTreeSet<String>) -> Part {
    let mut part = Part::default();
    if demand.wants_whole(ManagedPrefixList::NAME) {
        part.add_wanted(place, demand, LIST, read(place, client, None).await);
    } else if demand.wants_kind(ManagedPrefixList::NAME) {
        let named: Vec<String> = named.into_iter().collect();
        let mut all = Listed { items: Vec::new(), gaps: Vec::new() };
        for ids in named.chunks(FILTER_SIZE) {
            let some = read(place, client, Some(ids)).await;
            all.items.extend(some.items);
            all.gaps.extend(some.gaps);
        }
        part.add_wanted(place, demand, LIST, all);
        part.lists.retain(|list| !list.gaps.is_empty());
    }
    part
}

/// Reads all lists, or those with the given ids. A filter leaves out an id that is gone; asking for the ids themselves
/// would fail for all of them.
async fn read(place: &Place<'_>, client: &Client, ids: Option<&[String]>) -> Listed<Found<ManagedPrefixList>> {
    let filter = ids.map(|ids| Filter::builder().name("prefix-list-id").set_values(Some(ids.to_vec())).build());
    let request = |token| {
        let request = client.describe_managed_prefix_lists().set_filters(filter.clone().map(|filter| vec![filter]));
        request.max_results(PAGE_SIZE).set_next_token(token).send()
    };
    let found = |list: Source| Found::new(list.prefix_list_id.clone(), prefix_list(place, list));
    let open = |page: DescribeManagedPrefixListsOutput| Page::by_token(page.prefix_lists, page.next_token).map(found);
    let mut listed = place.list(LIST, None, request, open).await;
    let entries = |id: String, _: &_| async move { entries(place, client, &id).await };
    listed.ask(entries, |list, entries| list.entries = entries).await;
    listed
}

async fn entries(place: &Place<'_>, client: &Client, id: &str) -> Result<Vec<String>, Gap> {
    let request = |token| {
        let request = client.get_managed_prefix_list_entries().prefix_list_id(id);
        request.max_results(PAGE_SIZE).set_next_token(token).send()
    };
    let listed = place.list(ENTRIES, Some(id), request, |page| Page::by_token(page.entries, page.next_token)).await;
    let cidrs: Option<Vec<_>> = listed.whole()?.iter().map(|entry| entry.cidr.clone()).collect();
    cidrs.ok_or_else(|| place.gap(ENTRIES, Some(id), ErrorClass::MalformedAnswer))
}

fn prefix_list(place: &Place<'_>, list: Source) -> Option<(String, ManagedPrefixList)> {
    let attributes = ManagedPrefixList {
        owner_id: list.owner_id?,
        address_family: list.address_family?,
        entries: place.unread(ENTRIES),
        tags: tags(list.tags),
    };
    let name = text(list.prefix_list_name);
    let id = list.prefix_list_id?;
    Some((name.unwrap_or_else(|| convert::name(&attributes.tags, &id)), attributes))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use trackera_core::resource::{Observed, Route};

    use super::*;

    #[test]
    fn rules_in_both_directions_and_routes_name_prefix_lists() {
        let to = |id: &str| SecurityGroupRule { prefix_list: Some(id.to_owned()), ..SecurityGroupRule::default() };
        let group = SecurityGroup {
            description: String::new(),
            vpc_id: None,
            is_default: false,
            ingress: vec![to("pl-1"), SecurityGroupRule::default()],
            egress: vec![to("pl-2"), to("pl-1")],
            network_interfaces: Observed::Known(Vec::new()),
            tags: BTreeMap::new(),
        };
        let route = |to: &str| Route { destination: to.to_owned(), ..Route::default() };
        let routes = vec![route("pl-3"), route("0.0.0.0/0")];
        let table = RouteTable { vpc_id: "vpc-1".to_owned(), main: true, routes, tags: BTreeMap::new() };
        let groups = [Found::new(Some("sg-1".to_owned()), Some(("web".to_owned(), group))), Found::new(None, None)];
        let tables = [Found::new(Some("rtb-1".to_owned()), Some(("main".to_owned(), table)))];
        assert_eq!(named(&groups, &tables).into_iter().collect::<Vec<_>>(), ["pl-1", "pl-2", "pl-3"]);
    }
}
