//! Networks, servers and disks.

mod addresses;
mod flow_logs;
mod groups;
mod images;
mod instances;
mod interfaces;
mod network_acls;
mod prefix_lists;
mod routes;
mod snapshots;
mod subnets;
mod volumes;
mod vpcs;

use std::collections::BTreeMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::Tag;
use futures_util::future::FutureExt as _;
use trackera_core::schema::Demand;

use crate::assemble::{Part, under};
use crate::call::Place;
use crate::request::Request;
use crate::session::Session;
use crate::topics;

/// How many items to ask for in one page of the lists that give so many.
const PAGE_SIZE: i32 = 1000;

/// Collects everything of EC2.
pub(crate) async fn collect(place: &Place<'_>, session: &Session, request: &Request) -> Part {
    let client = &session.ec2(&place.region);
    let demand = &request.demand;
    topics::together(vec![
        networks(place, client, demand).boxed(),
        addresses::collect(place, client, demand).boxed(),
        images::collect(place, client, demand).boxed(),
        instances::collect(place, client, demand).boxed(),
        snapshots::collect(place, client, demand).boxed(),
        volumes::collect(place, client, demand).boxed(),
    ])
    .await
}

/// Networks and what is in them: most of the lists serve more than one kind. One that nobody wants costs no call.
async fn networks(place: &Place<'_>, client: &Client, demand: &Demand) -> Part {
    let (mut groups, interfaces, mut subnets, tables, acls, mut vpcs, flow_logs) = tokio::join!(
        groups::list(place, client),
        interfaces::list(place, client),
        subnets::list(place, client),
        routes::list(place, client),
        network_acls::list(place, client),
        vpcs::list(place, client),
        flow_logs::list(place, client),
    );
    let named = prefix_lists::named(&groups.items, &tables.listed.items);
    let mut part = prefix_lists::collect(place, client, demand, named).await;

    let by_group = interfaces.by(place, interfaces::LIST, |interface| &interface.security_groups);
    let by_network = interfaces.by(place, interfaces::LIST, |interface| std::slice::from_ref(&interface.vpc_id));
    let logs = flow_logs.by(place, flow_logs::LIST, |log| std::slice::from_ref(&log.resource_id));
    groups.complete(|id, group| group.network_interfaces = under(&by_group, id));
    vpcs.complete(|id, vpc| {
        vpc.network_interfaces = under(&by_network, id);
        vpc.flow_logs = under(&logs, id);
    });
    let tables_in_force = tables.in_force(place);
    let acls_in_force = acls.by(place, network_acls::LIST, |acl| &acl.subnets);
    subnets.complete(|id, subnet| {
        subnet.route_table = routes::of_subnet(&tables_in_force, id, &subnet.vpc_id);
        subnet.network_acl = under(&acls_in_force, id).map(|acls| acls.into_iter().next());
    });

    part.add_wanted(place, demand, groups::LIST, groups);
    part.add_wanted(place, demand, interfaces::LIST, interfaces);
    part.add_wanted(place, demand, subnets::LIST, subnets);
    part.add_wanted(place, demand, routes::LIST, tables.listed);
    part.add_wanted(place, demand, network_acls::LIST, acls);
    part.add_wanted(place, demand, vpcs::LIST, vpcs);
    part.add_wanted(place, demand, flow_logs::LIST, flow_logs);
    part
}

fn tags(tags: Option<Vec<Tag>>) -> BTreeMap<String, String> {
    let pair = |tag: Tag| Some((tag.key?, tag.value.unwrap_or_default()));
    tags.unwrap_or_default().into_iter().filter_map(pair).collect()
}
