//! One run of a program, and what it took: time, processor and memory.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use trackera_tests::process::{Memory, processor_of_children};

/// How often the memory of the program is looked at; its highest value never falls, so only the last moment can be missed.
const LOOK: Duration = Duration::from_millis(2);

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
    let children = || processor_of_children().expect("/proc is there");
    let before = children();
    let begun = Instant::now();
    let mut child = command.stdout(output).stderr(Stdio::null()).spawn().expect("the product's binary starts");
    let mut peak = 0;
    while child.try_wait().expect("the program can be waited for").is_none() {
        peak = peak.max(Memory::of(child.id()).map_or(0, |memory| memory.highest));
        pause();
    }
    Cost { wall: begun.elapsed(), cpu: children().saturating_sub(before), peak }
}

#[expect(clippy::disallowed_methods, reason = "what is measured must not be kept from the processor")]
fn pause() {
    thread::sleep(LOOK);
}
