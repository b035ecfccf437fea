//! Networks and disks: what can be reached, from where, and whether what lies on disk is encrypted.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Observed, Scope};

/// A security group: a stateful firewall around network interfaces.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["ec2:DescribeSecurityGroups"]))]
#[serde(deny_unknown_fields)]
pub struct SecurityGroup {
    /// What its author wrote about it.
    pub description: String,
    /// The network it belongs to.
    pub vpc_id: Option<String>,
    /// Whether it is the group that a network gives to whatever names none.
    pub is_default: bool,
    /// What may come in; one entry for each source.
    pub ingress: Vec<SecurityGroupRule>,
    /// What may go out; one entry for each destination.
    pub egress: Vec<SecurityGroupRule>,
    /// The network interfaces that it guards, whoever owns them.
    #[schemars(extend("x-operations" = ["ec2:DescribeNetworkInterfaces"], "x-relation" = "aws.ec2.network_interface"))]
    pub network_interfaces: Observed<Vec<String>>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Kind for SecurityGroup {
    const NAME: &'static str = "aws.ec2.security_group";
    const SCOPE: Scope = Scope::Region;
}

/// One rule of a security group, for exactly one peer: an address range, a prefix list or another group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecurityGroupRule {
    /// `tcp`, `udp`, `icmp`, `icmpv6`, `-1` for all, or an IANA protocol number.
    pub ip_protocol: String,
    /// The first port; for ICMP the type; null when the protocol is `-1` or has no ports.
    pub from_port: Option<i64>,
    /// The last port; for ICMP the code; null when the protocol is `-1` or has no ports.
    pub to_port: Option<i64>,
    /// The peer as an IPv4 range.
    pub cidr_ipv4: Option<String>,
    /// The peer as an IPv6 range.
    pub cidr_ipv6: Option<String>,
    /// The peer as a prefix list.
    #[schemars(extend("x-relation" = "aws.ec2.managed_prefix_list"))]
    pub prefix_list: Option<String>,
    /// The peer as the members of another security group; an id, because it may belong to another account.
    pub referenced_group_id: Option<String>,
    /// What its author wrote about it.
    pub description: Option<String>,
}

