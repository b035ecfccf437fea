//! The other verbs about policies: examples, lists, permissions and the schema for editors.

use serde_json::{Value as Json, json};

use super::place::{POLICIES, Place};

fn json(place: &Place, arguments: &[&str]) -> Json {
    let outcome = place.run(arguments);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    serde_json::from_str(&outcome.out).unwrap()
}

#[test]
fn examples_are_run_and_those_that_fail_are_named() {
    let place = Place::with_policies();
    let good = place.run(&["policy", "test"]);
    assert_eq!((good.code, good.out.as_str()), (0, "6 examples of 2 policies: 6 passed, 0 failed\n"));
    place.write(
        "policies/rules.yaml",
        POLICIES.replace("encrypted: false}, want: fail", "encrypted: true}, want: fail"),
    );
    let bad = place.run(&["policy", "test"]);
    assert_eq!(bad.code, 1);
    for words in
        ["FAIL  policies/rules.yaml:16", "disks-are-encrypted: plain", "wanted fail, got pass", "5 passed, 1 failed"]
    {
        assert!(bad.out.contains(words), "{}", bad.out);
    }
    let one = place.run(&["policy", "test", "users-have-a-device", "--output", "json"]);
    assert_eq!(serde_json::from_str::<Json>(&one.out).unwrap().as_array().unwrap().len(), 3);
}

#[test]
fn examples_do_not_depend_on_the_parameters_of_a_company() {
    let place = Place::new();
    let policies = POLICIES.replace(
        "    scope: resource.size > 1",
        "    params: {smallest: 1}\n    scope: resource.size > params.smallest",
    );
    place.write("policies/rules.yaml", policies);
    place.write("trackera.yaml", "company: {parameters: {disks-are-encrypted: {smallest: 100}}}");
    assert_eq!(place.run(&["policy", "test"]).code, 0);
    assert_eq!(json(&place, &["policy", "show", "disks-are-encrypted", "--output", "json"])["params"]["smallest"], 100);
}

#[test]
fn policies_are_listed_by_severity_and_shown_one_by_one() {
    let place = Place::with_policies();
    let list = place.run(&["policy", "list"]).out;
    let expected = "\
critical  users-have-a-device  aws.iam.user    Every user has a second factor
high      disks-are-encrypted  aws.ec2.volume  Disks are encrypted
2 policies
";
    assert_eq!(list, expected);
    let ids: Vec<Json> = json(&place, &["policy", "list", "--output", "json"])
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].clone())
        .collect();
    assert_eq!(ids, ["users-have-a-device", "disks-are-encrypted"]);
    let shown = place.run(&["policy", "show", "disks-are-encrypted"]).out;
    for words in [
        "resource.size > 1",
        "resource.encrypted",
        "soc2: CC6.1",
        "ec2:DescribeVolumes",
        "policies/rules.yaml:3",
        "plain: fail",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
}

#[test]
fn permissions_are_the_least_that_is_needed() {
    let place = Place::with_policies();
    let document = json(&place, &["policy", "permissions"]);
    let actions =
        ["ec2:DescribeRegions", "ec2:DescribeVolumes", "iam:ListMFADevices", "iam:ListUsers", "sts:GetCallerIdentity"];
    let statement = json!({"Sid": "ReadTheEstate", "Effect": "Allow", "Action": actions, "Resource": "*"});
    assert_eq!(document, json!({"Version": "2012-10-17", "Statement": [statement]}));
}

#[test]
fn objects_may_be_read_only_where_backups_are_declared() {
    let place = Place::new();
    let policies = POLICIES
        .replace("resource: aws.ec2.volume", "resource: aws.s3.backup_location")
        .replace("resource.size > 1", "resource.object_count > 0")
        .replace("assert: resource.encrypted", "assert: has(resource.newest_server_side_encryption)")
        .replace("given: {size: 8, encrypted: true}", "given: {object_count: 8, newest_server_side_encryption: AES256}")
        .replace("given: {size: 8, encrypted: false}", "given: {object_count: 8, newest_server_side_encryption: null}")
        .replace("ec2:DescribeVolumes", "s3:ListObjectsV2");
    place.write("policies/rules.yaml", policies);
    let outcome = place.run(&["policy", "permissions"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.err.contains("s3:GetObject is left out") && !outcome.out.contains("s3:GetObject"), "{outcome:?}");
    place.write("trackera.yaml", "company: {backups: [{bucket: dumps, prefix: postgres/}]}");
    let document = json(&place, &["policy", "permissions"]);
    let statement = &document["Statement"][1];
    assert_eq!(statement["Action"], "s3:GetObject");
    assert_eq!(statement["Resource"], json!(["arn:aws:s3:::dumps/postgres/*"]));
}

#[test]
fn the_schema_is_printed_for_editors() {
    let schema = json(&Place::new(), &["policy", "schema"]);
    assert!(schema["$schema"].as_str().unwrap().contains("json-schema.org"), "{schema}");
}

#[test]
fn the_configuration_in_force_is_shown() {
    let place = Place::with_policies();
    let bare = place.run(&["config", "show"]).out;
    assert!(bare.contains("the account of the credentials at hand"), "{bare}");
    place.write("trackera.yaml", "company: {name: Trackera, regions: {primary: eu-central-1}, people: [{name: Ada, iam_user: ada, admin: true}]}");
    let shown = json(&place, &["config", "show", "--output", "json"]);
    assert_eq!((&shown["configuration"], &shown["admins"]), (&json!("trackera.yaml"), &json!(["ada"])));
    let checked = place.run(&["config", "check"]);
    assert_eq!(checked.out, "trackera.yaml is valid, 2 policies and 0 waivers are valid\n");
}
