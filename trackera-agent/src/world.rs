//! The world outside, as far as it is this program's own: signals, output, the service manager and AWS.
//!
//! This is the only module that names an adapter. What the admins' program takes from outside as well is in
//! `trackera-world`.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use sd_notify::NotifyState;
use tokio::signal::unix::{SignalKind, signal};
use trackera_aws::{Opened, Progress, Step};
use trackera_core::company::Company;
use trackera_core::estate::Snapshot;
use trackera_core::schema::Demand;

use crate::clock::Machine;

pub(crate) use trackera_aws::{
    Changes, Delivery, DrillPermissions, Mail as CloudMail, Message, Metric, Operator, Permissions, Queue, Request,
    Settings, Unit,
};
pub(crate) use trackera_world::{
    Carried, Coordination, Declared, Heart, Home, HomeError, Machine as Clocks, Needs, Renewing, Secrets, Shared,
    actions, declared_store, named_instances, needs_of_all, store, sweep, writer,
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
    fn wall(&self) -> Timestamp {
        trackera_world::now()
    }

    fn monotonic(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, length: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(length))
    }
}

/// The name of this machine.
pub(crate) fn host() -> String {
    trackera_world::host().unwrap_or_else(|| "agent".to_owned())
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
