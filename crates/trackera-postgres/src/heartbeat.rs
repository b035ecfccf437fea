//! The heartbeat: one row that says, by the database's own clock, how fresh the data is that a copy holds.
//!
//! It is written through a role that can do nothing else, and read in a copy to measure the recovery point.

use jiff::Timestamp;
use tokio_postgres::{Client, GenericClient};

use crate::manifest::quoted;
use crate::trouble::{Trouble, statement};

const BEAT: &str = "
INSERT INTO ops.heartbeat (writer, sequence, beat_at, wal_position)
VALUES ($1, 1, pg_catalog.clock_timestamp(), pg_catalog.pg_current_wal_lsn())
ON CONFLICT (writer) DO UPDATE SET sequence = ops.heartbeat.sequence + 1, beat_at = pg_catalog.clock_timestamp(),
    wal_position = pg_catalog.pg_current_wal_lsn()
RETURNING sequence, beat_at, wal_position::pg_catalog.text";

/// One beat, as the database wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beat {
    /// Its number.
    pub sequence: i64,
    /// Its moment, by the database's clock.
    pub beat_at: Timestamp,
    /// Where the write-ahead log stood.
    pub wal_position: String,
}

/// The statements that make the table and the right to write it, for a role that exists. They can run again.
pub fn setup(role: &str) -> String {
    let role = quoted(role);
    format!(
        "CREATE SCHEMA IF NOT EXISTS ops;
CREATE TABLE IF NOT EXISTS ops.heartbeat (
    writer text PRIMARY KEY,
    sequence bigint NOT NULL,
    beat_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    wal_position pg_lsn NOT NULL DEFAULT pg_catalog.pg_current_wal_lsn()
);
GRANT USAGE ON SCHEMA ops TO {role};
GRANT SELECT, INSERT, UPDATE ON ops.heartbeat TO {role};
"
    )
}

/// Writes the next beat of a writer.
///
/// # Errors
/// Fails when the row cannot be written.
pub async fn beat(client: &Client, writer: &str) -> Result<Beat, Trouble> {
    let row = client.query_one(BEAT, &[&writer]).await.map_err(statement("writing the heartbeat"))?;
    Ok(Beat { sequence: row.get(0), beat_at: row.get(1), wal_position: row.get(2) })
}

/// The newest beat that a database holds, if it holds one.
///
/// # Errors
/// Fails when the table cannot be read.
pub async fn newest(client: &impl GenericClient) -> Result<Option<Beat>, Trouble> {
    let newest =
        "SELECT sequence, beat_at, wal_position::pg_catalog.text FROM ops.heartbeat ORDER BY beat_at DESC LIMIT 1";
    let row = client.query_opt(newest, &[]).await.map_err(statement("reading the heartbeat"))?;
    Ok(row.map(|row| Beat { sequence: row.get(0), beat_at: row.get(1), wal_position: row.get(2) }))
}
