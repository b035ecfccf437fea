//! Restores a dump into a server of our own, and names what is wrong with a dump that cannot be restored.
//!
//! The dump is unpacked to a file of the scratch directory first, because a parallel restore needs one. Its programs
//! run as the server's account and without a network: a script in a dump can run commands.

use std::ffi::OsString;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use age::x25519::Identity;
use trackera_core::recovery::manifest::{Backup, Dump, Format, Locale};

use crate::connection::{Address, Limits, Secret};
use crate::layers::{Counted, Told, bare_name, identities, open};
use crate::program::{Ended, first_error};
use crate::scratch::Scratch;
use crate::trouble::{BadDump, Trouble, file};

const COMPLETE: &str = "-- PostgreSQL database dump complete";
const TAIL_BYTES: u64 = 4096;

/// What to restore, and where.
#[derive(Debug)]
pub struct RestorePlan<'a> {
    /// The server.
    pub scratch: &'a Scratch,
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
    /// How long taking off the layers took.
    pub unpacking: Duration,
    /// How long the restore took.
    pub restoring: Duration,
}

/// Restores a dump.
///
/// # Errors
/// Fails with a [`BadDump`] when the dump is the reason. What was unpacked is removed; the server is the caller's to
/// destroy.
pub async fn restore(plan: &RestorePlan<'_>) -> Result<Restored, Trouble> {
    let began = Instant::now();
    let unpacked = plan.scratch.place().join("dump");
    let restored = unpack_and_restore(plan, &unpacked, began).await;
    if unpacked.is_dir() {
        std::fs::remove_dir_all(&unpacked).map_err(file(&unpacked))?;
    }
    restored
}

async fn unpack_and_restore(plan: &RestorePlan<'_>, unpacked: &Path, began: Instant) -> Result<Restored, Trouble> {
    let keys = identities(plan.keys)?;
    let (from, to) = (plan.dump.to_owned(), unpacked.to_owned());
    let record = plan.record.map(|record| record.dump.clone());
    let unpacking = tokio::task::spawn_blocking(move || unpack(&from, &to, record.as_ref(), &keys)).await;
    let source = unpacking.map_err(|_| BadDump::Damaged)??;
    plan.scratch.give_all(unpacked)?;
    let head = match source.format {
        Format::Plain => plain_head(&source.path)?,
        Format::Custom | Format::Directory => archive_head(plan, &source.path).await?,
    };
    head.check(plan)?;
    let unpacking = began.elapsed();
    let record = plan.record.map(|record| &record.manifest);
    let locale: Option<&Locale> = record.map(|manifest| &manifest.locale);
    plan.scratch.create_roles(record.map_or(&[], |manifest| &manifest.roles)).await?;
    plan.scratch.create_roles(plan.roles).await?;
    plan.scratch.create_database(plan.database, locale).await?;
    run(plan, &source).await?;
    Ok(Restored {
        address: plan.scratch.address(plan.database),
        format: source.format,
        from_version: head.version,
        unpacking,
        restoring: began.elapsed().saturating_sub(unpacking),
    })
}

/// A dump without its layers.
struct Source {
    path: PathBuf,
    format: Format,
}

fn unpack(from: &Path, to: &Path, record: Option<&Dump>, keys: &[Identity]) -> Result<Source, Trouble> {
    std::fs::create_dir(to).map_err(file(to))?;
    if from.is_dir() && !only_file(from)? {
        return unpack_directory(from, to, record, keys);
    }
    let from = if from.is_dir() { first_file(from)? } else { from.to_owned() };
    let name = from.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if std::fs::metadata(&from).map_err(file(&from))?.len() == 0 {
        return Err(BadDump::Empty.into());
    }
    let path = to.join("dump");
    let opened = open(&from, &path, keys, Told::ByContent);
    verified(&name, opened, record)?;
    Ok(Source { format: format_of(&path)?, path })
}

fn files(directory: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let entries = std::fs::read_dir(directory).map_err(file(directory))?;
    let mut paths =
        entries.map(|entry| entry.map(|entry| entry.path()).map_err(file(directory))).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}

fn only_file(directory: &Path) -> Result<bool, Trouble> {
    let files = files(directory)?;
    let contents = files.iter().any(|path| bare_name(&path.to_string_lossy()).ends_with("toc.dat"));
    Ok(files.len() == 1 && !contents)
}

fn first_file(directory: &Path) -> Result<PathBuf, Trouble> {
    files(directory)?.into_iter().next().ok_or_else(|| BadDump::Empty.into())
}

fn unpack_directory(from: &Path, to: &Path, record: Option<&Dump>, keys: &[Identity]) -> Result<Source, Trouble> {
    let paths = files(from)?;
    if paths.is_empty() {
        return Err(BadDump::Empty.into());
    }
    let name_of = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let there: Vec<String> = paths.iter().map(name_of).collect();
    let missing = record.and_then(|dump| dump.files.iter().find(|file| !there.contains(&file.name)));
    if let Some(missing) = missing {
        return Err(BadDump::FileMissing(missing.name.clone()).into());
    }
    for (path, name) in paths.iter().zip(&there) {
        verified(name, open(path, &to.join(bare_name(name)), keys, Told::ByName), record)?;
    }
    if !to.join("toc.dat").is_file() {
        return Err(BadDump::FileMissing("toc.dat".to_owned()).into());
    }
    Ok(Source { path: to.to_owned(), format: Format::Directory })
}

