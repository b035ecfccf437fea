//! Cleaning up after drills: the promises of runs that ended otherwise, and what bears the name of a drill in the cloud.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::runtime::Runtime;
use trackera_core::recovery::ports::{Databases, Mark};
use trackera_operations::approval::Nobody;
use trackera_operations::drill::clean::{Attended, Fate, Known, Left, Leftover, leftovers};
use trackera_operations::locks::Unlocked;
use trackera_operations::obligation::{Duty, Open, Undoing};
use trackera_operations::runner::{Ports, carry_out, resume};

use crate::carrying::{Carrier, stopped};
use crate::commands::Cleaning;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::render::run::Watching;
use crate::world;

/// How long something may take to be gone.
const LONGEST: Duration = Duration::from_secs(30 * 60);

impl Carrier<'_> {
    /// Keeps the open promises of this machine, then deletes what drills left in these regions and is known to be theirs.
    ///
    /// # Errors
    /// Fails when the journal cannot be relied on, or a region cannot be looked at.
    pub(crate) fn clean(&self, regions: &BTreeSet<String>, cleaning: Cleaning) -> Result<Vec<Left>, Failure> {
        let (runtime, changes) = world::changes(&self.settings())?;
        let states = self.runs().states()?;
        // Whoever holds the journal of this machine knows that nobody is at its runs.
        let runs = states.iter().map(|state| (state.run.to_string(), Attended::Nobody)).collect();
        let known = Known { runs, named: self.named()? };
        let mut left = Vec::new();
        for open in states.iter().flat_map(|state| state.open()) {
            if let Duty::Undo(undoing) = &open.obligation.duty {
                left.push(self.promise((&open, undoing), (&runtime, &changes), cleaning)?);
            }
        }
        let found = runtime.block_on(leftovers(&*changes, regions));
        let found = found.map_err(|error| Failure::new(ExitCode::Unverified, error))?;
        let (removable, stays): (Vec<_>, Vec<_>) =
            found.into_iter().map(|one| (one.removable(&known, world::now()), one)).partition(|(may, _)| may.is_ok());
        left.extend(stays.iter().map(|(may, one)| one.left(Fate::Stays, may.as_ref().err().cloned())));
        let planned: Vec<Left> = removable.iter().map(|(_, one)| one.left(Fate::Found, None)).collect();
        if cleaning == Cleaning::List {
            left.extend(planned);
            return Ok(left);
        }
        if !planned.is_empty() {
            self.intend(&json!({"clean": planned}))?;
        }
        for (mark, one) in removable.iter().filter_map(|(may, one)| Some((may.as_ref().ok()?, one))) {
            left.push(runtime.block_on(remove((one, mark), &*changes)));
        }
        if left.iter().any(|one| one.fate == Fate::Gone) {
            self.write(&json!({"clean": left}))?;
        }
        Ok(left)
    }

    fn promise(
        &self,
        (open, undoing): (&Open, &Undoing),
        (runtime, changes): (&Runtime, &Arc<world::Changes>),
        cleaning: Cleaning,
    ) -> Result<Left, Failure> {
        let left = |fate, why| Left {
            what: "promise",
            name: open.obligation.id.clone(),
            region: None,
            run: Some(open.run.to_string()),
            expires_at: Some(open.obligation.until),
            fate,
            why: Some(why),
        };
        if cleaning == Cleaning::List {
            return Ok(left(Fate::Found, format!("undo: {}", undoing.what)));
        }
        let (actions, recorder, clock) = (self.actions(changes), self.recorder(), world::Machine::new());
        let (watching, credentials) = (Watching::begin(self.screen()), world::Renewing(Arc::clone(changes)));
        let ports = Ports {
            actions: &actions,
            recorder: &recorder,
            approvals: &Nobody,
            locks: &Unlocked,
            credentials: &credentials,
            clock: &clock,
            progress: &watching,
        };
        let by = world::user();
        let kept = runtime.block_on(async {
            let kept = carry_out(open, &by, &ports).await?;
            // What it turned back comes to its end, where this program can go on with it; the promise is kept either way.
            let ended = if kept.state.is_over() { None } else { resume(&open.run, &by, &ports).await.ok() };
            Ok(ended.unwrap_or(kept))
        });
        watching.end();
        let kept = kept.map_err(stopped)?;
        self.report_what_is_over(&kept)?;
        let is_kept = !kept.state.obligations.contains_key(&open.obligation.id);
        Ok(match is_kept {
            true => left(Fate::Gone, undoing.what.clone()),
            false => left(Fate::Stays, format!("it could not be kept: {}", undoing.what)),
        })
    }
}

async fn remove((found, mark): (&Leftover, &Mark), databases: &dyn Databases) -> Left {
    match found.remove(databases, mark, (&world::Machine::new(), LONGEST)).await {
        Ok(()) => found.left(Fate::Gone, None),
        Err(why) => found.left(Fate::Stays, Some(why)),
    }
}
