//! The heartbeat of the product database: one row, written through a role that can do nothing else.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use trackera_core::company::database::{Database, Heartbeat};
use trackera_postgres::connection::{Address, Host, Limits, Secret};
use trackera_postgres::{Client, heartbeat};

use super::Secrets;

/// One short row: what takes longer than this is away.
const LIMITS: Limits =
    Limits { connect: Duration::from_secs(5), statement: Duration::from_secs(5), lock: Duration::from_secs(2) };

/// The way to the row. The connection is kept as long as it lasts.
pub struct Heart {
    database: Database,
    heartbeat: Heartbeat,
    beside: PathBuf,
    writer: String,
    client: Option<Client>,
}

impl Heart {
    /// The way to the row of a writer; paths and secrets are relative to a directory.
    #[must_use]
    pub fn new(database: Database, heartbeat: Heartbeat, (beside, writer): (PathBuf, String)) -> Self {
        Self { database, heartbeat, beside, writer, client: None }
    }

    /// Writes the row once, and connects first where that is needed.
    ///
    /// # Errors
    /// Fails when the database is away, or refuses the role or the row.
    pub async fn beat(&mut self) -> anyhow::Result<()> {
        let client = match self.client.take() {
            Some(client) if !client.is_closed() => client,
            _ => self.address()?.connect(&LIMITS).await?,
        };
        // The server cuts a statement off that takes too long; a server that is gone cuts off nothing.
        let beat = tokio::time::timeout(LIMITS.statement, heartbeat::beat(&client, &self.writer));
        beat.await.context("the database does not answer")??;
        self.client = Some(client);
        Ok(())
    }

    fn address(&self) -> anyhow::Result<Address> {
        let Database { address, name, authorities, .. } = &self.database;
        let address = address.as_ref().context("the database has no address")?;
        let (host, port) = address.value().rsplit_once(':').context("the address of the database has no port")?;
        let password = Secrets::beside(&self.beside).read(&self.heartbeat.password)?;
        Ok(Address {
            host: Host::Network { name: host.to_owned(), authority: self.beside.join(authorities) },
            port: port.parse()?,
            database: name.clone(),
            user: self.heartbeat.user.clone(),
            password: Some(Secret::new(password.expose())),
        })
    }
}
