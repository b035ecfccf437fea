//! For how long the credentials of this process are still good.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use trackera_aws::Changes;
use trackera_core::recovery::ports::Credentials as _;
use trackera_operations::runner::Credentials;

/// The credentials that changes are made with, renewed where that needs nobody.
#[derive(Clone, Debug)]
pub struct Renewing(pub Arc<Changes>);

#[async_trait]
impl Credentials for Renewing {
    async fn left(&self) -> Option<Duration> {
        // Credentials that cannot be had are good for nothing, however long.
        let Ok(end) = self.0.expires_at().await else { return Some(Duration::ZERO) };
        let end = end?;
        match self.0.renew().await {
            // New ones are given whenever somebody asks: a call never meets the end of the old ones.
            Ok(None) => None,
            Ok(Some(later)) if later > end => None,
            Ok(Some(_)) | Err(_) => Some(Duration::try_from(end.duration_since(super::now())).unwrap_or_default()),
        }
    }
}
