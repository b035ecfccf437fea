//! Messages: topics, queues and event rules.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::iam::PolicyDocument;
use super::{Kind, Observed, Scope};

/// A topic that messages are published to; its id is its ARN.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["sns:ListTopics"]))]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// The key that its messages are encrypted with; null when none is set.
    #[schemars(extend("x-operations" = ["sns:GetTopicAttributes"]))]
    pub kms_master_key_id: Observed<Option<String>>,
    /// Who may publish and subscribe.
    #[schemars(extend("x-operations" = ["sns:GetTopicAttributes"]))]
    pub policy: Observed<Option<PolicyDocument>>,
    /// Who gets its messages, as far as this account made the subscription.
    #[schemars(extend("x-operations" = ["sns:ListSubscriptions"]))]
    pub subscriptions: Observed<Vec<Subscription>>,
}

impl Kind for Topic {
    const NAME: &'static str = "aws.sns.topic";
    const SCOPE: Scope = Scope::Region;
}

/// A subscription to a topic. The addresses of people are not read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// `email`, `sms`, `sqs`, `lambda`, `https`, ...
    pub protocol: String,
    /// Whether its owner has confirmed it: until then nothing is delivered.
    pub confirmed: bool,
    /// The ARN of the queue or function that gets the messages; null for any other protocol.
    pub endpoint: Option<String>,
}

/// A queue; its id is its name.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["sqs:ListQueues"]))]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// Its ARN.
    #[schemars(extend("x-operations" = ["sqs:GetQueueAttributes"]))]
    pub arn: Observed<String>,
    /// The key that its messages are encrypted with; null when none is set.
    #[schemars(extend("x-operations" = ["sqs:GetQueueAttributes"]))]
    pub kms_master_key_id: Observed<Option<String>>,
    /// Whether its messages are encrypted with a key of the service.
    #[schemars(extend("x-operations" = ["sqs:GetQueueAttributes"]))]
    pub sqs_managed_sse_enabled: Observed<bool>,
    /// For how long messages are kept, in seconds.
    #[schemars(extend("x-operations" = ["sqs:GetQueueAttributes"]))]
    pub message_retention_period: Observed<i64>,
    /// Who may send and receive.
    #[schemars(extend("x-operations" = ["sqs:GetQueueAttributes"]))]
    pub policy: Observed<Option<PolicyDocument>>,
}

impl Kind for Queue {
    const NAME: &'static str = "aws.sqs.queue";
    const SCOPE: Scope = Scope::Region;
}

/// A rule of the default event bus, which leads events to targets; its id is its name.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["events:ListRules"]))]
#[serde(deny_unknown_fields)]
pub struct EventRule {
    /// The event bus.
    pub event_bus_name: String,
    /// `ENABLED`, `DISABLED` or `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`.
    #[schemars(extend("x-values" = ["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"]))]
    pub state: String,
    /// Which events it is about, as JSON.
    pub event_pattern: Option<String>,
    /// When it runs by the clock.
    pub schedule_expression: Option<String>,
    /// The service that made it and manages it.
    pub managed_by: Option<String>,
    /// The ARNs of its targets.
    #[schemars(extend("x-operations" = ["events:ListTargetsByRule"]))]
    pub targets: Observed<Vec<String>>,
}

impl Kind for EventRule {
    const NAME: &'static str = "aws.events.rule";
    const SCOPE: Scope = Scope::Region;
}
