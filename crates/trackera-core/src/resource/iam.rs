//! Identities: who exists, what they hold, and what they may do.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Observed, Scope};

/// An IAM user.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["iam:ListUsers"]))]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Its ARN.
    pub arn: String,
    /// Its path, `/` unless one was given.
    pub path: String,
    /// When it was made.
    pub create_date: Timestamp,
    /// Whether it can sign in to the console with a password, from the credential report.
    #[schemars(extend("x-operations" = ["iam:GenerateCredentialReport", "iam:GetCredentialReport"]))]
    pub password_enabled: Observed<bool>,
    /// When its password was last used; null when it never was, or there is none.
    pub password_last_used: Option<Timestamp>,
    /// When its password was last changed, from the credential report; null when it has none.
    #[schemars(extend("x-operations" = ["iam:GenerateCredentialReport", "iam:GetCredentialReport"]))]
    pub password_last_changed: Observed<Option<Timestamp>>,
    /// The serial numbers of its multi-factor devices, virtual or not.
    #[schemars(extend("x-operations" = ["iam:ListMFADevices"]))]
    pub mfa_devices: Observed<Vec<String>>,
    /// Its access keys, active or not.
    #[schemars(extend("x-operations" = ["iam:ListAccessKeys"], "x-relation" = "aws.iam.access_key"))]
    pub access_keys: Observed<Vec<String>>,
    /// The groups it is in.
    #[schemars(extend("x-operations" = ["iam:GetAccountAuthorizationDetails"], "x-relation" = "aws.iam.group"))]
    pub groups: Observed<Vec<String>>,
    /// The managed policies attached to it.
    #[schemars(extend("x-operations" = ["iam:GetAccountAuthorizationDetails"], "x-relation" = "aws.iam.policy"))]
    pub attached_policies: Observed<Vec<String>>,
    /// The policies written into it.
    #[schemars(extend("x-operations" = ["iam:GetAccountAuthorizationDetails"]))]
    pub inline_policies: Observed<Vec<InlinePolicy>>,
    /// The managed policy that bounds what it can be granted.
    #[schemars(extend("x-operations" = ["iam:GetAccountAuthorizationDetails"], "x-relation" = "aws.iam.policy"))]
    pub permissions_boundary: Observed<Option<String>>,
    /// Its tags.
    #[schemars(extend("x-operations" = ["iam:GetAccountAuthorizationDetails"]))]
    pub tags: Observed<BTreeMap<String, String>>,
}

impl Kind for User {
    const NAME: &'static str = "aws.iam.user";
    const SCOPE: Scope = Scope::Account;
}

/// A long-lived access key of an IAM user.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["iam:ListUsers", "iam:ListAccessKeys"]))]
#[serde(deny_unknown_fields)]
pub struct AccessKey {
    /// The user that it belongs to.
    #[schemars(extend("x-relation" = "aws.iam.user"))]
    pub user: String,
    /// `Active`, `Inactive` or `Expired`.
    #[schemars(extend("x-values" = ["Active", "Inactive", "Expired"]))]
    pub status: String,
    /// When it was made.
    pub create_date: Timestamp,
    /// When it last signed a request; null when it never did.
    #[schemars(extend("x-operations" = ["iam:GetAccessKeyLastUsed"]))]
    pub last_used_date: Observed<Option<Timestamp>>,
}

impl Kind for AccessKey {
    const NAME: &'static str = "aws.iam.access_key";
    const SCOPE: Scope = Scope::Account;
}

/// An IAM group.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["iam:GetAccountAuthorizationDetails"]))]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Its ARN.
    pub arn: String,
    /// When it was made.
    pub create_date: Timestamp,
    /// The managed policies attached to it.
    #[schemars(extend("x-relation" = "aws.iam.policy"))]
    pub attached_policies: Vec<String>,
    /// The policies written into it.
    pub inline_policies: Observed<Vec<InlinePolicy>>,
}

impl Kind for Group {
    const NAME: &'static str = "aws.iam.group";
    const SCOPE: Scope = Scope::Account;
}

/// An IAM role.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["iam:GetAccountAuthorizationDetails"]))]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// Its path; roles of AWS services live under `/aws-service-role/`.
    pub path: String,
    /// When it was made.
    pub create_date: Timestamp,
    /// When it was last assumed, within the last 400 days; null when it was not.
    pub last_used_date: Option<Timestamp>,
    /// The ARNs of the instance profiles through which servers act in it.
    pub instance_profiles: Vec<String>,
    /// Who may assume it.
    pub assume_role_policy: Observed<PolicyDocument>,
    /// The managed policies attached to it.
    #[schemars(extend("x-relation" = "aws.iam.policy"))]
    pub attached_policies: Vec<String>,
    /// The policies written into it.
    pub inline_policies: Observed<Vec<InlinePolicy>>,
    /// The managed policy that bounds what it can be granted.
    #[schemars(extend("x-relation" = "aws.iam.policy"))]
    pub permissions_boundary: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Kind for Role {
    const NAME: &'static str = "aws.iam.role";
    const SCOPE: Scope = Scope::Account;
}

/// A managed policy, the company's or AWS's, that is attached to something; its id is its ARN.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["iam:GetAccountAuthorizationDetails"]))]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// How many users, groups and roles it is attached to.
    pub attachment_count: i64,
    /// What its default version says.
    pub document: Observed<PolicyDocument>,
}

impl Kind for Policy {
    const NAME: &'static str = "aws.iam.policy";
    const SCOPE: Scope = Scope::Account;
}

/// A policy that is written into a user, group or role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InlinePolicy {
    /// Its name.
    pub name: String,
    /// What it says.
    pub document: PolicyDocument,
}

/// A policy document with single values and lists brought into one form.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyDocument {
    /// Its statements.
    pub statements: Vec<Statement>,
}

/// One statement of a policy document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// `Allow` or `Deny`.
    #[schemars(extend("x-values" = ["Allow", "Deny"]))]
    pub effect: String,
    /// The principals it names, as `type:value` (`AWS:*`, `Service:ec2.amazonaws.com`); empty in identity policies.
    pub principals: Vec<String>,
    /// The principals it exempts, in the same form.
    pub not_principals: Vec<String>,
    /// The actions it names, as patterns.
    pub actions: Vec<String>,
    /// The actions it exempts, as patterns.
    pub not_actions: Vec<String>,
    /// The resources it names, as patterns.
    pub resources: Vec<String>,
    /// The resources it exempts, as patterns.
    pub not_resources: Vec<String>,
    /// The conditions under which it holds; all of them must.
    pub conditions: Vec<Condition>,
}

/// One condition of a statement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The operator, such as `Bool` or `StringEquals`.
    pub operator: String,
    /// The condition key, as written; keys are compared without regard to case.
    pub key: String,
    /// The values, as text.
    pub values: Vec<String>,
}
