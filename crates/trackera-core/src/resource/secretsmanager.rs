//! Secrets: what is known about them, never what they are.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Scope};

/// A secret, without its value; its id is its ARN.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["secretsmanager:ListSecrets"]))]
#[serde(deny_unknown_fields)]
pub struct Secret {
    /// Whether it is changed automatically.
    pub rotation_enabled: bool,
    /// How often it is changed, in days; null when a schedule says so or nothing does.
    pub rotation_automatically_after_days: Option<i64>,
    /// When it was last changed automatically.
    pub last_rotated_date: Option<Timestamp>,
    /// When it was last changed in any way.
    pub last_changed_date: Option<Timestamp>,
    /// When it was last read, to the day.
    pub last_accessed_date: Option<Timestamp>,
    /// The key it is encrypted with; null when with the default key of the service.
    pub kms_key_id: Option<String>,
    /// The service that made it and manages it.
    pub owning_service: Option<String>,
    /// When it was made.
    pub created_date: Option<Timestamp>,
    /// The region that it is replicated from.
    pub primary_region: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Kind for Secret {
    const NAME: &'static str = "aws.secretsmanager.secret";
    const SCOPE: Scope = Scope::Region;
}
