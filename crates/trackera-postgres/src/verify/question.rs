//! Declared SQL: one `SELECT` in a transaction that cannot write, with pinned settings, and always rolled back.

use tokio_postgres::{Client, Row};

use crate::manifest::pin;
use crate::trouble::{Trouble, statement};

/// Asks a question; each row comes back as the text of `wanted`, an expression over the row `r`.
///
/// The statement is prepared, so that it is exactly one, and stands in brackets, so that it is a question.
pub(super) async fn ask(client: &mut Client, sql: &str, wanted: &str) -> Result<Vec<Row>, Trouble> {
    let transaction = client.build_transaction().read_only(true).start().await.map_err(statement("asking"))?;
    let path: Row = transaction.query_one("SHOW search_path", &[]).await.map_err(statement("asking"))?;
    pin(&transaction).await?;
    // Who writes SQL in a file may rely on the usual names; only what text depends on is pinned.
    let restored = "SELECT pg_catalog.set_config('search_path', $1, true)";
    transaction.execute(restored, &[&path.get::<_, String>(0)]).await.map_err(statement("asking"))?;
    let wrapped = format!("SELECT ({wanted})::pg_catalog.text FROM (\n{}\n) AS r", sql.trim().trim_end_matches(';'));
    let rows = transaction.query(&wrapped, &[]).await.map_err(statement("the declared SQL"))?;
    transaction.rollback().await.map_err(statement("asking"))?;
    Ok(rows)
}
