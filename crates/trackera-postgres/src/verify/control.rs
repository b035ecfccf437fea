//! The negative control: a copy that was damaged on purpose must not look like the backup.
//!
//! Each damage is done to one table inside a transaction, described, compared and rolled back.

use tokio_postgres::Client;
use trackera_core::recovery::manifest::{Content, Manifest, Table};
use trackera_core::recovery::verification::{Check, CheckResult, Damage};

use super::{Control, VerifyPlan, listed, not_configured, not_run, settled};
use crate::damage::{Done, apply};
use crate::manifest::describe_table;
use crate::trouble::{Trouble, statement};

const WHAT: &str = "the negative control";
/// A small table shows it as well as a large one, and is described in no time.
const ENOUGH_ROWS: u64 = 20;

pub(super) async fn check(client: &mut Client, plan: &VerifyPlan<'_>, found: Option<&Manifest>) -> CheckResult {
    let Some(rule) = plan.declared.negative_control.as_ref().filter(|_| plan.control == Control::Due) else {
        return not_configured(Check::NegativeControl);
    };
    let Some(found) = found else { return not_run(Check::NegativeControl, "the copy could not be described") };
    let wanted = if rule.damage.is_empty() { &Damage::ALL[..] } else { &rule.damage };
    settled(Check::NegativeControl, all(client, found, wanted).await)
}

async fn all(client: &mut Client, found: &Manifest, wanted: &[Damage]) -> Result<CheckResult, Trouble> {
    let mut tables: Vec<&Table> = found.tables.iter().filter(|table| table.content.rows > 1).collect();
    tables.sort_by_key(|table| (table.content.rows < ENOUGH_ROWS, table.content.rows));
    let mut overlooked = Vec::new();
    for damage in wanted {
        match overlooks(client, found, &tables, *damage).await? {
            Some(false) => {}
            Some(true) => overlooked.push(format!("the damage {damage:?} was not noticed")),
            None => return Ok(not_run(Check::NegativeControl, format!("no table could be damaged by {damage:?}"))),
        }
    }
    Ok(listed(Check::NegativeControl, wanted.len(), &overlooked, "damages were done on purpose and noticed"))
}

/// Tells whether a damage goes unnoticed, if it could be done to any table.
async fn overlooks(
    client: &mut Client,
    found: &Manifest,
    tables: &[&Table],
    damage: Damage,
) -> Result<Option<bool>, Trouble> {
    for table in tables {
        if let Some(content) = damaged(client, found, table, damage).await? {
            return Ok(Some(content == table.content));
        }
    }
    Ok(None)
}

async fn damaged(
    client: &mut Client,
    found: &Manifest,
    table: &Table,
    damage: Damage,
) -> Result<Option<Content>, Trouble> {
    let mut transaction = client.transaction().await.map_err(statement(WHAT))?;
    let content = match apply(&mut transaction, damage, &table.name).await? {
        Done::Damaged => Some(describe_table(&transaction, &table.name, found.algorithm).await?),
        Done::Impossible => None,
    };
    transaction.rollback().await.map_err(statement(WHAT))?;
    Ok(content)
}
