//! `check`: exit codes, the shape of the report, filters, and what is said when nothing can be checked.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::process::Stdio;

use serde_json::{Value as Json, json};

use super::place::{COLLECTED, Place, empty_estate, good_estate, mixed_estate, program, refuse_volumes};

fn with(snapshot: &trackera_core::estate::Snapshot) -> Place {
    let place = Place::with_policies();
    place.write_snapshot(snapshot);
    place
}

#[test]
fn exit_codes_tell_failed_from_unverified_from_good() {
    assert_eq!(with(&good_estate()).report(&[]).0, 0);
    assert_eq!(with(&mixed_estate()).report(&[]).0, 1);
    let mut refused = good_estate();
    refuse_volumes(&mut refused, "eu-west-1");
    assert_eq!(with(&refused).report(&[]).0, 3);
    let mut both = mixed_estate();
    refuse_volumes(&mut both, "eu-central-1");
    assert_eq!(with(&both).report(&[]).0, 1, "fail beats unknown");
    let mut gap_alone = good_estate();
    refuse_volumes(&mut gap_alone, "eu-west-1");
    gap_alone.lists.iter_mut().for_each(|list| list.gaps.clear());
    assert_eq!(with(&gap_alone).report(&[]).0, 3, "a gap that no row shows is still not all well");
}

#[test]
fn the_report_is_one_documented_object_with_a_line_end() {
    let mut snapshot = mixed_estate();
    refuse_volumes(&mut snapshot, "eu-central-1");
    let outcome = with(&snapshot).run(&["check", "--from", "estate.json", "--output", "json"]);
    assert!(outcome.out.starts_with("{\n") && outcome.out.ends_with("\n}\n"), "{outcome:?}");
    let report: Json = serde_json::from_str(&outcome.out).unwrap();
    assert_eq!(keys(&report), ["version", "checked_at", "verdicts", "gaps", "summary"]);
    assert_eq!((&report["version"], &report["checked_at"]), (&json!(1), &json!(COLLECTED)));
    let row = report["verdicts"].as_array().unwrap().iter().find(|row| row["resource"]["id"] == "bob").unwrap();
    let fields = ["policy", "severity", "verdict", "resource", "reason", "observed", "offending", "controls"];
    assert_eq!(keys(row), fields);
    assert_eq!(keys(&row["resource"]), ["kind", "id", "name", "account", "region"]);
    assert_eq!((&row["verdict"], &row["reason"]), (&json!("fail"), &json!("bob has no second factor")));
    let gap = &report["gaps"][0];
    assert_eq!(keys(gap), ["operation", "account", "region", "resource", "error_class"]);
    assert_eq!(gap["error_class"], "access_denied");
    let counts = ["policies", "pass", "fail", "unknown", "waived", "not_applicable", "gaps"];
    assert_eq!(keys(&report["summary"]), counts);
    assert_eq!(report["summary"]["unknown"], 1);
}

fn keys(object: &Json) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn the_same_facts_at_the_same_moment_give_the_same_bytes() {
    let place = with(&mixed_estate());
    for output in ["json", "table", "ocsf", "sarif", "junit", "csv", "markdown", "html"] {
        let run =
            |more: &[&str]| place.run(&[&["check", "--from", "estate.json", "--output", output], more].concat()).out;
        assert_eq!(run(&[]), run(&["--now", COLLECTED]), "the moment is the snapshot's own");
        assert_ne!(run(&[]), run(&["--now", "2026-03-01T13:00:00Z"]));
    }
}

#[test]
fn evidence_that_is_too_old_is_unknown() {
    let place = with(&good_estate());
    assert_eq!(place.report(&["--now", "2026-03-02T12:00:00Z"]).0, 0);
    let (code, report) = place.report(&["--now", "2026-03-02T12:00:01Z"]);
    assert_eq!((code, &report["summary"]["pass"]), (3, &json!(0)));
}

#[test]
fn every_policy_has_a_row_when_there_is_nothing_to_look_at() {
    let place = with(&empty_estate());
    let (code, report) = place.report(&[]);
    assert_eq!((code, &report["summary"]["policies"]), (0, &json!(2)));
    let table = place.run(&["check", "--from", "estate.json"]).out;
    assert!(table.contains("disks-are-encrypted") && table.contains("no aws.ec2.volume exists"), "{table}");
    let mut nothing = empty_estate();
    nothing.lists.clear();
    assert_eq!(with(&nothing).report(&[]).0, 3, "what nobody listed is unknown");
}

