//! Whatever is missing from a snapshot, or was changed in it, nothing is called kept because of it.

#![cfg(test)]

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use trackera_core::company::Configuration;
use trackera_core::estate::{Estate, EstateError, Snapshot};
use trackera_core::policy::PolicySet;
use trackera_core::schema::Schema;
use trackera_core::verdict::{Circumstances, Report, Verdict, judge};
use trackera_core::yaml::File;

const ACCOUNT: &str = "000000000000";
const NOW: &str = "2026-01-01T00:00:00Z";

fn policy(id: &str, resource: &str, rest: &str) -> String {
    format!(
        "  - id: {id}\n    title: T\n    resource: {resource}\n    severity: low\n    message: m\n    every: 1h\n    \
         freshness: 5h\n    fix: {{text: f}}\n    tests: [{{name: a, want: pass}}, {{name: b, want: fail}}, \
         {{name: c, want: unknown}}]\n{rest}"
    )
}

fn set() -> PolicySet {
    let volumes = policy(
        "disks",
        "aws.ec2.volume",
        "    assert: resource.encrypted\n    expect: {min_resources: 1}\n    scope: resource.size > 1\n",
    );
    let users = policy("passwords", "aws.iam.user", "    assert: '!resource.password_enabled'\n");
    let young = "has(resource.newest_last_modified) && age(resource.newest_last_modified) < duration('1d')";
    let dumps = policy("dumps", "aws.s3.backup_location", &format!("    assert: {young}\n"));
    let text = format!("policies:\n{volumes}{users}{dumps}");
    PolicySet::load(&Arc::new(Schema::new().unwrap()), &[File { name: "p.yaml".into(), text }], None).unwrap()
}

/// A small estate that keeps every rule.
fn snapshot() -> Json {
    let resource = |kind: &str, region: &str, id: &str, attributes: Json| json!({"kind": kind, "account": ACCOUNT, "region": region, "id": id, "name": id, "attributes": attributes});
    let list = |kind: &str, region: &str| json!({"kind": kind, "account": ACCOUNT, "region": region, "gaps": []});
    json!({
        "version": 1,
        "collected_at": NOW,
        "accounts": [{"account": ACCOUNT, "regions": ["eu-central-1", "eu-west-1"]}],
        "lists": [
            list("aws.ec2.volume", "eu-central-1"), list("aws.ec2.volume", "eu-west-1"),
            list("aws.iam.user", "global"), list("aws.s3.backup_location", "global"),
        ],
        "resources": [
            resource("aws.ec2.volume", "eu-central-1", "vol-1", json!({"encrypted": true, "size": 8, "tags": {}})),
            resource("aws.iam.user", "global", "ada", json!({"password_enabled": false})),
            resource("aws.s3.backup_location", "eu-central-1", "b/p/", json!({"newest_last_modified": "2025-12-31T20:00:00Z"})),
        ],
        "gaps": [],
        "reports": [{"operation": "iam:GetCredentialReport", "account": ACCOUNT, "generated_at": NOW}],
    })
}

fn check_at(snapshot: &Json, company: &str, now: Timestamp) -> Result<Report, EstateError> {
    let set = set();
    let snapshot: Snapshot = serde_json::from_value(snapshot.clone()).unwrap();
    let estate = Estate::new(&set.schema, &snapshot)?;
    let file = File { name: "trackera.yaml".into(), text: format!("company: {company}") };
    let company = Configuration::load(&file).unwrap().company;
    Ok(judge(&set, &Circumstances { estate: &estate, company: &company, now }))
}

fn check(snapshot: &Json) -> Report {
    check_at(snapshot, "{backups: [{bucket: b, prefix: p/}]}", NOW.parse().unwrap()).unwrap()
}

#[track_caller]
fn is_unknown(report: &Report, policy: &str) {
    let verdicts: Vec<_> = report.verdicts.iter().filter(|row| row.policy.as_ref() == policy).collect();
    assert!(verdicts.iter().any(|row| row.verdict == Verdict::Unknown), "{policy}: {verdicts:#?}");
}

#[test]
fn the_whole_snapshot_keeps_every_rule() {
    let report = check(&snapshot());
    assert_eq!((report.summary.pass, report.verdicts.len()), (3, 3), "{report:#?}");
}

