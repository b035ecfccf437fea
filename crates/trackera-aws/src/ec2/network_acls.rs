//! Network access control lists.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{NetworkAcl as Source, NetworkAclEntry as SourceEntry};
use trackera_core::resource::{NetworkAcl, NetworkAclEntry};

use super::{PAGE_SIZE, tags};
use crate::assemble::Found;
use crate::call::Place;
use crate::convert::{self, text};
use crate::lists::{Listed, Page};

pub(super) const LIST: &str = "ec2:DescribeNetworkAcls";

pub(super) async fn list(place: &Place<'_>, client: &Client) -> Listed<Found<NetworkAcl>> {
    let request = |token| client.describe_network_acls().max_results(PAGE_SIZE).set_next_token(token).send();
    let found = |acl: Source| Found::new(acl.network_acl_id.clone(), body(acl));
    place.list(LIST, None, request, |page| Page::by_token(page.network_acls, page.next_token).map(found)).await
}

fn body(acl: Source) -> Option<(String, NetworkAcl)> {
    let associations = acl.associations.unwrap_or_default();
    let attributes = NetworkAcl {
        vpc_id: acl.vpc_id?,
        is_default: acl.is_default?,
        entries: acl.entries?.into_iter().map(entry).collect::<Option<_>>()?,
        subnets: associations.into_iter().map(|association| association.subnet_id).collect::<Option<_>>()?,
        tags: tags(acl.tags),
    };
    let name = convert::name(&attributes.tags, &acl.network_acl_id?);
    Some((name, attributes))
}

/// An entry without a side to be about, or half a range of ports, cannot be understood.
fn entry(entry: SourceEntry) -> Option<NetworkAclEntry> {
    let (cidr_block, ipv6_cidr_block) = (text(entry.cidr_block), text(entry.ipv6_cidr_block));
    let (from_port, to_port) = match entry.port_range {
        Some(ports) => (Some(ports.from?.into()), Some(ports.to?.into())),
        None => (None, None),
    };
    (cidr_block.is_some() || ipv6_cidr_block.is_some()).then_some(())?;
    Some(NetworkAclEntry {
        rule_number: entry.rule_number?.into(),
        egress: entry.egress?,
        protocol: entry.protocol?,
        rule_action: entry.rule_action?.as_str().to_owned(),
        cidr_block,
        ipv6_cidr_block,
        from_port,
        to_port,
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{PortRange, RuleAction};

    use super::*;

    #[test]
    fn an_entry_without_ports_is_about_all_and_one_with_half_a_range_is_not_guessed() {
        let any = SourceEntry::builder()
            .rule_number(100)
            .egress(false)
            .protocol("-1")
            .rule_action(RuleAction::Allow)
            .ipv6_cidr_block("::/0");
        let understood = entry(any.clone().build()).unwrap();
        assert_eq!((understood.from_port, understood.ipv6_cidr_block.as_deref()), (None, Some("::/0")));
        assert_eq!(entry(any.port_range(PortRange::builder().from(22).build()).build()), None);
    }

    #[test]
    fn an_entry_about_nobody_is_not_guessed() {
        let entry = SourceEntry::builder().rule_number(1).egress(true).protocol("6").rule_action(RuleAction::Deny);
        assert_eq!(super::entry(entry.build()), None);
    }
}