#[test]
fn the_table_shows_the_worst_first_with_reason_fix_coverage_gaps_and_the_exit_code() {
    let mut snapshot = mixed_estate();
    refuse_volumes(&mut snapshot, "eu-central-1");
    snapshot.resources.retain(|resource| resource.id != "vol-2");
    let outcome = with(&snapshot).run(&["check", "--from", "estate.json"]);
    let expected = "\
FAIL    critical  users-have-a-device
  Every user has a second factor
  fail  bob  global  bob has no second factor
  fix   Register a device.
  also  1 pass

UNKNOWN high      disks-are-encrypted
  Disks are encrypted
  unknown  every aws.ec2.volume  eu-central-1  could not verify: ec2:DescribeVolumes access denied
                                               in eu-central-1
  fix      Make an encrypted copy.

Coverage
  account 000000000000  eu-central-1, eu-west-1
  resources             aws.ec2.volume 0, aws.iam.user 2
  lists not whole       aws.ec2.volume (1 of 2)
  2 kinds read by 3 API operations

Gaps: 1 fact could not be read
  ec2:DescribeVolumes  access denied  eu-central-1 of 000000000000
  hint:  allow the reader what `trackera-ops policy permissions` prints

2 policies at 2026-03-01 12:00:00 UTC: 1 failed, 1 unknown, 1 passed, 1 gap
exit code 1: a rule is broken
";
    assert_eq!(outcome.out, expected);
    assert_eq!(outcome.err, "");
}

#[test]
fn filters_show_a_part_and_a_filter_that_matches_nothing_names_the_nearest() {
    let place = with(&mixed_estate());
    let ids = |arguments: &[&str]| -> Vec<String> {
        let (_, report) = place.report(arguments);
        let rows = report["verdicts"].as_array().unwrap().iter();
        rows.map(|row| row["resource"]["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&["--policy", "users-*"]), ["bob", "alice"]);
    assert_eq!(ids(&["--kind", "aws.ec2.volume"]), ["vol-2", "vol-1"]);
    assert_eq!(ids(&["--severity", "high,low"]), ["vol-2", "vol-1"]);
    assert_eq!(ids(&["--region", "eu-west-1"]), ["vol-2"]);
    assert_eq!(ids(&["--resource", "scra*"]), ["vol-2"], "a name is as good as an id");
    for (arguments, hint) in [
        (["--policy", "disks-are-encripted"], "disks-are-encrypted"),
        (["--kind", "aws.ec2.volumes"], "aws.ec2.volume"),
        (["--region", "eu-west-2"], "eu-west-1"),
        (["--resource", "alise"], "alice"),
        (["--severity", "hihg"], "high"),
    ] {
        let outcome = place.run(&[&["check", "--from", "estate.json"], arguments.as_slice()].concat());
        assert_eq!(outcome.code, 2, "{outcome:?}");
        assert!(outcome.err.contains(hint) && outcome.out.is_empty(), "{outcome:?}");
    }
}

#[test]
fn a_good_report_says_no_more_than_was_asked_for() {
    let place = with(&good_estate());
    let end = |arguments: &[&str]| -> String {
        let out = place.run(&[&["check", "--from", "estate.json"], arguments].concat()).out;
        out.lines().rev().take(2).collect::<Vec<_>>().join(" < ")
    };
    assert!(end(&[]).starts_with("exit code 0: every rule holds < 2 policies at"), "{}", end(&[]));
    for (arguments, before) in [
        (["--policy", "users-*"], "1 policy at"),
        (["--severity", "high"], "1 policy at"),
        (["--kind", "aws.iam.user"], "1 policy at"),
        (["--region", "global"], "1 policy has nothing in this filter"),
        (["--resource", "vol-1"], "1 policy has nothing in this filter"),
    ] {
        let end = end(&arguments);
        assert!(end.starts_with(&format!("exit code 0: what was asked for holds < {before}")), "{arguments:?}: {end}");
    }
}

#[test]
fn a_filter_never_hides_a_list_that_could_not_be_read() {
    let mut snapshot = good_estate();
    refuse_volumes(&mut snapshot, "eu-west-1");
    let place = with(&snapshot);
    let (code, report) = place.report(&["--resource", "vol-9", "--policy", "disks-are-encrypted"]);
    assert_eq!((code, &report["summary"]["unknown"]), (3, &json!(1)), "vol-9 may be in the list that was refused");
}

#[test]
fn what_makes_no_sense_is_a_usage_error_that_says_what_to_do() {
    let place = with(&good_estate());
    place.write("broken.json", "{\"version\": 1,");
    place.write("future.json", "{\"version\": 99, \"things\": []}");
    place.write("empty/readme.txt", "no policies here");
    for (arguments, words) in [
        (
            vec!["check", "--now", COLLECTED],
            vec!["can only be judged as of now", "hint: use --now together with --from"],
        ),
        (vec!["check", "--from", "estate.json", "--regions", "eu-west-1"], vec!["cannot be used with"]),
        (vec!["check", "--from", "none.json"], vec!["cannot use the snapshot `none.json`", "No such file"]),
        (vec!["check", "--from", "broken.json"], vec!["cannot use the snapshot", "line 1", "hint: collect it again"]),
        (vec!["check", "--from", "future.json"], vec!["it has version 99, but this build reads version 1"]),
        (vec!["check", "--from", "policies"], vec!["it is not a regular file"]),
        (vec!["check", "--config", "none.yaml"], vec!["cannot read the configuration `none.yaml`"]),
        (vec!["check", "--policies", "empty"], vec!["there are no policies in `empty`", "--policies"]),
        (vec!["check", "--policies", "none"], vec!["none:1:1: cannot be read"]),
        (vec!["check", "--call-timeout", "soon"], vec!["`soon` is not a length of time"]),
        (vec!["check", "--from", "estate.json", "--now", "soon"], vec!["write a moment like"]),
        (vec!["check", "--from", "estate.json", "--log", "a=b=c"], vec!["`a=b=c` is not a log filter"]),
    ] {
        let outcome = place.run(&arguments);
        assert_eq!(outcome.code, 2, "{arguments:?}: {outcome:?}");
        assert!(words.iter().all(|word| outcome.err.contains(word)), "{arguments:?}: {}", outcome.err);
        assert!(outcome.out.is_empty(), "{arguments:?}: {}", outcome.out);
    }
}

#[test]
fn the_estate_of_a_stranger_is_refused() {
    let place = with(&good_estate());
    place.write("trackera.yaml", "company: {accounts: [{id: \"111111111111\"}]}");
    let outcome = place.run(&["check", "--from", "estate.json"]);
    assert_eq!(outcome.code, 4, "{outcome:?}");
    assert!(outcome.err.contains("`000000000000`") && outcome.err.contains("`111111111111`"), "{outcome:?}");
}

#[test]
fn a_resource_that_has_not_the_shape_of_its_kind_is_named() {
    let mut snapshot = good_estate();
    let volumes = snapshot.resources.iter_mut().filter(|one| one.id == "vol-1");
    volumes.for_each(|one| one.attributes.set("size", Some(json!("big"))));
    let outcome = with(&snapshot).run(&["check", "--from", "estate.json"]);
    assert!(outcome.code == 2 && outcome.err.contains("`vol-1`") && outcome.err.contains("size"), "{outcome:?}");
}

#[test]
fn without_credentials_the_report_says_so_and_nothing_else_does() {
    let place = Place::with_policies();
    let arguments = ["check", "--endpoint-url", "http://127.0.0.1:9", "--tries", "1", "--regions", "eu-central-1"];
    let metadata = format!("http://{}", forbidding_server());
    let environment = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.as_str()), ("HOME", "/nonexistent")];
    let outcome = place.run_with(&arguments, &environment);
    assert_eq!((outcome.code, outcome.err.as_str()), (3, ""));
    assert!(outcome.out.contains("invalid credentials"), "{}", outcome.out);
    let loud = place.run_with(&[arguments.as_slice(), &["--log", "warn"]].concat(), &environment);
    assert!(loud.err.contains("Ec2InstanceMetadata"), "whoever asks for it gets it: {loud:?}");
}

/// The metadata service of a machine that gives nobody credentials.
fn forbidding_server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _request = stream.read(&mut [0; 4096]);
            let _gone = stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    address
}

