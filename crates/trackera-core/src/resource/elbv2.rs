//! Load balancers and what they listen to.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Observed, Scope};

/// A load balancer of the current generations; its id is its ARN.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["elbv2:DescribeLoadBalancers"]))]
#[serde(deny_unknown_fields)]
pub struct LoadBalancer {
    /// `application`, `network` or `gateway`.
    #[schemars(extend("x-values" = ["application", "network", "gateway"]))]
    pub load_balancer_type: String,
    /// `internet-facing` or `internal`; null for a gateway.
    #[schemars(extend("x-values" = ["internet-facing", "internal"]))]
    pub scheme: Option<String>,
    /// `active`, `provisioning`, `active_impaired` or `failed`.
    #[schemars(extend("x-values" = ["active", "provisioning", "active_impaired", "failed"]))]
    pub state: String,
    /// The name that clients look up; null for a gateway.
    pub dns_name: Option<String>,
    /// The network it belongs to.
    pub vpc_id: String,
    /// The availability zones that it stands in.
    pub availability_zones: Vec<String>,
    /// The groups that guard it.
    #[schemars(extend("x-relation" = "aws.ec2.security_group"))]
    pub security_groups: Vec<String>,
    /// Its listeners.
    #[schemars(extend("x-operations" = ["elbv2:DescribeListeners"], "x-relation" = "aws.elbv2.listener"))]
    pub listeners: Observed<Vec<String>>,
    /// Its attributes by their names, such as `deletion_protection.enabled`.
    #[schemars(extend("x-operations" = ["elbv2:DescribeLoadBalancerAttributes"]))]
    pub attributes: Observed<BTreeMap<String, String>>,
}

impl Kind for LoadBalancer {
    const NAME: &'static str = "aws.elbv2.load_balancer";
    const SCOPE: Scope = Scope::Region;
}

/// A port that a load balancer listens on; its id is its ARN.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["elbv2:DescribeLoadBalancers", "elbv2:DescribeListeners"]))]
#[serde(deny_unknown_fields)]
pub struct Listener {
    /// The load balancer.
    #[schemars(extend("x-relation" = "aws.elbv2.load_balancer"))]
    pub load_balancer: String,
    /// `HTTP`, `HTTPS`, `TCP`, `TLS`, `UDP`, `TCP_UDP` or `GENEVE`; null for a gateway.
    #[schemars(extend("x-values" = ["HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "GENEVE", "QUIC", "TCP_QUIC"]))]
    pub protocol: Option<String>,
    /// The port; null for a gateway.
    pub port: Option<i64>,
    /// The name of its TLS policy; null where it does not speak TLS.
    pub ssl_policy: Option<String>,
    /// The TLS versions that its policy admits, such as `TLSv1.2`; empty where it does not speak TLS.
    #[schemars(extend("x-operations" = ["elbv2:DescribeSSLPolicies"]))]
    pub tls_protocols: Observed<Vec<String>>,
    /// The cipher suites that its policy admits; empty where it does not speak TLS.
    #[schemars(extend("x-operations" = ["elbv2:DescribeSSLPolicies"]))]
    pub tls_ciphers: Observed<Vec<String>>,
    /// The ARN of the certificate that it shows to whoever names no other; empty where it does not speak TLS.
    pub certificates: Vec<String>,
    /// What it does with what no other rule takes.
    pub default_actions: Vec<ListenerAction>,
    /// What its other rules do, in their order. Only listeners that speak plain HTTP are asked; empty for any other.
    #[schemars(extend("x-operations" = ["elbv2:DescribeRules"]))]
    pub rules: Observed<Vec<ListenerRule>>,
}

impl Kind for Listener {
    const NAME: &'static str = "aws.elbv2.listener";
    const SCOPE: Scope = Scope::Region;
}

/// A rule of a listener.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListenerRule {
    /// Its place: a number; the lowest is looked at first.
    pub priority: String,
    /// What it does.
    pub actions: Vec<ListenerAction>,
}

/// What a listener does with a request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListenerAction {
    /// `forward`, `redirect`, `fixed-response`, `authenticate-oidc`, `authenticate-cognito`, ...
    pub action_type: String,
    /// The protocol that a redirection leads to; null for any other action. `#{protocol}` is the one it came by.
    pub redirect_protocol: Option<String>,
}