#[test]
fn a_region_that_was_not_listed_is_unknown() {
    let mut changed = snapshot();
    changed["lists"].as_array_mut().unwrap().remove(1);
    is_unknown(&check(&changed), "disks");
}

#[test]
fn a_declared_account_that_was_not_looked_at_is_unknown_everywhere() {
    let company = "{accounts: [{id: \"000000000000\"}, {id: \"111111111111\"}], backups: [{bucket: b, prefix: p/}]}";
    let report = check_at(&snapshot(), company, NOW.parse().unwrap()).unwrap();
    for policy in ["disks", "passwords", "dumps"] {
        is_unknown(&report, policy);
    }
}

#[test]
fn a_declared_place_for_dumps_that_was_not_looked_at_is_unknown() {
    let company = "{backups: [{bucket: b, prefix: p/}, {bucket: nowhere, prefix: x/}]}";
    let report = check_at(&snapshot(), company, NOW.parse().unwrap()).unwrap();
    is_unknown(&report, "dumps");
    assert!(report.verdicts.iter().any(|row| row.resource.id == "nowhere/x/"));
}

#[test]
fn what_must_exist_must_exist_within_the_scope() {
    let mut changed = snapshot();
    changed["resources"][0]["attributes"]["size"] = json!(1);
    is_unknown(&check(&changed), "disks");
}

#[test]
fn a_list_that_is_named_twice_keeps_its_gaps() {
    let gap = json!({"operation": "ec2:DescribeVolumes", "account": ACCOUNT, "region": "eu-west-1", "resource": null, "error_class": "access_denied"});
    let mut changed = snapshot();
    let torn = json!({"kind": "aws.ec2.volume", "account": ACCOUNT, "region": "eu-west-1", "gaps": [gap]});
    changed["lists"].as_array_mut().unwrap().insert(0, torn);
    is_unknown(&check(&changed), "disks");
}

#[test]
fn evidence_without_a_date_or_from_the_future_proves_nothing() {
    let mut undated = snapshot();
    undated["reports"] = json!([]);
    is_unknown(&check(&undated), "passwords");
    let mut ahead = snapshot();
    ahead["reports"][0]["generated_at"] = json!("2040-01-01T00:00:00Z");
    is_unknown(&check(&ahead), "passwords");
    let mut dump = snapshot();
    dump["resources"][2]["attributes"]["newest_last_modified"] = json!("2050-01-01T00:00:00Z");
    is_unknown(&check(&dump), "dumps");
    let now: Timestamp = NOW.parse().unwrap();
    for (moment, passes) in [(-6, false), (-4, true), (60 * 5, true), (60 * 5 + 1, false)] {
        let company = "{backups: [{bucket: b, prefix: p/}]}";
        let report = check_at(&snapshot(), company, now + SignedDuration::from_mins(moment)).unwrap();
        assert_eq!(report.summary.unknown == 0, passes, "{moment} minutes later: {report:#?}");
    }
}

#[test]
fn two_readings_of_one_thing_that_differ_are_both_judged() {
    let mut changed = snapshot();
    let mut other = changed["resources"][0].clone();
    other["attributes"]["encrypted"] = json!(false);
    changed["resources"].as_array_mut().unwrap().insert(1, other);
    assert_eq!(check(&changed).summary.fail, 1);
}

#[test]
fn a_tag_may_be_called_anything() {
    let mut changed = snapshot();
    changed["resources"][0]["attributes"]["tags"] = json!({"$unknown": "x"});
    assert_eq!(check(&changed).summary.pass, 3);
}

#[test]
fn a_snapshot_that_says_what_nobody_understands_is_refused() {
    let refuse = |change: &dyn Fn(&mut Json)| {
        let mut changed = snapshot();
        change(&mut changed);
        check_at(&changed, "{}", NOW.parse().unwrap()).expect_err("refused").to_string()
    };
    assert!(refuse(&|it| it["version"] = json!(2)).contains("version 2"));
    assert!(refuse(&|it| it["resources"][0]["kind"] = json!("aws.ec2.volum")).contains("aws.ec2.volum"));
    assert!(refuse(&|it| it["accounts"] = json!([])).contains("not among its accounts"));
    assert!(refuse(&|it| it["resources"][0]["attributes"]["encryptd"] = json!(true)).contains("vol-1"));
    assert!(refuse(&|it| it["resources"][0]["attributes"]["encrypted"] = json!("yes")).contains("vol-1"));
}
