//! An hour of watching: memory, idle processor, and the calls to AWS beside what the poll plan promises.
//!
//! Arguments: the number of resources to draw, and the minutes to watch; without any, a company that has grown, for an
//! hour. `--all` puts every shipped policy in force, instead of the sixty that everybody begins with.

#![expect(clippy::print_stdout, reason = "figures are what a bench is for")]

use std::process::ExitCode;
use std::time::Duration;

use trackera_tests::hour::{Figures, Watching, watch};

/// What the lab draws at least.
const SCALE: u32 = 10_000;
const MINUTES: u64 = 60;
/// Sixty policies.
const TOPICS: [&str; 7] = ["availability", "credentials", "databases", "encryption", "identity", "network", "storage"];
/// So many bytes may be resident, whatever the agent is doing.
const MOST_MEMORY: u64 = 80_000_000;
/// By so much memory may grow after the second look.
const MOST_GROWTH: f64 = 1.1;
/// The part of a processor that an idle agent may take.
const MOST_IDLE: f64 = 0.01;

fn main() -> ExitCode {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse::<u32>().ok());
    let scale = numbers.next().unwrap_or(SCALE);
    let minutes = numbers.next().map_or(MINUTES, u64::from);
    let topics: &[&str] = if std::env::args().any(|argument| argument == "--all") { &[] } else { &TOPICS };
    let figures = watch(Watching {
        scale,
        topics,
        length: Duration::from_secs(minutes * 60),
        every: Duration::from_secs(600),
        idle: Duration::from_secs(20),
    });
    tell(&figures);
    let broken = broken(&figures);
    broken.iter().for_each(|broken| println!("broken: {broken}"));
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn tell(figures: &Figures) {
    let Figures { resources, policies, looks, findings, .. } = figures;
    println!("{resources} resources, {policies} policies, {looks} looks, {findings} findings are open");
    println!("{:>8} {:>12} {:>12}", "minutes", "resident MB", "highest MB");
    for (at, memory) in &figures.memory {
        let (resident, highest) = (megabytes(memory.resident), megabytes(memory.highest));
        println!("{:>8} {resident:>12.1} {highest:>12.1}", at.as_secs() / 60);
    }
    let [resident, highest] = figures.growth();
    println!("memory after the second look, times: {resident:.2} resident, {highest:.2} at its highest");
    println!("idle processor: {:.2} %", figures.idle * 100.0);
    let sum = |calls: &std::collections::BTreeMap<String, usize>| calls.values().sum::<usize>();
    println!("calls: {} made, {} planned", sum(&figures.made), sum(&figures.planned));
    let [first, last] = figures.journal.map(megabytes);
    println!("journal: {first:.2} MB after the first look, {last:.2} MB at the end");
}

/// The demands that are not met. What the optimiser decides is demanded of its work alone.
fn broken(figures: &Figures) -> Vec<String> {
    let mut broken = figures.excess();
    if figures.strangers > 0 {
        broken.push(format!("{} requests were made that a check does not make", figures.strangers));
    }
    let growth = figures.growth().into_iter().fold(0.0, f64::max);
    if growth > MOST_GROWTH {
        broken.push(format!("memory grew to {growth:.2} times of what it was after the second look"));
    }
    if !cfg!(debug_assertions) {
        let most = figures.memory.iter().map(|(_, memory)| memory.highest).max().unwrap_or(0);
        if most > MOST_MEMORY {
            broken.push(format!("{:.1} MB were resident, {:.1} may be", megabytes(most), megabytes(MOST_MEMORY)));
        }
        if figures.idle > MOST_IDLE {
            broken.push(format!("an idle agent takes {:.2} % of a processor", figures.idle * 100.0));
        }
    }
    broken
}
