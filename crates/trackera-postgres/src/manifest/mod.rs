//! Describes what a database holds: per table a count and an order-free sum of row hashes, in one transaction.
//!
//! Sums of the server's own row hashes would not see two rows that exchange a value: the hash of a row is linear in the
//! hashes of its columns, and so is the sum. Each row's hash is therefore mixed once more before it is added.

mod columns;

use std::collections::BTreeMap;

use jiff::Timestamp;
use tokio_postgres::GenericClient;
use trackera_core::recovery::erasure::TableName;
use trackera_core::recovery::manifest::{Algorithm, Content, Locale, Manifest, Persistence, Sequence, Table, VERSION};

use crate::trouble::{Trouble, statement};
use columns::{Column, columns};

/// What the text of values depends on, and that no policy hides rows silently.
const PINNED: [(&str, &str); 11] = [
    ("DateStyle", "ISO, MDY"),
    ("IntervalStyle", "postgres"),
    ("TimeZone", "UTC"),
    ("extra_float_digits", "1"),
    ("bytea_output", "hex"),
    ("lc_monetary", "C"),
    ("xmloption", "content"),
    ("client_encoding", "UTF8"),
    ("quote_all_identifiers", "off"),
    ("search_path", ""),
    ("row_security", "off"),
];

const TABLES: &str = "
SELECT n.nspname::text, c.relname::text, c.relpersistence = 'u' AS unlogged, c.oid
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND c.relpersistence <> 't'
   AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e'
                      AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass)
 ORDER BY n.nspname, c.relname";

const SEQUENCES: &str = "
SELECT n.nspname::text, c.relname::text, s.seqincrement, pg_catalog.pg_sequence_last_value(c.oid)
  FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relpersistence <> 't' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e'
                      AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass)
 ORDER BY n.nspname, c.relname";

const ROLES: &str = "
SELECT DISTINCT r.rolname::text COLLATE \"C\" FROM pg_catalog.pg_roles r WHERE r.rolname !~ '^pg_' AND (
    EXISTS (SELECT FROM pg_catalog.pg_shdepend d
             WHERE d.refobjid = r.oid AND d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
               AND d.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
 OR EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspowner = r.oid AND n.nspname !~ '^pg_')
 OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relowner = r.oid AND c.oid >= 16384)
 OR EXISTS (SELECT FROM pg_catalog.pg_proc p WHERE p.proowner = r.oid AND p.oid >= 16384))
 ORDER BY 1";

const SELF: &str = "
SELECT pg_catalog.current_database()::text, pg_catalog.current_setting('server_version'),
       pg_catalog.current_setting('server_version_num')::integer / 10000,
       pg_catalog.pg_encoding_to_char(encoding)::text, datcollate::text, datctype::text, pg_catalog.now(),
       CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
            ELSE pg_catalog.pg_current_wal_lsn() END::text
  FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()";

/// Writes an identifier so that it is taken as it is.
pub(crate) fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

/// Writes a table's name so that it is taken as it is.
pub(crate) fn quoted_table(name: &TableName) -> String {
    format!("{}.{}", quoted(&name.schema), quoted(&name.table))
}

/// Pins the settings that text depends on, until the end of the transaction.
pub(crate) async fn pin(client: &impl GenericClient) -> Result<(), Trouble> {
    for (name, value) in PINNED {
        let set = "SELECT pg_catalog.set_config($1, $2, true)";
        client.execute(set, &[&name, &value]).await.map_err(statement("pinning a setting"))?;
    }
    Ok(())
}

/// Describes the database as the transaction sees it that the client is in. The settings of that transaction are
/// pinned.
///
/// # Errors
/// Fails when a statement fails, also where a policy would hide rows from this role.
pub async fn describe(client: &impl GenericClient, algorithm: Algorithm) -> Result<Manifest, Trouble> {
    pin(client).await?;
    let own = client.query_one(SELF, &[]).await.map_err(statement("asking the server who it is"))?;
    let major: i32 = own.get(2);
    Ok(Manifest {
        version: VERSION,
        algorithm,
        database: own.get(0),
        server: own.get(1),
        server_major: major.unsigned_abs(),
        locale: Locale { encoding: own.get(3), collate: own.get(4), ctype: own.get(5) },
        settings: PINNED.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        taken_at: own.get::<_, Timestamp>(6),
        wal_position: own.get(7),
        tables: tables(client, algorithm).await?,
        sequences: sequences(client).await?,
        large_objects: large_objects(client, algorithm).await?,
        roles: roles(client).await?,
    })
}

