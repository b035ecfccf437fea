//! From a declared drill of a recovery point of AWS Backup to the plan of its steps.

use jiff::SignedDuration;
use serde_json::json;
use trackera_core::recovery::drill::{Drill, RecoveryPointRestore};
use trackera_core::recovery::ports::NAME_PREFIX;

use super::choose_point::Groups;
use super::choose_recovery_point::Choose;
use super::plan::{
    BEYOND_OBJECTIVE, LISTING, Limits, Pinned, enveloped, local, made_for, only_with_a_backup, proof, step,
};
use super::restore_recovery_point::RestoreRecoveryPoint;
use super::validate_recovery_point::ValidateRecoveryPoint;
use crate::action::Nature;
use crate::plan::Plan;

/// How long telling the service may take.
const TELLING: SignedDuration = SignedDuration::from_mins(2);

/// The steps of a drill that lets AWS Backup restore a database. Where there is nothing to restore, nothing is made.
#[must_use]
pub fn plan_recovery_point(
    (drill, restore): (&Drill, &RecoveryPointRestore),
    (pinned, damage): (Pinned, bool),
) -> Plan {
    let (long, target) = (drill.rto.saturating_mul(BEYOND_OBJECTIVE).max(LISTING), &restore.target);
    let choose = Choose {
        vault: restore.vault.clone(),
        region: restore.region.clone(),
        resource: restore.resource.clone(),
        groups: Groups { parameter: target.parameter_group.clone(), option: target.option_group.clone() },
    };
    let name = format!("{NAME_PREFIX}${{run.id}}");
    let asked = json!({
        "drill": drill.id,
        "point": "${choose.point}",
        "role": restore.role,
        "name": name,
        "class": target.class,
        "subnet_group": target.subnet_group,
        "security_groups": target.security_groups,
        "parameter_group": "${choose.parameter_group}",
        "option_group": "${choose.option_group}",
        "began_at": "${run.started_at}",
        "expires_seconds": drill.expires.as_secs(),
    });
    let told = json!({
        "region": restore.region,
        "point": "${choose.name}",
        "name": name,
        "checks": "${prove.checks}",
    });
    let validated = Limits { nature: ValidateRecoveryPoint::nature(), timeout: TELLING };
    let chosen = Limits { nature: Nature::read(), timeout: LISTING };
    let mut steps = vec![
        step("choose", "drill.choose_recovery_point", json!(choose), chosen),
        made_for(drill, "drill.restore_recovery_point", (asked, RestoreRecoveryPoint::nature())),
        step("prove", "drill.prove_instance", proof(drill, target), Limits { nature: local(), timeout: long }),
        step("validate", "drill.validate_recovery_point", told, validated),
    ];
    only_with_a_backup(&mut steps);
    enveloped(drill, steps, (pinned, damage))
}
