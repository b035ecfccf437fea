//! How each column enters the hash of its row.
//!
//! Two values are the same when a dump would write the same text for them. Where the equality of a type says so too,
//! its own hash is taken, which is several times cheaper than text. Elsewhere it is not: `1.0` equals `1.00`, `-0`
//! equals `0`, a day equals 24 hours, `citext` ignores case, arrays forget their bounds, enumerations hash numbers that
//! a restore gives anew.

use std::collections::BTreeMap;

use tokio_postgres::GenericClient;
use trackera_core::recovery::manifest::Algorithm;

use super::quoted;
use crate::trouble::{Trouble, statement};

const COLUMNS: &str = "
WITH RECURSIVE base (of, type, modifier, domain) AS (
    SELECT t.oid, t.oid, -1, t.typtype = 'd' FROM pg_catalog.pg_type t
    UNION ALL
    SELECT base.of, t.typbasetype, t.typtypmod, u.typtype = 'd'
      FROM base JOIN pg_catalog.pg_type t ON t.oid = base.type JOIN pg_catalog.pg_type u ON u.oid = t.typbasetype
     WHERE base.domain)
SELECT a.attrelid, a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod),
       CASE WHEN t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace THEN t.typname::text ELSE '' END,
       GREATEST(a.atttypmod, base.modifier) >= 0
  FROM pg_catalog.pg_attribute a JOIN base ON base.of = a.atttypid AND NOT base.domain
  JOIN pg_catalog.pg_type t ON t.oid = base.type
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
 WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relnamespace <> 'pg_catalog'::pg_catalog.regnamespace
 ORDER BY a.attrelid, a.attnum";

/// One column, as far as its hash is concerned.
pub(super) struct Column {
    name: String,
    /// The type as a person reads it.
    declared: String,
    hashing: Hashing,
}

enum Hashing {
    /// The type's own hash, for its equality is that of its text.
    Own(String),
    /// The type's own hash of text that is compared byte by byte.
    Bytes(String),
    /// The hash of its binary form: the type's own folds eight bytes into four.
    Sent(&'static str),
    /// The hash of its text.
    Text,
    /// The hash of its text with the blanks at its end, which a cast would take away.
    TextWithBlanks,
}

impl Column {
    pub(super) fn told(&self) -> String {
        format!("{} {}", self.name, self.declared)
    }

    pub(super) fn expression(&self, algorithm: Algorithm) -> String {
        let name = quoted(&self.name);
        match (algorithm, &self.hashing) {
            (Algorithm::TextSha256, _) => name,
            (Algorithm::RowHash64, Hashing::Own(base)) => format!("{name}::pg_catalog.{}", quoted(base)),
            (Algorithm::RowHash64, Hashing::Bytes(base)) => {
                format!("{name}::pg_catalog.{} COLLATE pg_catalog.\"C\"", quoted(base))
            }
            (Algorithm::RowHash64, Hashing::Sent(function)) => format!("pg_catalog.{function}({name})"),
            (Algorithm::RowHash64, Hashing::Text) => format!("{name}::pg_catalog.text COLLATE pg_catalog.\"C\""),
            (Algorithm::RowHash64, Hashing::TextWithBlanks) => {
                format!("ARRAY[{name}]::pg_catalog.text COLLATE pg_catalog.\"C\"")
            }
        }
    }
}

fn hashing(base: &str, has_modifier: bool) -> Hashing {
    match base {
        "bool" | "int2" | "int4" | "oid" | "uuid" | "date" | "bytea" | "inet" | "cidr" | "macaddr" | "macaddr8" => {
            Hashing::Own(base.to_owned())
        }
        "text" | "varchar" => Hashing::Bytes(base.to_owned()),
        "int8" => Hashing::Sent("int8send"),
        "timestamp" => Hashing::Sent("timestamp_send"),
        "timestamptz" => Hashing::Sent("timestamptz_send"),
        "time" => Hashing::Sent("time_send"),
        // With a declared length or scale, equal values have equal text.
        "numeric" if has_modifier => Hashing::Own(base.to_owned()),
        "bpchar" if has_modifier => Hashing::Bytes(base.to_owned()),
        "bpchar" => Hashing::TextWithBlanks,
        _ => Hashing::Text,
    }
}

/// The columns of every table, by the table's number.
pub(super) async fn columns(client: &impl GenericClient) -> Result<BTreeMap<u32, Vec<Column>>, Trouble> {
    let rows = client.query(COLUMNS, &[]).await.map_err(statement("listing columns"))?;
    let mut columns: BTreeMap<u32, Vec<Column>> = BTreeMap::new();
    for row in rows {
        let base: String = row.get(3);
        let hashing = hashing(&base, row.get(4));
        columns.entry(row.get(0)).or_default().push(Column { name: row.get(1), declared: row.get(2), hashing });
    }
    Ok(columns)
}
