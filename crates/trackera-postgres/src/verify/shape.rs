//! Structure: the copy has the shape of the locked reference, or each difference is accepted by name.

use tokio_postgres::Client;
use trackera_core::recovery::structure::ShapeDifference;
use trackera_core::recovery::verification::{Check, CheckResult};

use super::{VerifyPlan, listed, not_configured, not_run, settled};

pub(super) async fn check(client: &mut Client, plan: &VerifyPlan<'_>) -> CheckResult {
    let Some(rule) = &plan.declared.structure else { return not_configured(Check::Structure) };
    let Some(reference) = plan.structure else { return not_run(Check::Structure, "the locked reference is not there") };
    let found = match crate::structure::read(client).await {
        Ok(found) => found,
        Err(trouble) => return settled(Check::Structure, Err(trouble)),
    };
    if found.server_major != reference.server_major {
        let why =
            format!("the reference is of PostgreSQL {}, which writes definitions differently", reference.server_major);
        return not_run(Check::Structure, why);
    }
    let accepted = |one: &ShapeDifference| rule.ignore.iter().any(|ignored| ignored.object == one.object());
    let differences = reference.differences(&found);
    let wrong: Vec<_> = differences.iter().filter(|one| !accepted(one)).map(ToString::to_string).collect();
    let ignored = differences.len() - wrong.len();
    listed(Check::Structure, found.objects.len(), &wrong, "objects are as in the reference").figure("ignored", ignored)
}
