//! What drills left in the cloud: listed, told from what nobody may touch, deleted and seen gone.
//!
//! Three signs must agree before anything is deleted: the name that only drills give, the tags, and the run that both name.
//! Then either this machine knows the run, and nobody is at it, or its time is over.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
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

    /// Tells whether it may be deleted by whoever holds the journal with these runs.
    ///
    /// # Errors
    /// Fails with the reason why not.
    pub fn removable(&self, runs: &BTreeSet<String>, now: Timestamp) -> Result<Mark, String> {
        let name = self.name();
        let Some(mark) = self.mark() else { return Err(format!("`{name}` does not have the tags of a drill")) };
        if name.strip_prefix(NAME_PREFIX) != Some(mark.run()) {
            return Err(format!("`{name}` is not what run `{}` calls what it makes", mark.run()));
        }
        match self {
            Self::Instance(instance) => deletable(instance, mark.run())?,
            Self::Snapshot(snapshot) => snapshot.deletable(mark.run())?,
        }
        if !runs.contains(mark.run()) && now < mark.expires_at() {
            let (run, until) = (mark.run(), mark.expires_at());
            return Err(format!("run `{run}` was not begun on this machine, and may need `{name}` until {until}"));
        }
        Ok(mark)
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
