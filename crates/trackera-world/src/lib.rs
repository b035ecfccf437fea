//! The world outside, as both programs take it: clocks, the environment, secrets, journals, stores, and the adapters of
//! drills. What only one program needs is in its own `world.rs`.
//!
//! Besides that module of each program, this is the only crate that reads a clock or the environment, draws at random, or
//! brings adapters together. Nothing here decides anything.

mod clock;
mod coordination;
mod copies;
mod credentials;
mod drills;
mod heart;
mod home;
mod instances;
mod needs;
mod secrets;
mod stores;

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::num::NonZero;

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use clock::Machine;
pub use coordination::{Coordination, Shared};
pub use copies::{Servers, newest_programs};
pub use credentials::Renewing;
pub use drills::{Carried, Declared, actions, named_instances, sweep};
pub use heart::Heart;
pub use home::{Home, HomeError, writer};
pub use needs::{Needs, needs, needs_of_all};
pub use secrets::{Environment, SecretError, SecretText, Secrets};
pub use stores::{COORDINATION_TIMEOUT, declared_store, mailbox, store};

/// The moment.
#[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// The time zone of this machine, in which OpenSSH reads the moments of its files.
#[must_use]
pub fn time_zone() -> TimeZone {
    TimeZone::system()
}

/// A variable of the environment; none where it is not set, or is no text.
#[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
#[must_use]
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Who is signed in to this machine.
#[must_use]
pub fn user() -> String {
    environment("USER").or_else(|| environment("LOGNAME")).unwrap_or_else(|| "somebody".to_owned())
}

/// The name of this machine, if it has one.
#[must_use]
pub fn host() -> Option<String> {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name: String = name.trim().chars().filter(|one| one.is_ascii_alphanumeric() || "-.".contains(*one)).collect();
    (!name.is_empty()).then_some(name)
}

/// Bytes that nobody can guess.
///
/// # Errors
/// Fails when the system has none.
pub fn seed() -> io::Result<[u8; 32]> {
    let mut seed = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut seed)?;
    Ok(seed)
}

/// How many processors there are for this process, where the system tells.
#[must_use]
pub fn processors() -> Option<u32> {
    std::thread::available_parallelism().ok().map(NonZero::get).and_then(|count| u32::try_from(count).ok())
}
