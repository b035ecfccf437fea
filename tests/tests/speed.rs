//! How long a person waits: from the start of a check to its first call, and for a lab with its estate.

#![cfg(test)]

use std::io::Read as _;
use std::net::TcpListener;
use std::process::Stdio;
use std::time::{Duration, Instant};

use trackera_tests::{Lab, full_trials, ops, root};

/// On a quiet machine, which is what the long trials need; a shared one gets room.
fn limit(quiet: Duration, shared: Duration) -> Duration {
    if full_trials() { quiet } else { shared }
}

fn until_first_call() -> Duration {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let mut command = ops();
    command.current_dir(root()).args(["check", "--endpoint-url", &endpoint]);
    command.envs([("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "y"), ("AWS_REGION", "eu-central-1")]);
    let begun = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let (mut call, _) = listener.accept().unwrap();
    call.read_exact(&mut [0; 1]).unwrap();
    let elapsed = begun.elapsed();
    child.kill().unwrap();
    child.wait().unwrap();
    elapsed
}

#[test]
fn the_first_call_is_made_within_50_milliseconds() {
    let mut times: Vec<Duration> = (0..10).map(|_| until_first_call()).collect();
    times.sort();
    println!("trials: start to first API call: {:?} (minimum), {:?} (median)", times[0], times[5]);
    let limit = limit(Duration::from_millis(50), Duration::from_millis(500));
    assert!(times[0] < limit, "{times:?}");
}

#[test]
fn a_lab_is_up_and_filled_within_30_seconds() {
    let begun = Instant::now();
    drop(Lab::start("drifted"));
    let elapsed = begun.elapsed();
    println!("trials: lab up, seeded and down again: {elapsed:?}");
    let limit = limit(Duration::from_secs(30), Duration::from_secs(180));
    assert!(elapsed < limit, "{elapsed:?}");
}
