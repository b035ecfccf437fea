//! `run`.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::lab::{Labs, eventually, in_use};

/// Starts `run` with a shell command that first says `ready`, and waits for that.
fn start(labs: &Labs, script: &str) -> Child {
    let mut child = labs.command(&["run", "--", "sh", "-c", script]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    child
}

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

#[test]
fn the_command_sees_a_lab_and_its_exit_code_comes_back() {
    let labs = Labs::new();
    let lab = assert_cmd::cargo::cargo_bin!("trackera-lab").display().to_string();
    let script = format!("{lab} status >&2 && echo $AWS_ENDPOINT_URL && exit 7");
    let output = labs.command(&["run", "--", "sh", "-c", &script]).env("AWS_PROFILE", "real").output().unwrap();
    assert_eq!(output.status.code(), Some(7));
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("http://127.0.0.1:"));
    assert!(labs.directories().is_empty());
}

#[test]
fn the_command_does_not_see_the_caller_s_profile() {
    let labs = Labs::new();
    let mut command = labs.command(&["run", "--", "sh", "-c", "echo profile=$AWS_PROFILE"]);
    let output = command.env("AWS_PROFILE", "real").output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "profile=\n");
}

#[test]
fn a_command_that_does_not_exist_fails_and_leaves_nothing() {
    let labs = Labs::new();
    assert!(labs.fail(1, &["run", "--", "/nonexistent/command"]).contains("cannot run"));
    assert!(labs.directories().is_empty());
}

#[test]
fn a_signal_reaches_the_command_and_the_lab_goes_down_after_it() {
    let labs = Labs::new();
    let mut child = start(&labs, "trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done");
    send(&child, Signal::TERM);
    assert_eq!(child.wait().unwrap().code(), Some(5));
    assert!(labs.directories().is_empty());
}

#[test]
fn even_when_it_is_killed_the_lab_ends_and_its_files_go() {
    let labs = Labs::new();
    let mut child = start(&labs, "echo ready; exec sleep 5");
    let directory = labs.directories().pop().unwrap();
    send(&child, Signal::KILL);
    child.wait().unwrap();
    eventually("the lab has ended", || !in_use(&directory) && !directory.exists());
}
