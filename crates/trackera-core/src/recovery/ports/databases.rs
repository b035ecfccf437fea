//! Managed databases: their snapshots, and instances that drills restore from them and delete again.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;

use super::{DrillName, Mark, NAME_PREFIX, PortError};

/// The databases of an account, in all regions.
#[async_trait]
pub trait Databases: Send + Sync {
    /// What can be restored of an instance in a region, also where the instance itself is elsewhere or gone.
    async fn snapshots(&self, region: &str, instance: &str) -> Result<Vec<Snapshot>, PortError>;

    /// A snapshot by its name; `None` was seen not to be there, which right after its creation may still change.
    async fn snapshot(&self, region: &str, name: &str) -> Result<Option<Snapshot>, PortError>;

    /// Begins a copy of a snapshot into a region, encrypted with a key of that region.
    async fn copy_snapshot(&self, copy: &SnapshotCopy) -> Result<Snapshot, PortError>;

    /// Begins to delete a snapshot that a run copied, and refuses every other.
    async fn delete_snapshot(&self, region: &str, name: &DrillName, run: &str) -> Result<Deletion, PortError>;

    /// An instance by its name; `None` was seen not to be there, which right after its creation may still change.
    async fn instance(&self, region: &str, name: &str) -> Result<Option<Instance>, PortError>;

    /// Every instance whose name is one that drills give, whatever its tags say.
    async fn drill_instances(&self, region: &str) -> Result<Vec<Instance>, PortError>;

    /// Every snapshot whose name is one that drills give, whatever its tags say.
    async fn drill_snapshots(&self, region: &str) -> Result<Vec<Snapshot>, PortError>;

    /// Begins a restore into a new instance.
    async fn restore(&self, restore: &Restore) -> Result<Instance, PortError>;

    /// Switches the deletion protection of a run's instance off, and refuses every other.
    async fn unprotect(&self, region: &str, name: &DrillName, run: &str) -> Result<Instance, PortError>;

    /// Begins to delete a run's instance and its automated backups, and refuses every other.
    async fn delete(&self, region: &str, name: &DrillName, run: &str) -> Result<Deletion, PortError>;
}

/// How far a deletion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// It has begun, by this call or an earlier one.
    UnderWay,
    /// There was nothing to delete.
    Absent,
}

/// What an instance can be restored from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Its name, unique in its region.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The region that it is in.
    pub region: String,
    /// The instance that it was taken of.
    pub instance: String,
    /// How it was made: `automated`, `manual`, `awsbackup`.
    pub kind: String,
    /// How far it is.
    pub state: SnapshotState,
    /// When it was made; a copy is younger than its data. `None` while it is being made.
    pub created_at: Option<Timestamp>,
    /// The moment that its data is of; `None` while it is being made.
    pub data_at: Option<Timestamp>,
    /// Whether it is encrypted.
    pub is_encrypted: bool,
    /// The key that it is encrypted with.
    pub kms_key: Option<String>,
    /// The region that it was copied from.
    pub source_region: Option<String>,
    /// The server's version.
    pub engine_version: String,
    /// The storage of its instance, in GiB.
    pub allocated_gibibytes: u32,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// How far a snapshot is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SnapshotState {
    /// It can be restored.
    Available,
    /// On its way to another state, in AWS's word.
    Changing(String),
    /// It will never be restored, in AWS's word.
    Broken(String),
}

/// A copy of a snapshot to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotCopy {
    /// The ARN of the snapshot, which names its region.
    pub source_arn: String,
    /// The region to copy it into.
    pub region: String,
    /// What the copy is called.
    pub name: DrillName,
    /// The key of that region to encrypt the copy with: keys belong to one region.
    pub kms_key: String,
    /// Whose the copy is.
    pub mark: Mark,
}

/// A database instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its name, unique in its region.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The region that it is in.
    pub region: String,
    /// What it does now.
    pub state: InstanceState,
    /// When it was created; `None` while it is being created.
    pub created_at: Option<Timestamp>,
    /// Where it listens; `None` while it is being created.
    pub endpoint: Option<Endpoint>,
    /// The server's version.
    pub engine_version: String,
    /// The class that it runs on.
    pub class: String,
    /// The storage, in GiB.
    pub allocated_gibibytes: u32,
    /// Whether its storage is encrypted.
    pub is_encrypted: bool,
    /// The key that it is encrypted with.
    pub kms_key: Option<String>,
    /// Who reaches it, and how it is set up.
    pub isolation: Isolation,
    /// Whether it has an address of the Internet.
    pub is_public: bool,
    /// Whether it cannot be deleted.
    pub is_protected: bool,
    /// The latest moment that it can be restored to; `None` where it keeps no automated backups.
    pub latest_restorable_at: Option<Timestamp>,
    /// The instances that follow it.
    pub replicas: Vec<String>,
    /// The instance that it follows.
    pub source: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// What an instance does now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstanceState {
    /// It answers.
    Available,
    /// On its way to another state, in AWS's word; a word that nobody knows is one of these.
    Changing(String),
    /// It is being deleted, and is still there.
    Deleting,
    /// It will not come up by itself, in AWS's word.
    Broken(String),
}

