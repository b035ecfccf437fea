//! Credentials, regions and endpoints; the clients that they lead to are in `clients`.
//!
//! One HTTP client and one cache of credentials serve all clients, which are made when they are needed.

mod clients;
mod credentials;
mod endpoint;
mod held;
mod http;
mod second_factor;

use std::sync::Arc;
use std::time::Duration;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::identity::IdentityCache;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};

use self::credentials::{AskedOnce, Unavailable};
pub(crate) use self::held::Held;
use crate::guard::Guard;
use crate::request::{AccountAccess, Settings, TokenCode};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const DEFAULT_REGION: &str = "us-east-1";
/// The name under which assumed roles appear in the account's audit trail.
const ROLE_SESSION_NAME: &str = "trackera-ops";

/// The way into one account.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    sdk: Arc<SdkConfig>,
    guard: Guard,
    credentials_timeout: Duration,
    storage: clients::Storage,
}

impl Session {
    /// Reads AWS's standard configuration and asks for credentials, once.
    pub(crate) async fn open(settings: &Settings) -> Self {
        let sdk = Self::configuration(settings).await;
        let source = sdk.credentials_provider();
        Self::with_credentials(sdk, Guard::default(), settings.call_timeout, source).await
    }

    /// A session for a program that runs for long: where there are no credentials now, there may be some later. The guard
    /// says what its clients are for.
    pub(crate) async fn lasting(settings: &Settings, guard: Guard) -> Self {
        let sdk = Self::configuration(settings).await;
        let unavailable = || SharedCredentialsProvider::new(Unavailable::unconfigured());
        let source = sdk.credentials_provider().unwrap_or_else(unavailable);
        let sdk = Arc::new(sdk.into_builder().credentials_provider(source).build());
        Self { sdk, guard, credentials_timeout: settings.call_timeout, storage: clients::Storage::default() }
    }

    /// The sessions of whoever changes something, first one to look and then one to change with, over credentials whose
    /// end can be seen. What changes something is tried once: a second try could not tell what the first has done.
    pub(crate) async fn changing(
        settings: &Settings,
        access: Option<(&AccountAccess, Option<&TokenCode>)>,
        guards: (Guard, Guard),
    ) -> (Self, Self, Arc<Held>) {
        let base = Self::lasting(settings, Guard::default()).await;
        let source = match access {
            None => base.sdk.credentials_provider(),
            Some((access, code)) => {
                let caller = match &access.mfa_serial {
                    Some(device) => base.with_second_factor(device, code).await,
                    None => base.clone(),
                };
                Some(caller.role(access).await)
            }
        };
        let source = source.unwrap_or_else(|| SharedCredentialsProvider::new(Unavailable::unconfigured()));
        let held = Arc::new(Held::new(source, base.sdk.time_source().unwrap_or_default(), settings.call_timeout));
        let sdk = base.sdk.as_ref().clone().into_builder();
        let provider: Arc<dyn ProvideCredentials> = Arc::clone(&held) as _;
        let sdk = sdk.credentials_provider(SharedCredentialsProvider::from(provider));
        let sdk = sdk.identity_cache(IdentityCache::no_cache()).build();
        let session = |sdk: SdkConfig, guard| Self {
            sdk: Arc::new(sdk),
            guard,
            credentials_timeout: settings.call_timeout,
            storage: clients::Storage::default(),
        };
        let patient = Settings { attempt_timeout: settings.call_timeout, ..settings.clone() };
        let once = sdk.clone().into_builder().retry_config(RetryConfig::disabled()).timeout_config(timeouts(&patient));
        (session(sdk, guards.0), session(once.build(), guards.1), held)
    }

