//! Findings of what the policy engine really judges, where no row is made up.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use trackera_core::company::Company;
use trackera_core::estate::{CollectedAccount, Estate, List, SNAPSHOT_VERSION, Snapshot};
use trackera_core::policy::PolicySet;
use trackera_core::resource::{ErrorClass, Gap, Resource};
use trackera_core::schema::Schema;
use trackera_core::verdict::{Assessment, Circumstances};
use trackera_core::yaml::File;

use super::*;
use crate::places::Places;
use crate::schedule::Rules;

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-central-1";
const KIND: &str = "aws.ec2.volume";
const POLICIES: &str = r#"policies:
  - id: disks
    title: Disks are encrypted
    resource: aws.ec2.volume
    severity: high
    assert: resource.encrypted
    message: "{{resource.name}} is not encrypted"
    every: {cron: "0 7 * * *", zone: Europe/Berlin}
    on: [CreateVolume]
    freshness: 26h
    fix: {text: Encrypt it.}
    tests:
      - {name: yes, given: {encrypted: true}, want: pass}
      - {name: no, given: {encrypted: false}, want: fail}
      - {name: refused, refused: [ec2:DescribeVolumes], want: unknown}
"#;

fn policies(schema: &Arc<Schema>) -> PolicySet {
    let file = File { name: "policies/encryption.yaml".to_owned(), text: POLICIES.to_owned() };
    PolicySet::load(schema, &[file], None).unwrap()
}

fn gap() -> Gap {
    Gap {
        operation: "ec2:DescribeVolumes".to_owned(),
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
        resource: None,
        error_class: ErrorClass::AccessDenied,
    }
}

fn snapshot(at: Timestamp, volumes: &[(&str, bool)], gaps: Vec<Gap>) -> Snapshot {
    let [kind, account, region] = [KIND, ACCOUNT, REGION].map(str::to_owned);
    let volume = |(id, encrypted): &(&str, bool)| {
        let attributes = serde_json::from_value(json!({"encrypted": encrypted})).unwrap();
        let [id, name] = [*id, *id].map(str::to_owned);
        Resource { kind: kind.clone(), account: account.clone(), region: region.clone(), id, name, attributes }
    };
    Snapshot {
        version: SNAPSHOT_VERSION,
        collected_at: at,
        accounts: vec![CollectedAccount { account: account.clone(), regions: vec![region.clone()] }],
        resources: volumes.iter().map(volume).collect(),
        lists: vec![List { kind: kind.clone(), account: account.clone(), region: region.clone(), gaps: gaps.clone() }],
        gaps,
        reports: Vec::new(),
    }
    .sorted()
}

#[test]
fn what_the_engine_judges_opens_survives_a_refusal_and_closes() {
    let schema = Arc::new(Schema::new().unwrap());
    let set = policies(&schema);
    let company = Company::default();
    let mut findings = Findings::default();
    let begin: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let looked = [("disks".to_owned(), Places::Everywhere)].into();
    let mut look = |minute: i64, volumes: &[(&str, bool)], gaps: Vec<Gap>| -> Vec<String> {
        let now = begin + SignedDuration::from_mins(minute);
        let estate = Estate::new(&schema, &snapshot(now, volumes, gaps)).unwrap();
        let mut assessment = Assessment::new(&set, &Circumstances { estate: &estate, company: &company, now });
        let sightings = sightings(&mut assessment, &findings);
        let look = Look { begun_at: now, looked: &looked, sightings: &sightings };
        let changes = step(&findings, &look, &Patience::USUAL, &|_| None);
        changes.iter().for_each(|change| findings.apply(change));
        let word = |change: &Change| -> String {
            format!("{change:?}").chars().take_while(|one| one.is_alphabetic()).collect()
        };
        changes.iter().map(|record| format!("{} {}", record.finding.id, word(&record.change))).collect::<Vec<String>>()
    };
    assert_eq!(look(0, &[("vol-1", false), ("vol-2", true)], vec![]), ["vol-1 Opened"]);
    assert_eq!(look(1, &[("vol-1", false), ("vol-2", true)], vec![]), [""; 0]);
    assert_eq!(look(2, &[], vec![gap()]), ["* Doubted"]);
    assert_eq!(look(3, &[("vol-1", true), ("vol-2", false)], vec![]), ["vol-2 Opened", "vol-1 Closed", "* Cleared"]);
    assert_eq!(look(4, &[], vec![]), ["vol-2 Missed"]);
    assert_eq!(look(5, &[], vec![]), ["vol-2 Closed"]);
}

#[test]
fn rules_know_their_topic_and_their_hours() {
    let rules = Rules::of(&policies(&Arc::new(Schema::new().unwrap())), "d".to_owned());
    let rule = rules.rules.get("disks").unwrap();
    assert_eq!(rule.topic, "encryption");
    assert_eq!(rule.schedule.to_string(), "`0 7 * * *` in Europe/Berlin");
    assert!(rule.on.contains("CreateVolume"));
}
