//! `runbook run`: a written procedure is carried out, waits for people, is taken up again, and is followed while it goes
//! on.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use serde_json::Value as Json;

use super::journal::make_ssh_key;
use super::place::{Outcome, Place, program};

const CONFIGURATION: &str = "\
company: {name: Example}
journal: {allowed_signers: allowed_signers, coordination: {directory: shared}}
";

const LEAKED: &str = r#"runbook:
  id: leaked-key
  title: An access key has leaked
  parameters:
    owner: {type: text, pattern: "[a-z]+", description: Whose key it is}
    severity: {type: number, min: 1, max: 3, default: "1"}
  locks: ["key/${parameters.owner}"]
  steps:
    - {id: tell, action: team.notify, arguments: {text: "the key of ${parameters.owner} has leaked"}}
    - {id: disable, ask: "Disable the key of ${parameters.owner}", evidence: required}
    - {id: page, ask: "Call everybody", when: parameters.severity > 1}
    - {id: look, ask: "Was nothing done with it?", when: 'has(disable.evidence) && disable.by == "ada"'}
"#;

const SLOW: &str = "\
runbook:
  id: slow
  title: Waits for a moment
  steps:
    - {id: rest, action: wait.until, arguments: {length: 2s}, timeout: 1m}
";

/// A step that waits for somebody else; whoever asks may go on alone after a while.
const SWITCH: &str = "\
runbook:
  id: switch
  title: Changes something
  approval: {people: 1, expires: 30m, break_glass: {after: AFTER, review_within: 1h}}
  steps:
    - {id: change, action: wait.until, arguments: {length: 1s}, approval: required}
";

const REASON: &str = "bob is on a plane, and customers cannot log in";

/// A company of Ada and Bob with a store in which their machines meet.
fn place() -> Place {
    let place = Place::new();
    place.write("trackera.yaml", CONFIGURATION);
    place.write("runbooks/leaked.yaml", LEAKED);
    place.write("runbooks/slow.yaml", SLOW);
    place.write("runbooks/switch.yaml", SWITCH.replace("AFTER", "1s"));
    fs::create_dir(place.path("shared")).unwrap();
    let [ada, bob] = ["ada", "bob"].map(|name| make_ssh_key(&place.path(name)));
    place.write("allowed_signers", format!("ada {ada}\nbob {bob}\n"));
    place
}

/// Runs the program on a machine of somebody.
fn on(place: &Place, who: &str, words: &[&str]) -> Outcome {
    place.run_with(words, &[("USER", who), ("TRACKERA_STATE", &format!("at-{who}"))])
}

/// Begins a run as Ada, and gives its name.
fn begin(place: &Place, words: &[&str]) -> (String, Outcome) {
    let begun = on(place, "ada", &[&["runbook", "run", "--yes", "--output", "json"], words].concat());
    (begun.json()["run"].as_str().unwrap().to_owned(), begun)
}

