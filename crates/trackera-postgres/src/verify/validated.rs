//! Constraints that were added without looking at the rows that were there.

use tokio_postgres::Client;
use trackera_core::recovery::verification::{Check, CheckResult};

use super::{listed, rows};
use crate::trouble::Trouble;

const CONSTRAINTS: &str = "
SELECT COALESCE(n.nspname::text || '.' || c.relname, pg_catalog.format_type(k.contypid, NULL)) || '.' || k.conname, k.convalidated
  FROM pg_catalog.pg_constraint k LEFT JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE k.contype IN ('f', 'c') AND k.connamespace <> 'pg_catalog'::pg_catalog.regnamespace
   AND k.connamespace <> 'information_schema'::pg_catalog.regnamespace ORDER BY 1";

pub(super) async fn check(client: &Client) -> Result<CheckResult, Trouble> {
    let constraints = rows(client, CONSTRAINTS, "listing constraints").await?;
    let open = constraints.iter().filter(|row| !row.get::<_, bool>(1));
    let wrong: Vec<_> = open.map(|row| format!("{} is NOT VALID", row.get::<_, String>(0))).collect();
    Ok(listed(Check::ValidatedConstraints, constraints.len(), &wrong, "constraints were validated"))
}
