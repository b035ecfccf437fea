//! Cleaning up after drills: the promises of runs that ended otherwise, and what bears the name of a drill in the cloud.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::runtime::Runtime;
use trackera_core::recovery::ports::Databases;
use trackera_operations::approval::Nobody;
use trackera_operations::drill::clean::{Leftover, leftovers};
use trackera_operations::locks::Unlocked;
use trackera_operations::obligation::{Duty, Open, Undoing};
use trackera_operations::runner::{Ports, carry_out, resume};

use crate::carrying::{Carrier, stopped};
use crate::commands::{Cleaning, Fate, Left};
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
        let runs: BTreeSet<String> = states.iter().map(|state| state.run.to_string()).collect();
        let mut left = Vec::new();
        for open in states.iter().flat_map(|state| state.open()) {
            if let Duty::Undo(undoing) = &open.obligation.duty {
                left.push(self.promise((&open, undoing), (&runtime, &changes), cleaning)?);
            }
        }
        let found = runtime.block_on(leftovers(&*changes, regions));
        let found = found.map_err(|error| Failure::new(ExitCode::Unverified, error))?;
        for one in found {
            let clean = clean((&one, &runs), &*changes, cleaning);
            left.push(runtime.block_on(clean));
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
        let is_kept = !kept.state.obligations.contains_key(&open.obligation.id);
        Ok(match is_kept {
            true => left(Fate::Gone, undoing.what.clone()),
            false => left(Fate::Stays, format!("it could not be kept: {}", undoing.what)),
        })
    }
}

async fn clean((found, runs): (&Leftover, &BTreeSet<String>), databases: &dyn Databases, cleaning: Cleaning) -> Left {
    let mark = found.mark();
    let left = |fate, why| Left {
        what: match found {
            Leftover::Instance(_) => "instance",
            Leftover::Snapshot(_) => "snapshot",
        },
        name: found.name().to_owned(),
        region: Some(found.region().to_owned()),
        run: mark.as_ref().map(|mark| mark.run().to_owned()),
        expires_at: mark.as_ref().map(|mark| mark.expires_at()),
        fate,
        why,
    };
    match (found.removable(runs, world::now()), cleaning) {
        (Err(why), _) => left(Fate::Stays, Some(why)),
        (Ok(_), Cleaning::List) => left(Fate::Found, None),
        (Ok(own), Cleaning::Delete) => match found.remove(databases, &own, (&world::Machine::new(), LONGEST)).await {
            Ok(()) => left(Fate::Gone, None),
            Err(why) => left(Fate::Stays, Some(why)),
        },
    }
}
