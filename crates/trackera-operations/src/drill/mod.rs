//! Restore drills: plans that restore a backup, hold it against what was backed up, and leave nothing behind.
//!
//! What a backup turns out to be is a result and not a failure of a step: a dump that cannot be restored ends a drill in
//! good order, with a verdict. A step fails where nobody can tell, and then the verdict is that it could not be verified.
//! No action here changes the product's own estate: all of them read it, and make what bears the name of the run.

mod choose_dump;
mod choose_objects;
mod choose_point;
mod choose_recovery_point;
pub mod clean;
mod fetch_dump;
mod history;
mod list;
mod memory;
mod objects;
mod plan;
mod plan_objects;
mod plan_recovery_point;
mod proof;
mod prove_dump;
mod prove_instance;
mod prove_objects;
mod report;
mod restore_instance;
mod restore_recovery_point;
pub mod schedule;
mod validate_recovery_point;

use std::path::Path;
use std::sync::Arc;

use serde_json::Value as Json;
use trackera_core::recovery::ports::{Databases, Objects, PortError, RecoveryPoints, Trouble};

use crate::action::{Action, ActionError};

pub use history::{HistoryError, history, previous_rows};
pub use memory::{Forgetful, Memory, MemoryError};
pub use plan::{Pinned, plan, plan_instance};
pub use plan_objects::plan_objects;
pub use plan_recovery_point::plan_recovery_point;
pub use proof::{Copies, DumpProof, Durations, Fetched, InstanceProof, Proof, ProofError, Say};
pub use report::report;

#[cfg(test)]
mod clean_tests;
#[cfg(test)]
mod instance_tests;
#[cfg(test)]
mod object_tests;
#[cfg(test)]
mod recovery_point_tests;
#[cfg(test)]
mod service;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

/// The actions of drills that restore dumps. A plan names directories as they are declared, relative to `beside`, so that
/// it is the same plan on every machine.
#[must_use]
pub fn dump_actions(objects: &Arc<dyn Objects>, copies: &Arc<dyn Copies>, beside: &Path) -> Vec<Arc<dyn Action>> {
    let beside = beside.to_owned();
    vec![
        Arc::new(choose_dump::ChooseDump { objects: Arc::clone(objects) }),
        Arc::new(fetch_dump::FetchDump { objects: Arc::clone(objects), beside: beside.clone() }),
        Arc::new(prove_dump::ProveDump { copies: Arc::clone(copies), beside }),
    ]
}

/// The actions of drills that restore instances.
#[must_use]
pub fn instance_actions(databases: &Arc<dyn Databases>, copies: &Arc<dyn Copies>) -> Vec<Arc<dyn Action>> {
    vec![
        Arc::new(choose_point::ChoosePoint { databases: Arc::clone(databases) }),
        Arc::new(restore_instance::RestoreInstance { databases: Arc::clone(databases) }),
        Arc::new(prove_instance::ProveInstance { copies: Arc::clone(copies) }),
    ]
}

/// The actions of drills that let AWS Backup restore, beside those that verify instances.
#[must_use]
pub fn recovery_point_actions(
    databases: &Arc<dyn Databases>,
    points: &Arc<dyn RecoveryPoints>,
) -> Vec<Arc<dyn Action>> {
    let (databases, points) = (|| Arc::clone(databases), || Arc::clone(points));
    vec![
        Arc::new(choose_recovery_point::ChooseRecoveryPoint { databases: databases(), points: points() }),
        Arc::new(restore_recovery_point::RestoreRecoveryPoint { databases: databases(), points: points() }),
        Arc::new(validate_recovery_point::ValidateRecoveryPoint { points: points() }),
    ]
}

/// The actions of drills that read objects.
#[must_use]
pub fn object_actions(objects: &Arc<dyn Objects>, memory: &Arc<dyn Memory>) -> Vec<Arc<dyn Action>> {
    vec![
        Arc::new(choose_objects::ChooseObjects { objects: Arc::clone(objects), memory: Arc::clone(memory) }),
        Arc::new(prove_objects::ProveObjects { objects: Arc::clone(objects), memory: Arc::clone(memory) }),
    ]
}

/// What a port's trouble means for the runner, for a call that changes something: silence leaves its outcome unknown.
fn change_trouble(error: &PortError) -> ActionError {
    if error.outcome_is_unknown() { ActionError::Unanswered(error.to_string()) } else { read_trouble(error) }
}

/// What a port's trouble means for the runner, for a call that changes nothing outside of this machine.
fn read_trouble(error: &PortError) -> ActionError {
    let said = error.to_string();
    match error.trouble {
        Trouble::Credentials => ActionError::Credentials(said),
        Trouble::Throttled | Trouble::NoAnswer | Trouble::WrongState => ActionError::NotNow(said),
        Trouble::Denied
        | Trouble::Refused
        | Trouble::NotFound
        | Trouble::AlreadyExists
        | Trouble::File(_)
        | Trouble::Guarded(_) => ActionError::Refused(said),
    }
}

/// Reads the arguments of an action; a plan that pins them wrongly is refused.
fn arguments<T: serde::de::DeserializeOwned>(arguments: &Json) -> Result<T, ActionError> {
    T::deserialize(arguments)
        .map_err(|error| ActionError::Refused(format!("its arguments are not understood: {error}")))
}

/// Writes an output.
fn output(value: &impl serde::Serialize) -> Result<Json, ActionError> {
    serde_json::to_value(value).map_err(|error| ActionError::Refused(format!("its output cannot be written: {error}")))
}
