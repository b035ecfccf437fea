//! Mail.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::iam::PolicyDocument;
use super::{Kind, Observed, Scope};

/// A domain or an address that mail is sent from.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["sesv2:ListEmailIdentities"]))]
#[serde(deny_unknown_fields)]
pub struct EmailIdentity {
    /// `DOMAIN`, `EMAIL_ADDRESS` or `MANAGED_DOMAIN`.
    #[schemars(extend("x-values" = ["DOMAIN", "EMAIL_ADDRESS", "MANAGED_DOMAIN"]))]
    pub identity_type: String,
    /// Whether mail may be sent from it.
    pub sending_enabled: bool,
    /// Whether its ownership is proved.
    #[schemars(extend("x-operations" = ["sesv2:GetEmailIdentity"]))]
    pub verified_for_sending: Observed<bool>,
    /// Whether its mail is signed with DKIM.
    #[schemars(extend("x-operations" = ["sesv2:GetEmailIdentity"]))]
    pub dkim_signing_enabled: Observed<bool>,
    /// `SUCCESS`, `PENDING`, `FAILED`, `TEMPORARY_FAILURE` or `NOT_STARTED`.
    #[schemars(extend("x-operations" = ["sesv2:GetEmailIdentity"], "x-values" = ["PENDING", "SUCCESS", "FAILED", "TEMPORARY_FAILURE", "NOT_STARTED"]))]
    pub dkim_status: Observed<String>,
    /// The domain in the envelope of its mail; null when it is that of Amazon.
    #[schemars(extend("x-operations" = ["sesv2:GetEmailIdentity"]))]
    pub mail_from_domain: Observed<Option<String>>,
    /// The configuration set that its mail goes through unless the sender names another.
    #[schemars(extend("x-operations" = ["sesv2:GetEmailIdentity"]))]
    pub configuration_set_name: Observed<Option<String>>,
    /// Who else may send from it; one document for each policy.
    #[schemars(extend("x-operations" = ["sesv2:GetEmailIdentityPolicies"]))]
    pub policies: Observed<Vec<PolicyDocument>>,
}

impl Kind for EmailIdentity {
    const NAME: &'static str = "aws.ses.identity";
    const SCOPE: Scope = Scope::Region;
}

/// A set of rules for mail that is sent.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["sesv2:ListConfigurationSets"]))]
#[serde(deny_unknown_fields)]
pub struct ConfigurationSet {
    /// Whether mail is sent only over TLS: `REQUIRE` or `OPTIONAL`.
    #[schemars(extend("x-operations" = ["sesv2:GetConfigurationSet"], "x-values" = ["REQUIRE", "OPTIONAL"]))]
    pub tls_policy: Observed<String>,
    /// Whether mail may be sent with it.
    #[schemars(extend("x-operations" = ["sesv2:GetConfigurationSet"]))]
    pub sending_enabled: Observed<bool>,
    /// Whether bounces and complaints are counted.
    #[schemars(extend("x-operations" = ["sesv2:GetConfigurationSet"]))]
    pub reputation_metrics_enabled: Observed<bool>,
    /// For which reasons addresses are not written to again: `BOUNCE`, `COMPLAINT`; those of the account if the set has
    /// no list of its own.
    #[schemars(extend("x-operations" = ["sesv2:GetConfigurationSet", "sesv2:GetAccount"]))]
    pub suppressed_reasons: Observed<Vec<String>>,
}

impl Kind for ConfigurationSet {
    const NAME: &'static str = "aws.ses.configuration_set";
    const SCOPE: Scope = Scope::Region;
}

/// How a region stands with the mail service; its id is the region.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["sesv2:GetAccount"]))]
#[serde(deny_unknown_fields)]
pub struct MailAccount {
    /// Whether mail may be sent.
    pub sending_enabled: bool,
    /// Whether mail may be sent to anybody, not only to proved addresses.
    pub production_access_enabled: bool,
    /// `HEALTHY`, `PROBATION` or `SHUTDOWN`: how the service sees the bounces and complaints.
    pub enforcement_status: String,
}

impl Kind for MailAccount {
    const NAME: &'static str = "aws.ses.account";
    const SCOPE: Scope = Scope::Region;
}
