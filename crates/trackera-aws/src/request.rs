//! What to collect, and how patiently: plain values, given by the caller.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;
use trackera_core::company::{BackupPlace as Place, Company};
use trackera_core::resource::{Kind as _, Region};
use trackera_core::schema::Demand;

use crate::regions;

/// How AWS is reached; whatever is `None` comes from AWS's standard configuration chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The endpoint of every service, for emulators and private endpoints.
    pub endpoint_url: Option<String>,
    /// The named profile of the shared configuration files.
    pub profile: Option<String>,
    /// The region of the calls that belong to no region; `us-east-1` if none is configured anywhere.
    pub region: Option<String>,
    /// The time limit of one call over all its tries.
    pub call_timeout: Duration,
    /// The time limit of one try.
    pub attempt_timeout: Duration,
    /// How often one call is tried.
    pub max_attempts: u32,
    /// How many calls may be under way at once, over all accounts, regions and services.
    pub concurrency: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            endpoint_url: None,
            profile: None,
            region: None,
            call_timeout: Duration::from_secs(20),
            attempt_timeout: Duration::from_secs(5),
            max_attempts: 4,
            concurrency: 32,
        }
    }
}

/// What to collect.
#[derive(Clone, Debug)]
pub struct Request {
    /// The kinds to list and the operations that may be called for them.
    pub demand: Demand,
    /// The regions to look at.
    pub regions: Regions,
    /// The regions that the configuration declares: looked at even if the enabled ones cannot be told.
    pub expected_regions: Vec<String>,
    /// Where dumps are expected; read with the access to the first account.
    pub backups: Vec<BackupPlace>,
    /// The accounts to look at, each through a role; none means the caller's own account.
    pub accounts: Vec<AccountAccess>,
    /// What the multi-factor device shows, for the accounts whose role asks for one.
    pub token_code: Option<TokenCode>,
    /// The moment that the snapshot is dated with.
    pub collected_at: Timestamp,
}

/// The regions to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Regions {
    /// Every region that is enabled for the account.
    Enabled,
    /// These and no others.
    Named(Vec<String>),
}

/// A place in a bucket where dumps are expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupPlace {
    /// The bucket's name.
    pub bucket: String,
    /// The beginning of the keys.
    pub prefix: String,
}

/// The way into one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountAccess {
    /// The role to assume.
    pub role_arn: String,
    /// The external id that the role's trust policy asks for.
    pub external_id: Option<String>,
    /// The serial number or ARN of the caller's multi-factor device, if the role's trust policy asks for one.
    pub mfa_serial: Option<String>,
}

/// The digits that a multi-factor device shows; they open one session and are worth nothing after.
#[derive(Clone)]
pub struct TokenCode(String);

impl TokenCode {
    /// Takes the digits.
    pub fn new(digits: impl Into<String>) -> Self {
        Self(digits.into())
    }

    /// The digits.
    pub(crate) fn digits(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TokenCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TokenCode(..)")
    }
}

/// An account that cannot be told from others: with several, each needs a role of its own.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the configuration names no role for reading account `{0}`")]
pub struct NoRole(pub String);

impl Request {
    /// What the company declares, in these regions or in all that are enabled.
    ///
    /// # Errors
    /// Fails when the configuration does not say how all of its accounts are reached.
    pub fn declared(
        company: &Company,
        demand: Demand,
        regions: &[String],
        collected_at: Timestamp,
    ) -> Result<Self, NoRole> {
        let place = |place: &Place| BackupPlace { bucket: place.bucket.clone(), prefix: place.prefix.clone() };
        Ok(Self {
            demand,
            regions: if regions.is_empty() { Regions::Enabled } else { Regions::Named(regions.to_vec()) },
            expected_regions: company.regions.as_ref().map(|regions| regions.all()).unwrap_or_default(),
            backups: company.backups.iter().map(place).collect(),
            accounts: accounts(company)?,
            token_code: None,
            collected_at,
        })
    }

    /// Every operation that collecting may call: what the demand names, and what is needed to find accounts and regions.
    pub fn operations(&self) -> BTreeSet<&'static str> {
        let mut operations = self.demand.operations.clone();
        operations.insert("sts:GetCallerIdentity");
        if self.needs_enabled_regions() {
            operations.insert(regions::LIST);
        }
        operations
    }

    /// Tells whether the account has to be asked for its regions.
    pub(crate) fn needs_enabled_regions(&self) -> bool {
        let regional = self.regions == Regions::Enabled && !self.demand.regional.is_empty();
        regional || self.demand.wants_kind(Region::NAME)
    }
}

/// How the company's accounts are reached. One may be read with the credentials at hand; several cannot.
///
/// # Errors
/// Fails when one of several accounts has no role.
pub fn accounts(company: &Company) -> Result<Vec<AccountAccess>, NoRole> {
    let access = |account: &trackera_core::company::AccountAccess| {
        let (external_id, mfa_serial) = (account.external_id.clone(), account.mfa_serial.clone());
        account.role_arn.clone().map(|role_arn| AccountAccess { role_arn, external_id, mfa_serial })
    };
    match company.accounts.iter().find(|account| account.role_arn.is_none()) {
        Some(account) if company.accounts.len() > 1 => Err(NoRole(account.id.value().clone())),
        _ => Ok(company.accounts.iter().filter_map(access).collect()),
    }
}
