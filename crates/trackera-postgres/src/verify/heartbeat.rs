//! The recovery point: how long before the loss the newest heartbeat in the copy was written.

use jiff::SignedDuration;
use tokio_postgres::Client;
use trackera_core::recovery::verification::{Check, CheckResult, CheckState, HeartbeatRule};
use trackera_core::time::{CLOCK_TOLERANCE, format, parse};

use super::{VerifyPlan, not_configured, not_run, settled};
use crate::heartbeat::newest;
use crate::trouble::Trouble;

pub(super) async fn check(client: &Client, plan: &VerifyPlan<'_>) -> CheckResult {
    let Some(rule) = &plan.declared.heartbeat else { return not_configured(Check::Heartbeat) };
    match parse(&rule.rpa_under) {
        Ok(limit) => settled(Check::Heartbeat, measured(client, plan, rule, limit).await),
        Err(why) => not_run(Check::Heartbeat, why),
    }
}

async fn measured(
    client: &Client,
    plan: &VerifyPlan<'_>,
    rule: &HeartbeatRule,
    limit: SignedDuration,
) -> Result<CheckResult, Trouble> {
    let Some(beat) = newest(client).await? else {
        return Ok(CheckResult::new(Check::Heartbeat, CheckState::Fail, "the copy holds no heartbeat"));
    };
    let age = plan.lost_at.duration_since(beat.beat_at);
    let said = format!("the newest heartbeat is {} older than the loss; {} is allowed", format(age), rule.rpa_under);
    if age < -CLOCK_TOLERANCE {
        return Ok(not_run(Check::Heartbeat, "the newest heartbeat is from after the loss: two clocks differ"));
    }
    let state = if age < limit { CheckState::Pass } else { CheckState::Fail };
    let result = CheckResult::new(Check::Heartbeat, state, said);
    Ok(result.figure("rpa_seconds", age.as_secs()).figure("sequence", beat.sequence))
}
