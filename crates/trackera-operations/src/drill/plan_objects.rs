//! From a declared drill of objects to the plan of its steps.

use serde_json::{Value as Json, json};
use trackera_core::recovery::drill::{Drill, ObjectsRestore};

use super::choose_objects::Choose;
use super::plan::{BEYOND_OBJECTIVE, LISTING, Limits, Pinned, enveloped, step};
use crate::action::Nature;
use crate::plan::Plan;
use crate::plan::condition::Condition;

/// The steps of a drill that reads objects. Nothing is made, so that nothing is left; which objects are read is told by the
/// journal when the run begins, so that the plan and its hash are the same every time.
#[must_use]
pub fn plan_objects((drill, objects): (&Drill, &ObjectsRestore), (pinned, damage): (Pinned, bool)) -> Plan {
    let long = drill.rto.saturating_mul(BEYOND_OBJECTIVE).max(LISTING);
    let choose = Choose { drill: drill.id.clone(), place: objects.place.clone(), parts: objects.parts };
    let chosen: Json = ["is_usable", "said", "part", "since", "objects", "bytes", "objects_before", "record"]
        .into_iter()
        .map(|field| (field.to_owned(), json!(format!("${{choose.{field}}}"))))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let proof = json!({
        "place": objects.place,
        "replica": objects.replica,
        "parts": objects.parts,
        "chosen": chosen,
        "may_shrink": objects.may_shrink,
        "may_delete": objects.may_delete,
        "rpo_seconds": drill.rpo.as_secs(),
        "damage": "${parameters.damage}",
        "lost_at": "${run.started_at}",
    });
    let limits = || Limits { nature: Nature::read(), timeout: long };
    let mut prove = step("prove", "drill.prove_objects", proof, limits());
    prove.when = Some(Condition::from("choose.is_usable"));
    let steps = vec![step("choose", "drill.choose_objects", json!(choose), limits()), prove];
    enveloped(drill, steps, (pinned, damage))
}
