//! Servers.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::describe_instances::DescribeInstancesOutput;
use aws_sdk_ec2::types::Instance as Source;
use trackera_core::resource::Instance;
use trackera_core::schema::Demand;

use super::{PAGE_SIZE, tags};
use crate::assemble::{Found, Part};
use crate::call::Place;
use crate::convert::{self, moment, text};
use crate::lists::Page;

const LIST: &str = "ec2:DescribeInstances";

/// Collects servers.
pub(super) async fn collect(place: &Place<'_>, client: &Client, demand: &Demand) -> Part {
    let request = |token| client.describe_instances().max_results(PAGE_SIZE).set_next_token(token).send();
    let found = |instance: Source| Found::new(instance.instance_id.clone(), body(instance));
    let open = |page: DescribeInstancesOutput| {
        // A reservation is what one call started together; one without servers is none.
        let servers = page.reservations.and_then(|reservations| {
            reservations.into_iter().map(|reservation| reservation.instances).collect::<Option<Vec<_>>>()
        });
        Page::by_token(servers.map(|servers| servers.into_iter().flatten().collect()), page.next_token).map(found)
    };
    let listed = place.list(LIST, None, request, open).await;
    let mut part = Part::default();
    part.add_wanted(place, demand, LIST, listed);
    part
}

fn body(instance: Source) -> Option<(String, Instance)> {
    let groups = instance.security_groups.unwrap_or_default();
    let interfaces = instance.network_interfaces.unwrap_or_default();
    let metadata = instance.metadata_options?;
    let attributes = Instance {
        instance_type: instance.instance_type?.as_str().to_owned(),
        state: instance.state?.name?.as_str().to_owned(),
        image_id: instance.image_id?,
        launch_time: moment(instance.launch_time.as_ref()?)?,
        availability_zone: instance.placement?.availability_zone?,
        vpc_id: text(instance.vpc_id),
        subnet: text(instance.subnet_id),
        security_groups: groups.into_iter().map(|group| group.group_id).collect::<Option<_>>()?,
        network_interfaces: interfaces
            .into_iter()
            .map(|interface| interface.network_interface_id)
            .collect::<Option<_>>()?,
        public_ip_address: text(instance.public_ip_address),
        iam_instance_profile: instance.iam_instance_profile.and_then(|profile| text(profile.arn)),
        metadata_http_endpoint: metadata.http_endpoint?.as_str().to_owned(),
        metadata_http_tokens: metadata.http_tokens?.as_str().to_owned(),
        metadata_http_put_response_hop_limit: metadata.http_put_response_hop_limit.map(i64::from),
        tags: tags(instance.tags),
    };
    let name = convert::name(&attributes.tags, &instance.instance_id?);
    Some((name, attributes))
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{
        HttpTokensState, InstanceMetadataEndpointState, InstanceMetadataOptionsResponse, InstanceState,
        InstanceStateName, InstanceType, Placement,
    };
    use aws_smithy_types::DateTime;

    use super::*;

    #[test]
    fn a_server_that_does_not_say_who_may_ask_for_its_credentials_is_not_usable() {
        let server = Source::builder()
            .instance_id("i-1")
            .image_id("ami-1")
            .instance_type(InstanceType::M7gLarge)
            .state(InstanceState::builder().name(InstanceStateName::Running).build())
            .launch_time(DateTime::from_secs(0))
            .placement(Placement::builder().availability_zone("eu-central-1a").build());
        assert!(body(server.clone().build()).is_none());
        let metadata = InstanceMetadataOptionsResponse::builder()
            .http_tokens(HttpTokensState::Required)
            .http_endpoint(InstanceMetadataEndpointState::Enabled);
        let (name, server) = body(server.metadata_options(metadata.build()).build()).unwrap();
        assert_eq!((name.as_str(), server.metadata_http_tokens.as_str()), ("i-1", "required"));
    }
}