/// The names of all tables that hold rows themselves.
pub(crate) async fn table_names(client: &impl GenericClient) -> Result<Vec<TableName>, Trouble> {
    let rows = client.query(TABLES, &[]).await.map_err(statement("listing tables"))?;
    Ok(rows.iter().map(|row| TableName { schema: row.get(0), table: row.get(1) }).collect())
}

async fn tables(client: &impl GenericClient, algorithm: Algorithm) -> Result<Vec<Table>, Trouble> {
    let rows = client.query(TABLES, &[]).await.map_err(statement("listing tables"))?;
    let mut columns: BTreeMap<u32, Vec<Column>> = columns(client).await?;
    let mut tables = Vec::with_capacity(rows.len());
    for row in rows {
        let name = TableName { schema: row.get(0), table: row.get(1) };
        let unlogged: bool = row.get(2);
        let columns = columns.remove(&row.get(3)).unwrap_or_default();
        let content = content(client, &name, &columns, algorithm).await?;
        let persistence = if unlogged { Persistence::Unlogged } else { Persistence::Logged };
        tables.push(Table { name, columns: columns.iter().map(Column::told).collect(), persistence, content });
    }
    Ok(tables)
}

/// Describes one table, as the transaction sees it that the client is in.
pub(crate) async fn describe_table(
    client: &impl GenericClient,
    name: &TableName,
    algorithm: Algorithm,
) -> Result<Content, Trouble> {
    pin(client).await?;
    let oid = "SELECT $1::pg_catalog.text::pg_catalog.regclass::pg_catalog.oid";
    let oid = client.query_one(oid, &[&quoted_table(name)]).await.map_err(statement("finding a table"))?;
    let columns = columns(client).await?.remove(&oid.get(0)).unwrap_or_default();
    content(client, name, &columns, algorithm).await
}

/// Counts and sums the rows of one table.
async fn content(
    client: &impl GenericClient,
    table: &TableName,
    columns: &[Column],
    algorithm: Algorithm,
) -> Result<Content, Trouble> {
    let expressions: Vec<_> = columns.iter().map(|column| column.expression(algorithm)).collect();
    let row = format!("ROW({})", expressions.join(", "));
    let from = format!("ONLY {}", quoted_table(table));
    summed(client, &hashed(&row, algorithm), &from).await
}

async fn summed(client: &impl GenericClient, hash: &str, from: &str) -> Result<Content, Trouble> {
    let sql = format!("SELECT pg_catalog.count(*), COALESCE(pg_catalog.sum({hash}), 0)::pg_catalog.text FROM {from}");
    let row = client.query_one(&sql, &[]).await.map_err(statement(format!("hashing {from}")))?;
    let rows: i64 = row.get(0);
    Ok(Content { rows: rows.unsigned_abs(), sum: row.get(1) })
}

/// The number of one row. Turning the hash into a floating-point number and hashing that is the cheapest mixing that
/// the server offers which is not linear; 53 bits of the first hash decide about all 64 of the second.
fn hashed(row: &str, algorithm: Algorithm) -> String {
    match algorithm {
        Algorithm::RowHash64 => {
            format!("pg_catalog.hashfloat8extended(pg_catalog.hash_record_extended({row}, 0)::pg_catalog.float8, 0)")
        }
        Algorithm::TextSha256 => format!(
            "('x' || pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(({row})::pg_catalog.text, \
             'UTF8')), 'hex'), 15))::pg_catalog.bit(60)::pg_catalog.int8"
        ),
    }
}

async fn large_objects(client: &impl GenericClient, algorithm: Algorithm) -> Result<Content, Trouble> {
    let row = "ROW(oid, pg_catalog.lo_get(oid))";
    summed(client, &hashed(row, algorithm), "pg_catalog.pg_largeobject_metadata").await
}

/// Where sequences stand. They move outside of snapshots: a dump that is read later has them at this place or after it.
pub(crate) async fn sequences(client: &impl GenericClient) -> Result<Vec<Sequence>, Trouble> {
    let rows = client.query(SEQUENCES, &[]).await.map_err(statement("reading sequences"))?;
    let sequence = |row: &tokio_postgres::Row| Sequence {
        name: TableName { schema: row.get(0), table: row.get(1) },
        step: row.get(2),
        last_value: row.get(3),
    };
    Ok(rows.iter().map(sequence).collect())
}

async fn roles(client: &impl GenericClient) -> Result<Vec<String>, Trouble> {
    let rows = client.query(ROLES, &[]).await.map_err(statement("reading roles"))?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
