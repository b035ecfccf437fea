//! A check under a limit of calls: slower, but with the same verdicts, and without beating on the door.

#![cfg(test)]

use std::time::Instant;

use serde_json::Value;
use trackera_tests::{Lab, report, rows};

/// Calls a second that the lab lets through for each service in each region, with as many at once.
const RATE: &str = "10";
/// The part of all calls that may be refused: whoever is told to slow down does.
const REFUSED_PERCENT: usize = 10;

#[test]
fn a_throttled_check_says_the_same_and_is_refused_few_calls() {
    let lab = Lab::start("clean");
    let begun = Instant::now();
    let free = lab.ops(&["check", "--output", "json"]);
    let unhurried = begun.elapsed();
    lab.command(&["calls", "--clear"]);
    lab.command(&["throttle", "*", "--rate", RATE]);
    let begun = Instant::now();
    let throttled = lab.ops(&["check", "--output", "json"]);
    let elapsed = begun.elapsed();
    let calls = calls(&lab);
    let refused = calls.iter().filter(|call| call["fault"] == "throttle").count();
    println!(
        "trials: check at {RATE} calls a second for each service: {refused} of {} calls refused, {elapsed:.1?} instead of \
         {unhurried:.1?}",
        calls.len()
    );
    let before = rows(&report(&free));
    let changed: Vec<_> = rows(&report(&throttled)).into_iter().filter(|row| !before.contains(row)).collect();
    assert!(changed.is_empty(), "{changed:#?}");
    assert_eq!(rows(&report(&throttled)).len(), before.len());
    assert_eq!((free.status.code(), throttled.status.code()), (Some(0), Some(0)));
    assert!(refused > 0, "nothing was refused, so nothing was tried");
    assert!(refused * 100 <= calls.len() * REFUSED_PERCENT, "{refused} of {} calls were refused", calls.len());
}

fn calls(lab: &Lab) -> Vec<Value> {
    serde_json::from_slice(&lab.command(&["calls", "--output", "json"]).stdout).unwrap()
}
