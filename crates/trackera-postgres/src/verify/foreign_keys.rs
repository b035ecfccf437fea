//! Foreign keys: every reference finds its row, also where the constraint was never validated.
//!
//! After a restore of a dump this proves the restore again; after a physical one it is the real test.

use tokio_postgres::{Client, Row};
use trackera_core::recovery::verification::{Check, CheckResult};

use super::{listed, rows};
use crate::trouble::{Trouble, statement};

/// The constraint's own operators are named with their schemas, so that no search path decides what is equal.
const KEYS: &str = "
SELECT n.nspname::text || '.' || c.relname || '.' || k.conname,
       pg_catalog.format('%s %I.%I', CASE c.relkind WHEN 'p' THEN '' ELSE 'ONLY' END, n.nspname, c.relname),
       pg_catalog.format('%s %I.%I', CASE f.relkind WHEN 'p' THEN '' ELSE 'ONLY' END, m.nspname, f.relname),
       (SELECT pg_catalog.string_agg(pg_catalog.format('t.%I IS NOT NULL', a.attname), ' AND ' ORDER BY u.place)
          FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY u (number, place)
          JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number),
       (SELECT pg_catalog.string_agg(pg_catalog.format('f.%I OPERATOR(%I.%s) t.%I', b.attname, o.nspname, e.oprname, a.attname),
                                     ' AND ' ORDER BY u.place)
          FROM ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey), pg_catalog.unnest(k.conpfeqop))
               WITH ORDINALITY u (number, other, operator, place)
          JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number
          JOIN pg_catalog.pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = u.other
          JOIN pg_catalog.pg_operator e ON e.oid = u.operator
          JOIN pg_catalog.pg_namespace o ON o.oid = e.oprnamespace)
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_class f ON f.oid = k.confrelid JOIN pg_catalog.pg_namespace m ON m.oid = f.relnamespace
 WHERE k.contype = 'f' AND k.conparentid = 0 ORDER BY 1";

pub(super) async fn check(client: &Client) -> Result<CheckResult, Trouble> {
    let keys = rows(client, KEYS, "listing foreign keys").await?;
    let mut wrong = Vec::new();
    for key in &keys {
        let orphans = orphans(client, key).await?;
        if orphans > 0 {
            wrong.push(format!("{orphans} rows break {}", key.get::<_, String>(0)));
        }
    }
    Ok(listed(Check::ForeignKeys, keys.len(), &wrong, "foreign keys hold"))
}

async fn orphans(client: &Client, key: &Row) -> Result<i64, Trouble> {
    let [name, from, to, present, equal] = [0, 1, 2, 3, 4].map(|index| key.get::<_, String>(index));
    let sql = format!(
        "SELECT pg_catalog.count(*) FROM {from} t WHERE {present} AND NOT EXISTS (SELECT FROM {to} f WHERE {equal})"
    );
    let row = client.query_one(&sql, &[]).await.map_err(statement(format!("checking {name}")))?;
    Ok(row.get(0))
}
