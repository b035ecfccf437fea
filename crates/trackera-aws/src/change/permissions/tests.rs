//! The document covers what the guards let through, and bounds what can do harm.

use std::collections::BTreeSet;

use super::super::{CHANGING, LOOKING};
use super::*;

fn whole(operator: Operator) -> DrillPermissions {
    let place = |bucket: &str| BackupPlace { bucket: bucket.to_owned(), prefix: "postgres/".to_owned() };
    DrillPermissions {
        operator,
        account: "000000000000".to_owned(),
        databases: Some(DatabaseScope {
            instances: vec!["production".to_owned()],
            snapshots: vec!["rds:production-".to_owned(), "production-".to_owned()],
            subnet_group: "drill-isolated".to_owned(),
            parameter_group: "strict".to_owned(),
            option_group: "default:postgres-15".to_owned(),
        }),
        backup_roles: vec!["arn:aws:iam::000000000000:role/backup".to_owned()],
        reads: vec![place("backups"), place("backups-copy")],
        puts: vec![place("backups")],
        kms_keys: vec!["arn:aws:kms:eu-west-1:000000000000:key/1".to_owned()],
    }
}

fn statements(permissions: &DrillPermissions) -> Vec<Json> {
    permissions.document()["Statement"].as_array().unwrap().clone()
}

fn texts(value: &Json) -> BTreeSet<String> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_operation_that_the_guards_let_through_is_allowed_and_nothing_else_is() {
    let allowed: BTreeSet<String> =
        statements(&whole(Operator::Process)).iter().flat_map(|one| texts(&one["Action"])).collect();
    let needed = LOOKING.into_iter().chain(CHANGING).flat_map(statement::actions).map(str::to_owned);
    let by_services = ["iam:PassRole", "kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"];
    let by_services = by_services.into_iter().chain(["kms:GenerateDataKeyWithoutPlaintext"]).map(str::to_owned);
    assert_eq!(allowed, needed.chain(by_services).collect());
}

#[test]
fn what_deletes_and_changes_databases_reaches_marked_drills_alone() {
    for statement in statements(&whole(Operator::Process)) {
        let deletes = |action: &String| {
            action.starts_with("rds:Delete") || action.starts_with("rds:Modify") || action.starts_with("rds:AddTags")
        };
        if !texts(&statement["Action"]).iter().any(deletes) {
            continue;
        }
        for resource in texts(&statement["Resource"]) {
            assert!(resource.contains(":drill-"), "{resource}");
        }
        assert!(statement["Condition"]["StringLike"].as_object().unwrap().len() == 3, "{statement}");
    }
}

#[test]
fn a_person_is_allowed_nothing_without_a_second_factor() {
    for statement in statements(&whole(Operator::Person)) {
        assert_eq!(statement["Condition"]["Bool"]["aws:MultiFactorAuthPresent"], "true", "{statement}");
    }
    let trust = whole(Operator::Person).trust().unwrap();
    assert_eq!(trust["Statement"][0]["Condition"]["Bool"]["aws:MultiFactorAuthPresent"], "true");
    assert!(!whole(Operator::Process).document().to_string().contains("MultiFactor"));
    assert_eq!(whole(Operator::Process).trust(), None);
}

#[test]
fn what_no_drill_needs_is_not_allowed() {
    let objects_alone = DrillPermissions {
        databases: None,
        backup_roles: Vec::new(),
        puts: Vec::new(),
        kms_keys: Vec::new(),
        ..whole(Operator::Process)
    };
    let allowed: BTreeSet<String> = statements(&objects_alone).iter().flat_map(|one| texts(&one["Action"])).collect();
    assert!(allowed.iter().all(|action| action.starts_with("s3:Get") || action.starts_with("s3:List")), "{allowed:?}");
}
