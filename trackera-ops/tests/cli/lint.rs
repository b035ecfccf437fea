//! `policy lint`: each mistake is told once, with its place and the nearest valid word, and nothing is half loaded.

use super::place::{Outcome, POLICIES, Place};

/// Changes one line of a good file, and gives what `lint` says about it.
fn lint(line: &str, broken: &str) -> Outcome {
    assert!(POLICIES.contains(line), "{line}");
    let place = Place::new();
    place.write("policies/rules.yaml", POLICIES.replacen(line, broken, 1));
    place.run(&["policy", "lint"])
}

/// One mistake, told with a place, an exit code of 2 and nothing on standard output.
#[track_caller]
fn assert_told(outcome: &Outcome, words: &[&str]) {
    assert_eq!(outcome.code, 2, "{}", outcome.err);
    assert!(outcome.out.is_empty(), "{}", outcome.out);
    assert!(words.iter().all(|word| outcome.err.contains(word)), "{words:?}: {}", outcome.err);
    assert!(outcome.err.contains("error: 1 mistake; nothing was loaded"), "{}", outcome.err);
    assert!(!outcome.err.contains("panicked") && outcome.err.len() < 2_000, "{}", outcome.err);
}

#[test]
fn a_good_set_is_said_to_be_good() {
    let place = Place::with_policies();
    place.write("policies/more/none.yaml", "policies: []\n");
    let outcome = place.run(&["policy", "lint"]);
    assert_eq!(
        (outcome.code, outcome.out.as_str(), outcome.err.as_str()),
        (0, "2 policies in 2 files are valid\n", "")
    );
    let one = place.run(&["policy", "lint", "policies/rules.yaml"]);
    assert_eq!(one.out, "2 policies in 1 file are valid\n");
}

#[test]
fn a_misspelt_word_is_told_with_its_place_and_the_right_word() {
    for (line, broken, words) in [
        (
            "    assert: resource.encrypted",
            "    asert: resource.encrypted",
            ["rules.yaml:8:5: unknown field `asert`", "did you mean `assert`?"],
        ),
        (
            "aws.ec2.volume",
            "aws.ec2.volumes",
            ["rules.yaml:5:15: no resource kind is called `aws.ec2.volumes`", "`aws.ec2.volume`?"],
        ),
        ("assert: resource.encrypted", "assert: resource.encripted", ["rules.yaml:8:", "did you mean `encrypted`?"]),
        (
            "assert: size(resource.mfa_devices)",
            "assert: sise(resource.mfa_devices)",
            ["rules.yaml:22:13", "did you mean `size`?"],
        ),
        ("severity: high", "severity: hihg", ["rules.yaml:6:15: unknown value `hihg`", "did you mean `high`?"]),
        ("[ec2:DescribeVolumes]", "[ec2:DescribeVolume]", ["rules.yaml:", "did you mean `ec2:DescribeVolumes`?"]),
    ] {
        assert_told(&lint(line, broken), &words);
    }
}

#[test]
fn the_line_is_shown_with_a_caret_under_the_mistake() {
    let outcome = lint("    assert: resource.encrypted", "    assert: resource.encripted");
    let shown = "    8 |     assert: resource.encripted\n      |             ";
    assert!(outcome.err.contains(shown) && outcome.err.contains("^\n"), "{}", outcome.err);
}

#[test]
fn wrong_types_and_contradictions_are_told() {
    for (line, broken, word) in [
        ("assert: resource.encrypted", "assert: resource.size", "bool"),
        ("assert: resource.encrypted", "assert: resource.size == \"big\"", "rules.yaml:8:"),
        ("every: 1h", "every: often", "`often` is not a length of time"),
        ("controls: {soc2: [CC6.1]}", "controls: soc2", "rules.yaml:12:"),
        ("title: Disks are encrypted", "title: Disks are encrypted\n    title: Twice", "`title` stands here twice"),
        (
            "    scope: resource.size > 1",
            "    params: {smallest: 1}\n    scope: resource.size > 1",
            "no expression uses the parameter `smallest`",
        ),
        ("    scope: resource.size > 1", "    scope: resource.size > params.smallest", "smallest"),
        ("      - {name: plain, given: {size: 8, encrypted: false}, want: fail}\n", "", "no test that wants `fail`"),
        ("id: users-have-a-device", "id: disks-are-encrypted", "is used already"),
        ("id: users-have-a-device", "id: Users_Have", "is not a policy id"),
        ("title: Disks are encrypted", "title: &anchor Disks", "rules.yaml:"),
        ("    title: Disks are encrypted", "\ttitle: Disks are encrypted", "rules.yaml:"),
    ] {
        assert_told(&lint(line, broken), &[word]);
    }
}

#[test]
fn files_that_are_no_text_too_long_or_not_there_are_told() {
    let huge = [b"# ".as_slice(), "x".repeat(2 << 20).as_bytes()].concat();
    for (name, bytes, words) in [
        (
            "latin1.yaml",
            b"policies:\n  - title: M\xfcll\n".to_vec(),
            ["latin1.yaml:2:13: the file is not UTF-8", "hint: save it as UTF-8"],
        ),
        ("huge.yaml", huge, ["huge.yaml:1:1: cannot be read", "at most 1048576"]),
        ("nul.yaml", b"policies: \0\n".to_vec(), ["nul.yaml:1:", "mistake"]),
        ("short.yml", b"policies: []\n".to_vec(), ["policy files end in `.yaml`", "hint: rename it"]),
        ("loud.YAML", b"policies: []\n".to_vec(), ["loud.YAML:1:1: cannot be read", "hint: rename it"]),
        ("mixed.Yml", b"policies: []\n".to_vec(), ["mixed.Yml:1:1: cannot be read", "hint: rename it"]),
        (
            "two.yaml",
            b"policies: []\n---\npolicies: []\n".to_vec(),
            ["two.yaml:2:1: a second document begins here", "one document per file"],
        ),
    ] {
        let place = Place::with_policies();
        place.write(&format!("policies/{name}"), bytes);
        assert_told(&place.run(&["policy", "lint"]), &words);
    }
    assert_told(&Place::new().run(&["policy", "lint", "none.yaml"]), &["none.yaml:1:1: cannot be read"]);
}

