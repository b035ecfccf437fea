//! Restores a dump into a server of our own, and names what is wrong with a dump that cannot be restored.
//!
//! The dump is unpacked to a file of the scratch directory first, because a parallel restore needs one. Its programs
//! run as the server's account and without a network: a script in a dump can run commands.

mod head;
mod said;
mod unpack;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use trackera_core::recovery::manifest::{Backup, Format};

use self::head::Head;
use self::said::trouble_of;
use self::unpack::{Source, unpack};
use crate::connection::{Address, Limits, Secret};
use crate::layers::identities;
use crate::scratch::{Scratch, ScratchPlan};
use crate::trouble::{BadDump, Trouble, file};

/// What to restore, and how.
#[derive(Clone, Copy, Debug)]
pub struct RestorePlan<'a> {
    /// The dump: one file, or the directory of a dump in many.
    pub dump: &'a Path,
    /// What the backup's record says, where there is one: digests are held against it, roles and sorting follow it.
    pub record: Option<&'a Backup>,
    /// The keys that open it, as `AGE-SECRET-KEY-1...`.
    pub keys: &'a [Secret],
    /// The database to make.
    pub database: &'a str,
    /// Roles to make before, besides those of the record.
    pub roles: &'a [String],
    /// How many tables and indexes are restored at once.
    pub jobs: u32,
    /// How long the restore may take.
    pub within: Duration,
}

/// What was restored.
#[derive(Clone, Debug)]
pub struct Restored {
    /// The database.
    pub address: Address,
    /// The form of the dump.
    pub format: Format,
    /// The version of the server that the dump was taken from, as the dump tells it.
    pub from_version: String,
    /// How long it took until the server was there; nothing where it was there already.
    pub starting: Duration,
    /// How long taking off the layers took, beyond that.
    pub unpacking: Duration,
    /// How long the restore took.
    pub restoring: Duration,
}

/// Restores a dump into a server that is there.
///
/// # Errors
/// Fails with a [`BadDump`] when the dump is the reason. What was unpacked is removed; the server is the caller's to
/// destroy.
pub async fn restore(scratch: &Scratch, plan: &RestorePlan<'_>) -> Result<Restored, Trouble> {
    let began = Instant::now();
    let unpacked = unpacked_in(scratch);
    let restored = match take_off(plan, &unpacked).await {
        Ok(source) => fill(scratch, plan, (&source, Times { began, started: began })).await,
        Err(trouble) => Err(trouble),
    };
    tidied(&unpacked, restored)
}

/// Starts a server and restores a dump into it. The layers are taken off while the server is made.
///
/// # Errors
/// Fails as [`Scratch::start`] and [`restore`] do. Nothing is left then.
pub async fn start_and_restore(start: &ScratchPlan, plan: &RestorePlan<'_>) -> Result<(Scratch, Restored), Trouble> {
    let began = Instant::now();
    let mut scratch = Scratch::prepare(start).await?;
    let unpacked = unpacked_in(&scratch);
    let making = async {
        let made = scratch.make().await;
        (made, Instant::now())
    };
    let ((made, started), source) = tokio::join!(making, take_off(plan, &unpacked));
    let restored = match (source, made) {
        (Ok(source), Ok(())) => fill(&scratch, plan, (&source, Times { began, started })).await,
        (Err(trouble), _) | (Ok(_), Err(trouble)) => Err(trouble),
    };
    match tidied(&unpacked, restored) {
        Ok(restored) => Ok((scratch, restored)),
        Err(trouble) => {
            scratch.destroy().await?;
            Err(trouble)
        }
    }
}

fn unpacked_in(scratch: &Scratch) -> PathBuf {
    scratch.place().join("dump")
}

/// Removes what was unpacked, whatever came of it.
fn tidied(unpacked: &Path, restored: Result<Restored, Trouble>) -> Result<Restored, Trouble> {
    if unpacked.is_dir() {
        std::fs::remove_dir_all(unpacked).map_err(file(unpacked))?;
    }
    restored
}

async fn take_off(plan: &RestorePlan<'_>, unpacked: &Path) -> Result<Source, Trouble> {
    let keys = identities(plan.keys)?;
    let (from, to) = (plan.dump.to_owned(), unpacked.to_owned());
    let record = plan.record.map(|record| record.dump.clone());
    let unpacking = tokio::task::spawn_blocking(move || unpack(&from, &to, record.as_ref(), &keys)).await;
    unpacking.map_err(|_| BadDump::Damaged)?
}

/// When a restore began, and when its server was there.
struct Times {
    began: Instant,
    started: Instant,
}

async fn fill(
    scratch: &Scratch,
    plan: &RestorePlan<'_>,
    (source, times): (&Source, Times),
) -> Result<Restored, Trouble> {
    scratch.give_all(&unpacked_in(scratch))?;
    let manifest = plan.record.map(|record| &record.manifest);
    let head = Head::read(scratch, source).await?;
    head.check(scratch, manifest.map(|manifest| manifest.database.as_str()))?;
    let unpacked = Instant::now();
    scratch.create_roles(manifest.map_or(&[], |manifest| &manifest.roles)).await?;
    scratch.create_roles(plan.roles).await?;
    scratch.create_database(plan.database, manifest.map(|manifest| &manifest.locale)).await?;
    run(scratch, plan, source).await?;
    Ok(Restored {
        address: scratch.address(plan.database),
        format: source.format,
        from_version: head.version,
        starting: times.started.duration_since(times.began),
        unpacking: unpacked.duration_since(times.started),
        restoring: unpacked.elapsed(),
    })
}

async fn run(scratch: &Scratch, plan: &RestorePlan<'_>, source: &Source) -> Result<(), Trouble> {
    let environment = scratch.address(plan.database).environment(Limits::COPY.connect);
    let mut arguments: Vec<OsString> = match source.format {
        Format::Plain => ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=default", "-o", "/dev/null", "-f"]
            .map(OsString::from)
            .to_vec(),
        Format::Custom | Format::Directory => {
            // A subscription would begin to read from the source as soon as it is there.
            let jobs = format!("--jobs={}", plan.jobs.max(1));
            let database = format!("--dbname={}", plan.database);
            ["--exit-on-error", "--no-password", "--no-subscriptions", "--no-publications", &jobs, &database]
                .map(OsString::from)
                .to_vec()
        }
    };
    arguments.push(source.path.clone().into());
    let program = if source.format == Format::Plain { "psql" } else { "pg_restore" };
    let ended = scratch.program(program, arguments, &environment).run(plan.within).await?;
    let ignored = ended.said.contains("errors ignored on restore");
    if ended.status.success() && !ignored { Ok(()) } else { Err(trouble_of(&ended)) }
}
