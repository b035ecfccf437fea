//! Facts that may not have been seen.
//!
//! A collector that was refused an answer must never invent one, so every attribute that comes from a call of its own
//! is an [`Observed`]: either the value, or the [`Gap`] that stands in its place. In JSON a gap is an object with the
//! single key `$unknown`.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The key that marks an unknown value in a snapshot, in an object of its own whose value is a gap.
pub const UNKNOWN_KEY: &str = "$unknown";

/// Why something could not be read, in words that programs can match on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorClass {
    /// The caller's own permissions do not allow the call.
    AccessDenied,
    /// A service control policy of the organisation forbids the call; the role cannot mend it.
    DeniedByServiceControlPolicy,
    /// The service asked to slow down and did so until the tries were used up.
    Throttled,
    /// No answer within the time limit.
    Timeout,
    /// The connection could not be made, or broke before the answer was complete.
    Connection,
    /// The service failed (a 5xx answer).
    ServerError,
    /// The region is not enabled for the account.
    RegionDisabled,
    /// The credentials are missing, malformed or expired.
    InvalidCredentials,
    /// The answer was not of the documented shape.
    MalformedAnswer,
    /// The resource was listed but gone when it was read.
    Disappeared,
    /// The service refused for a reason that none of the other classes names.
    Refused,
    /// The call was not made, because the snapshot was taken for other policies.
    NotCollected,
    /// The evidence is older than the policy allows.
    Stale,
    /// The configuration does not say what a policy compares with.
    NotDeclared,
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::AccessDenied => "access denied",
            Self::DeniedByServiceControlPolicy => "denied by a service control policy",
            Self::Throttled => "throttled",
            Self::Timeout => "timed out",
            Self::Connection => "connection failed",
            Self::ServerError => "server error",
            Self::RegionDisabled => "region disabled",
            Self::InvalidCredentials => "invalid credentials",
            Self::MalformedAnswer => "malformed answer",
            Self::Disappeared => "disappeared while reading",
            Self::Refused => "refused",
            Self::NotCollected => "not collected",
            Self::Stale => "stale",
            Self::NotDeclared => "not declared",
        })
    }
}

/// Something that a collector could not read: the operation, where, for which resource, and the class of the error.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// The API operation, as `service:Operation` (`kms:GetKeyRotationStatus`).
    pub operation: String,
    /// The account id, twelve digits, or `*` when even that is unknown.
    pub account: String,
    /// The region, `global` for services without one, or `*` when the regions are unknown.
    pub region: String,
    /// The resource that the call was about; `None` for a list.
    pub resource: Option<String>,
    /// What went wrong.
    pub error_class: ErrorClass,
}

impl fmt::Display for Gap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.operation, self.error_class)?;
        if let Some(resource) = &self.resource {
            write!(formatter, " for {resource}")?;
        }
        write!(formatter, " in {}", self.region)
    }
}

/// A value, or the gap that stands in its place.
#[derive(Clone, Debug, PartialEq)]
pub enum Observed<T> {
    /// The value as the service gave it.
    Known(T),
    /// Why there is none.
    Unknown(Gap),
}

impl<T> Observed<T> {
    /// Applies `change` to a known value and leaves a gap as it is.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Observed<U> {
        match self {
            Self::Known(value) => Observed::Known(change(value)),
            Self::Unknown(gap) => Observed::Unknown(gap),
        }
    }

    /// Gives the known value, if there is one.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }
}

impl<T> From<Result<T, Gap>> for Observed<T> {
    fn from(result: Result<T, Gap>) -> Self {
        match result {
            Ok(value) => Self::Known(value),
            Err(gap) => Self::Unknown(gap),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Unknown<G> {
    #[serde(rename = "$unknown")]
    gap: G,
}

impl<T: Serialize> Serialize for Observed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Known(value) => value.serialize(serializer),
            Self::Unknown(gap) => Unknown { gap }.serialize(serializer),
        }
    }
}

impl<'de, T: serde::de::DeserializeOwned> Deserialize<'de> for Observed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        if value.get(UNKNOWN_KEY).is_some_and(serde_json::Value::is_object) {
            let unknown: Unknown<Gap> = serde_json::from_value(value).map_err(serde::de::Error::custom)?;
            return Ok(Self::Unknown(unknown.gap));
        }
        serde_json::from_value(value).map(Self::Known).map_err(serde::de::Error::custom)
    }
}

/// The schema of an observed value is the schema of the value: policies do not say where unknowns may stand.
impl<T: JsonSchema> JsonSchema for Observed<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}
