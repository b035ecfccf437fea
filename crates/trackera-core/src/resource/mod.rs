//! The resource model: one struct per kind of thing that is watched.
//!
//! The structs are the single source of the schema that policies are checked against, of the reference documentation,
//! of the least-privilege permissions and of the list of calls that a set of policies needs: doc comments become
//! descriptions, and the extension `x-operations` names the API operations that a kind or an attribute comes from
//! (an attribute without one comes with its kind's list). `x-relation` marks an attribute that holds ids of another
//! kind in the same account and region. Nothing here talks to the network.

mod account;
mod acm;
mod attributes;
mod autoscaling;
mod backup;
mod cloudtrail;
mod cloudwatch;
mod compute;
mod drill;
mod ec2;
mod elbv2;
mod iam;
mod kms;
mod messaging;
mod observed;
mod rds;
mod rds_clusters;
mod route53;
mod s3;
mod secretsmanager;
mod ses;
mod vpc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use account::{Account, PasswordPolicy, PublicAccessBlock, Region};
pub use acm::Certificate;
pub use attributes::Attributes;
pub use autoscaling::AutoScalingGroup;
pub use backup::{BackupPlan, BackupRule, BackupVault, ProtectedResource, RecoveryPoint};
pub use cloudtrail::Trail;
pub use cloudwatch::{Alarm, LogGroup, MetricFilter, MetricTransformation};
pub use compute::{Address, Image, Instance};
pub use drill::Drill;
pub use ec2::{
    ManagedPrefixList, NetworkInterface, Route, RouteTable, SecurityGroup, SecurityGroupRule, Snapshot, Subnet, Volume,
};
pub use elbv2::{Listener, ListenerAction, ListenerRule, LoadBalancer};
pub use iam::{AccessKey, Condition, Group, InlinePolicy, Policy, PolicyDocument, Role, Statement, User};
pub use kms::Key;
pub use messaging::{EventRule, Queue, Subscription, Topic};
pub use observed::{ErrorClass, Gap, Observed, UNKNOWN_KEY};
pub use rds::{AutomatedBackup, DbInstance, DbSnapshot, PendingMaintenance};
pub use rds_clusters::{DbCluster, DbClusterSnapshot};
pub use route53::{DnsRecord, HostedZone};
pub use s3::{
    BackupLocation, Bucket, BucketEncryption, BucketGrant, LifecycleRule, ObjectLock, ReplicationRule, SampledObject,
};
pub use secretsmanager::Secret;
pub use ses::{ConfigurationSet, EmailIdentity, MailAccount};
pub use vpc::{FlowLog, NetworkAcl, NetworkAclEntry, Vpc};

/// The region of resources that belong to no region.
pub const GLOBAL: &str = "global";

/// Whether the list of a kind is read once per account or once per region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One list per account.
    Account,
    /// One list per account and region.
    Region,
}

/// A kind of resource, implemented by the struct that holds its attributes.
pub trait Kind: Serialize + DeserializeOwned + schemars::JsonSchema {
    /// The name that policies use, such as `aws.ec2.security_group`.
    const NAME: &'static str;
    /// How the kind is listed.
    const SCOPE: Scope;
}

/// One thing in the estate, with its attributes in the shape of its kind's struct.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// The kind's name.
    pub kind: String,
    /// The account id, twelve digits.
    pub account: String,
    /// The region, or [`GLOBAL`].
    pub region: String,
    /// The natural id, unique within kind, account and region.
    pub id: String,
    /// The name that people know it by; the id where there is none.
    pub name: String,
    /// The kind's struct as JSON.
    pub attributes: Attributes,
}

impl Resource {
    /// Wraps the attributes of a kind.
    ///
    /// # Errors
    /// Fails when the attributes cannot be written as JSON, which means a map with keys that are not strings.
    pub fn new<K: Kind>(
        account: &str,
        region: &str,
        id: impl Into<String>,
        name: impl Into<String>,
        attributes: &K,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self {
            kind: K::NAME.to_owned(),
            account: account.to_owned(),
            region: region.to_owned(),
            id: id.into(),
            name: name.into(),
            attributes: Attributes::new(attributes)?,
        })
    }
}
