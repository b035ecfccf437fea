//! Drills as they are declared, and what the journal of this machine tells of them.

use anyhow::anyhow;
use trackera_core::estate::Snapshot;
use trackera_core::recovery::drill::{self, Drill, Report};
use trackera_core::source::suggest;

use crate::commands::Context;
use crate::failure::Failure;
use crate::render;
use crate::runs::{Here, Runs};
use crate::settings::{InForce, refused};
use crate::world::Declared;

/// The drill with this name.
///
/// # Errors
/// Fails when there is none, and offers the nearest.
pub(crate) fn find(in_force: &InForce, id: &str) -> Result<Declared, Failure> {
    let all = all(in_force)?;
    let names: Vec<String> = all.iter().map(|one| one.drill.id.clone()).collect();
    let hint = match names.is_empty() {
        true => Some(format!("declare drills in `{}`", in_force.declared_drills().display())),
        false => suggest(id, names.iter().map(String::as_str)),
    };
    let error = anyhow!("no drill is called `{}`", id.escape_debug());
    all.into_iter().find(|one| one.drill.id == id).ok_or_else(|| Failure::usage(error).hint(hint))
}

/// Every declared drill.
///
/// # Errors
/// Gives every mistake of every file.
pub(crate) fn all(in_force: &InForce) -> Result<Vec<Declared>, Failure> {
    Declared::all(in_force).map_err(refused)
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
