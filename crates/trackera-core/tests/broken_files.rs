//! Whatever a policy file holds, there is one clear answer: a set that is loaded whole, or mistakes with their places.

#![cfg(test)]

use std::sync::Arc;

use proptest::prelude::*;
use trackera_core::company::Configuration;
use trackera_core::policy::{Absent, Parameters, PolicySet, run_cases};
use trackera_core::schema::Schema;
use trackera_core::source::Problem;
use trackera_core::yaml::{File, MAX_FILE};

const GOOD: &str = include_str!("../../../policies/encryption.yaml");

fn load(bytes: &[u8]) -> Result<PolicySet, Vec<Problem>> {
    let file = File::new("policies/x.yaml", bytes.to_vec()).map_err(|problem| vec![problem])?;
    PolicySet::load(&Arc::new(Schema::new().unwrap()), &[file], None)
}

#[track_caller]
fn only_problem(text: &str) -> Problem {
    let mut problems = load(text.as_bytes()).expect_err("a broken file is refused");
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.remove(0)
}

#[track_caller]
fn refused(text: &str, place: &str, hint: &str) {
    let problem = only_problem(text);
    let shown = problem.to_string();
    assert!(shown.starts_with(&format!("policies/x.yaml:{place}")), "{shown}");
    assert_eq!(problem.hint.as_deref().unwrap_or_default(), hint, "{shown}");
}

/// One good policy; tests change one line of it.
fn policy(change: &str, to: &str) -> String {
    let good = "policies:
  - id: disks
    title: Disks are encrypted
    resource: aws.ec2.volume
    severity: high
    params: {size: 5}
    assert: |
      resource.encrypted &&
        resource.size > params.size
    message: \"{{resource.name}} is not encrypted\"
    every: 5m
    freshness: 15m
    fix: {text: Encrypt it.}
    tests:
      - {name: yes, given: {encrypted: true, size: 6}, want: pass}
      - {name: no, given: {encrypted: false, size: 6}, want: fail}
      - {name: refused, refused: [ec2:DescribeVolumes], want: unknown}
";
    assert!(good.contains(change), "{change}");
    good.replacen(change, to, 1)
}

#[test]
fn the_good_policy_is_good() {
    let set = load(policy("disks", "disks").as_bytes()).unwrap();
    assert!(run_cases(&set).iter().all(|outcome| outcome.passed()), "{:?}", run_cases(&set));
}

#[test]
fn mistakes_have_a_place_and_a_neighbour() {
    refused(&policy("severity", "sevrity"), "5:5: unknown field `sevrity`", "did you mean `severity`?");
    refused(&policy("severity: high", "severity: hgih"), "5:15: unknown value `hgih`", "did you mean `high`?");
    refused(&policy("aws.ec2.volume", "aws.ec2.volum"), "4:15: no resource kind", "did you mean `aws.ec2.volume`?");
    refused(
        &policy("resource.encrypted", "resource.encryptd"),
        "8:16: `aws.ec2.volume` has no field",
        "did you mean `encrypted`?",
    );
    refused(
        &policy("resource.size >", "resource.siz >"),
        "9:18: `aws.ec2.volume` has no field `siz`",
        "did you mean `size`?",
    );
    refused(
        &policy("{{resource.name}}", "{{resource.nmae}}"),
        "10:26: `aws.ec2.volume` has no field `nmae`",
        "did you mean `name`?",
    );
    refused(
        &policy("params: {size: 5}", "params: {size: 5, sizes: 6}"),
        "6:23: no expression uses",
        "use it as `params.name`, or take it away",
    );
    refused(
        &policy("id: disks", "id: Disks"),
        "2:9: `Disks` is not a policy id",
        "use lower-case words joined by hyphens, 64 letters at most, such as `keys-are-rotated`",
    );
    let at = |cron: &str, zone: &str| format!("every: {{cron: \"{cron}\", zone: {zone}}}");
    refused(
        &policy("every: 5m", &at("0 7 * *", "Europe/Berlin")),
        "11:19: `0 7 * *` has not the five fields minute, hour, day, month and weekday",
        "",
    );
    refused(
        &policy("every: 5m", &at("0 7 * * *", "Europe/Berlim")),
        "11:38: no time zone is called `Europe/Berlim`",
        "did you mean `Europe/Berlin`?",
    );
    refused(
        &policy("every: 5m", &at("0 7 * * 1-5", "Europe/Berlin")),
        "12:16: the evidence would be too old before it is renewed after 3d 1h",
        "allow at least `3d 1h`",
    );
    refused(&policy("every: 5m", "every: {cron: \"0 7 * * *\"}"), "11:13: the field `zone` is missing", "");
    refused(&policy("every: 5m", "every: often"), "11:12: `often` is not a length of time", "");
    refused(
        &policy("want: unknown", "want: pass"),
        "2:9: the policy has no test that wants `unknown`",
        "show at least one example each that passes, fails and is unknown",
    );
}

#[test]
fn yaml_that_could_mean_something_else_is_refused() {
    refused(
        &policy("    every: 5m", "    every: 5m\n    every: 6m"),
        "12:5: `every` stands here twice",
        "keep one of the two",
    );
    refused(&policy("{size: 5}", "{size: 5, size: 6}"), "6:23: `size` stands here twice", "keep one of the two");
    let parsed = [
        policy("    every", "\tevery"),
        policy("id: disks", "id: &anchor disks"),
        policy("id: disks", "id: *anchor"),
        policy("id: disks", "id: !include disks"),
        policy("id: disks", "id: [disks"),
        format!("{}---\npolicies: []\n", policy("disks", "disks")),
        format!("policies: {}", "[".repeat(20_000)),
        format!("policies: {}", "{a: ".repeat(20_000)),
        "policies: 5".to_owned(),
        "- policies".to_owned(),
        "\u{0}".to_owned(),
    ];
    for text in parsed {
        let problem = only_problem(&text);
        assert!(!problem.message.is_empty() && !problem.message.contains('\n'), "{problem:?}");
    }
}

