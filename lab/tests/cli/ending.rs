//! `down`, and what is left of a lab that was killed.

use rustix::process::{Pid, Signal, kill_process};

use crate::lab::{Labs, eventually, in_use, talk};

fn kill(labs: &Labs, name: &str) {
    let pid = i32::try_from(labs.announcement(name)["pid"].as_i64().unwrap()).unwrap();
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
}

#[test]
fn down_leaves_no_process_and_no_file() {
    let labs = Labs::new();
    labs.succeed(&["up", "--seed", "clean"]);
    assert!(in_use(&labs.directory("default")));
    labs.succeed(&["down"]);
    assert!(!labs.home().exists());
    eventually("everything has ended", || !in_use(&labs.directory("default")));
}

#[test]
fn down_without_a_lab_is_no_failure() {
    let labs = Labs::new();
    assert!(talk(&labs.run(&["down"])).contains("was not up"));
}

#[test]
fn a_killed_lab_takes_its_databases_along_and_down_removes_the_rest() {
    let labs = Labs::new();
    labs.succeed(&["up", "--seed", "clean"]);
    kill(&labs, "default");
    labs.succeed(&["down"]);
    assert!(!labs.directory("default").exists());
    eventually("everything has ended", || !in_use(&labs.directory("default")));
}

#[test]
fn a_killed_lab_can_be_started_again() {
    let labs = Labs::new();
    labs.succeed(&["up"]);
    kill(&labs, "default");
    labs.fail(1, &["status"]);
    labs.succeed(&["up"]);
    labs.succeed(&["status"]);
}

#[test]
fn a_hanging_call_does_not_keep_the_lab_from_ending() {
    let labs = Labs::new();
    labs.succeed(&["up"]);
    labs.succeed(&["hang", "*"]);
    let endpoint = labs.endpoint("default");
    let caller = std::thread::spawn(move || crate::lab::list_buckets(&endpoint, "eu-central-1"));
    eventually("the call hangs", || labs.succeed(&["faults"]).contains("met 1"));
    labs.succeed(&["down"]);
    assert!(!labs.directory("default").exists());
    caller.join().unwrap();
}
