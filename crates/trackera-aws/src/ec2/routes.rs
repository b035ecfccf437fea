//! Route tables, and which of them is in force for a subnet.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Route as SourceRoute, RouteTable as Source};
use trackera_core::resource::{Route, RouteTable};

use super::tags;
use crate::assemble::{Found, Part};
use crate::call::Place;
use crate::convert;
use crate::lists::{Listed, Page};

const LIST: &str = "ec2:DescribeRouteTables";
/// The operation gives at most so many in one page.
const PAGE_SIZE: i32 = 100;

pub(super) async fn list(place: &Place<'_>, client: &Client) -> Listed<Source> {
    let request = |token| client.describe_route_tables().max_results(PAGE_SIZE).set_next_token(token).send();
    place.list(LIST, None, request, |page| Page::by_token(page.route_tables, page.next_token)).await
}

pub(super) fn add(part: &mut Part, place: &Place<'_>, tables: Listed<Source>) {
    let found = tables.items.into_iter().map(|table| Found::new(table.route_table_id.clone(), body(table)));
    part.add(place, LIST, tables.gaps, found);
}

/// The table that is associated with the subnet, or else the main one of its network.
pub(super) fn in_force(tables: &[Source], subnet: Option<&str>, vpc: Option<&str>) -> Option<String> {
    let of_subnet = tables
        .iter()
        .find(|table| table.associations().iter().any(|one| one.subnet_id().is_some() && one.subnet_id() == subnet));
    let of_network = || tables.iter().find(|table| is_main(table) && table.vpc_id() == vpc);
    of_subnet.or_else(of_network).and_then(|table| table.route_table_id.clone())
}

fn is_main(table: &Source) -> bool {
    table.associations().iter().any(|one| one.main() == Some(true))
}

fn body(table: Source) -> Option<(String, RouteTable)> {
    let main = is_main(&table);
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
    use aws_sdk_ec2::types::{RouteState, RouteTableAssociation};

    use super::*;

    fn table(id: &str, vpc: &str, association: RouteTableAssociation) -> Source {
        Source::builder().route_table_id(id).vpc_id(vpc).associations(association).build()
    }

    #[test]
    fn a_subnet_follows_its_own_table_or_else_the_main_one_of_its_network() {
        let own = RouteTableAssociation::builder().subnet_id("subnet-1").main(false).build();
        let main = || RouteTableAssociation::builder().main(true).build();
        let tables = [table("rtb-1", "vpc-1", main()), table("rtb-2", "vpc-2", main()), table("rtb-3", "vpc-1", own)];
        assert_eq!(in_force(&tables, Some("subnet-1"), Some("vpc-1")).as_deref(), Some("rtb-3"));
        assert_eq!(in_force(&tables, Some("subnet-2"), Some("vpc-2")).as_deref(), Some("rtb-2"));
        assert_eq!(in_force(&tables, Some("subnet-2"), Some("vpc-3")), None);
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
