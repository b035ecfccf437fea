//! Servers, their addresses, and the images that they start from.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Observed, Scope};

/// A virtual server.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["ec2:DescribeInstances"]))]
#[serde(deny_unknown_fields)]
pub struct Instance {
    /// What size and family it is, such as `m7g.large`.
    pub instance_type: String,
    /// `pending`, `running`, `stopping`, `stopped`, `shutting-down` or `terminated`.
    #[schemars(extend("x-values" = ["pending", "running", "shutting-down", "terminated", "stopping", "stopped"]))]
    pub state: String,
    /// The image that it was started from.
    pub image_id: String,
    /// When it was last started.
    pub launch_time: Timestamp,
    /// The availability zone.
    pub availability_zone: String,
    /// The network it belongs to; null once it is terminated.
    pub vpc_id: Option<String>,
    /// The subnet it stands in; null once it is terminated.
    #[schemars(extend("x-relation" = "aws.ec2.subnet"))]
    pub subnet: Option<String>,
    /// The groups that guard it.
    #[schemars(extend("x-relation" = "aws.ec2.security_group"))]
    pub security_groups: Vec<String>,
    /// Its network interfaces.
    #[schemars(extend("x-relation" = "aws.ec2.network_interface"))]
    pub network_interfaces: Vec<String>,
    /// Its public IPv4 address.
    pub public_ip_address: Option<String>,
    /// The ARN of the instance profile, which holds the role that its programs act in.
    pub iam_instance_profile: Option<String>,
    /// Whether its metadata service answers at all: `enabled` or `disabled`.
    #[schemars(extend("x-values" = ["enabled", "disabled"]))]
    pub metadata_http_endpoint: String,
    /// Whether its metadata service demands a session token (IMDSv2): `required` or `optional`.
    #[schemars(extend("x-values" = ["required", "optional"]))]
    pub metadata_http_tokens: String,
    /// How many network hops an answer of its metadata service survives.
    pub metadata_http_put_response_hop_limit: Option<i64>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Kind for Instance {
    const NAME: &'static str = "aws.ec2.instance";
    const SCOPE: Scope = Scope::Region;
}

/// An Elastic IP address; its id is the allocation.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["ec2:DescribeAddresses"]))]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// The public IPv4 address.
    pub public_ip: String,
    /// What it is attached to; null when nothing uses it.
    #[schemars(extend("x-relation" = "aws.ec2.network_interface"))]
    pub network_interface: Option<String>,
    /// The instance that it is attached to.
    pub instance_id: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Kind for Address {
    const NAME: &'static str = "aws.ec2.address";
    const SCOPE: Scope = Scope::Region;
}

/// A machine image that the account owns.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["ec2:DescribeImages"]))]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// `available`, `pending`, `failed`, ...
    pub state: String,
    /// Whether everybody may start servers from it.
    pub public: bool,
    /// When it was made.
    pub creation_date: Option<Timestamp>,
    /// When it is to be no longer used.
    pub deprecation_time: Option<Timestamp>,
    /// The snapshots that it is made of; ids, because a copy may keep none.
    pub snapshot_ids: Vec<String>,
    /// Who may start servers from it besides the owner: account ids, organisation ARNs, or `all` for everybody.
    #[schemars(extend("x-operations" = ["ec2:DescribeImageAttribute"]))]
    pub launch_permissions: Observed<Vec<String>>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Kind for Image {
    const NAME: &'static str = "aws.ec2.image";
    const SCOPE: Scope = Scope::Region;
}