    async fn configuration(settings: &Settings) -> SdkConfig {
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(region(settings))
            .http_client(http::client())
            .retry_config(RetryConfig::standard().with_max_attempts(settings.max_attempts.max(1)))
            .timeout_config(timeouts(settings))
            // A try that stalls is ended by its time limit.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        if let Some(url) = &settings.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        if let Some(profile) = &settings.profile {
            loader = loader.profile_name(profile);
        }
        loader.load().await
    }

    /// The session of another account, entered through a role.
    pub(crate) async fn assume(&self, access: &AccountAccess) -> Self {
        let source = self.role(access).await;
        let sdk = self.sdk.as_ref().clone();
        Self::with_credentials(sdk, self.guard.clone(), self.credentials_timeout, Some(source)).await
    }

    /// The credentials of a role; nothing is asked yet.
    async fn role(&self, access: &AccountAccess) -> SharedCredentialsProvider {
        let mut role =
            AssumeRoleProvider::builder(&access.role_arn).session_name(ROLE_SESSION_NAME).configure(&self.sdk);
        if let Some(external_id) = &access.external_id {
            role = role.external_id(external_id);
        }
        SharedCredentialsProvider::new(role.build().await)
    }

    /// The same caller, who has shown a multi-factor device.
    pub(crate) async fn with_second_factor(&self, device: &str, code: Option<&TokenCode>) -> Self {
        let source = second_factor::credentials(&self.sdk, device, code).await;
        let sdk = self.sdk.as_ref().clone();
        Self::with_credentials(sdk, self.guard.clone(), self.credentials_timeout, Some(source)).await
    }

    async fn with_credentials(
        sdk: SdkConfig,
        guard: Guard,
        credentials_timeout: Duration,
        source: Option<SharedCredentialsProvider>,
    ) -> Self {
        let credentials = match source {
            Some(source) => match AskedOnce::ask(source, credentials_timeout).await {
                Ok(asked) => SharedCredentialsProvider::new(asked),
                Err(unavailable) => SharedCredentialsProvider::new(unavailable),
            },
            None => SharedCredentialsProvider::new(Unavailable::unconfigured()),
        };
        let sdk = sdk.into_builder().credentials_provider(credentials).build();
        Self { sdk: Arc::new(sdk), guard, credentials_timeout, storage: clients::Storage::default() }
    }

    /// A session with credentials of its own, which tries each call once.
    #[cfg(test)]
    pub(crate) async fn fixed(endpoint_url: &str) -> Self {
        Self::fixed_with(endpoint_url, Guard::default()).await
    }

    /// The same, with a guard that says what its clients are for.
    #[cfg(test)]
    pub(crate) async fn fixed_with(endpoint_url: &str, guard: Guard) -> Self {
        // The environment of whoever runs the tests gives nothing but the clock.
        let usual = aws_config::defaults(BehaviorVersion::latest()).no_credentials().load().await;
        let credentials = aws_credential_types::Credentials::new("key", "secret", None, None, "test");
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(named(DEFAULT_REGION))
            .endpoint_url(endpoint_url)
            .http_client(http::client())
            .retry_config(RetryConfig::disabled())
            .time_source(usual.time_source().unwrap())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        let storage = clients::Storage::default();
        Self { sdk: Arc::new(sdk), guard, credentials_timeout: CONNECT_TIMEOUT, storage }
    }

    /// The guard that all clients share.
    pub(crate) fn guard(&self) -> Guard {
        self.guard.clone()
    }

    /// The region of the calls that belong to no region.
    pub(crate) fn region(&self) -> &str {
        self.sdk.region().map_or(DEFAULT_REGION, AsRef::as_ref)
    }
}

/// The region from the settings, the environment or the profile. The metadata service of EC2 is not asked: it costs a
/// second wherever it does not exist, and a region is only needed for calls that belong to none.
fn region(settings: &Settings) -> RegionProviderChain {
    let mut profile = ProfileFileRegionProvider::builder();
    if let Some(name) = &settings.profile {
        profile = profile.profile_name(name);
    }
    RegionProviderChain::first_try(settings.region.clone().map(Region::new))
        .or_else(EnvironmentVariableRegionProvider::new())
        .or_else(profile.build())
        .or_else(DEFAULT_REGION)
}

fn timeouts(settings: &Settings) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT.min(settings.attempt_timeout))
        .operation_attempt_timeout(settings.attempt_timeout)
        .operation_timeout(settings.call_timeout)
        .build()
}

fn named(region: &str) -> Region {
    Region::new(region.to_owned())
}
