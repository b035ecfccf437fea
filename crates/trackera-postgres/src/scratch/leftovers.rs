//! What a process left behind that died: found by its lock, ended, removed.
//!
//! A process is ended only when it works in the directory that is removed: no name and no number is guessed.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal, kill_process};

use crate::trouble::{Trouble, file};

const LOCK: &str = "lock";
/// A process that was told to end may need a moment before its files can go.
const ROUNDS: u32 = 200;

/// Says whose a directory is: the number of this process and the moment at which it began.
pub(super) fn lock(place: &Path) -> Result<(), Trouble> {
    let own = std::process::id();
    let path = place.join(LOCK);
    std::fs::write(&path, format!("{own} {}", began(own).unwrap_or_default())).map_err(file(&path))
}

/// When a process began, in ticks since the machine did: with its number, that names it for good.
fn began(process: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(19).map(ToOwned::to_owned)
}

fn is_alive(lock: &str) -> bool {
    let Some((process, start)) = lock.split_once(' ') else { return false };
    process.parse().ok().and_then(began).is_some_and(|began| began == start)
}

/// Removes every server below a directory whose maker is dead, and tells which.
///
/// # Errors
/// Fails when the directory cannot be read or something in it cannot be removed.
pub fn sweep(directory: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let mut swept = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(file(directory))? {
        let place = entry.map_err(file(directory))?.path();
        let Ok(lock) = std::fs::read_to_string(place.join(LOCK)) else { continue };
        if !is_alive(&lock) {
            remove(&place)?;
            swept.push(place);
        }
    }
    swept.sort();
    Ok(swept)
}

/// Ends whatever works in a directory and removes it.
pub(super) fn remove(place: &Path) -> Result<(), Trouble> {
    for _ in 0..ROUNDS {
        let working = processes_in(place);
        if working.is_empty() {
            break;
        }
        for process in working {
            let _ended = kill_process(process, Signal::KILL);
        }
        std::thread::yield_now();
    }
    match std::fs::remove_dir_all(place) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(file(place)(error)),
        _ => Ok(()),
    }
}

fn processes_in(place: &Path) -> Vec<Pid> {
    let Ok(all) = std::fs::read_dir("/proc") else { return Vec::new() };
    let working = |entry: std::fs::DirEntry| {
        let number = entry.file_name().to_str()?.parse().ok()?;
        let works_there = std::fs::read_link(entry.path().join("cwd")).is_ok_and(|path| path.starts_with(place));
        works_there.then(|| Pid::from_raw(number)).flatten()
    };
    all.filter_map(|entry| working(entry.ok()?)).collect()
}

/// Removes a file that may not be there.
pub(super) fn remove_file(path: &Path) -> Result<(), Trouble> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(file(path)(error)),
        _ => Ok(()),
    }
}
