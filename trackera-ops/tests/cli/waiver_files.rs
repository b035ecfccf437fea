//! `waiver add`, `waiver list` and `waiver expire`: the file keeps everything else, or is not touched at all.

use serde_json::Value as Json;

use super::place::{Outcome, POLICIES, Place, mixed_estate};

const FILE: &str = "# Exceptions, newest last.\nwaivers:\n  # until the move\n  - policy: disks-are-encrypted   # why\n    \
                    resource: vol-2\n    owner: Ada\n    reason: 'moving'\n    approver: Bob\n    expires: \"2999-12-31\"\n\
                    \n# The end.\n";

fn place() -> Place {
    let place = Place::with_policies();
    place.write("policies/waivers.yaml", FILE);
    place.write_snapshot(&mixed_estate());
    place
}

/// A day so many days from the one that the program takes for today.
fn day(from_today: i64) -> String {
    let past = ["--owner", "A", "--reason", "b", "--approver", "C", "--expires", "2000-01-01"];
    let outcome = place().run(&[["waiver", "add", "users-have-a-device", "x"].as_slice(), &past].concat());
    let (_, today) = outcome.err.trim_end().split_once("today is ").unwrap();
    let today: jiff::civil::Date = today.parse().unwrap();
    today.checked_add(jiff::SignedDuration::from_hours(24 * from_today)).unwrap().to_string()
}

fn add(place: &Place, more: &[&str]) -> Outcome {
    let words = ["waiver", "add", "users-have-a-device", "bob", "--owner", "Ada", "--reason", "- a reason: good"];
    place.run(&[words.as_slice(), more].concat())
}

fn text(place: &Place) -> String {
    std::fs::read_to_string(place.path("policies/waivers.yaml")).unwrap()
}

