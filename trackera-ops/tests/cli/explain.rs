//! `policy explain`: it agrees with the check, and it says which resource is meant.

use super::place::{Place, mixed_estate, refuse_volumes, volume};

#[test]
fn explanations_agree_with_the_verdicts_of_every_row() {
    let place = Place::with_policies();
    let mut snapshot = mixed_estate();
    let mut small = volume("eu-west-1", "vol-3", "small", false);
    small.attributes.set("size", Some(1.into()));
    let mut unknown = volume("eu-west-1", "vol-4", "unread", false);
    unknown.attributes.set("encrypted", None);
    snapshot.resources.extend([small, unknown]);
    place.write_snapshot(&snapshot.sorted());
    let (_, report) = place.report(&[]);
    let rows = report["verdicts"].as_array().unwrap();
    assert_eq!(rows.len(), 6);
    for row in rows {
        let text = |path: &str| row.pointer(path).unwrap().as_str().unwrap();
        let arguments =
            ["policy", "explain", text("/policy"), text("/resource/id"), "--region", text("/resource/region")];
        let outcome = place.run(&[&arguments, ["--from", "estate.json"].as_slice()].concat());
        let (code, word) = match text("/verdict") {
            "fail" => (1, "FAIL"),
            "unknown" => (3, "UNKNOWN"),
            "not_applicable" => (0, "NOT_APPLICABLE"),
            _ => (0, "PASS"),
        };
        assert_eq!(outcome.code, code, "{outcome:?}");
        assert!(outcome.out.starts_with(&format!("{word}  ")), "{}", outcome.out);
        let reason = text("/reason").split_whitespace().last().unwrap();
        assert!(outcome.out.contains(reason), "{}", outcome.out);
    }
}

#[test]
fn the_tree_shows_each_part_with_the_value_that_it_had() {
    let place = Place::with_policies();
    place.write_snapshot(&mixed_estate());
    let outcome = place.run(&["policy", "explain", "disks-are-encrypted", "scratch", "--from", "estate.json"]);
    let expected = "\
FAIL  high  disks-are-encrypted
  policy    Disks are encrypted
  resource  aws.ec2.volume vol-2
  name      scratch
  account   000000000000
  region    eu-west-1
  reason    scratch is not encrypted

scope
  resource.size > 1  true
    resource.size    8

assert
  resource.encrypted  false
";
    assert_eq!(outcome.out, expected);
    assert_eq!(outcome.code, 1);
}

#[test]
fn a_resource_that_is_not_there_or_not_alone_is_told_with_what_to_say_instead() {
    let place = Place::with_policies();
    let mut snapshot = mixed_estate();
    snapshot.resources.push(volume("eu-central-1", "vol-2", "twin", true));
    place.write_snapshot(&snapshot.sorted());
    let explain =
        |resource: &str| place.run(&["policy", "explain", "disks-are-encrypted", resource, "--from", "estate.json"]);
    let ambiguous = explain("vol-2");
    assert_eq!(ambiguous.code, 2);
    assert!(
        ambiguous.err.contains("--region eu-central-1`") && ambiguous.err.contains("--region eu-west-1`"),
        "{ambiguous:?}"
    );
    let missing = explain("scratsh");
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("did you mean `scratch`?"), "{missing:?}");
    let elsewhere =
        ["policy", "explain", "disks-are-encrypted", "vol-1", "--region", "eu-west-1", "--from", "estate.json"];
    assert!(place.run(&elsewhere).err.contains("it is in eu-central-1"));
    let policy = place.run(&["policy", "explain", "disk-are-encrypted", "vol-1", "--from", "estate.json"]);
    assert!(policy.code == 2 && policy.err.contains("did you mean `disks-are-encrypted`?"), "{policy:?}");
}

#[test]
fn where_the_list_was_refused_nobody_knows_whether_the_resource_exists() {
    let place = Place::with_policies();
    let mut snapshot = mixed_estate();
    refuse_volumes(&mut snapshot, "eu-central-1");
    place.write_snapshot(&snapshot);
    let outcome = place.run(&["policy", "explain", "disks-are-encrypted", "vol-1", "--from", "estate.json"]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert!(outcome.err.contains("ec2:DescribeVolumes access denied"), "{outcome:?}");
}
