//! Names.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Observed, Scope};

/// A DNS zone.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["route53:ListHostedZones"]))]
#[serde(deny_unknown_fields)]
pub struct HostedZone {
    /// Whether only the networks that it is given to can see it.
    pub private_zone: bool,
    /// Its records.
    #[schemars(extend("x-operations" = ["route53:ListResourceRecordSets"]))]
    pub records: Observed<Vec<DnsRecord>>,
}

impl Kind for HostedZone {
    const NAME: &'static str = "aws.route53.hosted_zone";
    const SCOPE: Scope = Scope::Account;
}

/// A record of a DNS zone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DnsRecord {
    /// Its name, without the dot at the end.
    pub name: String,
    /// `A`, `AAAA`, `CNAME`, `MX`, `TXT`, ...
    pub record_type: String,
    /// Its values; empty for an alias.
    pub values: Vec<String>,
    /// The name that an alias leads to, without the dot at the end.
    pub alias_target: Option<String>,
}
