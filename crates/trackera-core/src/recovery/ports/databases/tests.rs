//! What a run may delete, and which instance is the one that a restore makes.

use super::*;

fn mark(run: &str) -> Mark {
    Mark::new(run, "weekly", Timestamp::UNIX_EPOCH).unwrap()
}

fn isolation() -> Isolation {
    Isolation {
        subnet_group: "drill-isolated".to_owned(),
        security_groups: vec!["sg-1".to_owned(), "sg-2".to_owned()],
        parameter_group: "strict".to_owned(),
        option_group: "default:postgres-15".to_owned(),
    }
}

fn restore() -> Restore {
    Restore {
        source: Source::Snapshot("nightly".to_owned()),
        region: "eu-west-1".to_owned(),
        name: DrillName::parse("drill-weekly-1").unwrap(),
        class: "db.t4g.large".to_owned(),
        isolation: isolation(),
        mark: mark("run-1"),
    }
}

fn instance() -> Instance {
    Instance {
        name: "drill-weekly-1".to_owned(),
        arn: "arn:aws:rds:eu-west-1:000000000000:db:drill-weekly-1".to_owned(),
        region: "eu-west-1".to_owned(),
        state: InstanceState::Available,
        created_at: None,
        endpoint: None,
        engine_version: "15.7".to_owned(),
        class: "db.t4g.large".to_owned(),
        allocated_gibibytes: 20,
        is_encrypted: true,
        kms_key: None,
        isolation: isolation(),
        is_public: false,
        is_protected: false,
        latest_restorable_at: None,
        replicas: Vec::new(),
        source: None,
        tags: mark("run-1").tags(),
    }
}

fn snapshot() -> Snapshot {
    Snapshot {
        name: "drill-weekly-1".to_owned(),
        arn: "arn:aws:rds:eu-west-1:000000000000:snapshot:drill-weekly-1".to_owned(),
        region: "eu-west-1".to_owned(),
        instance: "production".to_owned(),
        kind: "manual".to_owned(),
        state: SnapshotState::Available,
        created_at: None,
        data_at: None,
        is_encrypted: true,
        kms_key: None,
        source_region: None,
        engine_version: "15.7".to_owned(),
        allocated_gibibytes: 20,
        tags: mark("run-1").tags(),
    }
}

#[test]
fn a_run_deletes_what_is_its_own() {
    assert_eq!(deletable(&instance(), "run-1"), Ok(()));
    assert_eq!(snapshot().deletable("run-1"), Ok(()));
}

#[test]
fn a_run_deletes_nothing_that_any_one_sign_speaks_against() {
    type Spoil = fn(&mut Instance);
    let cases: [(&str, Spoil); 6] = [
        ("does not begin with", |instance| instance.name = "production".to_owned()),
        ("tags of a drill", |instance| instance.tags.clear()),
        ("tags of a drill", |instance| drop(instance.tags.remove(crate::recovery::ports::EXPIRES_AT_TAG))),
        ("belongs to run `run-2`", |instance| instance.tags = mark("run-2").tags()),
        ("`follower` is a replica", |instance| instance.replicas.push("follower".to_owned())),
        ("a replica of `production`", |instance| instance.source = Some("production".to_owned())),
    ];
    for (reason, spoil) in cases {
        let mut instance = instance();
        spoil(&mut instance);
        let refusal = deletable(&instance, "run-1").unwrap_err();
        assert!(refusal.contains(reason), "{refusal}");
    }
}

#[test]
fn a_run_deletes_no_snapshot_but_its_copies() {
    let cases: [fn(&mut Snapshot); 4] = [
        |snapshot| snapshot.name = "rds:production-2026-03-01-03-10".to_owned(),
        |snapshot| snapshot.kind = "automated".to_owned(),
        |snapshot| snapshot.tags.clear(),
        |snapshot| snapshot.tags = mark("run-2").tags(),
    ];
    for spoil in cases {
        let mut snapshot = snapshot();
        spoil(&mut snapshot);
        assert!(snapshot.deletable("run-1").is_err());
    }
}

#[test]
fn the_instance_of_a_restore_has_all_that_was_asked_for() {
    assert_eq!(restore().differences(&instance()), [""; 0]);
    let mut turned = instance();
    turned.isolation.security_groups.reverse();
    assert_eq!(restore().differences(&turned), [""; 0]);
}

#[test]
fn each_thing_that_was_not_carried_over_is_a_difference() {
    let cases: [fn(&mut Instance); 9] = [
        |instance| instance.name = "drill-weekly-2".to_owned(),
        |instance| instance.tags = mark("run-2").tags(),
        |instance| instance.class = "db.t4g.micro".to_owned(),
        |instance| instance.is_public = true,
        |instance| instance.is_protected = true,
        |instance| instance.isolation.subnet_group = "default".to_owned(),
        |instance| instance.isolation.security_groups = vec!["sg-default".to_owned()],
        |instance| instance.isolation.parameter_group = "default.postgres15".to_owned(),
        |instance| instance.isolation.option_group = "other".to_owned(),
    ];
    for spoil in cases {
        let mut instance = instance();
        spoil(&mut instance);
        assert_eq!(restore().differences(&instance).len(), 1);
    }
}
