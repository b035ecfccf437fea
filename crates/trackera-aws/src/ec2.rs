//! Networks and disks.

mod groups;
mod interfaces;
mod prefix_lists;
mod routes;
mod snapshots;
mod subnets;
mod volumes;

use std::collections::BTreeMap;

use aws_sdk_ec2::types::Tag;
use futures_util::future::FutureExt as _;
use trackera_core::resource::{Kind as _, NetworkInterface, RouteTable, SecurityGroup, Subnet};

use crate::assemble::Part;
use crate::call::Place;
use crate::request::Request;
use crate::session::Session;
use crate::topics;

/// How many items to ask for in one page of the lists that give so many.
const PAGE_SIZE: i32 = 1000;

/// Collects everything of EC2.
pub(crate) async fn collect(place: &Place<'_>, session: &Session, request: &Request) -> Part {
    topics::together(vec![
        groups_and_interfaces(place, session, request).boxed(),
        subnets_and_routes(place, session, request).boxed(),
        prefix_lists::prefix_lists(place, session, request).boxed(),
        volumes::volumes(place, session, request).boxed(),
        snapshots::snapshots(place, session, request).boxed(),
    ])
    .await
}

/// Security groups and network interfaces: the list of interfaces serves both.
async fn groups_and_interfaces(place: &Place<'_>, session: &Session, request: &Request) -> Part {
    let wants_groups = request.demand.wants_kind(SecurityGroup::NAME);
    let wants_interfaces = request.demand.wants_kind(NetworkInterface::NAME);
    let mut part = Part::default();
    if !wants_groups && !wants_interfaces {
        return part;
    }
    let client = session.ec2(&place.region);
    let groups = async { if wants_groups { Some(groups::list(place, &client).await) } else { None } };
    let (groups, interfaces) = tokio::join!(groups, interfaces::list(place, &client));
    if let Some(groups) = groups {
        groups::add(&mut part, place, groups, &interfaces);
    }
    if wants_interfaces {
        interfaces::add(&mut part, place, interfaces);
    }
    part
}

/// Subnets and route tables: the list of tables serves both.
async fn subnets_and_routes(place: &Place<'_>, session: &Session, request: &Request) -> Part {
    let wants_subnets = request.demand.wants_kind(Subnet::NAME);
    let wants_tables = request.demand.wants_kind(RouteTable::NAME);
    let mut part = Part::default();
    if !wants_subnets && !wants_tables {
        return part;
    }
    let client = session.ec2(&place.region);
    let subnets = async { if wants_subnets { Some(subnets::list(place, &client).await) } else { None } };
    let (subnets, tables) = tokio::join!(subnets, routes::list(place, &client));
    if let Some(subnets) = subnets {
        subnets::add(&mut part, place, subnets, &tables);
    }
    if wants_tables {
        routes::add(&mut part, place, tables);
    }
    part
}

fn tags(tags: Option<Vec<Tag>>) -> BTreeMap<String, String> {
    let pair = |tag: Tag| Some((tag.key?, tag.value.unwrap_or_default()));
    tags.unwrap_or_default().into_iter().filter_map(pair).collect()
}
