//! Collations: text is sorted by the versions that the indexes were built with.

use tokio_postgres::Client;
use trackera_core::recovery::verification::{Check, CheckResult};

use super::{listed, rows};
use crate::trouble::Trouble;

const VERSIONS: &str = "
SELECT 'the database', datcollversion, pg_catalog.pg_database_collation_actual_version(oid)
  FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()
UNION ALL
SELECT 'the collation ' || n.nspname || '.' || collname, collversion, pg_catalog.pg_collation_actual_version(l.oid)
  FROM pg_catalog.pg_collation l JOIN pg_catalog.pg_namespace n ON n.oid = collnamespace
 WHERE l.oid IN (SELECT pg_catalog.unnest(indcollation) FROM pg_catalog.pg_index) AND collprovider IN ('c', 'i')";

pub(super) async fn check(client: &Client) -> Result<CheckResult, Trouble> {
    let versions = rows(client, VERSIONS, "comparing collation versions").await?;
    let wrong: Vec<_> = versions
        .iter()
        .filter_map(|row| {
            let (name, made, now): (String, Option<String>, Option<String>) = (row.get(0), row.get(1), row.get(2));
            let (made, now) = (made?, now.unwrap_or_else(|| "none".to_owned()));
            (made != now).then(|| format!("{name} was made with version {made}, and this machine sorts by {now}"))
        })
        .collect();
    Ok(listed(Check::Collation, versions.len(), &wrong, "collations are of the version that indexes were built with"))
}
