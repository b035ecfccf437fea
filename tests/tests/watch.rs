//! Ten minutes of watching a small estate: the agent asks for no more than its plan says, and needs no more memory.

#![cfg(test)]

use std::time::Duration;

use trackera_tests::hour::{Watching, watch};

#[test]
fn watching_asks_for_no_more_than_the_plan_says_and_needs_no_more_memory_as_time_passes() {
    let figures = watch(Watching {
        scale: 100,
        topics: &[],
        length: Duration::from_secs(600),
        every: Duration::from_secs(300),
        idle: Duration::from_secs(1),
    });
    println!("trials: ten minutes of watching: {} looks, memory {:?}", figures.looks, figures.growth());
    assert!(figures.looks > 2 && figures.findings > 0, "{figures:?}");
    assert_eq!((figures.excess(), figures.strangers), (Vec::new(), 0));
    // The allocator needs some looks to come to rest, which weighs more where little is watched.
    assert!(figures.growth().into_iter().all(|factor| factor < 1.25), "{figures:?}");
}
