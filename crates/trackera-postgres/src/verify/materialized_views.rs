//! Materialised views: every one of them can be read.

use tokio_postgres::Client;
use trackera_core::recovery::verification::{Check, CheckResult};

use super::{listed, rows};
use crate::trouble::Trouble;

const VIEWS: &str = "
SELECT n.nspname::text || '.' || c.relname, c.relispopulated
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' ORDER BY 1";

pub(super) async fn check(client: &Client) -> Result<CheckResult, Trouble> {
    let views = rows(client, VIEWS, "listing materialised views").await?;
    let empty = views.iter().filter(|row| !row.get::<_, bool>(1));
    let wrong: Vec<_> = empty.map(|row| format!("{} was never filled", row.get::<_, String>(0))).collect();
    Ok(listed(Check::MaterializedViews, views.len(), &wrong, "materialised views are filled"))
}
