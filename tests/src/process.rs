//! What a process takes, as Linux counts it (proc(5)).

use std::fs;
use std::time::Duration;

/// The clock of /proc ticks a hundred times a second on every Linux (`getconf CLK_TCK`).
const TICK: Duration = Duration::from_millis(10);

/// The memory of a process, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory {
    /// What is resident now.
    pub resident: u64,
    /// The most that ever was.
    pub highest: u64,
}

impl Memory {
    /// The memory of a process; nothing when it has ended.
    pub fn of(process: u32) -> Option<Self> {
        let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
        };
        Some(Self { resident: bytes("VmRSS:")?, highest: bytes("VmHWM:")? })
    }
}

/// What a process took of processors, in user and kernel, in all its threads.
pub fn processor(process: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    ticks(&stat, 11)
}

/// The same of all children of this process that have ended.
pub fn processor_of_children() -> Option<Duration> {
    ticks(&fs::read_to_string("/proc/self/stat").ok()?, 13)
}

/// Two neighbouring fields of `stat`, counted after the name, which stands in brackets.
fn ticks(stat: &str, first: usize) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = fields.split_whitespace().skip(first).take(2).filter_map(|ticks| ticks.parse::<u32>().ok());
    Some(TICK * ticks.sum::<u32>())
}
