//! Declared drills, and what carries them out.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use trackera_aws::Changes;
use trackera_core::company::alerts::Secret;
use trackera_core::recovery::drill::{Drill, Report, Restore};
use trackera_core::recovery::ports::{Databases, Objects};
use trackera_core::yaml::File;
use trackera_files::{InForce, Mistake};
use trackera_journal::digest::Digest;
use trackera_operations::action::Actions;
use trackera_operations::drill::{Copies, Pinned, dump_actions, instance_actions, plan, plan_instance};
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

    /// What it would do.
    ///
    /// # Errors
    /// Fails when the directory for its server cannot be made.
    pub fn plan(&self, in_force: &InForce, damage: bool) -> io::Result<Plan> {
        let of = |file: Option<&File>| Digest::of(file.map_or("", |file| file.text.as_str()).as_bytes());
        let pinned = Pinned {
            runbook: of(Some(&self.file)),
            configuration: of(in_force.configuration.as_ref().map(|(file, _)| file)),
            allowed_signers: of(in_force.signers.as_ref().map(|signers| &signers.file)),
        };
        match &self.drill.restore {
            Restore::Dump(dump) => {
                let scratch = absolute(&in_force.place(&dump.directory))?;
                Ok(plan((&self.drill, dump), &scratch, (pinned, damage)))
            }
            Restore::Instance(restore) => Ok(plan_instance((&self.drill, restore), (pinned, damage))),
        }
    }
}

/// A path that does not depend on where the program was started; its directory is made if it is not there.
fn absolute(path: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(path)?;
    fs::canonicalize(path)
}

/// What drills can do. Secrets are those of one drill; whoever only looks, or deletes what a drill has made, needs none.
#[must_use]
pub fn actions(drill: Option<&Drill>, changes: &Arc<Changes>, in_force: &InForce) -> Actions {
    let (objects, databases): (Arc<dyn Objects>, Arc<dyn Databases>) =
        (Arc::<Changes>::clone(changes), Arc::<Changes>::clone(changes));
    let (identity, password) = drill.map_or((None, None), secrets);
    let copies: Arc<dyn Copies> = Arc::new(Servers { identity, password, beside: in_force.place("") });
    Actions::new([dump_actions(&objects, &copies), instance_actions(&databases, &copies)].into_iter().flatten())
}

/// What opens the dump, and what lets the verifier into the copy.
fn secrets(drill: &Drill) -> (Option<Secret>, Option<Secret>) {
    match &drill.restore {
        Restore::Dump(dump) => (dump.identity.clone(), None),
        Restore::Instance(restore) => (None, Some(restore.target.password.clone())),
    }
}
