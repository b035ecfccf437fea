//! Two machines and one store: who holds a drill is told, and another machine goes on with what one began.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::Stdio;

use super::approvals::{begun, shown};
use super::place::{Place, program};
use super::runbooks::DRILLS;

const CONFIGURATION: &str = "company: {name: Example}\njournal: {coordination: {directory: shared}}\n";
const KEY: [(&str, &str); 3] =
    [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_EC2_METADATA_DISABLED", "true")];

fn place() -> Place {
    let place = Place::new();
    place.write("trackera.yaml", CONFIGURATION);
    place.write("runbooks/drills/dump.yaml", DRILLS);
    std::fs::create_dir(place.path("shared")).unwrap();
    place
}

/// An endpoint that refuses every call.
fn refusing() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map(Result::unwrap) {
            let asked = stream.read(&mut [0; 4096]).unwrap();
            let body = "<Error><Code>AccessDenied</Code></Error>";
            let head = format!("HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
            assert!(asked > 0 && stream.write_all(format!("{head}{body}").as_bytes()).is_ok());
        }
    });
    endpoint
}

#[test]
fn a_second_operator_is_told_who_holds_the_drill() {
    let place = place();
    // It takes calls and never answers, so that the first operator is still at it when the second one comes.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let words = ["drill", "run", "product-dump", "--yes", "--endpoint-url", &endpoint, "--state"];
    let mut first = program(&place.path(""), &[&words[..], &["first"]].concat());
    let mut first = first.envs(KEY).env("USER", "ada").stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut talk = BufReader::new(first.stderr.take().unwrap()).lines();
    assert!(talk.any(|line| line.unwrap().contains("begun")), "the first operator begins");
    let second = place.run_with(&[&words[..], &["second"]].concat(), &[&KEY[..], &[("USER", "bob")]].concat());
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(second.code, 4, "{second:?}");
    assert!(second.err.contains("product-dump") && second.err.contains("is held by `ada@"), "{}", second.err);
    let told = std::fs::read_dir(place.path("shared/operations/runs")).unwrap().count();
    assert_eq!(told, 1, "the first run is known outside, and the second was never begun");
}

#[test]
fn another_machine_goes_on_with_what_one_began() {
    let place = place();
    let run = "product-dump-261121031500";
    begun(&place, run, &shown(&place, &["drill", "plan", "product-dump"]), "ada");
    let words = ["run", "resume", run, "--state", "other", "--output", "json", "--endpoint-url", &refusing()];
    let resumed = place.run_with(&words, &KEY);
    assert_eq!((resumed.code, resumed.json()["verdict"].as_str()), (3, Some("could_not_verify")), "{resumed:?}");
    let listed = place.run(&["run", "list", "--state", "other", "--output", "json"]).json();
    assert_eq!((listed[0]["run"].as_str(), listed[0]["requester"].as_str()), (Some(run), Some("ada")));
    let again = place.run_with(&["run", "resume", run, "--state", "third"], &KEY);
    assert!(again.code == 2 && again.err.contains("is over"), "the store tells every machine: {again:?}");
}

#[test]
fn a_store_that_cannot_be_used_lets_nothing_begin() {
    let place = place();
    std::fs::remove_dir(place.path("shared")).unwrap();
    let outcome = place.run_with(&["drill", "run", "product-dump", "--yes", "--state", "here"], &KEY);
    assert!(outcome.code == 3 && outcome.err.contains("journal.coordination"), "{outcome:?}");
    assert!(!place.path("here").exists(), "nothing was written down");
}
