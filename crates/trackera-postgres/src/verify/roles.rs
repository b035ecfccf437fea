//! Roles and grants: who has to exist does, and nobody may do more or less than in the locked reference.

use tokio_postgres::Client;
use trackera_core::recovery::verification::{Check, CheckResult, RolesRule};

use super::{VerifyPlan, listed, not_configured, not_run, settled};
use crate::trouble::{Trouble, statement};

pub(super) async fn check(client: &mut Client, plan: &VerifyPlan<'_>) -> CheckResult {
    let Some(rule) = &plan.declared.roles else { return not_configured(Check::Roles) };
    if rule.grants.is_some() && plan.grants.is_none() {
        return not_run(Check::Roles, "the locked reference of the grants is not there");
    }
    settled(Check::Roles, compared(client, plan, rule).await)
}

async fn compared(client: &mut Client, plan: &VerifyPlan<'_>, rule: &RolesRule) -> Result<CheckResult, Trouble> {
    let there = "SELECT FROM pg_catalog.pg_roles WHERE rolname = $1";
    let mut wrong = Vec::new();
    for role in &rule.must_exist {
        if client.query_opt(there, &[role]).await.map_err(statement("looking for a role"))?.is_none() {
            wrong.push(format!("the role {role} does not exist"));
        }
    }
    let mut seen = rule.must_exist.len();
    if let Some(reference) = plan.grants.filter(|_| rule.grants.is_some()) {
        let found = crate::structure::read(client).await?;
        seen += found.grants.len();
        wrong.extend(reference.grant_differences(&found).iter().map(|difference| format!("the grant {difference}")));
    }
    Ok(listed(Check::Roles, seen, &wrong, "roles and grants are as they should be"))
}
