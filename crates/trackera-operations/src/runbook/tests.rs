//! A runbook that is good, and what each mistake in it is answered with.

use serde_json::json;

use super::*;
use crate::trials::World as _;
use crate::trials::estate::Estate;

const GOOD: &str = r#"runbook:
  id: switch-dns
  title: Points the name to a copy, and makes the copy first
  parameters:
    name: {type: text, pattern: "[a-z]+", description: What the copy is called}
    size: {type: number, min: 1, max: 9, default: "3"}
    from: {type: choice, one_of: [eu-central-1, eu-west-1]}
  locks: ["dns/${parameters.name}"]
  approval: {people: 1, expires: 20m, break_glass: {after: 20m, review_within: 2d}}
  objectives: {rto: 2h}
  leaves: ["${parameters.from}"]
  steps:
    - {id: find, action: trial.find, arguments: {name: dns}}
    - id: make
      action: trial.make
      arguments: {name: "drill-${parameters.name}", value: "${parameters.size}"}
      timeout: 5m
      tries: 3
      undo: at_end
      stays: 6h
    - {id: look, ask: "Is ${find.value} quiet?", evidence: required}
    - id: point
      action: trial.set
      arguments: {name: dns, value: "${make.name}", region: eu-west-1}
      undo: on_failure
      when: parameters.size > 2 && find.value != make.name
"#;

fn actions() -> Actions {
    Actions::new(Estate::default().actions())
}

fn load(text: &str) -> Result<Runbook, Vec<Problem>> {
    Runbook::load(&File::new("runbooks/switch.yaml", text.as_bytes().to_vec()).unwrap(), &actions())
}

fn asking(parameters: &[(&str, &str)]) -> Asking {
    let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Asking { parameters, mode: "run".to_owned(), configuration: Digest::ZERO, allowed_signers: Digest::ZERO }
}

#[track_caller]
fn says(from: &str, to: &str, expected: &str) {
    assert!(GOOD.contains(from), "{from}");
    let problems = load(&GOOD.replace(from, to)).unwrap_err();
    let told: Vec<String> = problems.iter().map(|problem| format!("{problem} ({:?})", problem.hint)).collect();
    assert!(told.iter().any(|told| told.contains(expected)), "{told:?}");
}

#[test]
fn a_good_runbook_becomes_a_plan_for_its_parameters() {
    let runbook = load(GOOD).unwrap();
    let plan = runbook.plan(&asking(&[("name", "copy"), ("from", "eu-central-1")]), &actions()).unwrap();
    assert_eq!(plan.parameters["size"], json!(3));
    assert_eq!(plan.lock_names().unwrap(), ["dns/copy"]);
    assert_eq!((plan.evacuated.len(), plan.approval.people), (1, 1));
    assert_eq!(plan.objectives["rto"], SignedDuration::from_hours(2));
    let acts: Vec<_> = plan.steps.iter().filter_map(Step::act).collect();
    assert!(acts[2].needs_approval, "what takes something away waits for approval without being told");
    assert_eq!((acts[1].tries, acts[1].undo, acts[0].timeout), (3, Undo::AtEnd, USUAL_TIMEOUT));
    let other =
        runbook.plan(&asking(&[("name", "copy"), ("from", "eu-central-1"), ("size", "4")]), &actions()).unwrap();
    assert!(other.hash() != plan.hash() && other.procedure() == plan.procedure());
    let changed = load(&format!("{GOOD}# a remark\n")).unwrap();
    let changed = changed.plan(&asking(&[("name", "copy"), ("from", "eu-central-1")]), &actions()).unwrap();
    assert!(changed.procedure() != plan.procedure(), "the file is part of what is approved");
}

