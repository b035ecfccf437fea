//! The audit trail.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Observed, Scope};

/// A trail: the record of who called which API. It stands in its home region, its id is its ARN.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["cloudtrail:DescribeTrails"]))]
#[serde(deny_unknown_fields)]
pub struct Trail {
    /// The region that it was made in.
    pub home_region: String,
    /// Whether it records every region.
    pub is_multi_region_trail: bool,
    /// Whether the organisation, and so another account, owns it.
    pub is_organization_trail: bool,
    /// Whether it records the services that belong to no region, such as IAM.
    pub include_global_service_events: bool,
    /// Whether each delivery comes with a signed digest.
    pub log_file_validation_enabled: bool,
    /// The key that its files are encrypted with.
    pub kms_key_id: Option<String>,
    /// The bucket that its files go to; a name, because it may belong to another account.
    pub s3_bucket_name: String,
    /// The ARN of the log group that it writes to besides, without the `:*` at the end.
    pub cloud_watch_logs_log_group_arn: Option<String>,
    /// Whether it is recording.
    #[schemars(extend("x-operations" = ["cloudtrail:GetTrailStatus"]))]
    pub is_logging: Observed<bool>,
    /// When files were last delivered; null when none ever was.
    #[schemars(extend("x-operations" = ["cloudtrail:GetTrailStatus"]))]
    pub latest_delivery_time: Observed<Option<Timestamp>>,
    /// Why the last delivery failed; null when it did not.
    #[schemars(extend("x-operations" = ["cloudtrail:GetTrailStatus"]))]
    pub latest_delivery_error: Observed<Option<String>>,
    /// When events last reached the log group; null when none ever did.
    #[schemars(extend("x-operations" = ["cloudtrail:GetTrailStatus"]))]
    pub latest_cloud_watch_logs_delivery_time: Observed<Option<Timestamp>>,
    /// Why the last delivery to the log group failed; null when it did not.
    #[schemars(extend("x-operations" = ["cloudtrail:GetTrailStatus"]))]
    pub latest_cloud_watch_logs_delivery_error: Observed<Option<String>>,
    /// Which management events it records: `All`, `ReadOnly`, `WriteOnly` or `None`; `Some` when it leaves services out.
    #[schemars(extend("x-operations" = ["cloudtrail:GetEventSelectors"], "x-values" = ["All", "ReadOnly", "WriteOnly", "Some", "None"]))]
    pub management_events: Observed<String>,
    /// The kinds of data event that it records, such as `AWS::S3::Object`.
    #[schemars(extend("x-operations" = ["cloudtrail:GetEventSelectors"]))]
    pub data_event_types: Observed<Vec<String>>,
}

impl Kind for Trail {
    const NAME: &'static str = "aws.cloudtrail.trail";
    const SCOPE: Scope = Scope::Region;
}
