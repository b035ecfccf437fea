//! Groups of servers.

use aws_sdk_autoscaling::operation::describe_auto_scaling_groups::DescribeAutoScalingGroupsOutput;
use aws_sdk_autoscaling::types::{AutoScalingGroup as Source, TagDescription};
use trackera_core::resource::{AutoScalingGroup, Kind as _};

use crate::assemble::{Found, Part};
use crate::call::Place;
use crate::convert::text;
use crate::lists::Page;
use crate::request::Request;
use crate::session::Session;

const LIST: &str = "autoscaling:DescribeAutoScalingGroups";
const PAGE_SIZE: i32 = 100;

/// Collects groups of servers.
pub(crate) async fn collect(place: &Place<'_>, session: &Session, request: &Request) -> Part {
    let mut part = Part::default();
    if !request.demand.wants_kind(AutoScalingGroup::NAME) {
        return part;
    }
    let client = &session.autoscaling(&place.region);
    let fetch = |token| client.describe_auto_scaling_groups().max_records(PAGE_SIZE).set_next_token(token).send();
    let found = |group: Source| Found::new(group.auto_scaling_group_name.clone(), body(group));
    let open =
        |page: DescribeAutoScalingGroupsOutput| Page::by_token(page.auto_scaling_groups, page.next_token).map(found);
    let listed = place.list(LIST, None, fetch, open).await;
    part.add(place, LIST, listed.gaps, listed.items);
    part
}

fn body(group: Source) -> Option<(String, AutoScalingGroup)> {
    let instances = group.instances.unwrap_or_default();
    let pair = |tag: TagDescription| Some((tag.key?, tag.value.unwrap_or_default()));
    let attributes = AutoScalingGroup {
        arn: group.auto_scaling_group_arn?,
        availability_zones: group.availability_zones?,
        health_check_type: group.health_check_type?,
        // What mixes instance types names the launch template inside of its policy.
        uses_launch_template: group.launch_template.is_some() || group.mixed_instances_policy.is_some(),
        launch_configuration_name: text(group.launch_configuration_name),
        min_size: group.min_size?.into(),
        max_size: group.max_size?.into(),
        desired_capacity: group.desired_capacity?.into(),
        instances: instances.into_iter().map(|instance| instance.instance_id).collect::<Option<_>>()?,
        target_group_arns: group.target_group_arns.unwrap_or_default(),
        tags: group.tags.unwrap_or_default().into_iter().filter_map(pair).collect(),
    };
    Some((group.auto_scaling_group_name?, attributes))
}

#[cfg(test)]
mod tests {
    use aws_sdk_autoscaling::types::MixedInstancesPolicy;

    use super::*;

    #[test]
    fn a_group_that_mixes_instance_types_starts_them_from_a_launch_template() {
        let group = Source::builder()
            .auto_scaling_group_name("web")
            .auto_scaling_group_arn("arn:aws:autoscaling:eu-central-1:000000000000:autoScalingGroup:1:web")
            .set_availability_zones(Some(vec!["eu-central-1a".to_owned()]))
            .health_check_type("ELB")
            .min_size(1)
            .max_size(2)
            .desired_capacity(1);
        let from_template = |group: Source| body(group).unwrap().1.uses_launch_template;
        assert!(!from_template(group.clone().launch_configuration_name("old").build()));
        assert!(from_template(group.mixed_instances_policy(MixedInstancesPolicy::builder().build()).build()));
    }
}