#[test]
fn a_reader_who_closes_the_pipe_changes_nothing() {
    let place = with(&mixed_estate());
    let mut command = program(&place.path(""), &["check", "--from", "estate.json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut talk = String::new();
    child.stderr.take().unwrap().read_to_string(&mut talk).unwrap();
    assert_eq!((child.wait().unwrap().code(), talk.as_str()), (Some(1), ""));
}

#[test]
fn the_width_is_kept_and_colours_are_only_for_terminals() {
    let place = with(&mixed_estate());
    for columns in ["40", "80", "200"] {
        let outcome = place.run_with(&["check", "--from", "estate.json"], &[("COLUMNS", columns)]);
        let limit: usize = columns.parse().unwrap();
        let table = outcome.out.lines().filter(|line| !line.starts_with("exit code"));
        assert!(table.clone().all(|line| line.chars().count() <= limit), "{}", outcome.out);
        assert!(!outcome.out.contains('\u{1b}'), "{}", outcome.out);
    }
    let coloured = place.run_with(&["check", "--from", "estate.json"], &[("CLICOLOR_FORCE", "1")]);
    assert!(coloured.out.contains("\u{1b}[31m"), "{}", coloured.out);
    let plain = place.run_with(&["check", "--from", "estate.json"], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]);
    assert!(!plain.out.contains('\u{1b}'), "{}", plain.out);
}
