//! How long the caller's credentials last.

use async_trait::async_trait;
use jiff::Timestamp;

use super::PortError;

/// The credentials that changes are made with.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// The moment when the credentials in use end; `None` for those that do not.
    async fn expires_at(&self) -> Result<Option<Timestamp>, PortError>;

    /// Asks for new credentials and tells when these end. Where only a person can renew them, it fails or gives the
    /// same moment again.
    async fn renew(&self) -> Result<Option<Timestamp>, PortError>;
}
