//! Route tables, and which of them is in force for a subnet.

use std::collections::BTreeMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::describe_route_tables::DescribeRouteTablesOutput;
use aws_sdk_ec2::types::{Route as SourceRoute, RouteTable as Source};
use trackera_core::resource::{Gap, Observed, Route, RouteTable};

use super::tags;
use crate::assemble::Found;
use crate::call::Place;
use crate::convert;
use crate::lists::{Listed, Page};

pub(super) const LIST: &str = "ec2:DescribeRouteTables";
/// The operation gives at most so many in one page.
const PAGE_SIZE: i32 = 100;

/// The route tables, and which subnets name which of them.
pub(super) struct Tables {
    pub(super) listed: Listed<Found<RouteTable>>,
    by_subnet: BTreeMap<String, String>,
}

/// The table that each subnet names, and the main one of each network.
pub(super) struct InForce {
    by_subnet: BTreeMap<String, String>,
    main: BTreeMap<String, String>,
}

pub(super) async fn list(place: &Place<'_>, client: &Client) -> Tables {
    let request = |token| client.describe_route_tables().max_results(PAGE_SIZE).set_next_token(token).send();
    let mut by_subnet = BTreeMap::new();
    let found = |table: Source| {
        let id = table.route_table_id.clone();
        let subnets = table.associations().iter().filter_map(|association| association.subnet_id());
        by_subnet.extend(subnets.filter_map(|subnet| Some((subnet.to_owned(), id.clone()?))));
        Found::new(id, body(table))
    };
    let mut found = found;
    let open = |page: DescribeRouteTablesOutput| Page::by_token(page.route_tables, page.next_token).map(&mut found);
    let listed = place.list(LIST, None, request, open).await;
    Tables { listed, by_subnet }
}

impl Tables {
    /// Which tables are in force, if all tables are known.
    pub(super) fn in_force(&self, place: &Place<'_>) -> Result<InForce, Gap> {
        let usable = self.listed.usable(place, LIST)?;
        let main = usable.into_iter().filter(|(_, table)| table.main);
        let main = main.map(|(id, table)| (table.vpc_id.clone(), id.to_owned())).collect();
        Ok(InForce { by_subnet: self.by_subnet.clone(), main })
    }
}

/// The table that is associated with the subnet, or else the main one of its network.
pub(super) fn of_subnet(in_force: &Result<InForce, Gap>, subnet: &str, vpc: &str) -> Observed<Option<String>> {
    let of_subnet = |tables: &InForce| tables.by_subnet.get(subnet).or_else(|| tables.main.get(vpc)).cloned();
    in_force.as_ref().map_err(Clone::clone).map(of_subnet).into()
}

fn body(table: Source) -> Option<(String, RouteTable)> {
    let main = table.associations().iter().any(|association| association.main() == Some(true));
    let attributes = RouteTable {
        vpc_id: table.vpc_id?,
        main,
        routes: table.routes?.into_iter().map(route).collect::<Option<_>>()?,
        tags: tags(table.tags),
    };
    let name = convert::name(&attributes.tags, &table.route_table_id?);
    Some((name, attributes))
}

fn route(route: SourceRoute) -> Option<Route> {
    let destinations =
        [route.destination_cidr_block, route.destination_ipv6_cidr_block, route.destination_prefix_list_id];
    // A route to an instance names its interface as well; the interface is what the packets reach.
    let targets = [
        route.gateway_id,
        route.egress_only_internet_gateway_id,
        route.nat_gateway_id,
        route.transit_gateway_id,
        route.vpc_peering_connection_id,
        route.network_interface_id,
        route.instance_id,
        route.local_gateway_id,
        route.carrier_gateway_id,
        route.core_network_arn,
        route.odb_network_arn,
    ];
    Some(Route {
        destination: first(destinations)?,
        // The target of a route that leads nowhere may be gone altogether.
        target: first(targets).unwrap_or_default(),
        state: route.state?.as_str().to_owned(),
    })
}

fn first<const COUNT: usize>(choices: [Option<String>; COUNT]) -> Option<String> {
    choices.into_iter().flatten().find(|choice| !choice.is_empty())
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::RouteState;

    use super::*;

    fn tables() -> Result<InForce, Gap> {
        let map = |key: &str, table: &str| BTreeMap::from([(key.to_owned(), table.to_owned())]);
        Ok(InForce { by_subnet: map("subnet-1", "rtb-3"), main: map("vpc-1", "rtb-1") })
    }

    #[test]
    fn a_subnet_follows_its_own_table_or_else_the_main_one_of_its_network() {
        let table = |subnet, vpc| of_subnet(&tables(), subnet, vpc).known().cloned().unwrap();
        assert_eq!(table("subnet-1", "vpc-1").as_deref(), Some("rtb-3"));
        assert_eq!(table("subnet-2", "vpc-1").as_deref(), Some("rtb-1"));
        assert_eq!(table("subnet-2", "vpc-2"), None);
    }

    #[test]
    fn a_route_that_leads_nowhere_is_kept() {
        let gone = SourceRoute::builder().destination_ipv6_cidr_block("::/0").state(RouteState::Blackhole);
        let route = route(gone.build()).unwrap();
        assert_eq!(
            (route.destination.as_str(), route.target.as_str(), route.state.as_str()),
            ("::/0", "", "blackhole")
        );
    }

    #[test]
    fn a_route_without_a_state_is_not_guessed() {
        assert_eq!(route(SourceRoute::builder().destination_cidr_block("0.0.0.0/0").build()), None);
    }
}
