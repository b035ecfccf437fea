//! What drills left in the cloud: listed, told from what nobody may touch, deleted and seen gone.
//!
//! Three signs must agree before anything is deleted: the name that only drills give, the tags, and the run that both name.
//! Then either this machine knows the run, and nobody is at it, or its time is over. What the configuration names is never
//! deleted, whatever it says of itself.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use trackera_core::recovery::ports::{
    Databases, Deletion, DrillName, Instance, InstanceState, Mark, NAME_PREFIX, PortError, Snapshot, Trouble, deletable,
};

use crate::clock::{Clock, Patience};

/// Something with a name that drills give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leftover {
    /// A database instance.
    Instance(Box<Instance>),
    /// A snapshot.
    Snapshot(Box<Snapshot>),
}

/// Whether somebody may still be at a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attended {
    /// Somebody may go on with it.
    Maybe,
    /// Nobody is at it: it is over, or its journal is held by whoever asks.
    Nobody,
}

/// What whoever deletes knows.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The runs of the journal.
    pub runs: BTreeMap<String, Attended>,
    /// What the configuration names: instances of the product, never of a drill.
    pub named: BTreeSet<String>,
}

/// Something that a drill left, or that has the name of such a thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Left {
    /// What it is: `promise`, `instance`, `snapshot` or `server`.
    pub what: &'static str,
    /// Its name.
    pub name: String,
    /// Its region; none on this machine.
    pub region: Option<String>,
    /// The run that made it, as far as that can be told.
    pub run: Option<String>,
    /// After which moment nobody needs it any more.
    pub expires_at: Option<Timestamp>,
    /// What became of it.
    pub fate: Fate,
    /// Why it stays, or what would be done.
    pub why: Option<String>,
}

/// What became of something that was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It was deleted, and seen gone.
    Gone,
    /// It can be deleted, and nobody asked for that.
    Found,
    /// It must not be deleted, or could not be.
    Stays,
}

/// Everything with a name that drills give, in these regions, whatever its tags say.
///
/// # Errors
/// When one region cannot be listed: then nobody knows what is there.
pub async fn leftovers(databases: &dyn Databases, regions: &BTreeSet<String>) -> Result<Vec<Leftover>, PortError> {
    let mut found = Vec::new();
    for region in regions {
        let instances = databases.drill_instances(region).await?.into_iter();
        found.extend(instances.map(|instance| Leftover::Instance(Box::new(instance))));
        let snapshots = databases.drill_snapshots(region).await?.into_iter();
        found.extend(snapshots.map(|snapshot| Leftover::Snapshot(Box::new(snapshot))));
    }
    Ok(found)
}

impl Leftover {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Instance(instance) => &instance.name,
            Self::Snapshot(snapshot) => &snapshot.name,
        }
    }

    /// Its region.
    #[must_use]
    pub fn region(&self) -> &str {
        match self {
            Self::Instance(instance) => &instance.region,
            Self::Snapshot(snapshot) => &snapshot.region,
        }
    }

    /// Whose it is, as its tags say.
    #[must_use]
    pub fn mark(&self) -> Option<Mark> {
        match self {
            Self::Instance(instance) => Mark::on(&instance.tags),
            Self::Snapshot(snapshot) => Mark::on(&snapshot.tags),
        }
    }

    /// Tells whether it may be deleted by whoever knows this.
    ///
    /// # Errors
    /// Fails with the reason why not.
    pub fn removable(&self, Known { runs, named }: &Known, now: Timestamp) -> Result<Mark, String> {
        let name = self.name();
        if named.contains(name) {
            return Err(format!("`{name}` is what the configuration names, and no drill's"));
        }
        let Some(mark) = self.mark() else { return Err(format!("`{name}` does not have the tags of a drill")) };
        if name.strip_prefix(NAME_PREFIX) != Some(mark.run()) {
            return Err(format!("`{name}` is not what run `{}` calls what it makes", mark.run()));
        }
        match self {
            Self::Instance(instance) => deletable(instance, mark.run())?,
            Self::Snapshot(snapshot) => snapshot.deletable(mark.run())?,
        }
        if now < mark.expires_at() {
            let (run, until) = (mark.run(), mark.expires_at());
            match runs.get(run) {
                None => {
                    return Err(format!(
                        "run `{run}` was not begun on this machine, and may need `{name}` until {until}"
                    ));
                }
                Some(Attended::Maybe) => {
                    return Err(format!("run `{run}` is not over, and may need `{name}` until {until}"));
                }
                Some(Attended::Nobody) => {}
            }
        }
        Ok(mark)
    }

    /// What is told of it.
    #[must_use]
    pub fn left(&self, fate: Fate, why: Option<String>) -> Left {
        let mark = self.mark();
        Left {
            what: match self {
                Self::Instance(_) => "instance",
                Self::Snapshot(_) => "snapshot",
            },
            name: self.name().to_owned(),
            region: Some(self.region().to_owned()),
            run: mark.as_ref().map(|mark| mark.run().to_owned()),
            expires_at: mark.as_ref().map(Mark::expires_at),
            fate,
            why,
        }
    }

    /// Deletes it for the run that made it, and waits until it is seen gone.
    ///
    /// # Errors
    /// Fails when it is not gone in that time, and why.
    pub async fn remove(
        &self,
        databases: &dyn Databases,
        mark: &Mark,
        (clock, within): (&dyn Clock, Duration),
    ) -> Result<(), String> {
        let name = DrillName::parse(self.name()).map_err(|error| error.to_string())?;
        let mut patience = Patience::new(clock, within);
        loop {
            let why = match self.advance(databases, (&name, mark.run())).await {
                Ok(Deletion::Absent) => return Ok(()),
                Ok(Deletion::UnderWay) => format!("`{name}` is being deleted, and is still there"),
                Err(error) => match error.trouble {
                    Trouble::WrongState | Trouble::Throttled | Trouble::NoAnswer => error.to_string(),
                    _ => return Err(error.to_string()),
                },
            };
            if !patience.wait().await {
                return Err(why);
            }
        }
    }

    /// Brings the deletion a step further; the adapter compares name, tags and run once more.
    async fn advance(&self, databases: &dyn Databases, (name, run): (&DrillName, &str)) -> Result<Deletion, PortError> {
        let region = self.region();
        match self {
            Self::Snapshot(_) => databases.delete_snapshot(region, name, run).await,
            Self::Instance(_) => match databases.instance(region, name.as_str()).await? {
                None => Ok(Deletion::Absent),
                Some(found) if found.state == InstanceState::Deleting => Ok(Deletion::UnderWay),
                Some(found) if found.is_protected => {
                    databases.unprotect(region, name, run).await.map(|_| Deletion::UnderWay)
                }
                Some(_) => databases.delete(region, name, run).await,
            },
        }
    }
}