#[test]
fn an_exception_is_added_and_everything_else_stays() {
    let place = place();
    let soon = day(30);
    let outcome = add(&place, &["--approver", "Bob", "--expires", &soon, "--ticket", "OPS-12", "--region", "global"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let added = format!(
        "  - policy: users-have-a-device\n    resource: bob\n    region: global\n    owner: Ada\n    approver: Bob\n    \
         reason: \"- a reason: good\"\n    expires: {soon}\n    ticket: OPS-12\n"
    );
    assert_eq!(text(&place), FILE.replace("\"2999-12-31\"\n", &format!("\"2999-12-31\"\n{added}")));
    assert!(
        outcome.out.contains("  - policy: users-have-a-device")
            && outcome.out.ends_with("added to policies/waivers.yaml\n")
    );
    let (_, report) = place.report(&["--policy", "users-*"]);
    assert_eq!(report["summary"]["waived"], 1);
    let again = add(&place, &["--approver", "Bob", "--expires", &soon, "--region", "global"]);
    assert!(
        again.code == 2 && again.err.contains("there is such a waiver") && again.err.contains("waivers.yaml:10"),
        "{again:?}"
    );
}

#[test]
fn a_dry_run_and_a_first_exception() {
    let place = Place::with_policies();
    let arguments = ["--approver", "Bob", "--expires", &day(1)];
    let dry = add(&place, &[arguments.as_slice(), &["--dry-run"]].concat());
    assert!(dry.code == 0 && dry.out.ends_with("would be added to policies/waivers.yaml\n"), "{dry:?}");
    assert!(!place.path("policies/waivers.yaml").exists());
    assert_eq!(add(&place, &arguments).code, 0);
    assert!(text(&place).starts_with("waivers:\n  - policy: users-have-a-device\n"));
    let inside = add(
        &place,
        &[arguments.as_slice(), &["--file", "./policies/rules.yaml", "--account", "000000000000"]].concat(),
    );
    assert_eq!(inside.code, 0, "{inside:?}");
    let rules = std::fs::read_to_string(place.path("policies/rules.yaml")).unwrap();
    assert!(rules.starts_with(POLICIES) && rules.contains("\nwaivers:\n  - policy: users-have-a-device\n"), "{rules}");
}

#[test]
fn what_is_refused_is_not_written() {
    let place = place();
    place.write("elsewhere/waivers.yaml", "waivers: []\n");
    let (soon, far, past) = (day(30), day(500), day(-1));
    let usual = ["--approver", "Bob", "--expires", &soon];
    for (arguments, words) in [
        (vec!["--approver", "Bob", "--expires", &past], "is over; today is"),
        (vec!["--approver", "Bob", "--expires", &far], "is too far away; a waiver holds for at most 366 days"),
        (vec!["--approver", "Bob", "--expires", "2026-13-01"], "write a day like `2026-12-31`"),
        (vec!["--approver", "ada", "--expires", &soon], "approved by another person than its owner"),
        (vec!["--approver", " ", "--expires", &soon], "the approver of a waiver cannot be empty"),
        (vec!["--expires", &soon], "--approver <NAME>"),
        ([usual.as_slice(), &["--account", "12"]].concat(), "an account id has twelve digits"),
        (
            [usual.as_slice(), &["--file", "elsewhere/waivers.yaml"]].concat(),
            "would not be read together with the policies",
        ),
        (
            [usual.as_slice(), &["--file", "elsewhere/new.yaml"]].concat(),
            "would not be read together with the policies",
        ),
        ([usual.as_slice(), &["--file", "policies/new.yml"]].concat(), "would not be read together with the policies"),
    ] {
        let outcome = add(&place, &arguments);
        assert_eq!(outcome.code, 2, "{arguments:?}: {outcome:?}");
        assert!(outcome.err.contains(words), "{arguments:?}: {}", outcome.err);
        assert_eq!(text(&place), FILE, "{arguments:?}");
        assert!(!outcome.err.contains("waivers.yaml:"), "there is no such line to look at: {}", outcome.err);
    }
    let unknown = place.run(
        &[["waiver", "add", "users-have-a-devise", "bob", "--owner", "A", "--reason", "b"].as_slice(), &usual].concat(),
    );
    assert!(unknown.code == 2 && unknown.err.contains("did you mean `users-have-a-device`?"), "{unknown:?}");
    let names: Vec<_> =
        std::fs::read_dir(place.path("policies")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "nothing is left beside the files: {names:?}");
}

#[test]
fn a_list_that_cannot_be_edited_is_left_to_people() {
    let place = place();
    let line = "waivers: [{policy: disks-are-encrypted, resource: vol-2, owner: A, reason: b, approver: C, expires: 2999-12-31}]\n";
    place.write("policies/waivers.yaml", line);
    let outcome = add(&place, &["--approver", "Bob", "--expires", &day(3)]);
    assert!(outcome.code == 2 && outcome.err.contains("edit it by hand; nothing was written"), "{outcome:?}");
    assert_eq!(text(&place), line);
}

#[test]
fn an_exception_ends_and_everything_else_stays() {
    let place = place();
    let end = |more: &[&str]| place.run(&[&["waiver", "expire", "disks-are-encrypted"], more].concat());
    assert!(end(&["vol-2", "--dry-run"]).out.contains("would end with"));
    assert_eq!(text(&place), FILE);
    let near = end(&["vol-3"]);
    assert!(near.code == 2 && near.err.contains("did you mean `vol-2`?"), "{near:?}");
    assert_eq!(end(&["vol-2", "--region", "eu-west-1"]).code, 2, "it is not for that region only");
    let ended = end(&["vol-2"]);
    assert!(ended.code == 0 && ended.out.contains("policies/waivers.yaml:4"), "{ended:?}");
    assert_eq!(text(&place), FILE.replace("2999-12-31", &day(-1)));
    let again = end(&["vol-2"]);
    assert!(again.code == 2 && again.err.contains("already"), "{again:?}");
}

#[test]
fn where_several_are_meant_one_has_to_be_chosen() {
    let place = place();
    let line = |more: &str| {
        format!(
            "  - {{policy: disks-are-encrypted, resource: vol-1, owner: A, reason: b, approver: C, expires: 2999-12-31{more}}}\n"
        )
    };
    let both = format!("waivers:\n{}{}", line(", region: eu-west-1"), line(", region: eu-central-1"));
    place.write("policies/waivers.yaml", &both);
    let run = |more: &[&str]| place.run(&[&["waiver", "expire", "disks-are-encrypted", "vol-1"], more].concat());
    let outcome = run(&[]);
    assert!(outcome.code == 2 && outcome.err.contains("waivers.yaml:2, policies/waivers.yaml:3"), "{outcome:?}");
    assert_eq!(run(&["--region", "eu-central-1"]).code, 0);
    assert_eq!(
        text(&place),
        both.replacen("2999-12-31, region: eu-central", &format!("{}, region: eu-central", day(-1)), 1)
    );
}

#[test]
fn the_list_tells_the_state_of_each() {
    let place = place();
    let soon = day(5);
    let old = format!(
        "{FILE}  - {{policy: disks-are-encrypted, resource: vol-9, owner: A, reason: b, approver: C, expires: "
    );
    place.write("policies/waivers.yaml", format!("{old}2020-01-01}}\n  - {{policy: users-have-a-device, resource: \"*\", owner: A, reason: b, approver: C, expires: {soon}, ticket: T-1}}\n  - {{policy: disks-are-encrypted, resource: vol-8, owner: A, reason: b, approver: C, expires: 2999-01-01}}\n"));
    let run = |more: &[&str]| {
        let out = place.run(&[&["waiver", "list", "--output", "json"], more].concat()).out;
        let list: Json = serde_json::from_str(&out).unwrap();
        let one = |one: &Json| {
            format!("{} {} {}", one["resource"].as_str().unwrap(), one["state"].as_str().unwrap(), one["covers"])
        };
        list.as_array().unwrap().iter().map(one).collect::<Vec<_>>()
    };
    assert_eq!(run(&[]), ["vol-2 active null", "vol-9 ended null", "* ends_soon null", "vol-8 active null"]);
    assert_eq!(run(&["--from", "estate.json"]), ["vol-2 active 1", "vol-9 ended 0", "* ends_soon 2", "vol-8 unused 0"]);
    let table = place.run(&["waiver", "list"]).out;
    assert!(table.starts_with("ended      disks-are-encrypted") && table.ends_with("4 waivers\n"), "{table}");
    assert!(table.contains(&format!("until {soon}, A, approved by C: b (T-1)")), "{table}");
}
