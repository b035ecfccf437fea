//! Processes by their number: whether one is this lab's, and ending it. Never by a name that others may share.

use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Whether the process runs and serves the lab of this directory, and is no stranger that was given the number since.
pub(crate) fn serves(pid: u32, home: &Path) -> bool {
    let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let mut words = command.split(|byte| *byte == 0);
    words.any(|word| word == b"trackera_lab") && words.any(|word| word == home.as_os_str().as_encoded_bytes())
}

/// Sends a signal; a process that has ended already is fine.
pub(crate) fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        kill_process(pid, signal).ok();
    }
}

/// Waits until the process no longer serves this lab; `false` when it still does after `patience`.
pub(crate) fn ended(pid: u32, home: &Path, patience: Duration) -> bool {
    let until = Instant::now() + patience;
    while serves(pid, home) {
        if Instant::now() >= until {
            return false;
        }
        pause();
    }
    true
}

/// Waits a moment before looking again.
#[expect(clippy::disallowed_methods, reason = "another process does not say when it is ready; every loop has a limit")]
pub(crate) fn pause() {
    std::thread::sleep(LOOK_AGAIN);
}
