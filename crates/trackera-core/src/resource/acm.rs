//! Certificates.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Observed, Scope};

/// A certificate that ACM keeps; its id is its ARN.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["acm:ListCertificates"]))]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The first name that it is for.
    pub domain_name: String,
    /// `ISSUED`, `PENDING_VALIDATION`, `EXPIRED`, `REVOKED`, `FAILED`, `INACTIVE` or `VALIDATION_TIMED_OUT`.
    #[schemars(extend("x-values" = ["ISSUED", "PENDING_VALIDATION", "EXPIRED", "REVOKED", "FAILED", "INACTIVE", "VALIDATION_TIMED_OUT"]))]
    pub status: String,
    /// `AMAZON_ISSUED`, `IMPORTED` or `PRIVATE`; only what Amazon issued is renewed by itself.
    #[schemars(extend("x-values" = ["AMAZON_ISSUED", "IMPORTED", "PRIVATE"]))]
    pub certificate_type: String,
    /// Such as `RSA_2048` or `EC_prime256v1`.
    pub key_algorithm: String,
    /// Whether something uses it.
    pub in_use: bool,
    /// When it ends; null before it is issued.
    pub not_after: Option<Timestamp>,
    /// How its renewal stands: `PENDING_AUTO_RENEWAL`, `PENDING_VALIDATION`, `SUCCESS` or `FAILED`; null when none was tried.
    #[schemars(extend("x-operations" = ["acm:DescribeCertificate"]))]
    pub renewal_status: Observed<Option<String>>,
}

impl Kind for Certificate {
    const NAME: &'static str = "aws.acm.certificate";
    const SCOPE: Scope = Scope::Region;
}
