//! Damages a copy on purpose, so that it can be seen whether the checks would notice.
//!
//! Everything happens inside a transaction of the caller, who rolls it back; nothing here may be used on a database
//! that is not a copy.

use tokio_postgres::Transaction;
use trackera_core::recovery::erasure::TableName;
use trackera_core::recovery::verification::Damage;

use crate::manifest::{quoted, quoted_table};
use crate::trouble::{Trouble, statement};

const COLUMNS: &str = "
SELECT attname::text FROM pg_catalog.pg_attribute
 WHERE attrelid = $1::text::pg_catalog.regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
 ORDER BY attnum DESC";

const UNIQUE: &str = "
SELECT COALESCE('ALTER TABLE ' || $1::text || ' DROP CONSTRAINT ' || pg_catalog.quote_ident(conname) || ' CASCADE',
                'DROP INDEX ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname))
  FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = indexrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = indexrelid AND k.conrelid = indrelid
 WHERE indrelid = $1::text::pg_catalog.regclass AND (indisunique OR indisexclusion)";

/// Tells whether the damage could be done: a table of one row has nothing to swap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// The table is damaged.
    Damaged,
    /// This table has nothing that could be damaged in this way.
    Impossible,
}

/// Damages one table.
///
/// # Errors
/// Fails when the role may not switch off the triggers of the copy.
pub async fn apply(transaction: &mut Transaction<'_>, damage: Damage, table: &TableName) -> Result<Done, Trouble> {
    let quiet = "SET LOCAL session_replication_role = replica";
    transaction.batch_execute(quiet).await.map_err(statement("preparing the negative control"))?;
    let name = quoted_table(table);
    match damage {
        Damage::DropRow => {
            let sql = format!("DELETE FROM ONLY {name} WHERE ctid = (SELECT ctid FROM ONLY {name} LIMIT 1)");
            tried(transaction, &sql).await
        }
        Damage::DuplicateRow => duplicate(transaction, &name).await,
        Damage::ChangeValue => each_column(transaction, &name, change).await,
        Damage::SwapValues => each_column(transaction, &name, swap).await,
    }
}

fn change(name: &str, column: &str) -> String {
    format!(
        "UPDATE ONLY {name} t SET {column} = o.value FROM (SELECT a.ctid AS at, b.{column} AS value FROM \
         (SELECT ctid, {column} FROM ONLY {name} LIMIT 100) a JOIN (SELECT {column} FROM ONLY {name} LIMIT 100) b \
         ON a.{column}::text <> b.{column}::text LIMIT 1) o WHERE t.ctid = o.at"
    )
}

fn swap(name: &str, column: &str) -> String {
    let some = format!("SELECT ctid, {column} AS value FROM ONLY {name} LIMIT 100");
    format!(
        "UPDATE ONLY {name} t SET {column} = CASE t.ctid WHEN o.one THEN o.of_other ELSE o.of_one END \
         FROM (SELECT a.ctid AS one, b.ctid AS other, a.value AS of_one, b.value AS of_other \
         FROM ({some}) a JOIN ({some}) b ON a.value::text <> b.value::text LIMIT 1) o WHERE t.ctid IN (o.one, o.other)"
    )
}

/// Tries one column after the other: some are keys, some may not be written.
async fn each_column(
    transaction: &mut Transaction<'_>,
    name: &str,
    sql: fn(&str, &str) -> String,
) -> Result<Done, Trouble> {
    let columns = transaction.query(COLUMNS, &[&name]).await.map_err(statement("preparing the negative control"))?;
    for column in &columns {
        let column: String = column.get(0);
        if tried(transaction, &sql(name, &quoted(&column))).await? == Done::Damaged {
            return Ok(Done::Damaged);
        }
    }
    Ok(Done::Impossible)
}

async fn duplicate(transaction: &mut Transaction<'_>, name: &str) -> Result<Done, Trouble> {
    let unique = transaction.query(UNIQUE, &[&name]).await.map_err(statement("preparing the negative control"))?;
    for row in &unique {
        let sql: String = row.get(0);
        if attempt(transaction, &sql).await.is_none() {
            return Ok(Done::Impossible);
        }
    }
    let columns = transaction.query(COLUMNS, &[&name]).await.map_err(statement("preparing the negative control"))?;
    let columns: Vec<String> = columns.iter().map(|row| quoted(&row.get::<_, String>(0))).collect();
    let columns = columns.join(", ");
    let sql = format!(
        "INSERT INTO {name} ({columns}) OVERRIDING SYSTEM VALUE \
         SELECT {columns} FROM (SELECT * FROM ONLY {name} LIMIT 1) o, pg_catalog.generate_series(1, 2)"
    );
    tried(transaction, &sql).await
}

async fn tried(transaction: &mut Transaction<'_>, sql: &str) -> Result<Done, Trouble> {
    let changed = attempt(transaction, sql).await;
    Ok(if changed.is_some_and(|rows| rows > 0) { Done::Damaged } else { Done::Impossible })
}

/// Runs a statement that may be refused, and undoes it alone then.
async fn attempt(transaction: &mut Transaction<'_>, sql: &str) -> Option<u64> {
    let inner = transaction.transaction().await.ok()?;
    let rows = inner.execute(sql, &[]).await.ok()?;
    inner.commit().await.ok()?;
    Some(rows)
}
