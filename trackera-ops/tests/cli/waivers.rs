//! Exceptions that want attention are named, for people only.

use super::place::{Outcome, POLICIES, Place, mixed_estate, refuse_volumes};

fn place(waivers: &[(&str, &str, &str)]) -> Place {
    let place = Place::new();
    let line = |(policy, resource, expires): &(&str, &str, &str)| {
        format!(
            "  - {{policy: {policy}, resource: {resource}, owner: Ada, reason: moving, approver: Bob, expires: {expires}}}\n"
        )
    };
    let waivers: String = waivers.iter().map(line).collect();
    place.write("policies/rules.yaml", format!("{POLICIES}waivers:\n{waivers}"));
    place.write_snapshot(&mixed_estate());
    place
}

fn check(place: &Place, more: &[&str]) -> Outcome {
    place.run(&[&["check", "--from", "estate.json"], more].concat())
}

#[test]
fn exceptions_that_ended_end_soon_or_cover_nothing_are_named() {
    let place = place(&[
        ("disks-are-encrypted", "vol-9", "2027-01-01"),
        ("disks-are-encrypted", "vol-2", "2026-03-10"),
        ("users-have-a-device", "bob", "2026-02-27"),
        ("users-have-a-device", "alice", "2027-01-01"),
    ]);
    let expected = "
Waivers
  ended      users-have-a-device  bob    ended with 2026-02-27; Ada answers for it
  ends soon  disks-are-encrypted  vol-2  ends with 2026-03-10; Ada answers for it
  unused     disks-are-encrypted  vol-9  covers no resource that was seen; Ada answers for it

";
    let table = check(&place, &[]).out;
    assert!(table.contains(expected), "{table}");
    let filtered = check(&place, &["--policy", "users-*", "--resource", "alice"]).out;
    assert!(filtered.contains("ended  ") && !filtered.contains("vol-9"), "{filtered}");
    let json = check(&place, &["--output", "json"]).out;
    assert!(!json.contains("vol-9") && !json.contains("Waivers"), "{json}");
}

#[test]
fn an_exception_may_cover_what_a_refused_list_hides() {
    let place = place(&[("disks-are-encrypted", "vol-9", "2027-01-01")]);
    let mut snapshot = mixed_estate();
    refuse_volumes(&mut snapshot, "eu-west-1");
    place.write_snapshot(&snapshot);
    let table = check(&place, &[]).out;
    assert!(!table.contains("Waivers"), "{table}");
}

#[test]
fn lint_warns_of_exceptions_that_ended_and_nothing_else() {
    let place = place(&[("users-have-a-device", "bob", "2020-02-29"), ("disks-are-encrypted", "vol-9", "2999-01-01")]);
    let outcome = place.run(&["policy", "lint"]);
    assert_eq!((outcome.code, outcome.out.as_str()), (0, "2 policies in 1 file are valid\n"));
    let expected = "warning: the waiver of `users-have-a-device` for `bob` ended with 2020-02-29; Ada answers for it\n";
    assert_eq!(outcome.err, expected);
}
