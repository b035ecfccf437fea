//! Declared invariants: each question gives the number that it has to.

use tokio_postgres::Client;
use trackera_core::recovery::verification::{Check, CheckResult, CheckState, Invariant};

use super::question::ask;
use super::{VerifyPlan, listed, not_configured};

pub(super) async fn check(client: &mut Client, plan: &VerifyPlan<'_>) -> CheckResult {
    let invariants = &plan.declared.invariants;
    if invariants.is_empty() {
        return not_configured(Check::Invariants);
    }
    let (mut wrong, mut unasked) = (Vec::new(), Vec::new());
    for invariant in invariants {
        match number(client, invariant).await {
            Ok(found) if found == invariant.expect => {}
            Ok(found) => wrong.push(format!("`{}` gives {found} instead of {}", invariant.name, invariant.expect)),
            Err(why) => unasked.push(format!("`{}` could not be asked: {why}", invariant.name)),
        }
    }
    let seen = invariants.len();
    let wrong_or_unasked: Vec<_> = wrong.iter().chain(&unasked).cloned().collect();
    let mut result = listed(Check::Invariants, seen, &wrong_or_unasked, "declared invariants hold");
    if wrong.is_empty() && !unasked.is_empty() {
        result.state = CheckState::NotRun;
    }
    result
}

async fn number(client: &mut Client, invariant: &Invariant) -> Result<i64, String> {
    let rows =
        ask(client, &invariant.sql, "SELECT value FROM pg_catalog.json_each_text(pg_catalog.row_to_json(r))").await;
    let rows = rows.map_err(|trouble| trouble.to_string())?;
    let [row] = rows.as_slice() else { return Err(format!("it gives {} rows instead of one", rows.len())) };
    let text: Option<String> = row.get(0);
    text.and_then(|text| text.parse().ok()).ok_or_else(|| "it does not give a whole number".to_owned())
}
