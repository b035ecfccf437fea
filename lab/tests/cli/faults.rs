//! `deny`, `slow`, `throttle`, `drop`, `refuse`, `hang`, `outage`, `faults`, `clear`, `calls`.

use serde_json::Value;

use crate::lab::{Labs, list_buckets};

fn faults(labs: &Labs) -> Vec<Value> {
    serde_json::from_str(&labs.succeed(&["faults", "--output", "json"])).unwrap()
}

#[test]
fn every_switch_is_listed_as_it_was_set_and_cleared() {
    let labs = Labs::new();
    labs.succeed(&["up"]);
    labs.succeed(&["deny", "ec2:DescribeVolumes", "iam:*", "--region", "eu-west-1"]);
    labs.succeed(&["deny", "kms:*", "--scp"]);
    labs.succeed(&["slow", "*", "20"]);
    labs.succeed(&["throttle", "iam:ListUsers", "--rate", "2.5"]);
    labs.succeed(&["drop", "rds:CopyDBSnapshot", "--times", "1"]);
    labs.succeed(&["refuse", "sts:*"]);
    labs.succeed(&["hang", "logs:*"]);
    let set = faults(&labs);
    let kinds: Vec<_> = set.iter().map(|fault| fault["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["deny", "deny", "deny-scp", "delay", "throttle", "drop", "refuse", "hang"]);
    assert_eq!(set[1]["region"], "eu-west-1");
    assert_eq!(set[3]["milliseconds"], 20);
    assert_eq!(set[4]["rate"], 2.5);
    assert_eq!(set[5]["times"], 1);
    labs.succeed(&["clear", &set[0]["id"].to_string()]);
    assert_eq!(faults(&labs).len(), 7);
    labs.succeed(&["clear"]);
    assert!(faults(&labs).is_empty());
}

#[test]
fn a_list_with_one_misspelt_operation_sets_none_and_offers_the_nearest() {
    let labs = Labs::new();
    labs.succeed(&["up"]);
    let said = labs.fail(2, &["deny", "ec2:DescribeVpcs", "ec2:DescribeVolume"]);
    assert!(said.contains("did you mean `DescribeVolumes`"), "{said}");
    assert!(faults(&labs).is_empty());
}

#[test]
fn an_outage_silences_its_region_until_it_ends() {
    let labs = Labs::new();
    labs.succeed(&["up"]);
    let endpoint = labs.endpoint("default");
    labs.succeed(&["outage", "eu-west-1"]);
    assert_eq!(list_buckets(&endpoint, "eu-west-1"), None);
    assert_eq!(list_buckets(&endpoint, "eu-central-1"), Some(200));
    assert!(labs.succeed(&["status"]).contains("outage    eu-west-1"));
    labs.succeed(&["outage", "eu-west-1", "--end"]);
    assert_eq!(list_buckets(&endpoint, "eu-west-1"), Some(200));
    labs.fail(2, &["outage", "atlantis"]);
}

#[test]
fn calls_are_shown_and_forgotten() {
    let labs = Labs::new();
    labs.succeed(&["up"]);
    list_buckets(&labs.endpoint("default"), "eu-west-1");
    let calls: Vec<Value> = serde_json::from_str(&labs.succeed(&["calls", "--output", "json"])).unwrap();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0]["operation"], "s3:ListBuckets");
    assert_eq!(calls[0]["region"], "eu-west-1");
    assert!(labs.succeed(&["calls", "--clear"]).contains("200 eu-west-1"));
    assert_eq!(labs.succeed(&["calls"]), "");
}
