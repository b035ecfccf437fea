//! One run of a program, and what it took: time, processor and memory, as Linux counts them.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How often the memory of the program is looked at; its highest value never falls, so only the last moment can be missed.
const LOOK: Duration = Duration::from_millis(2);
/// The clock of /proc ticks a hundred times a second on every Linux (`getconf CLK_TCK`).
const TICK: Duration = Duration::from_millis(10);

/// What one run took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    /// In user and kernel, of all its threads.
    pub(crate) cpu: Duration,
    /// The most memory that was resident at once, in bytes.
    pub(crate) peak: u64,
}

/// Runs a program to its end; what it says goes to a file, as it would to a pipe.
pub(crate) fn measure(mut command: Command) -> Cost {
    let output = tempfile::tempfile().expect("a file for the report");
    let before = processor_of_children();
    let begun = Instant::now();
    let mut child = command.stdout(output).stderr(Stdio::null()).spawn().expect("the product's binary starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().expect("the program can be waited for").is_none() {
        peak = peak.max(highest(&status).unwrap_or(0));
        pause();
    }
    Cost { wall: begun.elapsed(), cpu: processor_of_children().saturating_sub(before), peak }
}

/// `VmHWM`, in bytes.
fn highest(status: &str) -> Option<u64> {
    let status = fs::read_to_string(status).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// What all children took that have ended: fields 16 and 17 of /proc/self/stat (proc(5)).
fn processor_of_children() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").expect("/proc is there");
    let (_, fields) = stat.rsplit_once(')').expect("the name stands in brackets");
    let ticks = fields.split_whitespace().skip(13).take(2).filter_map(|ticks| ticks.parse::<u32>().ok()).sum::<u32>();
    TICK * ticks
}

#[expect(clippy::disallowed_methods, reason = "what is measured must not be kept from the processor")]
fn pause() {
    thread::sleep(LOOK);
}
