//! What drills need of the cloud, for the role of whoever carries them out.

use trackera_aws::{BackupPlace, DatabaseScope};
use trackera_core::company::database::BucketPlace;
use trackera_core::recovery::drill::{Drill, InstanceText, Restore};

/// What drills need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The databases that are restored.
    pub databases: Option<DatabaseScope>,
    /// The roles that AWS Backup restores with.
    pub backup_roles: Vec<String>,
    /// The places that backups are read from.
    pub reads: Vec<BackupPlace>,
}

/// What a drill needs.
#[must_use]
pub fn needs(drill: &Drill) -> Needs {
    let restore = &drill.restore;
    let databases = restore.source().zip(restore.target()).map(|(instance, target)| scope(instance, target));
    let backup_roles = match restore {
        Restore::RecoveryPoint(point) => vec![point.role.clone()],
        Restore::Dump(_) | Restore::Instance(_) | Restore::Objects(_) => Vec::new(),
    };
    let reads = match restore {
        Restore::Dump(dump) => std::iter::once(&dump.place).chain(&dump.manifests).map(place).collect(),
        Restore::Objects(objects) => [&objects.place, &objects.replica].map(place).to_vec(),
        Restore::Instance(_) | Restore::RecoveryPoint(_) => Vec::new(),
    };
    Needs { databases, backup_roles, reads }
}

/// What several drills need together: a group that they do not share may be any.
#[must_use]
pub fn needs_of_all<'a>(drills: impl IntoIterator<Item = &'a Drill>) -> Needs {
    let mut all = Needs::default();
    for needs in drills.into_iter().map(needs) {
        all.databases = match (all.databases, needs.databases) {
            (Some(known), Some(new)) => Some(both(known, new)),
            (known, new) => known.or(new),
        };
        add(&mut all.backup_roles, needs.backup_roles);
        add(&mut all.reads, needs.reads);
    }
    all
}

fn place(place: &BucketPlace) -> BackupPlace {
    BackupPlace { bucket: place.bucket.clone(), prefix: place.prefix.clone() }
}

fn scope(instance: &str, target: &InstanceText) -> DatabaseScope {
    // The groups of the source are known to RDS alone; they bound nothing that the names of drills do not.
    let group = |named: &Option<String>| named.clone().unwrap_or_else(|| "*".to_owned());
    DatabaseScope {
        instances: vec![instance.to_owned()],
        snapshots: vec![format!("rds:{instance}-"), format!("{instance}-")],
        subnet_group: target.subnet_group.clone(),
        parameter_group: group(&target.parameter_group),
        option_group: group(&target.option_group),
    }
}

fn add<T: PartialEq>(known: &mut Vec<T>, new: Vec<T>) {
    for one in new {
        if !known.contains(&one) {
            known.push(one);
        }
    }
}

fn both(mut known: DatabaseScope, new: DatabaseScope) -> DatabaseScope {
    add(&mut known.instances, new.instances);
    add(&mut known.snapshots, new.snapshots);
    let group = |known: &mut String, new: String| {
        if *known != new {
            "*".clone_into(known);
        }
    };
    group(&mut known.subnet_group, new.subnet_group);
    group(&mut known.parameter_group, new.parameter_group);
    group(&mut known.option_group, new.option_group);
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(instance: &str, subnets: &str) -> DatabaseScope {
        DatabaseScope {
            instances: vec![instance.to_owned()],
            snapshots: vec![format!("{instance}-")],
            subnet_group: subnets.to_owned(),
            parameter_group: "tuned".to_owned(),
            option_group: "*".to_owned(),
        }
    }

    #[test]
    fn two_drills_may_what_each_may_and_a_group_that_they_share_stays_named() {
        let all = both(reached("a", "near"), reached("b", "far"));
        assert_eq!(all.instances, ["a", "b"]);
        assert_eq!((all.subnet_group.as_str(), all.parameter_group.as_str()), ("*", "tuned"));
        assert_eq!(both(reached("a", "near"), reached("a", "near")).snapshots, ["a-"]);
    }
}
