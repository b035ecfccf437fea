//! Connections: over a Unix socket, or over TLS that is always verified against a declared authority.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::trouble::{Trouble, file};

/// What must not be shown.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Hides a text from every log and message.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

/// Where a server listens.
#[derive(Clone, Debug)]
pub enum Host {
    /// In a directory of this machine.
    Socket(PathBuf),
    /// On the network, under a name that its certificate has to carry.
    Network {
        /// The name.
        name: String,
        /// The file with the certificates of those who may vouch for it.
        authority: PathBuf,
    },
}

/// One database and who asks.
#[derive(Clone, Debug)]
pub struct Address {
    /// Where the server listens.
    pub host: Host,
    /// Its port.
    pub port: u16,
    /// The database.
    pub database: String,
    /// The role.
    pub user: String,
    /// Its password, if it has one.
    pub password: Option<Secret>,
}

/// How long anything may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A connection.
    pub connect: Duration,
    /// One statement.
    pub statement: Duration,
    /// Waiting for a lock.
    pub lock: Duration,
}

impl Limits {
    /// Limits for work on a copy of our own: a statement may read the whole of it.
    pub const COPY: Self =
        Self { connect: Duration::from_secs(10), statement: Duration::from_secs(7200), lock: Duration::from_secs(10) };
}

impl Address {
    /// What the programs of PostgreSQL are told in their environment.
    pub(crate) fn environment(&self, connect: Duration) -> Vec<(String, String)> {
        let mut told = vec![
            ("PGPORT", self.port.to_string()),
            ("PGUSER", self.user.clone()),
            ("PGDATABASE", self.database.clone()),
            ("PGAPPNAME", "trackera".to_owned()),
            ("PGCONNECT_TIMEOUT", connect.as_secs().max(2).to_string()),
        ];
        match &self.host {
            Host::Socket(directory) => told.push(("PGHOST", directory.display().to_string())),
            Host::Network { name, authority } => told.extend([
                ("PGHOST", name.clone()),
                ("PGSSLMODE", "verify-full".to_owned()),
                ("PGSSLROOTCERT", authority.display().to_string()),
            ]),
        }
        if let Some(password) = &self.password {
            told.push(("PGPASSWORD", password.reveal().to_owned()));
        }
        told.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn config(&self, limits: &Limits) -> Config {
        let mut config = Config::new();
        config.port(self.port).dbname(&self.database).user(&self.user).connect_timeout(limits.connect);
        config.application_name("trackera").options(format!(
            "-c statement_timeout={} -c lock_timeout={} -c idle_in_transaction_session_timeout={}",
            limits.statement.as_millis(),
            limits.lock.as_millis(),
            limits.statement.as_millis(),
        ));
        if let Some(password) = &self.password {
            config.password(password.reveal());
        }
        match &self.host {
            Host::Socket(directory) => config.host_path(directory).ssl_mode(SslMode::Disable),
            Host::Network { name, .. } => config.host(name).ssl_mode(SslMode::Require),
        };
        config
    }

    /// Opens a connection. It ends when the client goes.
    ///
    /// # Errors
    /// Fails when the server cannot be reached in time, cannot prove who it is, or refuses the role.
    pub async fn connect(&self, limits: &Limits) -> Result<Client, Trouble> {
        let connecting = async {
            match &self.host {
                Host::Socket(_) => self.over_socket(limits).await,
                Host::Network { authority, .. } => self.over_network(authority, limits).await,
            }
        };
        let slow = || Trouble::TooSlow { what: "connecting to the database".to_owned(), limit: limits.connect };
        tokio::time::timeout(limits.connect, connecting).await.map_err(|_| slow())?
    }

    async fn over_socket(&self, limits: &Limits) -> Result<Client, Trouble> {
        let (client, connection) = self.config(limits).connect(NoTls).await.map_err(|error| refused(&error))?;
        // The task ends with the client; an error of the connection is the error of the statement that waits for it.
        tokio::spawn(async move { connection.await.ok() });
        Ok(client)
    }

    async fn over_network(&self, authority: &Path, limits: &Limits) -> Result<Client, Trouble> {
        let tls = MakeRustlsConnect::new(trusting(authority)?);
        let (client, connection) = self.config(limits).connect(tls).await.map_err(|error| refused(&error))?;
        tokio::spawn(async move { connection.await.ok() });
        Ok(client)
    }
}

/// What a failed connection may say: the server quotes no row before it let somebody in.
fn refused(error: &tokio_postgres::Error) -> Trouble {
    let told = error.as_db_error().map(|told| format!("SQLSTATE {}", told.code().code()));
    let deeper = std::error::Error::source(error).map(ToString::to_string);
    Trouble::Connect(told.or(deeper).unwrap_or_else(|| error.to_string()))
}

fn trusting(authority: &Path) -> Result<ClientConfig, Trouble> {
    let unusable = |why: String| Trouble::Usage(format!("`{}` names no authority: {why}", authority.display()));
    let text = std::fs::read(authority).map_err(file(authority))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
        roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(unusable("it holds no certificate".to_owned()));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| unusable(error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
