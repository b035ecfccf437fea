//! The canary: rows that never change have the digest that they always had.

use sha2::{Digest, Sha256};
use tokio_postgres::Client;
use trackera_core::recovery::verification::{Canary, Check, CheckResult, CheckState};

use super::question::ask;
use super::{VerifyPlan, not_configured, settled};
use crate::layers::hexadecimal;
use crate::trouble::Trouble;

pub(super) async fn check(client: &mut Client, plan: &VerifyPlan<'_>) -> CheckResult {
    let Some(canary) = &plan.declared.canary else { return not_configured(Check::Canary) };
    settled(Check::Canary, compared(client, canary).await)
}

async fn compared(client: &mut Client, canary: &Canary) -> Result<CheckResult, Trouble> {
    let rows = ask(client, &canary.sql, "r").await?;
    if rows.is_empty() {
        return Ok(CheckResult::new(Check::Canary, CheckState::Fail, "the canary's rows are not there"));
    }
    let mut digest = Sha256::new();
    for row in &rows {
        digest.update(row.get::<_, String>(0));
        digest.update("\n");
    }
    let found = hexadecimal(&digest.finalize());
    let (state, said) = match found == canary.sha256.to_ascii_lowercase() {
        true => (CheckState::Pass, format!("the canary's {} rows are as they always were", rows.len())),
        false => (CheckState::Fail, format!("the canary's rows changed: their digest is {found}")),
    };
    Ok(CheckResult::new(Check::Canary, state, said).figure("rows", rows.len()))
}
