//! Network interfaces.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::NetworkInterface as Source;
use trackera_core::resource::NetworkInterface;

use super::{PAGE_SIZE, tags};
use crate::assemble::Found;
use crate::call::Place;
use crate::convert::{self, text};
use crate::lists::{Listed, Page};

pub(super) const LIST: &str = "ec2:DescribeNetworkInterfaces";

pub(super) async fn list(place: &Place<'_>, client: &Client) -> Listed<Found<NetworkInterface>> {
    let request = |token| client.describe_network_interfaces().max_results(PAGE_SIZE).set_next_token(token).send();
    let found = |interface: Source| Found::new(interface.network_interface_id.clone(), network_interface(interface));
    place.list(LIST, None, request, |page| Page::by_token(page.network_interfaces, page.next_token).map(found)).await
}

fn network_interface(interface: Source) -> Option<(String, NetworkInterface)> {
    let public_ip_addresses = public_ip_addresses(&interface);
    let groups = interface.groups.unwrap_or_default();
    let private = interface.private_ip_addresses.unwrap_or_default();
    let tags = tags(interface.tag_set);
    let attributes = NetworkInterface {
        description: interface.description.unwrap_or_default(),
        interface_type: interface.interface_type.map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        requester_managed: interface.requester_managed.unwrap_or_default(),
        status: interface.status?.as_str().to_owned(),
        instance_id: interface.attachment.and_then(|attachment| text(attachment.instance_id)),
        vpc_id: interface.vpc_id?,
        subnet: text(interface.subnet_id),
        security_groups: groups.into_iter().map(|group| group.group_id).collect::<Option<_>>()?,
        private_ip_addresses: private.into_iter().filter_map(|address| address.private_ip_address).collect(),
        public_ip_addresses,
        ipv6_addresses: interface
            .ipv6_addresses
            .unwrap_or_default()
            .into_iter()
            .filter_map(|address| address.ipv6_address)
            .collect(),
        tags,
    };
    let name = convert::name(&attributes.tags, &interface.network_interface_id?);
    Some((name, attributes))
}

/// The public address of the interface and those of its further private addresses, each once.
fn public_ip_addresses(interface: &Source) -> Vec<String> {
    let further = interface.private_ip_addresses().iter().filter_map(|address| address.association());
    let mut addresses: Vec<String> = interface
        .association()
        .into_iter()
        .chain(further)
        .filter_map(|association| association.public_ip().map(str::to_owned))
        .filter(|address| !address.is_empty())
        .collect();
    addresses.sort();
    addresses.dedup();
    addresses
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{NetworkInterfaceAssociation, NetworkInterfacePrivateIpAddress};

    use super::*;

    #[test]
    fn public_addresses_of_further_private_ones_are_found_and_each_is_named_once() {
        let public = |address: &str| NetworkInterfaceAssociation::builder().public_ip(address).build();
        let private = |address: &str| NetworkInterfacePrivateIpAddress::builder().association(public(address)).build();
        let interface = Source::builder()
            .association(public("198.51.100.1"))
            .private_ip_addresses(private("198.51.100.1"))
            .private_ip_addresses(private("198.51.100.2"));
        assert_eq!(public_ip_addresses(&interface.build()), ["198.51.100.1", "198.51.100.2"]);
    }

    #[test]
    fn an_interface_without_a_network_is_not_usable() {
        assert!(network_interface(Source::builder().network_interface_id("eni-1").build()).is_none());
    }
}
