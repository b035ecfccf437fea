//! Drills as they are declared, and what the journal of this machine tells of them.

use anyhow::anyhow;
use trackera_core::estate::Snapshot;
use trackera_core::recovery::drill::{self, Drill, Report, Restore};
use trackera_core::source::suggest;
use trackera_core::yaml::File;
use trackera_journal::digest::Digest;
use trackera_operations::drill::{Pinned, plan, plan_instance};
use trackera_operations::plan::Plan;

use crate::commands::Context;
use crate::failure::Failure;
use crate::runs::{Here, Runs};
use crate::settings::InForce;
use crate::{render, world};

/// A declared drill with the file that declares it.
#[derive(Debug)]
pub(crate) struct Declared {
    /// The drill.
    pub(crate) drill: Drill,
    /// The file.
    pub(crate) file: File,
}

impl Declared {
    /// Every declared drill.
    ///
    /// # Errors
    /// Gives every mistake of every file.
    pub(crate) fn all(in_force: &InForce) -> Result<Vec<Self>, Failure> {
        Ok(in_force.drills()?.into_iter().map(|(drill, file)| Self { drill, file }).collect())
    }

    /// The drill with this name.
    ///
    /// # Errors
    /// Fails when there is none, and offers the nearest.
    pub(crate) fn find(in_force: &InForce, id: &str) -> Result<Self, Failure> {
        let all = Self::all(in_force)?;
        let names: Vec<String> = all.iter().map(|one| one.drill.id.clone()).collect();
        let hint = match names.is_empty() {
            true => Some(format!("declare drills in `{}`", in_force.declared_drills().display())),
            false => suggest(id, names.iter().map(String::as_str)),
        };
        let error = anyhow!("no drill is called `{}`", id.escape_debug());
        all.into_iter().find(|one| one.drill.id == id).ok_or_else(|| Failure::usage(error).hint(hint))
    }

    /// Whether the next run is one in which the copy is damaged on purpose besides.
    pub(crate) fn is_control_due(&self, reports: &[Report]) -> bool {
        let Some(control) = &self.drill.verify.negative_control else { return false };
        let own = reports.iter().rev().filter(|report| report.drill == self.drill.id);
        let since = own.take_while(|report| !report.negative_control).count();
        u32::try_from(since + 1).is_ok_and(|next| next >= control.every)
    }

    /// What it would do.
    ///
    /// # Errors
    /// Fails when the directory for its server cannot be made.
    pub(crate) fn plan(&self, in_force: &InForce, damage: bool) -> Result<Plan, Failure> {
        let of = |file: Option<&File>| Digest::of(file.map_or("", |file| file.text.as_str()).as_bytes());
        let pinned = Pinned {
            runbook: of(Some(&self.file)),
            configuration: of(in_force.configuration.as_ref().map(|(file, _)| file)),
            allowed_signers: of(in_force.signers.as_ref().map(|signers| &signers.file)),
        };
        match &self.drill.restore {
            Restore::Dump(dump) => {
                let scratch = world::absolute(&in_force.place(&dump.directory))?;
                Ok(plan((&self.drill, dump), &scratch, (pinned, damage)))
            }
            Restore::Instance(restore) => Ok(plan_instance((&self.drill, restore), (pinned, damage))),
        }
    }
}

/// Every report that a journal holds, in the order in which they were written.
///
/// # Errors
/// Fails when the journal cannot be relied on, or holds a report that this program does not understand.
pub(crate) fn reports(runs: &Runs) -> Result<Vec<Report>, Failure> {
    Ok(runs.history()?.unwrap_or_default().reports)
}

/// Adds the declared drills to what was read, with what the journal of this machine tells of them. What a journal tells
/// that cannot be relied on is unknown; the rest of the estate is judged all the same.
///
/// # Errors
/// Gives every mistake of every file of drills.
pub(crate) fn with_drills(
    snapshot: Snapshot,
    context: &Context<'_>,
    (in_force, here): (&InForce, &Here),
) -> Result<Snapshot, Failure> {
    let drills: Vec<Drill> = in_force.drills()?.into_iter().map(|(drill, _)| drill).collect();
    let history = if drills.is_empty() { Ok(None) } else { here.history() };
    let history = history.unwrap_or_else(|failure| {
        let error = match failure {
            Failure::Stopped { error, .. } => format!(": {error:#}"),
            Failure::Problems(_) => String::new(),
        };
        let told = format!("the journal of this machine tells nothing of drills that could be relied on{error}");
        context.screen.say(&render::failure::note(context.screen.talk, &told));
        None
    });
    Ok(drill::with_drills(snapshot, &drills, history.as_ref())?)
}
