//! Replays the erasure ledger on a copy and counts who is back.
//!
//! Rows are found by surrogate keys, or by keyed digests where a key would name a person. Rows that are younger than
//! the erasure belong to somebody else and stay.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, GenericClient};
use trackera_core::recovery::erasure::{Action, Entry, KeyValue};

use crate::connection::Secret;
use crate::layers::hexadecimal;
use crate::manifest::{quoted, quoted_table};
use crate::trouble::{Trouble, statement};

const COLUMN_TYPE: &str = "
SELECT pg_catalog.format_type(a.atttypid, a.atttypmod)
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = $1 AND c.relname = $2 AND a.attname = $3 AND a.attnum > 0 AND NOT a.attisdropped";

/// What a replay found and did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replay {
    /// How many entries there were.
    pub entries: u64,
    /// Rows that were back, and should be: they were erased after the backup.
    pub erased_since: u64,
    /// Rows that were there although they were erased before the backup was taken: the erasure did not hold.
    pub never_erased: u64,
    /// Rows that are still there after the replay.
    pub still_there: u64,
}

/// One entry, made ready for this database.
struct Erasing<'a> {
    entry: &'a Entry,
    /// Which rows, with `$1`, `$2` ... for the values.
    condition: String,
    values: Vec<String>,
}

/// Replays a ledger in one transaction. `taken_at` is the moment of the backup, by the database's clock.
///
/// # Errors
/// Fails when the ledger names what is not there, a digest has no key, or a statement fails. Nothing is changed then.
pub async fn replay(
    client: &mut Client,
    entries: &[Entry],
    key: Option<&Secret>,
    taken_at: Timestamp,
) -> Result<Replay, Trouble> {
    let transaction = client.transaction().await.map_err(statement("replaying erasures"))?;
    let at_once = "SET LOCAL row_security = off; SET CONSTRAINTS ALL IMMEDIATE";
    transaction.batch_execute(at_once).await.map_err(statement("replaying erasures"))?;
    let mut replay = Replay { entries: entries.len() as u64, ..Replay::default() };
    let mut ready = Vec::with_capacity(entries.len());
    for entry in entries {
        let erasing = prepare(&transaction, entry, key).await?;
        let back = erasing.there(&transaction).await?;
        if entry.erased_at > taken_at {
            replay.erased_since += back
        } else {
            replay.never_erased += back
        }
        erasing.erase(&transaction).await?;
        ready.push(erasing);
    }
    for erasing in &ready {
        replay.still_there += erasing.there(&transaction).await?;
    }
    transaction.commit().await.map_err(statement("replaying erasures"))?;
    Ok(replay)
}

async fn prepare<'a>(
    client: &impl GenericClient,
    entry: &'a Entry,
    key: Option<&Secret>,
) -> Result<Erasing<'a>, Trouble> {
    let mut conditions = Vec::new();
    let mut values = Vec::new();
    for (column, value) in &entry.key {
        let kind = column_type(client, entry, column).await?;
        let wanted = match value {
            KeyValue::Value(value) => vec![value.clone()],
            KeyValue::Digest(digest) => matching(client, entry, column, (digest, key)).await?,
        };
        let places = wanted.iter().enumerate().map(|(index, _)| format!("${}::text::{kind}", values.len() + index + 1));
        conditions.push(format!(
            "{} = ANY (ARRAY[{}]::{kind}[])",
            quoted(column),
            places.collect::<Vec<_>>().join(", ")
        ));
        values.extend(wanted);
    }
    if let Some(created) = &entry.created_column {
        column_type(client, entry, created).await?;
        values.push(entry.erased_at.to_string());
        conditions.push(format!("COALESCE({} <= ${}::text::timestamptz, true)", quoted(created), values.len()));
    }
    for column in entry.columns.keys() {
        column_type(client, entry, column).await?;
    }
    Ok(Erasing { entry, condition: conditions.join(" AND "), values })
}

