//! Page checksums: they are on, and no page of a table fails when it is read.

use tokio_postgres::Client;
use trackera_core::recovery::verification::{Check, CheckResult};

use super::{is_corruption, listed, not_run, rows};
use crate::manifest::{quoted_table, table_names};
use crate::trouble::{Trouble, statement};

pub(super) async fn check(client: &Client) -> Result<CheckResult, Trouble> {
    let on: String = match rows(client, "SHOW data_checksums", "asking for checksums").await?.as_slice() {
        [row] => row.get(0),
        _ => return Ok(not_run(Check::PageChecksums, "the server does not say whether it keeps checksums")),
    };
    if on != "on" {
        return Ok(not_run(Check::PageChecksums, "the copy's server keeps no page checksums"));
    }
    let tables = table_names(client).await?;
    let mut wrong = Vec::new();
    for table in &tables {
        let sql = format!("SELECT pg_catalog.count(*) FROM ONLY {}", quoted_table(table));
        match client.query_one(&sql, &[]).await {
            Ok(_) => {}
            Err(error) if is_corruption(&error) => wrong.push(format!("a page of {table} fails its checksum")),
            Err(error) => return Err(statement(format!("reading {table}"))(error)),
        }
    }
    Ok(listed(Check::PageChecksums, tables.len(), &wrong, "tables were read, and every page held its checksum"))
}