fn background(place: &Place, words: &[&str]) -> Child {
    let mut command = program(&place.path(""), words);
    command.env("USER", "ada").env("TRACKERA_STATE", "at-ada").stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Reads what a run says until it is begun, and gives its name.
fn begun(child: &mut Child) -> String {
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let line = lines.find(|line| line.contains("begun")).unwrap();
    line.split_whitespace().nth(1).unwrap().to_owned()
}

#[test]
fn a_person_is_asked_and_what_they_bring_is_kept_by_its_digest() {
    let place = place();
    let (run, first) = begin(&place, &["leaked-key", "--set", "owner=eve"]);
    assert_eq!((first.code, first.json()["steps"]["tell"]["status"].as_str()), (5, Some("done")), "{first:?}");
    assert!(first.err.contains("`disable` is for a person: Disable the key of eve"), "{}", first.err);
    let resume = |words: &[&str]| on(&place, "ada", &[&["run", "resume", &run], words].concat());
    let bare = resume(&["--done"]);
    assert!(bare.code == 2 && bare.err.contains("asks for evidence"), "{bare:?}");
    place.write("screen.png", [0xff; 9]);
    let second = resume(&["--evidence", "@screen.png", "--output", "json"]);
    assert_eq!((second.code, second.json()["steps"]["page"]["status"].as_str()), (5, Some("skipped")), "{second:?}");
    let output = second.json()["steps"]["disable"]["output"].clone();
    let kept = resume(&["--evidence", "@none.png"]);
    assert!(output["by"] == "ada" && kept.code == 2 && kept.err.contains("none.png"), "{kept:?}");
    let last = resume(&["--done"]);
    assert!(last.code == 0 && last.out.contains(&format!("{run}: done")), "{last:?}");
    assert!(resume(&[]).code == 2 && resume(&["--evidence", "more"]).code == 2, "it is over");
    let key = fs::read_to_string(place.path("at-ada/journal.key.pub")).unwrap();
    let words = ["journal", "verify", "--journal", "at-ada/journal", "--key", key.trim(), "--output", "json"];
    let verified = on(&place, "ada", &words);
    assert_eq!((verified.code, verified.json()["evidence"].as_u64()), (0, Some(2)), "the plan, and the picture");
    let notices = fs::read_dir(place.path("shared/operations/notices")).unwrap().count();
    assert_eq!(notices, 1, "everybody was told once");
}

#[test]
fn what_was_typed_is_checked_first_and_said_again_when_nothing_was_done() {
    let place = place();
    for (words, expected) in [
        (&["--set", "owner=EVE"][..], &["matches `", "declared in runbooks/leaked.yaml:5:5"][..]),
        (&["--set", "owner=eve", "--set", "severity=4"], &["lies from 1 to 3", "leaked.yaml:6:5"]),
        (&[], &["the parameter `owner` is missing", "leaked.yaml:5:5"]),
        (&["--set", "owner=eve"], &["nobody is there to be asked", "runbook run leaked-key --set owner='eve'"]),
    ] {
        let refused = on(&place, "ada", &[&["runbook", "run", "leaked-key"], words].concat());
        assert!(refused.code == 2 && expected.iter().all(|it| refused.err.contains(it)), "{words:?}: {refused:?}");
    }
    assert!(!place.path("at-ada").exists(), "nothing was begun");
    place.write("runbooks/drills/dump.yaml", super::runbooks::DRILLS);
    let drill = on(&place, "ada", &["runbook", "run", "product-dump", "--yes"]);
    assert!(drill.code == 2 && drill.err.contains("trackera-ops drill run product-dump"), "{drill:?}");
}

#[test]
fn a_condition_with_a_mistake_is_told_with_its_place_before_anything_runs() {
    let place = place();
    for (part, broken, expected) in [
        ("parameters.severity > 1", "parameters.severty > 1", "leaked.yaml:11:58: `parameters` has no field `severty`"),
        ("parameters.severity > 1", "parameters.severity > \"1\"", "leaked.yaml:11:69: an int cannot be compared"),
        ("disable.by ==", "look.by ==", "unknown name `look`"),
        ("when: parameters.severity > 1", "when: parameters.severity", "a bool is needed here"),
    ] {
        assert!(LEAKED.contains(part), "{part}");
        place.write("runbooks/leaked.yaml", LEAKED.replacen(part, broken, 1));
        let refused = on(&place, "ada", &["runbook", "run", "leaked-key", "--set", "owner=eve", "--yes"]);
        assert!(refused.code == 2 && refused.err.contains(expected), "{broken}: {}", refused.err);
    }
}

#[test]
fn a_run_that_was_killed_is_taken_up_again() {
    let place = place();
    let mut child = background(&place, &["runbook", "run", "slow", "--yes"]);
    let run = begun(&mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    let watched = on(&place, "ada", &["run", "watch"]);
    assert!(watched.code == 5 && watched.err.contains("nobody carries it out now"), "{watched:?}");
    let resumed = on(&place, "ada", &["run", "resume", &run]);
    assert_eq!(resumed.code, 0, "{resumed:?}");
}

#[test]
fn a_run_is_followed_until_it_ends() {
    let place = place();
    let mut child = background(&place, &["runbook", "run", "slow", "--yes"]);
    let run = begun(&mut child);
    let watched = on(&place, "ada", &["run", "watch", &run, "--output", "json"]);
    assert_eq!((watched.code, child.wait().unwrap().code()), (0, Some(0)), "{watched:?}");
    let lines: Vec<Json> = watched.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let indexes: Vec<u64> = lines.iter().map(|line| line["index"].as_u64().unwrap()).collect();
    assert_eq!(indexes, (0..indexes.len() as u64).collect::<Vec<_>>(), "each record once, in its order");
    assert!(lines.last().unwrap()["event"]["run.closed"]["ending"] == "good", "{watched:?}");
    let again = on(&place, "ada", &["run", "watch"]);
    assert!(again.code == 0 && again.out.contains("done rest"), "{again:?}");
    assert_eq!(on(&place, "ada", &["run", "watch", "other"]).code, 2);
    assert_eq!(on(&place, "bob", &["run", "watch"]).code, 2, "nothing was ever begun there");
}

#[test]
fn a_run_waits_for_somebody_else_and_goes_on_with_their_approval() {
    let place = place();
    let (run, waits) = begin(&place, &["switch"]);
    assert!(waits.code == 5 && waits.err.contains("needs an approval"), "{waits:?}");
    assert_eq!(on(&place, "ada", &["approve", &run, "--sign-with", "ada", "--yes"]).code, 4);
    assert_eq!(on(&place, "bob", &["approve", &run, "--sign-with", "bob", "--yes"]).code, 0);
    let resumed = on(&place, "ada", &["run", "resume", &run]);
    assert!(resumed.code == 0 && resumed.err.contains("approved by bob"), "{resumed:?}");
}

fn alone(place: &Place, run: &str, (who, reason): (&str, &str)) -> Outcome {
    on(place, who, &["approve", "--break-glass", run, "--reason", reason, "--sign-with", who, "--yes"])
}

#[test]
fn one_person_goes_on_alone_after_the_delay_and_somebody_else_looks_at_it() {
    let place = place();
    let (run, _) = begin(&place, &["switch"]);
    let short = alone(&place, &run, ("ada", "  because  "));
    assert!(short.code == 2 && short.err.contains("shorter than 20"), "{short:?}");
    let stranger = alone(&place, &run, ("bob", REASON));
    assert!(stranger.code == 4 && stranger.err.contains("say `trackera-ops approve`"), "{stranger:?}");
    let said = alone(&place, &run, ("ada", REASON));
    assert!(said.code == 0 && said.out.contains("by the clock of the store"), "{said:?}");
    let listed = |who: &str| on(&place, who, &["approve", "list", "--output", "json"]).json();
    assert_eq!(listed("bob")["alone"][0]["reason"], REASON, "everybody reads why");
    let resume = || on(&place, "ada", &["run", "resume", &run]);
    let resumed = std::iter::repeat_with(resume).take(60).find(|outcome| !outcome.err.contains("possible from"));
    let resumed = resumed.expect("the delay is over after a second");
    assert_eq!(resumed.code, 5, "its review is due: {resumed:?}");
    let due = &listed("bob")["alone"][0];
    assert!(due["review_due"].is_string() && due["is_overdue"] == false, "{due}");
    let (second, _) = begin(&place, &["switch"]);
    let told = alone(&place, &second, ("ada", REASON));
    assert!(told.code == 0 && told.err.contains(&format!("nobody has looked at {run} yet")), "{told:?}");
    let review = |who: &str, run: &str| {
        let words = ["approve", "review", run, "--found", "the reason holds", "--sign-with", who, "--yes"];
        on(&place, who, &words)
    };
    assert_eq!((review("ada", &run).code, review("bob", &second).code), (4, 4), "their own, and one that was not used");
    let reviewed = review("bob", &run);
    assert!(reviewed.code == 0 && reviewed.out.contains("is reviewed by bob"), "{reviewed:?}");
    let left = listed("ada")["alone"].as_array().unwrap().iter().map(|one| one["run"].clone()).collect::<Vec<_>>();
    assert_eq!(left, [Json::from(second)], "only what nobody has used yet is left");
    assert_ne!(review("bob", &run).code, 0, "once is enough");
}

#[test]
fn nobody_goes_on_alone_before_the_delay_or_where_the_plan_does_not_say_so() {
    let place = place();
    place.write("runbooks/switch.yaml", SWITCH.replace("AFTER", "1h"));
    let (run, _) = begin(&place, &["switch"]);
    assert_eq!(alone(&place, &run, ("ada", REASON)).code, 0);
    let early = on(&place, "ada", &["run", "resume", &run]);
    assert!(early.code == 5 && early.err.contains("possible from"), "{early:?}");
    let never = SWITCH.replace(", break_glass: {after: AFTER, review_within: 1h}", "");
    place.write("runbooks/switch.yaml", never.replace("id: switch", "id: never"));
    let (run, _) = begin(&place, &["never"]);
    let refused = alone(&place, &run, ("ada", REASON));
    assert!(refused.code == 4 && refused.err.contains("lets nobody go on alone"), "{refused:?}");
    let bare = on(&place, "ada", &["approve", "--break-glass", &run, "--sign-with", "ada"]);
    assert!(bare.code == 2 && bare.err.contains("--reason"), "{bare:?}");
}
