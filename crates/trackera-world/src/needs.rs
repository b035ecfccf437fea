//! What drills need of the cloud, for the role of whoever carries them out.

use trackera_aws::{BackupPlace, DatabaseScope};
use trackera_core::company::database::BucketPlace;
use trackera_core::recovery::drill::{Drill, DumpRestore, InstanceRestore, Restore};

/// The databases that a drill restores, and the places that it reads backups from.
#[must_use]
pub fn needs(drill: &Drill) -> (Option<DatabaseScope>, Vec<BackupPlace>) {
    match &drill.restore {
        Restore::Dump(dump) => (None, of_dump(dump)),
        Restore::Instance(instance) => (Some(of_instance(instance)), Vec::new()),
    }
}

/// What several drills need together: a group that they do not share may be any.
#[must_use]
pub fn needs_of_all<'a>(drills: impl IntoIterator<Item = &'a Drill>) -> (Option<DatabaseScope>, Vec<BackupPlace>) {
    let mut all: (Option<DatabaseScope>, Vec<BackupPlace>) = (None, Vec::new());
    for (databases, reads) in drills.into_iter().map(needs) {
        all.0 = match (all.0, databases) {
            (Some(known), Some(new)) => Some(both(known, new)),
            (known, new) => known.or(new),
        };
        for place in reads {
            if !all.1.contains(&place) {
                all.1.push(place);
            }
        }
    }
    all
}

fn of_dump(dump: &DumpRestore) -> Vec<BackupPlace> {
    let place = |place: &BucketPlace| BackupPlace { bucket: place.bucket.clone(), prefix: place.prefix.clone() };
    std::iter::once(&dump.place).chain(&dump.manifests).map(place).collect()
}

fn of_instance(restore: &InstanceRestore) -> DatabaseScope {
    let InstanceRestore { instance, target, .. } = restore;
    // The groups of the source are known to RDS alone; they bound nothing that the names of drills do not.
    let group = |named: &Option<String>| named.clone().unwrap_or_else(|| "*".to_owned());
    DatabaseScope {
        instances: vec![instance.clone()],
        snapshots: vec![format!("rds:{instance}-"), format!("{instance}-")],
        subnet_group: target.subnet_group.clone(),
        parameter_group: group(&target.parameter_group),
        option_group: group(&target.option_group),
    }
}

fn both(mut known: DatabaseScope, new: DatabaseScope) -> DatabaseScope {
    let add = |known: &mut Vec<String>, new: Vec<String>| {
        for name in new {
            if !known.contains(&name) {
                known.push(name);
            }
        }
    };
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

    fn scope(instance: &str, subnets: &str) -> DatabaseScope {
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
        let all = both(scope("a", "near"), scope("b", "far"));
        assert_eq!(all.instances, ["a", "b"]);
        assert_eq!((all.subnet_group.as_str(), all.parameter_group.as_str()), ("*", "tuned"));
        assert_eq!(both(scope("a", "near"), scope("a", "near")).snapshots, ["a-"]);
    }
}
