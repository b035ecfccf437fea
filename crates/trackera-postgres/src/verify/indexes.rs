//! Indexes and heap pages, by `amcheck`: every B-tree is in order and holds every row, every page makes sense.

use tokio_postgres::{Client, Transaction};
use trackera_core::recovery::verification::{Check, CheckResult};

use super::{is_corruption, listed, not_run};
use crate::trouble::{Trouble, statement};

const WHAT: &str = "checking indexes";
const INDEXES: &str = "
SELECT n.nspname::text || '.' || c.relname, c.oid, i.indisvalid AND i.indisready, a.amname = 'btree'
  FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_am a ON a.oid = c.relam
 WHERE c.relkind = 'i' AND c.relpersistence = 'p' AND n.nspname !~ '^pg_temp' ORDER BY 1";
const TABLES: &str = "
SELECT n.nspname::text || '.' || c.relname, c.oid
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 't', 'm') AND c.relpersistence = 'p' ORDER BY 1";

/// The extension is there for the time of one transaction, which is rolled back.
pub(super) async fn check(client: &mut Client) -> Result<CheckResult, Trouble> {
    let mut transaction = client.transaction().await.map_err(statement(WHAT))?;
    let install = "CREATE SCHEMA trackera_amcheck; CREATE EXTENSION IF NOT EXISTS amcheck SCHEMA trackera_amcheck";
    if let Err(error) = transaction.batch_execute(install).await {
        let why = format!("amcheck cannot be installed in the copy (SQLSTATE {})", crate::trouble::code(&error));
        return Ok(not_run(Check::Indexes, why));
    }
    let schema = "SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_extension e
                  JOIN pg_catalog.pg_namespace n ON n.oid = extnamespace WHERE extname = 'amcheck'";
    let schema: String = transaction.query_one(schema, &[]).await.map_err(statement(WHAT))?.get(0);
    let mut wrong = Vec::new();
    let mut seen = 0;
    for row in transaction.query(INDEXES, &[]).await.map_err(statement(WHAT))? {
        let (name, usable, tree): (String, bool, bool) = (row.get(0), row.get(2), row.get(3));
        if !usable {
            wrong.push(format!("the index {name} is not valid"));
        } else if tree {
            seen += 1;
            let sql = format!("SELECT {schema}.bt_index_check($1::pg_catalog.oid::pg_catalog.regclass, true)");
            if damaged(&mut transaction, &sql, row.get(1), &name).await? {
                wrong.push(format!("the index {name} is damaged or lacks rows of its table"));
            }
        }
    }
    for row in transaction.query(TABLES, &[]).await.map_err(statement(WHAT))? {
        let name: String = row.get(0);
        let sql = format!(
            "SELECT 1 / (pg_catalog.count(*) = 0)::int FROM {schema}.verify_heapam($1::pg_catalog.oid::pg_catalog.regclass)"
        );
        seen += 1;
        if damaged(&mut transaction, &sql, row.get(1), &name).await? {
            wrong.push(format!("the pages of {name} are damaged"));
        }
    }
    transaction.rollback().await.map_err(statement(WHAT))?;
    Ok(listed(Check::Indexes, seen, &wrong, "B-trees and tables are sound"))
}

/// Tells whether one relation is damaged; a failure for any other reason ends the check.
async fn damaged(transaction: &mut Transaction<'_>, sql: &str, relation: u32, name: &str) -> Result<bool, Trouble> {
    let inner = transaction.transaction().await.map_err(statement(WHAT))?;
    let checked = inner.execute(sql, &[&relation]).await;
    inner.rollback().await.map_err(statement(WHAT))?;
    match checked {
        Ok(_) => Ok(false),
        // The list of damages is turned into a division by zero where it is not empty.
        Err(error) if is_corruption(&error) || crate::trouble::code(&error) == "22012" => Ok(true),
        Err(error) => Err(statement(format!("checking {name}"))(error)),
    }
}
