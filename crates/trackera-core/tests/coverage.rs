//! Controls, claims and events are words like any other: those that do not exist are mistakes with a place.

#![cfg(test)]

use std::sync::Arc;

use trackera_core::controls::Unproved;
use trackera_core::coverage::{Coverage, Standing, coverage};
use trackera_core::policy::PolicySet;
use trackera_core::schema::Schema;
use trackera_core::source::Problem;
use trackera_core::yaml::File;

const DISKS: &str = "policies:
  - id: disks
    title: Disks are encrypted
    resource: aws.ec2.volume
    severity: high
    expect: {min_resources: 1}
    assert: resource.encrypted
    message: not encrypted
    every: 5m
    on: [CreateVolume]
    freshness: 15m
    controls: {soc2: [CC6.1], house: [H-1]}
    fix: {text: Encrypt it., runbook: encrypt-disk}
    tests:
      - {name: yes, given: {encrypted: true}, want: pass}
      - {name: no, given: {encrypted: false}, want: fail}
      - {name: refused, refused: [ec2:DescribeVolumes], want: unknown}
";
const HOUSE: &str = "frameworks:
  - id: house
    title: What a customer's contract asks for
    items:
      H-1: {title: Disks are encrypted}
      H-2: {title: People are trained, not_from_aws: records of people}
      H-3: {title: Networks are watched}
claims:
  - {id: storage.encrypted, sentence: Everything is encrypted, register: [R-1], policies: [disks]}
  - {id: storage.destroyed, sentence: Old disks are shredded, not_from_aws: a receipt}
  - {id: storage.both, sentence: Disks and files are encrypted, policies: [disks], not_read: file systems}
";

fn load(disks: &str, house: &str) -> Result<PolicySet, Vec<Problem>> {
    let file = |name: &str, text: &str| File { name: name.to_owned(), text: text.to_owned() };
    PolicySet::load(&Arc::new(Schema::new().unwrap()), &[file("a.yaml", disks), file("b.yaml", house)], None)
}

fn computed() -> Coverage {
    coverage(&load(DISKS, HOUSE).unwrap())
}

#[track_caller]
fn refused((disks, house): (String, String), place: &str, hint: Option<&str>) {
    let problems = load(&disks, &house).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].to_string().starts_with(place), "{}", problems[0]);
    assert_eq!(problems[0].hint.as_deref(), hint, "{}", problems[0]);
}

fn policy(good: &str, bad: &str) -> (String, String) {
    assert!(DISKS.contains(good), "{good}");
    (DISKS.replacen(good, bad, 1), HOUSE.to_owned())
}

fn house(good: &str, bad: &str) -> (String, String) {
    assert!(HOUSE.contains(good), "{good}");
    (DISKS.to_owned(), HOUSE.replacen(good, bad, 1))
}

#[test]
fn a_framework_or_item_that_does_not_exist_is_a_mistake() {
    refused(
        policy("soc2: [CC6.1]", "soc: [CC6.1]"),
        "a.yaml:12:16: no framework is called `soc`",
        Some("did you mean `soc2`?"),
    );
    refused(policy("CC6.1", "CC6.11"), "a.yaml:12:23: soc2 has no item `CC6.11`", Some("did you mean `CC6.1`?"));
    refused(policy("H-1", "H-4"), "a.yaml:12:39: house has no item `H-4`", Some("did you mean `H-1`?"));
}

#[test]
fn an_event_that_does_not_exist_is_a_mistake() {
    refused(
        policy("CreateVolume", "CreateVolumes"),
        "a.yaml:10:10: no event is called `CreateVolumes`",
        Some("did you mean `CreateVolume`?"),
    );
    // Calls that only read change nothing.
    assert!(load(&policy("CreateVolume", "DescribeVolumes").0, HOUSE).is_err());
}

#[test]
fn expecting_nothing_and_naming_no_runbook_are_mistakes() {
    refused(
        policy("min_resources: 1", "min_resources: 0"),
        "a.yaml:6:29: this expects nothing",
        Some("expect at least 1, or take `expect` away"),
    );
    refused(
        policy("encrypt-disk", "Encrypt Disk"),
        "a.yaml:13:39: `Encrypt Disk` is not the name of a runbook",
        Some("use lower-case words joined by hyphens, such as `close-port`"),
    );
    refused(
        policy("every: 5m", "every: 1h"),
        "a.yaml:11:16: the evidence would be too old before it is renewed after 1h",
        Some("allow at least `1h`"),
    );
}

#[test]
fn claims_and_frameworks_are_checked() {
    refused(
        house("policies: [disks]", "policies: [diks]"),
        "b.yaml:9:92: no policy is called `diks`",
        Some("did you mean `disks`?"),
    );
    refused(house("policies: [disks]", "policies: [disks, disks]"), "b.yaml:9:99: the claim names `disks` twice", None);
    refused(house("storage.destroyed", "storage.encrypted"), "b.yaml:10:10: the claim id `storage.encrypted`", None);
    refused(
        house("storage.destroyed", "destroyed"),
        "b.yaml:10:10: `destroyed` is not the id of a claim",
        Some("write a topic, a dot and words, such as `network.strict-security-groups`"),
    );
    refused(
        house(", not_from_aws: a receipt", ""),
        "b.yaml:10:10: nothing proves this claim",
        Some("name the `policies` that prove it, or say under `not_from_aws` what does"),
    );
    let shipped = house("id: house\n", "id: soc2\n");
    let problems = load(&shipped.0, &shipped.1).unwrap_err();
    assert!(problems.iter().any(|one| one.to_string().starts_with("b.yaml:2:9: a framework is called `soc2` already")));
    assert_eq!(problems.len(), 2, "{problems:?}");
}

#[test]
fn items_stand_as_their_policies_and_reasons_say() {
    let coverage = computed();
    let house = coverage.frameworks.iter().find(|framework| framework.id == "house").unwrap();
    let standings: Vec<Standing> = house.items.iter().map(|item| item.standing()).collect();
    assert_eq!(standings, [Standing::Covered, Standing::Elsewhere, Standing::Open]);
    assert_eq!(house.items[1].unproved, Some(Unproved::NotFromAws("records of people".to_owned())));
    assert_eq!(house.items[0].policies, [Arc::from("disks")]);
}

#[test]
fn claims_stand_as_their_policies_and_reasons_say() {
    let coverage = computed();
    let standings: Vec<Standing> = coverage.claims.iter().map(|claim| claim.standing()).collect();
    assert_eq!(standings, [Standing::Covered, Standing::Elsewhere, Standing::Partly]);
    assert!(coverage.unclaimed.is_empty());
    let alone = house("policies: [disks], not_read", "not_read").1.replacen("policies: [disks]", "not_read: x", 1);
    assert_eq!(trackera_core::coverage::coverage(&load(DISKS, &alone).unwrap()).unclaimed, [Arc::from("disks")]);
}
