//! Erasures: whoever was erased after the backup is erased again, and nobody is back.

use tokio_postgres::Client;
use trackera_core::recovery::verification::{Check, CheckResult, CheckState};

use super::{VerifyPlan, not_configured, not_run, settled};
use crate::erasure::{Replay, replay};

pub(super) async fn check(client: &mut Client, plan: &VerifyPlan<'_>) -> CheckResult {
    if plan.declared.erasure.is_none() {
        return not_configured(Check::Erasure);
    }
    let Some(ledger) = plan.ledger else { return not_run(Check::Erasure, "the erasure ledger is not there") };
    // Without a manifest nobody knows when the copy was taken; then every entry counts as younger.
    let taken_at = plan.manifest.map_or(jiff::Timestamp::MIN, |manifest| manifest.taken_at);
    let replayed = replay(client, ledger, plan.ledger_key, taken_at).await;
    settled(Check::Erasure, replayed.map(|found| told(&found)))
}

fn told(found: &Replay) -> CheckResult {
    let (state, said) = match found {
        Replay { still_there: 0, never_erased: 0, .. } => (
            CheckState::Pass,
            format!("{} entries replayed, {} rows erased again, nobody is back", found.entries, found.erased_since),
        ),
        Replay { still_there: 0, never_erased, .. } => (
            CheckState::Fail,
            format!("{never_erased} rows were in the backup although they had been erased before it"),
        ),
        Replay { still_there, .. } => {
            (CheckState::Fail, format!("{still_there} erased rows are back after the replay"))
        }
    };
    let result = CheckResult::new(Check::Erasure, state, said).figure("entries", found.entries);
    let result = result.figure("erased_again", found.erased_since).figure("never_erased", found.never_erased);
    result.figure("still_there", found.still_there)
}
