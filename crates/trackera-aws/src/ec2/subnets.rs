//! Subnets.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::Subnet as Source;
use trackera_core::resource::Subnet;

use super::{PAGE_SIZE, network_acls, routes, tags};
use crate::assemble::Found;
use crate::call::Place;
use crate::convert::{self, text};
use crate::lists::{Listed, Page};

pub(super) const LIST: &str = "ec2:DescribeSubnets";

pub(super) async fn list(place: &Place<'_>, client: &Client) -> Listed<Found<Subnet>> {
    let request = |token| client.describe_subnets().max_results(PAGE_SIZE).set_next_token(token).send();
    let found = |subnet: Source| Found::new(subnet.subnet_id.clone(), body(place, subnet));
    place.list(LIST, None, request, |page| Page::by_token(page.subnets, page.next_token).map(found)).await
}

fn body(place: &Place<'_>, subnet: Source) -> Option<(String, Subnet)> {
    let attributes = Subnet {
        vpc_id: subnet.vpc_id?,
        availability_zone: subnet.availability_zone?,
        cidr_block: text(subnet.cidr_block),
        map_public_ip_on_launch: subnet.map_public_ip_on_launch?,
        route_table: place.unread(routes::LIST),
        network_acl: place.unread(network_acls::LIST),
        tags: tags(subnet.tags),
    };
    let name = convert::name(&attributes.tags, &subnet.subnet_id?);
    Some((name, attributes))
}
