//! Virtual networks.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Vpc as Source, VpcCidrBlockState, VpcCidrBlockStateCode};
use trackera_core::resource::Vpc;

use super::{PAGE_SIZE, flow_logs, interfaces, tags};
use crate::assemble::Found;
use crate::call::Place;
use crate::convert::{self, text};
use crate::lists::{Listed, Page};

pub(super) const LIST: &str = "ec2:DescribeVpcs";

pub(super) async fn list(place: &Place<'_>, client: &Client) -> Listed<Found<Vpc>> {
    let request = |token| client.describe_vpcs().max_results(PAGE_SIZE).set_next_token(token).send();
    let found = |vpc: Source| Found::new(vpc.vpc_id.clone(), body(place, vpc));
    place.list(LIST, None, request, |page| Page::by_token(page.vpcs, page.next_token).map(found)).await
}

fn body(place: &Place<'_>, vpc: Source) -> Option<(String, Vpc)> {
    let ipv4 = vpc.cidr_block_association_set.unwrap_or_default();
    let ipv6 = vpc.ipv6_cidr_block_association_set.unwrap_or_default();
    let attributes = Vpc {
        cidr_blocks: ipv4
            .into_iter()
            .filter(|range| is_in_use(range.cidr_block_state.as_ref()))
            .filter_map(|range| text(range.cidr_block))
            .collect(),
        ipv6_cidr_blocks: ipv6
            .into_iter()
            .filter(|range| is_in_use(range.ipv6_cidr_block_state.as_ref()))
            .filter_map(|range| text(range.ipv6_cidr_block))
            .collect(),
        is_default: vpc.is_default?,
        flow_logs: place.unread(flow_logs::LIST),
        network_interfaces: place.unread(interfaces::LIST),
        tags: tags(vpc.tags),
    };
    let name = convert::name(&attributes.tags, &vpc.vpc_id?);
    Some((name, attributes))
}

/// Ranges that were taken away, or never came to be, are listed for a while.
fn is_in_use(state: Option<&VpcCidrBlockState>) -> bool {
    use VpcCidrBlockStateCode::{Disassociated, Failed, Failing};
    !matches!(state.and_then(VpcCidrBlockState::state), Some(Disassociated | Failed | Failing))
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::VpcCidrBlockAssociation;

    use super::*;
    use crate::call::{Door, Proven};

    #[test]
    fn ranges_that_were_taken_away_are_left_out() {
        let range = |cidr: &str, state| {
            let state = VpcCidrBlockState::builder().state(state).build();
            VpcCidrBlockAssociation::builder().cidr_block(cidr).cidr_block_state(state).build()
        };
        let vpc = Source::builder()
            .vpc_id("vpc-1")
            .is_default(false)
            .cidr_block_association_set(range("10.0.0.0/16", VpcCidrBlockStateCode::Associated))
            .cidr_block_association_set(range("10.1.0.0/16", VpcCidrBlockStateCode::Disassociated));
        let door = Door::new(std::collections::BTreeSet::new(), 1, &());
        let place = Place::global(&door, "000000000000", Proven::default());
        assert_eq!(body(&place, vpc.build()).unwrap().1.cidr_blocks, ["10.0.0.0/16"]);
    }
}