/// A named set of address ranges that rules and routes refer to.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["ec2:DescribeManagedPrefixLists"]))]
#[serde(deny_unknown_fields)]
pub struct ManagedPrefixList {
    /// The owning account, or `AWS`.
    pub owner_id: String,
    /// `IPv4` or `IPv6`.
    #[schemars(extend("x-values" = ["IPv4", "IPv6"]))]
    pub address_family: String,
    /// Its address ranges.
    #[schemars(extend("x-operations" = ["ec2:GetManagedPrefixListEntries"]))]
    pub entries: Observed<Vec<String>>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Kind for ManagedPrefixList {
    const NAME: &'static str = "aws.ec2.managed_prefix_list";
    const SCOPE: Scope = Scope::Region;
}

/// A network interface: where an instance, a database, a balancer or a function meets the network.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["ec2:DescribeNetworkInterfaces"]))]
#[serde(deny_unknown_fields)]
pub struct NetworkInterface {
    /// What its owner wrote about it (`ELB app/web/...`, `RDSNetworkInterface`).
    pub description: String,
    /// What it belongs to, as EC2 types it (`interface`, `network_load_balancer`, `lambda`, ...).
    pub interface_type: String,
    /// Whether a service of AWS made it and manages it.
    pub requester_managed: bool,
    /// `available`, `associated`, `attaching`, `in-use` or `detaching`.
    #[schemars(extend("x-values" = ["available", "associated", "attaching", "in-use", "detaching"]))]
    pub status: String,
    /// The instance that it is attached to.
    pub instance_id: Option<String>,
    /// The network it belongs to.
    pub vpc_id: String,
    /// The subnet it stands in.
    #[schemars(extend("x-relation" = "aws.ec2.subnet"))]
    pub subnet: Option<String>,
    /// The groups that guard it.
    #[schemars(extend("x-relation" = "aws.ec2.security_group"))]
    pub security_groups: Vec<String>,
    /// Its private IPv4 addresses.
    pub private_ip_addresses: Vec<String>,
    /// Its public IPv4 addresses, Elastic IPs included.
    pub public_ip_addresses: Vec<String>,
    /// Its IPv6 addresses.
    pub ipv6_addresses: Vec<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Kind for NetworkInterface {
    const NAME: &'static str = "aws.ec2.network_interface";
    const SCOPE: Scope = Scope::Region;
}

/// A subnet: the part of a network that lies in one availability zone.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["ec2:DescribeSubnets"]))]
#[serde(deny_unknown_fields)]
pub struct Subnet {
    /// The network it belongs to.
    pub vpc_id: String,
    /// The availability zone.
    pub availability_zone: String,
    /// Its IPv4 range; null for a subnet with IPv6 alone.
    pub cidr_block: Option<String>,
    /// Whether whatever starts in it gets a public address.
    pub map_public_ip_on_launch: bool,
    /// The route table in force: the one associated with the subnet, or else the network's main one.
    #[schemars(extend("x-operations" = ["ec2:DescribeRouteTables"], "x-relation" = "aws.ec2.route_table"))]
    pub route_table: Observed<Option<String>>,
    /// The network access control list in force.
    #[schemars(extend("x-operations" = ["ec2:DescribeNetworkAcls"], "x-relation" = "aws.ec2.network_acl"))]
    pub network_acl: Observed<Option<String>>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Kind for Subnet {
    const NAME: &'static str = "aws.ec2.subnet";
    const SCOPE: Scope = Scope::Region;
}

/// A route table.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["ec2:DescribeRouteTables"]))]
#[serde(deny_unknown_fields)]
pub struct RouteTable {
    /// The network it belongs to.
    pub vpc_id: String,
    /// Whether it serves the subnets that name no other.
    pub main: bool,
    /// Its routes.
    pub routes: Vec<Route>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Kind for RouteTable {
    const NAME: &'static str = "aws.ec2.route_table";
    const SCOPE: Scope = Scope::Region;
}

/// One route.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The destination: an IPv4 or IPv6 range, or the id of a prefix list.
    pub destination: String,
    /// The target: an id such as `igw-...`, `nat-...`, `eni-...`, or `local`.
    pub target: String,
    /// `active`, or `blackhole` when the target is gone.
    #[schemars(extend("x-values" = ["active", "blackhole", "filtered"]))]
    pub state: String,
}

/// An EBS volume.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["ec2:DescribeVolumes"]))]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// Whether it is encrypted at rest.
    pub encrypted: bool,
    /// The key it is encrypted with.
    pub kms_key_id: Option<String>,
    /// `creating`, `available`, `in-use`, `deleting`, `deleted` or `error`.
    #[schemars(extend("x-values" = ["creating", "available", "in-use", "deleting", "deleted", "error"]))]
    pub state: String,
    /// Its size in GiB.
    pub size: i64,
    /// When it was made.
    pub create_time: Timestamp,
    /// The instances that it is attached to.
    pub attached_to: Vec<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Kind for Volume {
    const NAME: &'static str = "aws.ec2.volume";
    const SCOPE: Scope = Scope::Region;
}

/// An EBS snapshot that the account owns.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["ec2:DescribeSnapshots"]))]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// Whether it is encrypted at rest.
    pub encrypted: bool,
    /// The key it is encrypted with.
    pub kms_key_id: Option<String>,
    /// `pending`, `completed`, `error`, `recoverable` or `recovering`.
    #[schemars(extend("x-values" = ["pending", "completed", "error", "recoverable", "recovering"]))]
    pub state: String,
    /// The volume that it was taken of.
    pub volume_id: Option<String>,
    /// The size of that volume in GiB.
    pub volume_size: i64,
    /// When it was begun.
    pub start_time: Timestamp,
    /// Who may make volumes of it besides the owner: account ids, or `all` for everybody.
    #[schemars(extend("x-operations" = ["ec2:DescribeSnapshotAttribute"]))]
    pub create_volume_permissions: Observed<Vec<String>>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Kind for Snapshot {
    const NAME: &'static str = "aws.ec2.snapshot";
    const SCOPE: Scope = Scope::Region;
}
