//! `estate`: looking at what was read, and saying what was not.

use serde_json::Value as Json;

use super::place::{Place, mixed_estate, refuse_volumes};

#[test]
fn resources_are_listed_and_gaps_are_never_left_out() {
    let place = Place::new();
    place.write_snapshot(&mixed_estate());
    let whole = place.run(&["estate", "list", "--from", "estate.json", "--kind", "aws.ec2.volume"]);
    assert_eq!(whole.code, 0, "{whole:?}");
    assert!(whole.out.contains("vol-1") && whole.out.ends_with("2 resources, 0 gaps\n"), "{}", whole.out);
    let mut snapshot = mixed_estate();
    refuse_volumes(&mut snapshot, "eu-west-1");
    place.write_snapshot(&snapshot);
    let partial = place.run(&["estate", "list", "--from", "estate.json", "--region", "eu-*", "--output", "json"]);
    assert_eq!(partial.code, 3, "{partial:?}");
    let listed: Json = serde_json::from_str(&partial.out).unwrap();
    assert_eq!(listed["resources"].as_array().unwrap().len(), 1);
    assert_eq!(listed["gaps"][0]["operation"], "ec2:DescribeVolumes");
}

#[test]
fn one_resource_is_shown_with_all_that_was_read_of_it() {
    let place = Place::new();
    let mut snapshot = mixed_estate();
    let gap = serde_json::json!({"$unknown": {
        "operation": "iam:ListAccessKeys", "account": "000000000000", "region": "global", "resource": "bob",
        "error_class": "throttled",
    }});
    snapshot
        .resources
        .iter_mut()
        .filter(|one| one.id == "bob")
        .for_each(|one| one.attributes.set("tags", Some(gap.clone())));
    snapshot
        .resources
        .iter_mut()
        .filter(|one| one.id == "bob")
        .for_each(|one| one.attributes.set("password_enabled", Some(gap.clone())));
    place.write_snapshot(&snapshot);
    let outcome = place.run(&["estate", "show", "bob", "--from", "estate.json"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    for line in
        ["aws.iam.user bob", "mfa_devices       none", "unknown: iam:ListAccessKeys throttled for bob in global"]
    {
        assert!(outcome.out.contains(line), "{}", outcome.out);
    }
    let missing = place.run(&["estate", "show", "bop", "--from", "estate.json"]);
    assert!(missing.code == 2 && missing.err.contains("did you mean `bob`?"), "{missing:?}");
}

#[test]
fn kinds_are_described_for_people_and_programs() {
    let place = Place::new();
    let kinds = place.run(&["estate", "kinds"]);
    assert!(kinds.out.contains("aws.ec2.security_group"), "{}", kinds.out);
    let kind = place.run(&["estate", "kinds", "aws.iam.user"]);
    assert!(kind.out.contains("mfa_devices") && kind.out.contains("iam:ListMFADevices"), "{}", kind.out);
    let json: Json = serde_json::from_str(&place.run(&["estate", "kinds", "--output", "json"]).out).unwrap();
    assert!(json.as_array().unwrap().len() >= 20);
    let unknown = place.run(&["estate", "kinds", "aws.iam.users"]);
    assert!(unknown.code == 2 && unknown.err.contains("did you mean `aws.iam.user`?"), "{unknown:?}");
}