#[test]
fn nesting_and_growth_without_end_are_told_and_end_at_once() {
    let deep = 20_000;
    let flow = format!("policies: {}{}\n", "[".repeat(deep), "]".repeat(deep));
    let block: String = (0..2_000).map(|depth| format!("{}a:\n", " ".repeat(depth % 1_000))).collect();
    let aliases = "a: &a [x, x, x]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\npolicies: *c\n".to_owned();
    for text in [flow, block, aliases] {
        let place = Place::new();
        place.write("policies/bomb.yaml", text);
        assert_told(&place.run(&["policy", "lint"]), &["bomb.yaml:"]);
    }
    let parentheses = format!("assert: {}resource.encrypted{}", "(".repeat(deep), ")".repeat(deep));
    let negations = format!("assert: '{}resource.encrypted'", "!".repeat(deep));
    let sums = format!("assert: resource.size {} > 1", "+ 1".repeat(deep));
    for broken in [parentheses, negations, sums] {
        assert_told(&lint("assert: resource.encrypted", &broken), &["rules.yaml:8:"]);
    }
}

#[test]
fn every_mistake_of_every_file_is_told_in_one_run() {
    let place = Place::with_policies();
    place.write("policies/a.yaml", "policies: {}\n");
    place.write(
        "policies/z.yaml",
        POLICIES.replace("disks-", "disk-").replace("users-", "user-").replace("size(", "sise("),
    );
    let outcome = place.run(&["policy", "lint"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("policies/a.yaml:1:") && outcome.err.contains("policies/z.yaml:"), "{}", outcome.err);
    assert!(outcome.err.contains("error: 2 mistakes; nothing was loaded"), "{}", outcome.err);
}

#[test]
fn a_broken_set_is_not_used_by_any_verb() {
    let place = Place::with_policies();
    place.write("policies/broken.yaml", "policies: [{}]\n");
    place.write_snapshot(&super::place::good_estate());
    for verb in [
        vec!["check", "--from", "estate.json"],
        vec!["policy", "test"],
        vec!["policy", "list"],
        vec!["policy", "show", "disks-are-encrypted"],
        vec!["policy", "permissions"],
        vec!["policy", "explain", "disks-are-encrypted", "vol-1", "--from", "estate.json"],
        vec!["estate", "collect", "--to", "new.json"],
        vec!["config", "check"],
    ] {
        assert_told(&place.run(&verb), &["policies/broken.yaml:1:"]);
    }
    assert!(!place.path("new.json").exists());
}

#[test]
fn mistakes_in_the_configuration_are_told_alike() {
    for (text, words) in [
        ("company: {nam: Trackera}\n", ["trackera.yaml:1:11: unknown field `nam`", "did you mean `name`?"]),
        ("company: {accounts: [{id: \"12\"}]}\n", ["trackera.yaml:1:", "twelve digits"]),
        ("company: {parameters: {disks: {a: 1}}}\n", ["trackera.yaml:1:", "no policy is called `disks`"]),
    ] {
        let place = Place::with_policies();
        place.write("trackera.yaml", text);
        assert_told(&place.run(&["config", "check"]), &words);
    }
}

#[test]
fn parameters_for_policies_that_were_not_chosen_are_no_mistake() {
    let place = Place::with_policies();
    place.write("policies/none.yaml", "policies: []\n");
    place.write("trackera.yaml", "company: {parameters: {disks: {a: 1}}}\n");
    assert_told(&place.run(&["policy", "list"]), &["trackera.yaml:1:24: no policy is called `disks`"]);
    for verb in [
        vec!["policy", "list", "--policies", "policies/rules.yaml"],
        vec!["policy", "lint", "policies/rules.yaml"],
        vec!["config", "check", "--policies", "policies"],
    ] {
        assert_eq!(place.run(&verb).code, 0, "{verb:?}");
    }
}

#[test]
fn a_parameter_that_makes_a_good_policy_wrong_is_told_where_it_is_given() {
    let place = Place::new();
    let policies = POLICIES.replace(
        "    scope: resource.size > 1",
        "    params: {smallest: 1, oldest: 90d}\n    scope: resource.size > params.smallest && age(resource.create_time) < duration(params.oldest)",
    );
    place.write("policies/rules.yaml", policies);
    assert_eq!(place.run(&["policy", "lint"]).code, 0, "the policy's own values are good");
    place.write("trackera.yaml", "company:\n  parameters:\n    disks-are-encrypted: {smallest: 2, oldest: ninety}\n");
    let outcome = place.run(&["policy", "lint"]);
    assert_told(
        &outcome,
        &["trackera.yaml:3:48: ", "`ninety` is not a length of time", "used at policies/rules.yaml:8:"],
    );
}