/// Holds a file against what was written. A file that is too short says more as "cut" than as "other bytes".
fn verified(name: &str, opened: Result<Counted, Trouble>, record: Option<&Dump>) -> Result<(), Trouble> {
    let counted = opened?;
    let Some(record) = record else { return Ok(()) };
    match record.files.iter().find(|file| file.name == name) {
        Some(file) if counted.bytes < file.bytes => Err(BadDump::CutShort.into()),
        Some(file) if file.sha256 == counted.sha256 && file.bytes == counted.bytes => Ok(()),
        Some(_) | None => Err(BadDump::Altered(name.to_owned()).into()),
    }
}

fn format_of(path: &Path) -> Result<Format, Trouble> {
    let mut head = Vec::new();
    let opened = std::fs::File::open(path).map_err(file(path))?;
    opened.take(1024).read_to_end(&mut head).map_err(file(path))?;
    if head.is_empty() {
        return Err(BadDump::Empty.into());
    }
    if head.starts_with(b"PGDMP") {
        return Ok(Format::Custom);
    }
    let script = String::from_utf8_lossy(&head).contains("PostgreSQL database dump");
    if script { Ok(Format::Plain) } else { Err(BadDump::Unknown.into()) }
}

/// What a dump tells of itself before it is restored.
struct Head {
    database: Option<String>,
    version: String,
}

impl Head {
    fn check(&self, plan: &RestorePlan<'_>) -> Result<(), Trouble> {
        let major: Option<u32> = self.version.split(['.', ' ']).next().and_then(|major| major.parse().ok());
        if major.is_some_and(|major| major > plan.scratch.major()) {
            return Err(BadDump::Newer(self.version.clone()).into());
        }
        let expected = plan.record.map(|record| &record.manifest.database);
        match (expected, &self.database) {
            (Some(expected), Some(found)) if expected != found => {
                Err(BadDump::WrongDatabase { expected: expected.clone(), found: found.clone() }.into())
            }
            _ => Ok(()),
        }
    }
}

fn plain_head(path: &Path) -> Result<Head, Trouble> {
    let mut opened = std::fs::File::open(path).map_err(file(path))?;
    let mut first = Vec::new();
    opened.by_ref().take(TAIL_BYTES).read_to_end(&mut first).map_err(file(path))?;
    let length = opened.metadata().map_err(file(path))?.len();
    opened.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES))).map_err(file(path))?;
    let mut last = Vec::new();
    opened.read_to_end(&mut last).map_err(file(path))?;
    // psql restores a script that was cut at the end of a line without a complaint: only its last words tell.
    if !String::from_utf8_lossy(&last).contains(COMPLETE) {
        return Err(BadDump::CutShort.into());
    }
    let first = String::from_utf8_lossy(&first).into_owned();
    let version = first.lines().find_map(|line| line.strip_prefix("-- Dumped from database version "));
    Ok(Head { database: None, version: version.unwrap_or_default().to_owned() })
}

async fn archive_head(plan: &RestorePlan<'_>, path: &Path) -> Result<Head, Trouble> {
    let arguments = vec!["--list".into(), path.into()];
    let ended = plan.scratch.program("pg_restore", arguments, &[]).run(Limits::COPY.statement).await?;
    if !ended.status.success() {
        return Err(trouble_of(&ended));
    }
    let value = |name: &str| {
        let line = ended.printed.lines().find_map(|line| line.trim_start_matches([';', ' ']).strip_prefix(name));
        line.map(|value| value.trim().to_owned())
    };
    if !ended.printed.lines().any(|line| !line.is_empty() && !line.starts_with(';')) {
        return Err(BadDump::Empty.into());
    }
    Ok(Head { database: value("dbname:"), version: value("Dumped from database version:").unwrap_or_default() })
}

async fn run(plan: &RestorePlan<'_>, source: &Source) -> Result<(), Trouble> {
    let environment = plan.scratch.address(plan.database).environment(Limits::COPY.connect);
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
    let ended = plan.scratch.program(program, arguments, &environment).run(plan.within).await?;
    let ignored = ended.said.contains("errors ignored on restore");
    if ended.status.success() && !ignored { Ok(()) } else { Err(trouble_of(&ended)) }
}

/// What a failed program says of the dump or the machine.
fn trouble_of(ended: &Ended) -> Trouble {
    let said = ended.said.as_str();
    let says = |words: &str| said.contains(words);
    if says("No space left on device") || says("could not extend file") || says("File too large") {
        return Trouble::DiskFull;
    }
    if let Some(version) = between(said, "unsupported version (", ")") {
        return BadDump::Newer(format!("archive {version}")).into();
    }
    let line = first_error(said);
    if line.contains("role \"") && line.contains("does not exist") || says("role \"") && says("\" does not exist") {
        let role = between(said, "role \"", "\"");
        return BadDump::RoleMissing(role.unwrap_or_default().to_owned()).into();
    }
    if let Some(extension) = between(said, "extension \"", "\" is not available") {
        return BadDump::ExtensionMissing(extension.to_owned()).into();
    }
    let cut = ["end of file", "could not read from input file", "unexpected end", "error during file seek"];
    if cut.iter().any(|words| says(words)) {
        return BadDump::CutShort.into();
    }
    let damaged = ["could not uncompress data", "corrupt", "did not find magic string", "invalid", "unexpected"];
    if damaged.iter().any(|words| line.contains(words)) {
        return BadDump::Damaged.into();
    }
    ended.failure()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}
