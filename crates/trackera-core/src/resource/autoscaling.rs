//! Groups of servers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Scope};

/// A group of servers that is kept at a size.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["autoscaling:DescribeAutoScalingGroups"]))]
#[serde(deny_unknown_fields)]
pub struct AutoScalingGroup {
    /// Its ARN.
    pub arn: String,
    /// The availability zones that it may use.
    pub availability_zones: Vec<String>,
    /// Who says that a server is healthy: `EC2`, `ELB`, ...
    pub health_check_type: String,
    /// Whether it starts servers from a launch template, alone or among several.
    pub uses_launch_template: bool,
    /// The old launch configuration that it starts servers from.
    pub launch_configuration_name: Option<String>,
    /// The least number of servers.
    pub min_size: i64,
    /// The greatest number of servers.
    pub max_size: i64,
    /// The wanted number of servers.
    pub desired_capacity: i64,
    /// The ids of its servers.
    pub instances: Vec<String>,
    /// The ARNs of the target groups that its servers are behind.
    pub target_group_arns: Vec<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Kind for AutoScalingGroup {
    const NAME: &'static str = "aws.autoscaling.group";
    const SCOPE: Scope = Scope::Region;
}
