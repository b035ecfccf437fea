//! Which controls and claims the policies stand behind.

use serde_json::{Value as Json, json};

use super::place::{POLICIES, Place};

const HOUSE: &str = "
frameworks:
  - id: house
    title: What a customer's contract asks for
    items:
      H-1: {title: Disks are encrypted}
      H-2: {title: People are trained, not_from_aws: records of people}
      H-3: {title: Networks are watched}
claims:
  - {id: storage.encrypted, sentence: Everything is encrypted, policies: [disks-are-encrypted], not_read: file systems}
";

fn place() -> Place {
    let place = Place::new();
    place.write("policies/rules.yaml", POLICIES.replace("{soc2: [CC6.1]}", "{soc2: [CC6.1], house: [H-1]}"));
    place.write("policies/claims/house.yaml", HOUSE);
    place
}

#[test]
fn every_framework_is_one_line_and_policies_without_a_claim_are_named() {
    let outcome = place().run(&["policy", "coverage"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let shown = outcome.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "house 1 covered, 1 elsewhere, 1 open of 3",
        "claims 1 partly of 1",
        "prowler 0 of 668 named",
        "1 policy named by no claim: users-have-a-device",
    ] {
        assert!(shown.contains(words), "{shown}");
    }
}

#[test]
fn a_framework_is_shown_item_by_item() {
    let expected = "\
house: What a customer's contract asks for
covered    H-1  Disks are encrypted
                disks-are-encrypted
elsewhere  H-2  People are trained
                (not from AWS: records of people)
open       H-3  Networks are watched
3 items: 1 covered, 1 elsewhere, 1 open
";
    assert_eq!(place().run(&["policy", "coverage", "--framework", "house"]).out, expected);
}

#[test]
fn programs_get_the_part_that_was_asked_for() {
    let outcome = place().run(&["policy", "coverage", "--claims", "--output", "json"]);
    let json: Json = serde_json::from_str(&outcome.out).unwrap();
    assert_eq!(json["frameworks"], json!([]));
    assert_eq!(json["claims"]["counts"], json!({"covered": 0, "partly": 1, "elsewhere": 0, "open": 0}));
    assert_eq!(json["claims"]["items"][0]["policies"], json!(["disks-are-encrypted"]));
    assert_eq!(json["claims"]["items"][0]["not_read"], "file systems");
    assert_eq!(json["unclaimed_policies"], json!(["users-have-a-device"]));
}

#[test]
fn a_misspelt_framework_finds_its_neighbour() {
    let outcome = place().run(&["policy", "coverage", "--framework", "hose"]);
    assert_eq!(outcome.code, 2, "{outcome:?}");
    assert!(outcome.err.contains("no framework is called `hose`"), "{}", outcome.err);
    assert!(outcome.err.contains("did you mean `house`?"), "{}", outcome.err);
}
