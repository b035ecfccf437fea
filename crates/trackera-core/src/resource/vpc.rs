//! Networks as wholes: their flow logs and their stateless firewalls.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Observed, Scope};

/// A virtual network.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["ec2:DescribeVpcs"]))]
#[serde(deny_unknown_fields)]
pub struct Vpc {
    /// Its IPv4 ranges.
    pub cidr_blocks: Vec<String>,
    /// Its IPv6 ranges.
    pub ipv6_cidr_blocks: Vec<String>,
    /// Whether it is the network that AWS makes in every region by itself.
    pub is_default: bool,
    /// The flow logs of the network as a whole.
    #[schemars(extend("x-operations" = ["ec2:DescribeFlowLogs"], "x-relation" = "aws.ec2.flow_log"))]
    pub flow_logs: Observed<Vec<String>>,
    /// The network interfaces that stand in it.
    #[schemars(extend("x-operations" = ["ec2:DescribeNetworkInterfaces"], "x-relation" = "aws.ec2.network_interface"))]
    pub network_interfaces: Observed<Vec<String>>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Kind for Vpc {
    const NAME: &'static str = "aws.ec2.vpc";
    const SCOPE: Scope = Scope::Region;
}

/// A flow log: the record of the connections of a network, a subnet or an interface.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["ec2:DescribeFlowLogs"]))]
#[serde(deny_unknown_fields)]
pub struct FlowLog {
    /// What it watches: the id of a network, a subnet or a network interface.
    pub resource_id: String,
    /// Which traffic it records: `ACCEPT`, `REJECT` or `ALL`.
    #[schemars(extend("x-values" = ["ACCEPT", "REJECT", "ALL"]))]
    pub traffic_type: Option<String>,
    /// Whether it is switched on: `ACTIVE`.
    pub flow_log_status: String,
    /// Whether its records arrive: `SUCCESS` or `FAILED`; null before the first delivery.
    #[schemars(extend("x-values" = ["SUCCESS", "FAILED"]))]
    pub deliver_logs_status: Option<String>,
    /// Why its records do not arrive.
    pub deliver_logs_error_message: Option<String>,
    /// Where its records go: `cloud-watch-logs`, `s3` or `kinesis-data-firehose`.
    pub log_destination_type: Option<String>,
    /// The ARN of where its records go.
    pub log_destination: Option<String>,
    /// When it was made.
    pub creation_time: Timestamp,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Kind for FlowLog {
    const NAME: &'static str = "aws.ec2.flow_log";
    const SCOPE: Scope = Scope::Region;
}

/// A network access control list: the stateless firewall of subnets.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["ec2:DescribeNetworkAcls"]))]
#[serde(deny_unknown_fields)]
pub struct NetworkAcl {
    /// The network it belongs to.
    pub vpc_id: String,
    /// Whether it is the list of every subnet that names no other.
    pub is_default: bool,
    /// Its entries, in both directions.
    pub entries: Vec<NetworkAclEntry>,
    /// The subnets that it guards.
    #[schemars(extend("x-relation" = "aws.ec2.subnet"))]
    pub subnets: Vec<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Kind for NetworkAcl {
    const NAME: &'static str = "aws.ec2.network_acl";
    const SCOPE: Scope = Scope::Region;
}

/// One entry of a network access control list; the first that matches decides.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkAclEntry {
    /// Its place: the lowest number is looked at first.
    pub rule_number: i64,
    /// Whether it is about traffic that leaves the subnet.
    pub egress: bool,
    /// An IANA protocol number, or `-1` for all.
    pub protocol: String,
    /// `allow` or `deny`.
    #[schemars(extend("x-values" = ["allow", "deny"]))]
    pub rule_action: String,
    /// The other side as an IPv4 range.
    pub cidr_block: Option<String>,
    /// The other side as an IPv6 range.
    pub ipv6_cidr_block: Option<String>,
    /// The first port; null where all ports are meant.
    pub from_port: Option<i64>,
    /// The last port; null where all ports are meant.
    pub to_port: Option<i64>,
}