#[test]
fn a_value_that_is_not_allowed_makes_no_plan() {
    let runbook = load(GOOD).unwrap();
    let plan = |name: &str, value: &str| {
        let mut asking = asking(&[("name", "copy"), ("from", "eu-central-1")]);
        asking.parameters.insert(name.to_owned(), value.to_owned());
        runbook.plan(&asking, &actions())
    };
    let refused = |name: &str, value: &str| match plan(name, value) {
        Err(NoPlan::Parameter(_, why)) => why,
        other => panic!("{name} {value}: {other:?}"),
    };
    for name in ["a\n", "a b", "", "A", &"a".repeat(1025)] {
        assert!(matches!(refused("name", name), NotAllowed::Pattern(_)), "{name:?}");
    }
    assert_eq!(refused("size", "0"), NotAllowed::Range(1, 9));
    assert_eq!(refused("size", "3.0"), NotAllowed::NoNumber);
    assert!(matches!(refused("from", "us-east-1"), NotAllowed::Choice(_)));
    assert_eq!(refused("nme", "x"), NotAllowed::Unknown);
    assert!(matches!(runbook.plan(&asking(&[]), &actions()), Err(NoPlan::Parameter(_, NotAllowed::Missing))));
    assert!(matches!(plan("from", "eu-west-1"), Err(NoPlan::Contradictions(_))), "it would call what it leaves");
}

#[test]
fn every_mistake_has_its_place_and_the_nearest_word() {
    says(
        "trial.make",
        "trial.mke",
        r#"switch.yaml:15:15: there is no action `trial.mke` (Some("did you mean `trial.make`?"))"#,
    );
    says("timeout: 5m", "timeot: 5m", "did you mean `timeout`?");
    says("timeout: 5m", "timeout: soon", "17:16: `soon` is not a length of time");
    says("timeout: 5m", "timeout: 0s", "longer than nothing");
    says("${make.name}\", region", "${make.nam}\", region", "does not give `nam`");
    says("people: 1", "people: 0", "asks nobody");
    says("      stays: 6h\n", "", "14:11: what it makes costs money");
    says("id: switch-dns", "id: Switch", "2:7: a runbook's id");
    says("ask: \"Is", "tries: 2, ask: \"Is", "has no `tries`");
    says("ask:", "action: trial.find, ask:", "either names an action or asks a person");
    says("pattern: \"[a-z]+\"", "pattern: \"a)|(b\"", "no regular expression");
    says(", pattern: \"[a-z]+\"", "", "a text has a `pattern`");
    says("default: \"3\"", "default: \"10\"", "lies from 1 to 9");
    says("parameters.size > 2", "parameters.sice > 2", "26:24: `parameters` has no field `sice`");
    says("parameters.size > 2", "parameters.size > \"2\"", "26:31: an int cannot be compared");
    says(
        "find.value !=",
        "look.evidence.startsWith(\"a\") && make.name !=",
        "26:36: `look.evidence` may be absent here",
    );
    says("find.value != make.name", "point.value", "26:36: unknown name `point`");
    says("find.value != make.name", "find.valu != make.name", "did you mean `value`?");
    says("parameters.size > 2 &&", "parameters.from == \"us-east-1\" &&", "26:32: `us-east-1` is not among");
    says("type: number", "type: numbr", "did you mean `number`?");
}

#[test]
fn contradictions_stand_where_they_are_written() {
    says("people: 1", "people: 0", "switch.yaml:23:15: it needs approval, and the plan asks nobody for it");
    let letter = "    - {id: tell, tries: 2, action: trial.send, arguments: {name: ana}}\n    - {id: look";
    says("    - {id: look", letter, "switch.yaml:21:25: it must not be done twice, and is tried more than once");
    says("[\"${parameters.from}\"]", "[eu-west-1]", "switch.yaml:23:15: it calls into `eu-west-1`");
    says("\"${parameters.size}\"", "\"${parameters.sice}\"", "switch.yaml:16:60: nobody sets the parameter `sice`");
    says(
        "\"${make.name}\"",
        "\"${make.nam}\"",
        "switch.yaml:24:37: `${make.nam}` has no value: step `make` does not give",
    );
    says("[\"dns/${parameters.name}\"]", "[\"dns/${parameters.nam}\"]", "switch.yaml:8:11: nobody sets the parameter");
    says("  leaves: [\"${parameters.from}\"]\n", "", "switch.yaml:7:5: the parameter `from` is used nowhere");
    says("Is ${find.value} quiet?", "Is ${find.valu} quiet?", "switch.yaml:21:23: `${find.valu}` has no value");
}

#[test]
fn the_schema_describes_every_field() {
    let schema = serde_json::to_string(&Runbook::schema()).unwrap();
    for field in ["break_glass", "one_of", "leaves", "stays", "evidence", "when"] {
        assert!(schema.contains(&format!("\"{field}\"")), "{field}");
    }
}
