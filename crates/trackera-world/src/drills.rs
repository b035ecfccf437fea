//! Declared drills, and what carries them out.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use trackera_aws::Changes;
use trackera_core::company::alerts::Secret;
use trackera_core::recovery::drill::{Drill, Report, Restore};
use trackera_core::recovery::ports::{Databases, Objects, RecoveryPoints};
use trackera_core::yaml::File;
use trackera_files::{InForce, Mistake};
use trackera_journal::commit::Journal;
use trackera_journal::digest::Digest;
use trackera_operations::action::Actions;
use trackera_operations::drill::{
    Copies, Forgetful, Memory, Pinned, dump_actions, instance_actions, object_actions, plan, plan_instance,
    plan_objects, plan_recovery_point, previous_rows, recovery_point_actions,
};
use trackera_operations::plan::Plan;

use super::Servers;

/// A declared drill with the file that declares it.
#[derive(Debug)]
pub struct Declared {
    /// The drill.
    pub drill: Drill,
    /// The file.
    pub file: File,
}

impl Declared {
    /// Every declared drill.
    ///
    /// # Errors
    /// Gives every mistake of every file.
    pub fn all(in_force: &InForce) -> Result<Vec<Self>, Mistake> {
        Ok(in_force.drills()?.into_iter().map(|(drill, file)| Self { drill, file }).collect())
    }

    /// Whether the next run is one in which the copy is damaged on purpose besides.
    #[must_use]
    pub fn is_control_due(&self, reports: &[Report]) -> bool {
        let Some(control) = &self.drill.verify.negative_control else { return false };
        let own = reports.iter().rev().filter(|report| report.drill == self.drill.id);
        let since = own.take_while(|report| !report.negative_control).count();
        u32::try_from(since + 1).is_ok_and(|next| next >= control.every)
    }

    /// What it would do: the same on every machine with the same files.
    #[must_use]
    pub fn plan(&self, in_force: &InForce, damage: bool) -> Plan {
        let of = |file: Option<&File>| Digest::of(file.map_or("", |file| file.text.as_str()).as_bytes());
        let pinned = Pinned {
            runbook: of(Some(&self.file)),
            configuration: of(in_force.configuration.as_ref().map(|(file, _)| file)),
            allowed_signers: of(in_force.signers.as_ref().map(|signers| &signers.file)),
        };
        match &self.drill.restore {
            Restore::Dump(dump) => plan((&self.drill, dump), (pinned, damage)),
            Restore::Instance(restore) => plan_instance((&self.drill, restore), (pinned, damage)),
            Restore::RecoveryPoint(restore) => plan_recovery_point((&self.drill, restore), (pinned, damage)),
            Restore::Objects(objects) => plan_objects((&self.drill, objects), (pinned, damage)),
        }
    }
}

/// The instances that the configuration and the drills name: the product's own, which no drill has made.
#[must_use]
pub fn named_instances(in_force: &InForce, declared: &[Declared]) -> BTreeSet<String> {
    let source = |declared: &Declared| declared.drill.restore.source().map(str::to_owned);
    declared.iter().filter_map(source).chain(in_force.database().map(|database| database.instance)).collect()
}

/// Removes the servers below a directory of drills whose process is dead, and tells which; there is none where there is no
/// directory.
///
/// # Errors
/// Fails with the reason why something stays.
pub fn sweep(directory: &Path) -> Result<Vec<String>, String> {
    if !directory.is_dir() {
        return Ok(Vec::new());
    }
    let swept = trackera_postgres::scratch::sweep(directory).map_err(|trouble| trouble.to_string())?;
    Ok(swept.iter().map(|place| place.display().to_string()).collect())
}

/// A path that does not depend on where programs are started; one that is not there is as it was named.
fn absolute(path: &Path) -> PathBuf {
    let here = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    fs::canonicalize(here).unwrap_or_else(|_| path.to_owned())
}

/// A drill that is carried out, and what is known of its earlier runs.
#[derive(Clone, Copy, Debug)]
pub struct Carried<'a> {
    /// The drill, whose secrets are read.
    pub drill: &'a Drill,
    /// Where its earlier runs wrote down what they saw.
    pub journal: &'a Arc<Journal>,
    /// What came of every drill so far; how many rows there were is held against it.
    pub reports: &'a [Report],
}

/// What drills can do. Whoever only looks, or deletes what a drill has made, carries none out.
#[must_use]
pub fn actions(carried: Option<Carried<'_>>, changes: &Arc<Changes>, in_force: &InForce) -> Actions {
    let objects: Arc<dyn Objects> = Arc::<Changes>::clone(changes);
    let databases: Arc<dyn Databases> = Arc::<Changes>::clone(changes);
    let points: Arc<dyn RecoveryPoints> = Arc::<Changes>::clone(changes);
    let (identity, password) = carried.map_or((None, None), |carried| secrets(carried.drill));
    let previous_rows = carried.map(|carried| previous_rows(carried.reports, &carried.drill.id)).unwrap_or_default();
    let beside = absolute(&in_force.place(""));
    let signers = in_force.signers.clone();
    let copies: Arc<dyn Copies> =
        Arc::new(Servers { identity, password, previous_rows, signers, beside: beside.clone() });
    let memory: Arc<dyn Memory> = match carried {
        Some(carried) => Arc::new(Arc::clone(carried.journal)),
        None => Arc::new(Forgetful),
    };
    let all = [
        dump_actions(&objects, &copies, &beside),
        instance_actions(&databases, &copies),
        recovery_point_actions(&databases, &points),
        object_actions(&objects, &memory),
    ];
    Actions::new(all.into_iter().flatten())
}

/// What opens the dump, and what lets the verifier into the copy.
fn secrets(drill: &Drill) -> (Option<Secret>, Option<Secret>) {
    let identity = if let Restore::Dump(dump) = &drill.restore { dump.identity.clone() } else { None };
    (identity, drill.restore.target().map(|target| target.password.clone()))
}
