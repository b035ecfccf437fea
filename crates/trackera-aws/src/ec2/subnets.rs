//! Subnets.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{RouteTable, Subnet as Source};
use trackera_core::resource::{Gap, Observed, Subnet};

use super::{PAGE_SIZE, routes, tags};
use crate::assemble::{Found, Part};
use crate::call::Place;
use crate::convert::{self, text};
use crate::lists::{Listed, Page};

const LIST: &str = "ec2:DescribeSubnets";

pub(super) async fn list(place: &Place<'_>, client: &Client) -> Listed<Source> {
    let request = |token| client.describe_subnets().max_results(PAGE_SIZE).set_next_token(token).send();
    place.list(LIST, None, request, |page| Page::by_token(page.subnets, page.next_token)).await
}

pub(super) fn add(part: &mut Part, place: &Place<'_>, subnets: Listed<Source>, tables: &Listed<RouteTable>) {
    let tables = tables.whole();
    let found = subnets.items.into_iter().map(|subnet| {
        let table = tables.clone().map(|tables| routes::in_force(tables, subnet.subnet_id(), subnet.vpc_id()));
        Found::new(subnet.subnet_id.clone(), body(subnet, table))
    });
    part.add(place, LIST, subnets.gaps, found);
}

fn body(subnet: Source, route_table: Result<Option<String>, Gap>) -> Option<(String, Subnet)> {
    let attributes = Subnet {
        vpc_id: subnet.vpc_id?,
        availability_zone: subnet.availability_zone?,
        cidr_block: text(subnet.cidr_block),
        map_public_ip_on_launch: subnet.map_public_ip_on_launch?,
        route_table: Observed::from(route_table.clone()),
        network_acl: Observed::from(route_table),
        tags: tags(subnet.tags),
    };
    let name = convert::name(&attributes.tags, &subnet.subnet_id?);
    Some((name, attributes))
}