/// Where a database listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The host name.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// The network and the settings of an instance. All of it is named with every restore: what is left out becomes the
/// default of the account, which is the production network more often than not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Isolation {
    /// The subnet group.
    pub subnet_group: String,
    /// The security groups; without any, the network's default group would be used.
    pub security_groups: Vec<String>,
    /// The parameter group.
    pub parameter_group: String,
    /// The option group.
    pub option_group: String,
}

/// An instance to restore: never public, never protected, without automated backups of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restore {
    /// What it is restored from.
    pub source: Source,
    /// The region of source and instance.
    pub region: String,
    /// What the instance is called.
    pub name: DrillName,
    /// The class to run on.
    pub class: String,
    /// Who reaches it, and how it is set up.
    pub isolation: Isolation,
    /// Whose it is.
    pub mark: Mark,
}

/// What an instance is restored from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A snapshot of the region, by its name.
    Snapshot(String),
    /// What an instance of the region was at a moment.
    Instance {
        /// The instance's name.
        name: String,
        /// The moment.
        at: PointInTime,
    },
}

/// A moment that an instance is restored to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointInTime {
    /// The latest that is possible.
    Latest,
    /// This one.
    Moment(Timestamp),
}

impl Restore {
    /// What keeps an instance from being the one that this restore makes, each in a few words. It tells a restore whose
    /// answer was lost from a name that somebody else took.
    pub fn differences(&self, instance: &Instance) -> Vec<&'static str> {
        let mut differences = differences(&self.isolation, &instance.isolation);
        let checks = [
            (instance.name == self.name.as_str() && instance.region == self.region, "it is another instance"),
            (Mark::on(&instance.tags).as_ref() == Some(&self.mark), "its tags name another run, or none"),
            (instance.class == self.class, "its class is another"),
            (!instance.is_public, "it is public"),
            (!instance.is_protected, "it is protected from deletion"),
        ];
        differences.extend(checks.into_iter().filter_map(|(holds, difference)| (!holds).then_some(difference)));
        differences
    }
}

fn differences(wanted: &Isolation, found: &Isolation) -> Vec<&'static str> {
    let sorted = |groups: &[String]| {
        let mut groups = groups.to_vec();
        groups.sort();
        groups
    };
    let checks = [
        (wanted.subnet_group == found.subnet_group, "its subnet group is another"),
        (sorted(&wanted.security_groups) == sorted(&found.security_groups), "its security groups are others"),
        (wanted.parameter_group == found.parameter_group, "its parameter group is another"),
        (wanted.option_group == found.option_group, "its option group is another"),
    ];
    checks.into_iter().filter_map(|(holds, difference)| (!holds).then_some(difference)).collect()
}

/// Tells whether a run may delete an instance: the name, the tags and the run must all agree, and nobody may depend on it.
///
/// # Errors
/// Fails with the reason why not.
pub fn deletable(instance: &Instance, run: &str) -> Result<(), String> {
    is_of_run(&instance.name, &instance.tags, run)?;
    if let Some(replica) = instance.replicas.first() {
        return Err(format!("`{replica}` is a replica of `{}`", instance.name));
    }
    match &instance.source {
        Some(source) => Err(format!("`{}` is a replica of `{source}`", instance.name)),
        None => Ok(()),
    }
}

impl Snapshot {
    /// Tells whether a run may delete it: the name, the tags and the run must all agree.
    ///
    /// # Errors
    /// Fails with the reason why not.
    pub fn deletable(&self, run: &str) -> Result<(), String> {
        if self.kind != "manual" {
            return Err(format!("`{}` is not a snapshot that somebody asked for", self.name));
        }
        is_of_run(&self.name, &self.tags, run)
    }
}

fn is_of_run(name: &str, tags: &BTreeMap<String, String>, run: &str) -> Result<(), String> {
    if DrillName::parse(name).is_err() {
        return Err(format!("the name `{name}` does not begin with `{NAME_PREFIX}`, as those of drills do"));
    }
    match Mark::on(tags) {
        None => Err(format!("`{name}` does not have the tags of a drill")),
        Some(mark) if mark.run() != run => Err(format!("`{name}` belongs to run `{}`, not to `{run}`", mark.run())),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
