//! Elastic IP addresses.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::Address as Source;
use trackera_core::resource::Address;
use trackera_core::schema::Demand;

use super::tags;
use crate::assemble::{Found, Part};
use crate::call::Place;
use crate::convert::{self, text};
use crate::lists::Page;

const LIST: &str = "ec2:DescribeAddresses";

/// Collects addresses, all of which come in one answer.
pub(super) async fn collect(place: &Place<'_>, client: &Client, demand: &Demand) -> Part {
    let request = |_| client.describe_addresses().send();
    let found = |address: Source| Found::new(address.allocation_id.clone(), body(address));
    let listed = place.list(LIST, None, request, |page| Page::by_token(page.addresses, None).map(found)).await;
    let mut part = Part::default();
    part.add_wanted(place, demand, LIST, listed);
    part
}

fn body(address: Source) -> Option<(String, Address)> {
    let attributes = Address {
        // The address of a carrier's network is public there.
        public_ip: text(address.public_ip).or(text(address.carrier_ip))?,
        network_interface: text(address.network_interface_id),
        instance_id: text(address.instance_id),
        tags: tags(address.tags),
    };
    let name = convert::name(&attributes.tags, &address.allocation_id?);
    Some((name, attributes))
}