#[test]
fn files_that_are_no_text_or_too_large_are_refused() {
    let mut bytes = policy("disks", "disks").into_bytes();
    bytes.extend(b"# \xff\xfe");
    let problem = load(&bytes).unwrap_err().remove(0);
    assert_eq!(problem.to_string(), "policies/x.yaml:18:3: the file is not UTF-8 from here on");
    let huge = load("#".repeat(MAX_FILE + 1).as_bytes()).unwrap_err().remove(0);
    assert!(huge.to_string().contains("at most 1048576 are read"), "{huge}");
}

#[test]
fn expressions_that_explode_are_refused_at_their_place() {
    for (expression, words) in [
        (format!("{}true{}", "(".repeat(20_000), ")".repeat(20_000)), "bytes long; at most"),
        (format!("{}true{}", "(".repeat(900), ")".repeat(900)), "brackets nest deeper"),
        (vec!["true"; 500].join(" == "), "nests deeper"),
    ] {
        let text = policy("resource.encrypted &&", "true &&").replace("resource.size > params.size", &expression);
        let problem = only_problem(&text);
        assert!(problem.message.contains(words), "{problem}");
    }
}

#[test]
fn a_set_is_loaded_whole_or_not_at_all() {
    let schema = Arc::new(Schema::new().unwrap());
    let good = File { name: "a.yaml".into(), text: policy("disks", "disks") };
    let same = File { name: "b.yaml".into(), text: policy("disks", "disks") };
    let problems = PolicySet::load(&schema, &[good.clone(), same], None).unwrap_err();
    assert_eq!(problems[0].to_string(), "b.yaml:2:9: the policy id `disks` is used already, at a.yaml:2");
    let broken = File { name: "c.yaml".into(), text: "policies: [".into() };
    assert!(PolicySet::load(&schema, &[good, broken], None).is_err());
}

#[test]
fn waivers_are_checked() {
    let with = |waiver: &str| format!("{}waivers:\n  - {waiver}\n", policy("disks", "disks"));
    let good = "{policy: disks, resource: vol-1, owner: ada, approver: bob, reason: moving, expires: 2026-12-31}";
    assert_eq!(load(with(good).as_bytes()).unwrap().waivers.len(), 1);
    refused(&with(&good.replace("disks", "diks")), "19:14: no policy is called `diks`", "did you mean `disks`?");
    refused(&with(&good.replace("bob", "Ada")), "19:60: a waiver is approved by another person than its owner", "");
    refused(
        &with(&good.replace("2026-12-31", "2026-02-30")),
        "19:90: `2026-02-30` is not a day",
        "write it like `2026-12-31`",
    );
    refused(&with(&good.replace("moving", "' '")), "19:73: the reason of a waiver cannot be empty", "");
    refused(&with(&good.replace(", expires: 2026-12-31", "")), "19:65: the field `expires` is missing", "");
}

#[test]
fn the_configuration_is_checked_against_the_policies() {
    let schema = Arc::new(Schema::new().unwrap());
    let policies = [File { name: "a.yaml".into(), text: policy("disks", "disks") }];
    let problem_with = |text: &str, absent: Absent| {
        let file = File { name: "trackera.yaml".into(), text: text.into() };
        let configuration = match Configuration::load(&file) {
            Ok(configuration) => configuration,
            Err(problem) => return problem.to_string(),
        };
        let parameters = Parameters { file: &file, configuration: &configuration, absent };
        match PolicySet::load(&schema, &policies, Some(parameters)) {
            Ok(_) => "fine".to_owned(),
            Err(problems) => problems[0].to_string(),
        }
    };
    let problem = |text: &str| problem_with(text, Absent::Mistake);
    assert_eq!(problem("company: {parameters: {disks: {size: 8}}}"), "fine");
    let misspelt = "company: {parameters: {disk: {size: 8}}}";
    assert_eq!(problem(misspelt), "trackera.yaml:1:24: no policy is called `disk`");
    assert_eq!(problem_with(misspelt, Absent::Skipped), "fine", "it may be for a policy that was not chosen");
    assert_eq!(
        problem("company: {parameters: {disks: {siz: 8}}}"),
        "trackera.yaml:1:32: the policy has no parameter `siz`"
    );
    assert_eq!(
        problem("company: {parameters: {disks: {size: big}}}"),
        "trackera.yaml:1:38: `size` should have the form of the policy's own value"
    );
    assert_eq!(problem("company: {accounts: [{id: \"12\"}]}"), "trackera.yaml:1:27: `12` is not an account id");
}

/// Many cases in the long trials, some in every test run.
#[expect(clippy::disallowed_methods, reason = "the size of a test run is the runner's to say")]
fn cases() -> u32 {
    if std::env::var_os("TRACKERA_TRIALS").is_some() { 20_000 } else { 100 }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases()) })]

    #[test]
    fn a_damaged_file_is_never_a_panic(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_usize..3), 1..4),
    ) {
        let mut bytes = GOOD.as_bytes().to_vec();
        for (index, byte, kind) in edits {
            let at = index.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => { bytes.remove(at); }
                _ => bytes.insert(at, byte),
            }
        }
        match load(&bytes) {
            Ok(set) => drop(run_cases(&set)),
            Err(problems) => for problem in problems {
                prop_assert!(problem.line >= 1 && problem.column >= 1 && !problem.message.is_empty());
            },
        }
    }
}
