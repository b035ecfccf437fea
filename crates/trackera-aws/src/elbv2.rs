//! Load balancers of the current generations, and what they listen to.

mod listeners;
mod tls;

use std::collections::BTreeMap;

use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::operation::describe_load_balancers::DescribeLoadBalancersOutput;
use aws_sdk_elasticloadbalancingv2::types::{LoadBalancer as Source, LoadBalancerAttribute, LoadBalancerTypeEnum};
use trackera_core::resource::{ErrorClass, Gap, Kind as _, Listener, LoadBalancer, Observed};

use self::listeners::Heard;
use self::tls::Policies;
use crate::assemble::{Found, Part};
use crate::beside::beside;
use crate::call::Place;
use crate::convert::text;
use crate::lists::{Listed, Page};
use crate::request::Request;
use crate::session::Session;

const LIST: &str = "elbv2:DescribeLoadBalancers";
const ATTRIBUTES: &str = "elbv2:DescribeLoadBalancerAttributes";
const PAGE_SIZE: i32 = 400;

/// Collects load balancers and listeners.
pub(crate) async fn collect(place: &Place<'_>, session: &Session, request: &Request) -> Part {
    let mut part = Part::default();
    let demand = &request.demand;
    if !demand.wants_kind(LoadBalancer::NAME) && !demand.wants_kind(Listener::NAME) {
        return part;
    }
    let client = &session.elbv2(&place.region);
    let Listed { items: balancers, gaps } = list(place, client).await;
    let (mut found, mut listeners) = (Vec::new(), Listed { items: Vec::new(), gaps: gaps.clone() });
    if !balancers.is_empty() {
        let balancers = beside(balancers.into_iter().map(|balancer| look(place, client, balancer)));
        let (balancers, policies) = tokio::join!(balancers, Policies::read(place, client));
        for Seen { balancer, attributes, heard } in balancers {
            let kind = balancer.r#type.clone();
            let listeners_of = |heard: Heard| listeners::found(place, heard, kind.as_ref(), &policies);
            found.push(Found::new(balancer.load_balancer_arn.clone(), body(place, balancer, attributes, &heard)));
            listeners.gaps.extend(heard.gaps);
            listeners.items.extend(heard.items.into_iter().map(listeners_of));
        }
    }
    part.add_wanted(place, demand, LIST, Listed { items: found, gaps });
    part.add_wanted(place, demand, listeners::LIST, listeners);
    part
}

async fn list(place: &Place<'_>, client: &Client) -> Listed<Source> {
    let fetch = |marker| client.describe_load_balancers().page_size(PAGE_SIZE).set_marker(marker).send();
    let open = |page: DescribeLoadBalancersOutput| Page::by_token(page.load_balancers, page.next_marker);
    place.list(LIST, None, fetch, open).await
}

/// A load balancer with what only calls about it tell.
struct Seen {
    balancer: Source,
    attributes: Result<BTreeMap<String, String>, Gap>,
    heard: Listed<Heard>,
}

async fn look(place: &Place<'_>, client: &Client, balancer: Source) -> Seen {
    let Some(arn) = balancer.load_balancer_arn() else {
        let gap = place.gap(LIST, None, ErrorClass::MalformedAnswer);
        let heard = Listed { items: Vec::new(), gaps: vec![gap.clone()] };
        return Seen { balancer, attributes: Err(gap), heard };
    };
    let (attributes, heard) = tokio::join!(attributes(place, client, arn), listeners::read(place, client, arn));
    Seen { balancer, attributes, heard }
}

async fn attributes(place: &Place<'_>, client: &Client, arn: &str) -> Result<BTreeMap<String, String>, Gap> {
    let request = || client.describe_load_balancer_attributes().load_balancer_arn(arn).send();
    let answer = place.call(ATTRIBUTES, Some(arn), request).await?;
    let pair = |attribute: LoadBalancerAttribute| Some((attribute.key?, attribute.value.unwrap_or_default()));
    let attributes = answer.attributes.and_then(|attributes| attributes.into_iter().map(pair).collect());
    attributes.ok_or_else(|| place.gap(ATTRIBUTES, Some(arn), ErrorClass::MalformedAnswer))
}

fn body(
    place: &Place<'_>,
    balancer: Source,
    attributes: Result<BTreeMap<String, String>, Gap>,
    heard: &Listed<Heard>,
) -> Option<(String, LoadBalancer)> {
    let kind = balancer.r#type?;
    let (scheme, dns_name) = (balancer.scheme, text(balancer.dns_name));
    // A gateway has no clients that would look up its name.
    if kind != LoadBalancerTypeEnum::Gateway && (scheme.is_none() || dns_name.is_none()) {
        return None;
    }
    let zones = balancer.availability_zones?;
    let attributes = LoadBalancer {
        load_balancer_type: kind.as_str().to_owned(),
        scheme: scheme.map(|scheme| scheme.as_str().to_owned()),
        state: balancer.state?.code?.as_str().to_owned(),
        dns_name,
        vpc_id: balancer.vpc_id?,
        availability_zones: zones.into_iter().map(|zone| zone.zone_name).collect::<Option<_>>()?,
        security_groups: balancer.security_groups.unwrap_or_default(),
        listeners: Observed::from(listeners::arns(place, heard)),
        attributes: Observed::from(attributes),
    };
    Some((balancer.load_balancer_name?, attributes))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use aws_sdk_elasticloadbalancingv2::types::{LoadBalancerState, LoadBalancerStateEnum};

    use super::*;
    use crate::call::{Door, Proven};

    fn read(kind: LoadBalancerTypeEnum) -> Option<LoadBalancer> {
        let balancer = Source::builder()
            .load_balancer_name("front")
            .r#type(kind)
            .vpc_id("vpc-1")
            .state(LoadBalancerState::builder().code(LoadBalancerStateEnum::Active).build())
            .set_availability_zones(Some(Vec::new()));
        let door = Door::new(BTreeSet::new(), 1, &());
        let place = Place::global(&door, "000000000000", Proven::default());
        let heard = Listed { items: Vec::new(), gaps: Vec::new() };
        body(&place, balancer.build(), Ok(BTreeMap::new()), &heard).map(|(_, balancer)| balancer)
    }

    #[test]
    fn only_a_gateway_may_stand_nowhere_towards_the_internet() {
        assert_eq!(read(LoadBalancerTypeEnum::Gateway).unwrap().scheme, None);
        assert!(read(LoadBalancerTypeEnum::Application).is_none());
    }
}
