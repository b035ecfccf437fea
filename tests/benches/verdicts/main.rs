//! How fast an estate is judged, beside the least that any judge must do: look at every resource once for each policy.
//!
//! Prints verdicts per second and core for growing estates, and how they compare, so that anything that grows faster than
//! the estate shows.

#![expect(clippy::expect_used, reason = "a bench that cannot be set up ends")]

mod population;

use std::hint::black_box;
use std::time::{Duration, Instant};

use trackera_core::company::Company;
use trackera_core::estate::Estate;
use trackera_core::policy::PolicySet;
use trackera_core::schema::Schema;
use trackera_core::verdict::{Assessment, Circumstances};

/// The size at which speeds are compared with the others, as large as a company of this kind gets.
const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];

#[expect(clippy::print_stdout, reason = "figures are what a bench is for")]
fn main() {
    let schema = std::sync::Arc::new(Schema::new().expect("the schema derives"));
    let files = population::policy_files();
    let (lint, set) = timed(|| PolicySet::load(&schema, &files, None).expect("the shipped policies load"));
    println!("{} policies loaded and checked in {:.1} ms", set.policies.len(), lint.as_secs_f64() * 1e3);
    println!("{:>10} {:>10} {:>12} {:>14} {:>10}", "resources", "verdicts", "seconds", "verdicts/s", "x floor");
    for size in SIZES {
        let snapshot = population::snapshot(size);
        let company = Company::default();
        let (decoding, estate) = timed(|| Estate::new(&schema, &snapshot).expect("the population fits the schema"));
        drop(snapshot);
        let now = estate.collected_at;
        let circumstances = Circumstances { estate: &estate, company: &company, now };
        let (floor, _) = timed(|| black_box(floor(&set, &estate)));
        let (judging, verdicts) = timed(|| black_box(Assessment::new(&set, &circumstances)).len());
        println!(
            "{size:>10} {verdicts:>10} {:>12.3} {:>14.0} {:>10.1}   (decoded in {:.2} s)",
            judging.as_secs_f64(),
            verdicts as f64 / judging.as_secs_f64(),
            judging.as_secs_f64() / floor.as_secs_f64(),
            decoding.as_secs_f64(),
        );
        if std::env::args().any(|argument| argument == "--by-policy") {
            by_policy(&set, &circumstances);
        }
    }
}

/// What each policy costs by itself.
#[expect(clippy::print_stdout, reason = "figures are what a bench is for")]
fn by_policy(set: &PolicySet, circumstances: &Circumstances<'_>) {
    for policy in &set.policies {
        let alone = PolicySet { policies: vec![policy.clone()], ..set.clone() };
        let (judging, verdicts) = timed(|| black_box(Assessment::new(&alone, circumstances)).len());
        println!("  {:<50} {verdicts:>8} {:>10.2} us each", policy.id, judging.as_secs_f64() * 1e6 / verdicts as f64);
    }
}

/// Reads every slot of every resource that each policy is about.
fn floor(set: &PolicySet, estate: &Estate) -> usize {
    let subjects = set.policies.iter().flat_map(|policy| estate.of_kind(&policy.kind.name));
    let slots = subjects.filter_map(|index| estate.entry(*index)).map(|entry| black_box(&entry.slots).iter());
    slots
        .map(|slots| slots.filter(|slot| matches!(black_box(slot), trackera_core::language::Value::Bool(true))).count())
        .sum()
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let begun = Instant::now();
    let result = work();
    (begun.elapsed(), result)
}
