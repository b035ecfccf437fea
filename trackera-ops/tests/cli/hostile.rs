//! Names that repaint screens, forge rows or hide themselves are shown, and do nothing.

use serde_json::Value as Json;

use super::place::{Place, empty_estate, user, volume};

const NAMES: [&str; 9] = [
    "\u{1b}[2J\u{1b}[31mred\u{7}",
    "two\r\nPASS critical  lines\ttab",
    "\u{9b}31m\u{90}dcs\u{9c}",
    "\u{202e}gnp.exe\u{2066}\u{200f}",
    "ad\u{200b}min\u{feff}\u{ad}\u{e0041}",
    "<script>alert(1)</script>&amp;",
    "=cmd|' /C calc'!A0",
    "قاعدة البيانات",
    "",
];

fn hostile() -> Place {
    let place = Place::with_policies();
    let mut snapshot = empty_estate();
    for (index, name) in NAMES.iter().enumerate() {
        snapshot.resources.push(volume("eu-west-1", &format!("vol-{index}{name}"), name, false));
        snapshot.resources.push(user(&format!("{name}{index}"), &[]));
    }
    snapshot.resources.push(volume("eu-west-1", "vol-long", &"long ".repeat(2_000), false));
    place.write_snapshot(&snapshot.sorted());
    place
}

fn is_harmless(text: &str) -> bool {
    let acts = |character: char| {
        character != '\n' && character.is_control()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            || matches!(character, '\u{feff}' | '\u{ad}' | '\u{e0000}'..='\u{e0fff}')
    };
    // The lines of CSV end in two characters.
    !text.replace("\r\n", "\n").contains(acts)
}

#[test]
fn no_output_lets_a_name_act() {
    let place = hostile();
    let escape = format!("vol-0{}", NAMES[0]);
    for arguments in [
        vec!["check", "--from", "estate.json"],
        vec!["check", "--from", "estate.json", "--output", "json"],
        vec!["check", "--from", "estate.json", "--output", "ocsf"],
        vec!["check", "--from", "estate.json", "--output", "sarif"],
        vec!["check", "--from", "estate.json", "--output", "junit"],
        vec!["check", "--from", "estate.json", "--output", "csv"],
        vec!["check", "--from", "estate.json", "--output", "markdown"],
        vec!["check", "--from", "estate.json", "--output", "html"],
        vec!["estate", "list", "--from", "estate.json"],
        vec!["estate", "list", "--from", "estate.json", "--output", "json"],
        vec!["estate", "show", &escape, "--from", "estate.json"],
        vec!["estate", "show", "\u{1b}[1mnobody", "--from", "estate.json"],
        vec!["policy", "explain", "disks-are-encrypted", &escape, "--from", "estate.json"],
        vec!["policy", "explain", "disks-are-encrypted", "\u{1b}[1mnobody", "--from", "estate.json"],
        vec!["policy", "show", "\u{1b}[1mnone"],
        vec!["check", "--from", "\u{1b}[1mnone"],
        vec!["check", "--from", "estate.json", "--policy", "\u{202e}none"],
    ] {
        let outcome = place.run(&arguments);
        assert!(is_harmless(&outcome.out), "{arguments:?}: {}", outcome.out.escape_debug());
        assert!(is_harmless(&outcome.err), "{arguments:?}: {}", outcome.err.escape_debug());
        assert!(
            outcome.code != 70 && !(outcome.out.is_empty() && outcome.err.is_empty()),
            "{arguments:?}: {outcome:?}"
        );
    }
}

#[test]
fn names_are_shown_escaped_and_long_ones_cut() {
    let table = hostile().run_with(&["check", "--from", "estate.json"], &[("COLUMNS", "200")]).out;
    assert!(table.contains("\\u{1b}[2J\\u{1b}[31mred\\u{7}"), "{table}");
    assert!(table.contains("قاعدة البيانات"), "{table}");
    assert!(table.contains("10000 characters"), "{table}");
    assert!(!table.lines().any(|line| line.starts_with("PASS critical  lines")), "{table}");
    assert!(table.len() < 20_000, "{}", table.len());
}

#[test]
fn programs_get_every_name_as_it_is() {
    let (_, report) = hostile().report(&[]);
    let rows: Vec<&Json> = report["verdicts"].as_array().unwrap().iter().collect();
    for name in NAMES {
        assert!(rows.iter().any(|row| row["resource"]["name"] == name), "{name:?}");
    }
}

#[test]
fn mistakes_in_files_are_shown_without_letting_the_file_act() {
    let place = Place::new();
    place.write("policies/\u{202e}x.yaml", "policies:\n  - \"\\e]0;title\\a\": 1 # \u{202e}\u{9b}\n");
    let outcome = place.run(&["policy", "lint"]);
    assert_eq!(outcome.code, 2);
    assert!(is_harmless(&outcome.err), "{}", outcome.err.escape_debug());
}
