//! The checks of a restored copy: one file each, run over two connections at once.
//!
//! A check that cannot run to its end says so; it never passes. What a check says is made of names and numbers.

mod canary;
mod collation;
mod content;
mod control;
mod erased;
mod foreign_keys;
mod heartbeat;
mod indexes;
mod invariants;
mod isolation;
mod materialized_views;
mod page_checksums;
mod question;
mod roles;
mod sequences;
mod shape;
mod validated;

use std::collections::BTreeMap;

use jiff::Timestamp;
use tokio_postgres::Client;
use trackera_core::recovery::erasure::Entry;
use trackera_core::recovery::manifest::{Algorithm, Manifest};
use trackera_core::recovery::structure::Structure;
use trackera_core::recovery::verification::{Check, CheckResult, CheckState, Declared};

use crate::backup::describe_alone;
use crate::connection::{Address, Limits, Secret};
use crate::scratch::Scratch;
use crate::trouble::Trouble;

/// What a copy is held against.
#[derive(Clone, Copy, Debug)]
pub struct VerifyPlan<'a> {
    /// The copy. It is changed by the replay of erasures, and by nothing else.
    pub copy: &'a Address,
    /// How long a statement may take.
    pub limits: Limits,
    /// What was declared.
    pub declared: &'a Declared,
    /// The manifest that was made with the backup.
    pub manifest: Option<&'a Manifest>,
    /// The locked reference of the structure.
    pub structure: Option<&'a Structure>,
    /// The locked reference of the grants.
    pub grants: Option<&'a Structure>,
    /// How many rows tables had in the last drill that passed, by `schema.table`.
    pub previous_rows: &'a BTreeMap<String, u64>,
    /// The erasure ledger.
    pub ledger: Option<&'a [Entry]>,
    /// The key of its digests.
    pub ledger_key: Option<&'a Secret>,
    /// The moment of the loss that the drill assumes, by the clock of the source where it can be asked.
    pub lost_at: Timestamp,
    /// The server of the copy, where it is one of ours: its isolation is tried.
    pub scratch: Option<&'a Scratch>,
    /// Whether this is a run in which the copy is damaged on purpose.
    pub control: Control,
}

/// Whether a run has a negative control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// The copy is damaged, inside a transaction that is rolled back.
    Due,
    /// It is not this run's turn.
    NotDue,
}

/// Runs every check that was declared, and tells of every check what became of it.
///
/// # Errors
/// Fails when the copy cannot be reached. Everything else that goes wrong is the result of a check.
pub async fn verify(plan: &VerifyPlan<'_>) -> Result<Vec<CheckResult>, Trouble> {
    let mut first = plan.copy.connect(&plan.limits).await?;
    let mut second = plan.copy.connect(&plan.limits).await?;
    let integrity = &plan.declared.integrity;
    let algorithm = plan.manifest.map_or(Algorithm::RowHash64, |manifest| manifest.algorithm);
    let reading = async {
        let found = describe_alone(&mut first, algorithm).await;
        let mut results = content::all(plan, &found);
        results.push(heartbeat::check(&first, plan).await);
        results.push(shape::check(&mut first, plan).await);
        results.push(roles::check(&mut first, plan).await);
        results.push(invariants::check(&mut first, plan).await);
        results.push(canary::check(&mut first, plan).await);
        results.push(isolation::check(&first, plan).await);
        (found, results)
    };
    let sound = async {
        vec![
            asked(Check::ForeignKeys, integrity.foreign_keys, foreign_keys::check(&second)).await,
            asked(Check::ValidatedConstraints, integrity.validated_constraints, validated::check(&second)).await,
            asked(Check::Sequences, integrity.sequences, sequences::check(&second)).await,
            asked(Check::Collation, integrity.collation, collation::check(&second)).await,
            asked(Check::MaterializedViews, integrity.materialized_views, materialized_views::check(&second)).await,
        ]
    };
    let ((found, mut results), more) = tokio::join!(reading, sound);
    results.extend(more);
    // These wait for the others: the first needs a transaction of its own, the last two change what is seen.
    results.push(asked(Check::Indexes, integrity.indexes, indexes::check(&mut second)).await);
    results.push(asked(Check::PageChecksums, integrity.page_checksums, page_checksums::check(&second)).await);
    results.push(control::check(&mut first, plan, found.as_ref().ok()).await);
    results.push(erased::check(&mut first, plan).await);
    results.sort_by_key(|result| result.check);
    Ok(results)
}

async fn asked(
    check: Check,
    wanted: bool,
    checking: impl Future<Output = Result<CheckResult, Trouble>>,
) -> CheckResult {
    if wanted { settled(check, checking.await) } else { not_configured(check) }
}

fn not_configured(check: Check) -> CheckResult {
    CheckResult::new(check, CheckState::NotConfigured, "not declared")
}

fn not_run(check: Check, why: impl Into<String>) -> CheckResult {
    CheckResult::new(check, CheckState::NotRun, why)
}

/// A check that could not run to its end did not pass.
fn settled(check: Check, checked: Result<CheckResult, Trouble>) -> CheckResult {
    checked.unwrap_or_else(|trouble| not_run(check, trouble.to_string()))
}

/// The result of a check that lists what is wrong: the first few by name, all of them as a number.
fn listed(check: Check, seen: usize, wrong: &[String], fine: &str) -> CheckResult {
    const SHOWN: usize = 5;
    let result = if wrong.is_empty() {
        CheckResult::new(check, CheckState::Pass, format!("{seen} {fine}"))
    } else {
        let shown: Vec<_> = wrong.iter().take(SHOWN).map(String::as_str).collect();
        let more = wrong.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        CheckResult::new(check, CheckState::Fail, format!("{}{more}", shown.join("; ")))
    };
    result.figure("seen", seen).figure("wrong", wrong.len())
}

/// Codes of a server that found its own files damaged.
fn is_corruption(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| matches!(code.code(), "XX001" | "XX002"))
}

async fn rows(client: &Client, sql: &str, what: &str) -> Result<Vec<tokio_postgres::Row>, Trouble> {
    client.query(sql, &[]).await.map_err(crate::trouble::statement(what))
}
