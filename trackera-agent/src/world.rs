//! The world outside: clocks, the environment, signals, the file system, the service manager, stores and AWS.
//!
//! This is the only module that names an adapter, reads the clock or the environment, or draws at random.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use object_store::ObjectStore;
use sd_notify::NotifyState;
use tokio::signal::unix::{SignalKind, signal};
use trackera_aws::{Opened, Progress, Step, Storage};
use trackera_core::company::Company;
use trackera_core::company::record::Store;
use trackera_core::estate::Snapshot;
use trackera_core::schema::Demand;
use trackera_files::InForce;
use trackera_journal::target::directory_store;

use crate::clock::Machine;

pub(crate) use trackera_aws::{
    Delivery, Mail as CloudMail, Message, Metric, Permissions, Queue, Request, Settings, Unit,
};

/// What is logged unless somebody asks for more.
pub(crate) const USUAL_LOG: &str = trackera_aws::LASTING_LOG;

/// This machine.
#[derive(Debug)]
pub struct ThisMachine(Instant);

impl Default for ThisMachine {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Machine for ThisMachine {
    #[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
    fn wall(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, length: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(length))
    }
}

/// A variable of the environment, for secrets that are kept there.
#[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Bytes that nobody can guess.
///
/// # Errors
/// Fails when the system has none.
pub(crate) fn seed() -> io::Result<[u8; 32]> {
    let mut seed = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut seed)?;
    Ok(seed)
}

/// The name of this machine.
pub(crate) fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name: String = name.trim().chars().filter(|one| one.is_ascii_alphanumeric() || "-.".contains(*one)).collect();
    if name.is_empty() { "agent".to_owned() } else { name }
}

/// Writes what a command gives.
///
/// # Errors
/// Fails when nobody reads it any more.
pub(crate) fn print(bytes: &[u8]) -> anyhow::Result<()> {
    io::stdout().lock().write_all(bytes).context("standard output cannot be written")
}

/// Says something to whoever started the program.
pub(crate) fn say(text: &str) {
    // Where nobody listens, nobody misses it.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Writes documents into a directory, which is made if it is not there.
///
/// # Errors
/// Fails when the directory or a file cannot be written.
pub(crate) fn write_documents(directory: &Path, documents: &[(String, Vec<u8>)]) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    documents.iter().try_for_each(|(name, bytes)| fs::write(directory.join(name), bytes))
}

/// Tells the service manager, if there is one.
pub(crate) fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!("the service manager cannot be told: {error}");
    }
}

/// Waits until somebody asks the program to end.
///
/// # Errors
/// Fails when the system does not pass signals on.
pub(crate) async fn asked_to_end() -> io::Result<()> {
    let (mut end, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = end.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// The store behind what the configuration names.
///
/// # Errors
/// Fails when there is no such directory; whether there is such a bucket shows when it is used.
pub(crate) async fn store(
    named: &Store,
    in_force: &InForce,
    settings: &Settings,
) -> anyhow::Result<(Arc<dyn ObjectStore>, String)> {
    match named {
        Store::Directory(path) => {
            let path = in_force.place(path);
            let store = directory_store(&path);
            Ok((
                store.with_context(|| format!("`{}` is no directory to keep objects in", path.display()))?,
                String::new(),
            ))
        }
        Store::Bucket { name, region, prefix } => {
            Ok((Storage::open(settings).await.bucket(name, region), prefix.clone()))
        }
    }
}

/// The way to the estate, for reading alone.
#[derive(Debug)]
pub(crate) struct Reading {
    way: Opened,
}

impl Reading {
    pub(crate) async fn open(settings: &Settings) -> Self {
        Self { way: trackera_aws::enter(settings).await }
    }

    /// Reads what is demanded; what cannot be read is a gap.
    ///
    /// # Errors
    /// Fails when the configuration does not say how all accounts are reached.
    pub(crate) async fn collect(
        &self,
        company: &Company,
        demand: Demand,
        (regions, at): (&[String], Timestamp),
    ) -> anyhow::Result<(Snapshot, u64)> {
        let request = Request::declared(company, demand, regions, at)?;
        let calls = Calls::default();
        let snapshot = self.way.collect(&request, &calls).await;
        Ok((snapshot, u64::try_from(calls.0.load(Ordering::Relaxed)).unwrap_or(u64::MAX)))
    }
}

/// Counts the calls of a collection, retries included.
#[derive(Debug, Default)]
struct Calls(AtomicUsize);

impl Progress for Calls {
    fn advanced(&self, step: &Step<'_>) {
        self.0.fetch_max(step.done + step.retries, Ordering::Relaxed);
    }
}
