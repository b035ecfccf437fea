//! What watches: alarms, logs, and the filters that lead from one to the other.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Scope};

/// An alarm on a metric, or on other alarms.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["cloudwatch:DescribeAlarms"]))]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    /// Its ARN.
    pub arn: String,
    /// The metric; null for an alarm on an expression or on other alarms.
    pub metric_name: Option<String>,
    /// The metric's namespace.
    pub namespace: Option<String>,
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    #[schemars(extend("x-values" = ["OK", "ALARM", "INSUFFICIENT_DATA"]))]
    pub state_value: String,
    /// When its state last changed.
    pub state_updated_timestamp: Option<Timestamp>,
    /// Whether anything is done when its state changes.
    pub actions_enabled: bool,
    /// The ARNs of what is done when it goes off.
    pub alarm_actions: Vec<String>,
    /// What a missing measurement means: `breaching`, `notBreaching`, `ignore` or `missing`.
    pub treat_missing_data: Option<String>,
    /// The length of one measurement in seconds.
    pub period: Option<i64>,
    /// How many measurements are looked at.
    pub evaluation_periods: Option<i64>,
}

impl Kind for Alarm {
    const NAME: &'static str = "aws.cloudwatch.alarm";
    const SCOPE: Scope = Scope::Region;
}

/// A log group.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["logs:DescribeLogGroups"]))]
#[serde(deny_unknown_fields)]
pub struct LogGroup {
    /// Its ARN, without the `:*` at the end.
    pub arn: String,
    /// For how many days its events are kept; null when for ever.
    pub retention_in_days: Option<i64>,
    /// The key that it is encrypted with; null when with a key of AWS.
    pub kms_key_id: Option<String>,
    /// How many bytes it holds.
    pub stored_bytes: i64,
    /// When it was made.
    pub creation_time: Timestamp,
}

impl Kind for LogGroup {
    const NAME: &'static str = "aws.logs.log_group";
    const SCOPE: Scope = Scope::Region;
}

/// A metric filter: counts the events of a log group that match a pattern. Its id is `log group:filter`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["logs:DescribeMetricFilters"]))]
#[serde(deny_unknown_fields)]
pub struct MetricFilter {
    /// The name of the log group.
    pub log_group_name: String,
    /// The pattern.
    pub filter_pattern: String,
    /// The metrics that it writes.
    pub metric_transformations: Vec<MetricTransformation>,
}

impl Kind for MetricFilter {
    const NAME: &'static str = "aws.logs.metric_filter";
    const SCOPE: Scope = Scope::Region;
}

/// A metric that a filter writes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricTransformation {
    /// Its name.
    pub metric_name: String,
    /// Its namespace.
    pub metric_namespace: String,
}
