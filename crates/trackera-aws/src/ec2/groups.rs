//! Security groups, their rules split into one for each peer.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{IpPermission, SecurityGroup as Source};
use trackera_core::resource::{SecurityGroup, SecurityGroupRule};

use super::{PAGE_SIZE, interfaces, tags};
use crate::assemble::Found;
use crate::call::Place;
use crate::convert::text;
use crate::lists::{Listed, Page};

pub(super) const LIST: &str = "ec2:DescribeSecurityGroups";

pub(super) async fn list(place: &Place<'_>, client: &Client) -> Listed<Found<SecurityGroup>> {
    let request = |token| client.describe_security_groups().max_results(PAGE_SIZE).set_next_token(token).send();
    let found = |group: Source| Found::new(group.group_id.clone(), body(place, group));
    place.list(LIST, None, request, |page| Page::by_token(page.security_groups, page.next_token).map(found)).await
}

fn body(place: &Place<'_>, group: Source) -> Option<(String, SecurityGroup)> {
    let name = group.group_name?;
    let attributes = SecurityGroup {
        description: group.description.unwrap_or_default(),
        vpc_id: text(group.vpc_id),
        is_default: name == "default",
        ingress: rules(group.ip_permissions?)?,
        egress: rules(group.ip_permissions_egress?)?,
        network_interfaces: place.unread(interfaces::LIST),
        tags: tags(group.tags),
    };
    Some((name, attributes))
}

fn rules(permissions: Vec<IpPermission>) -> Option<Vec<SecurityGroupRule>> {
    let mut rules = Vec::new();
    for permission in permissions {
        let all = SecurityGroupRule {
            ip_protocol: permission.ip_protocol?,
            from_port: permission.from_port.map(i64::from),
            to_port: permission.to_port.map(i64::from),
            ..SecurityGroupRule::default()
        };
        for peer in permission.ip_ranges.unwrap_or_default() {
            rules.push(SecurityGroupRule {
                cidr_ipv4: Some(peer.cidr_ip?),
                description: peer.description,
                ..all.clone()
            });
        }
        for peer in permission.ipv6_ranges.unwrap_or_default() {
            rules.push(SecurityGroupRule {
                cidr_ipv6: Some(peer.cidr_ipv6?),
                description: peer.description,
                ..all.clone()
            });
        }
        for peer in permission.prefix_list_ids.unwrap_or_default() {
            rules.push(SecurityGroupRule {
                prefix_list: Some(peer.prefix_list_id?),
                description: peer.description,
                ..all.clone()
            });
        }
        for peer in permission.user_id_group_pairs.unwrap_or_default() {
            rules.push(SecurityGroupRule {
                referenced_group_id: Some(peer.group_id?),
                description: peer.description,
                ..all.clone()
            });
        }
    }
    Some(rules)
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{IpRange, Ipv6Range, PrefixListId, UserIdGroupPair};

    use super::*;

    #[test]
    fn one_permission_becomes_one_rule_for_each_peer() {
        let permission = IpPermission::builder()
            .ip_protocol("tcp")
            .from_port(22)
            .to_port(22)
            .ip_ranges(IpRange::builder().cidr_ip("0.0.0.0/1").description("half").build())
            .ip_ranges(IpRange::builder().cidr_ip("128.0.0.0/1").build())
            .ipv6_ranges(Ipv6Range::builder().cidr_ipv6("::/0").build())
            .prefix_list_ids(PrefixListId::builder().prefix_list_id("pl-1").build())
            .user_id_group_pairs(UserIdGroupPair::builder().group_id("sg-2").build());
        let rules = rules(vec![permission.build()]).unwrap();
        assert_eq!(rules.len(), 5);
        assert!(rules.iter().all(|rule| rule.ip_protocol == "tcp" && rule.to_port == Some(22)));
        assert_eq!(rules[0].description.as_deref(), Some("half"));
        assert_eq!(rules[3].prefix_list.as_deref(), Some("pl-1"));
        assert_eq!(rules[4].referenced_group_id.as_deref(), Some("sg-2"));
    }

    #[test]
    fn a_rule_without_its_protocol_or_its_peer_is_not_guessed() {
        assert_eq!(rules(vec![IpPermission::builder().build()]), None);
        let nobody = IpPermission::builder().ip_protocol("-1").ip_ranges(IpRange::builder().build());
        assert_eq!(rules(vec![nobody.build()]), None);
    }
}