/// The type of a column, and with it that the ledger names one that there is.
async fn column_type(client: &impl GenericClient, entry: &Entry, column: &str) -> Result<String, Trouble> {
    let row = client.query_opt(COLUMN_TYPE, &[&entry.table.schema, &entry.table.table, &column]).await;
    let row = row.map_err(statement("looking for a column of the ledger"))?;
    let missing = || Trouble::Usage(format!("the ledger names {}.{column}, which is not there", entry.table));
    row.map(|row| row.get(0)).ok_or_else(missing)
}

/// The values of a column that have a digest. They stay in memory.
async fn matching(
    client: &impl GenericClient,
    entry: &Entry,
    column: &str,
    (digest, key): (&str, Option<&Secret>),
) -> Result<Vec<String>, Trouble> {
    let keyless = || Trouble::Usage("the ledger has keyed digests, and no key was given".to_owned());
    let key = key.ok_or_else(keyless)?;
    let column = quoted(column);
    let sql = format!("SELECT DISTINCT {column}::text FROM {} WHERE {column} IS NOT NULL", quoted_table(&entry.table));
    let rows = client.query(&sql, &[]).await.map_err(statement("looking for keyed digests"))?;
    let values = rows.iter().map(|row| row.get::<_, String>(0));
    Ok(values.filter(|value| keyed_digest(key, value) == digest).collect())
}

/// The keyed digest by which a value stands in the ledger.
pub fn keyed_digest(key: &Secret, value: &str) -> String {
    // Every length of key is good for this construction.
    let Ok(mut digest) = Hmac::<Sha256>::new_from_slice(key.reveal().as_bytes()) else { return String::new() };
    digest.update(value.as_bytes());
    hexadecimal(&digest.finalize().into_bytes())
}

impl Erasing<'_> {
    fn parameters<'b>(&'b self, more: &'b [Option<String>]) -> Vec<&'b (dyn ToSql + Sync)> {
        let values = self.values.iter().map(|value| value as &(dyn ToSql + Sync));
        values.chain(more.iter().map(|value| value as &(dyn ToSql + Sync))).collect()
    }

    /// The columns to overwrite, with the place of each value.
    fn places(&self) -> BTreeMap<&String, String> {
        let first = self.values.len() + 1;
        self.entry.columns.keys().enumerate().map(|(index, name)| (name, format!("${}::text", first + index))).collect()
    }

    fn replacements(&self) -> Vec<Option<String>> {
        self.entry.columns.values().cloned().collect()
    }

    /// How many rows still hold what was erased.
    async fn there(&self, client: &impl GenericClient) -> Result<u64, Trouble> {
        let differs =
            self.places().into_iter().map(|(name, place)| format!("{}::text IS DISTINCT FROM {place}", quoted(name)));
        let differs = match self.entry.action {
            Action::Delete => "true".to_owned(),
            Action::Overwrite => differs.collect::<Vec<_>>().join(" OR "),
        };
        let sql = format!(
            "SELECT pg_catalog.count(*) FROM {} WHERE {} AND ({differs})",
            quoted_table(&self.entry.table),
            self.condition
        );
        let replacements = self.replacements();
        let row = client.query_one(&sql, &self.parameters(&replacements)).await;
        let rows: i64 = row.map_err(statement(format!("counting the erased rows of {}", self.entry.table)))?.get(0);
        Ok(rows.unsigned_abs())
    }

    async fn erase(&self, client: &impl GenericClient) -> Result<(), Trouble> {
        let table = quoted_table(&self.entry.table);
        let sql = match self.entry.action {
            Action::Delete => format!("DELETE FROM {table} WHERE {}", self.condition),
            Action::Overwrite => {
                let mut assignments = Vec::new();
                for (name, place) in self.places() {
                    let kind = column_type(client, self.entry, name).await?;
                    assignments.push(format!("{} = {place}::{kind}", quoted(name)));
                }
                format!("UPDATE {table} SET {} WHERE {}", assignments.join(", "), self.condition)
            }
        };
        let replacements = self.replacements();
        let done = client.execute(&sql, &self.parameters(&replacements)).await;
        done.map_err(statement(format!("erasing again in {}", self.entry.table)))?;
        Ok(())
    }
}
