//! The world outside, as far as it is this program's own: the terminal, the environment, the file system and AWS.
//!
//! This is the only module that names an adapter, reads the environment or touches files, so that everything else can be
//! read without wondering what it depends on. What the agent takes from outside as well is in `trackera-world`.

mod backups;

use std::fs::{self, File};
use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use trackera_aws::Opened;
use trackera_core::company::record::Store;
use trackera_core::estate::Snapshot;
use trackera_journal::fs::Disk;
use trackera_journal::reader::Reader;
use trackera_watch::acknowledgement::MAILBOX;

pub(crate) use trackera_aws::{
    AccountAccess, BackupPlace, Changes, DrillPermissions, NoRole, Operator, Permissions, Progress, Request, Settings,
    Step, TokenCode, accounts,
};
pub(crate) use trackera_files::read;
pub(crate) use trackera_world::{
    Carried, Coordination, Declared, Home, Machine, Needs, Renewing, Shared, actions, declared_store, named_instances,
    needs, now, time_zone, user, writer,
};

pub(crate) use self::backups::{Taking, read_structure, take_backup};

/// What is logged unless somebody asks for more.
pub(crate) const USUAL_LOG: &str = trackera_aws::USUAL_LOG;

/// No line that a person is asked for is longer.
const LONGEST_LINE: u64 = 1 << 12;

/// The width that the environment asks for.
#[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
pub(crate) fn columns() -> Option<usize> {
    std::env::var("COLUMNS").ok()?.parse().ok()
}

/// The way into AWS, being opened beside other work.
pub(crate) struct Opening {
    foretold: Option<oneshot::Sender<Request>>,
    thread: JoinHandle<io::Result<(Runtime, Opened)>>,
}

impl Opening {
    /// Begins to open it; whoever needs it no more may drop it.
    pub(crate) fn begin(settings: Settings, accounts: Vec<AccountAccess>) -> Self {
        let (foretold, request) = oneshot::channel();
        let thread = thread::spawn(move || {
            let runtime = runtime()?;
            let request = async { request.await.ok() };
            let opened = runtime.block_on(trackera_aws::open(&settings, &accounts, request));
            Ok((runtime, opened))
        });
        Self { foretold: Some(foretold), thread }
    }

    /// Gives a first idea of what will be read: nothing that is not in the request may be in it.
    pub(crate) fn foretell(&mut self, request: Request) {
        if let Some(foretold) = self.foretold.take() {
            // Nobody waits for it any more when the way is open or closed already.
            let _unheard = foretold.send(request);
        }
    }

    /// Reads the estate; what cannot be read is a gap of the snapshot.
    ///
    /// # Errors
    /// Fails when the system does not let the program wait for answers.
    pub(crate) fn collect(self, request: &Request, progress: &dyn Progress) -> io::Result<Snapshot> {
        drop(self.foretold);
        let opened = self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let (runtime, opened) = opened?;
        Ok(runtime.block_on(opened.collect(request, progress)))
    }
}

/// Where this machine keeps its own journal, unless it is told otherwise.
#[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
pub(crate) fn usual_state() -> Option<PathBuf> {
    let named = std::env::var_os("XDG_STATE_HOME").filter(|named| !named.is_empty()).map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    Some(named.or_else(home)?.join("trackera"))
}

/// The log of this machine in a directory.
pub(crate) fn home(directory: PathBuf) -> Home {
    let host = trackera_world::host().unwrap_or_else(|| "machine".to_owned());
    Home { directory, name: format!("{}@{host}/runs", user()) }
}

/// The way to the objects and databases of the account.
///
/// # Errors
/// Fails when the system does not let the program wait for answers.
pub(crate) fn changes(settings: &Settings) -> io::Result<(Runtime, Arc<Changes>)> {
    let runtime = runtime()?;
    let changes = runtime.block_on(Changes::open(settings));
    Ok((runtime, Arc::new(changes)))
}

/// A path that does not depend on where the program was started; its directory is made if it is not there.
///
/// # Errors
/// Fails when the directory cannot be made.
pub(crate) fn absolute(path: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(path)?;
    fs::canonicalize(path)
}

/// The log in a directory, for reading; nothing where there is none.
pub(crate) fn journal(directory: &Path) -> Option<Reader> {
    directory.join("segments").is_dir().then(|| Reader::new(Arc::new(Disk), directory))
}

/// Leaves acknowledgements in a store for coordination.
///
/// # Errors
/// Fails when there is no such store, or when it does not take one of them.
pub(crate) fn leave(store: &Store, messages: Vec<(String, Vec<u8>)>) -> anyhow::Result<()> {
    runtime()?.block_on(async {
        let mailbox = trackera_world::mailbox(store, &Settings::default(), MAILBOX).await?;
        for (name, message) in messages {
            mailbox.put(&name, message).await?;
        }
        Ok(())
    })
}

/// Waits for an answer.
///
/// # Errors
/// Fails when the system does not let the program wait for answers.
pub(crate) fn wait<T>(answer: impl Future<Output = T>) -> io::Result<T> {
    Ok(runtime()?.block_on(answer))
}

/// What waits for answers.
fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// Tells whether a person can type into standard input.
pub(crate) fn is_typed_into() -> bool {
    io::stdin().is_terminal()
}

/// Reads what a person types, to the end of the line.
///
/// # Errors
/// Fails when standard input cannot be read.
pub(crate) fn read_line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().lock().take(LONGEST_LINE).read_line(&mut line)?;
    Ok(line)
}

/// Tells whether there is a file.
pub(crate) fn is_file(path: &Path) -> bool {
    path.is_file()
}

/// Tells whether there is a directory.
pub(crate) fn is_directory(path: &Path) -> bool {
    path.is_dir()
}

/// Writes a file that only its owner may read, whole or not at all.
///
/// # Errors
/// Fails when the directory cannot be written; the file that was there before stays as it was.
pub(crate) fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let part = part(path)?;
    let written = write_new(&part, text).and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        let _nothing_to_remove = fs::remove_file(&part);
    }
    written
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// What a file holds.
///
/// # Errors
/// Fails when it is not there, or is no text.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    fs::read_to_string(path)
}

/// Puts a text in the place of what a file held before, whole or not at all; links and permissions stay.
///
/// # Errors
/// Fails when the file holds something else than `before` by now, or cannot be written.
pub(crate) fn replace(path: &Path, before: Option<&str>, text: &str) -> io::Result<()> {
    let path = if before.is_some() { fs::canonicalize(path)? } else { path.to_owned() };
    let now = if path.exists() { Some(fs::read(&path)?) } else { None };
    if now.as_deref() != before.map(str::as_bytes) {
        return Err(io::Error::other("somebody changed the file in the meantime"));
    }
    let permissions = if before.is_some() { Some(fs::metadata(&path)?.permissions()) } else { None };
    let part = part(&path)?;
    let written = write_new(&part, text).and_then(|()| {
        fs::set_permissions(&part, permissions.unwrap_or_else(|| PermissionsExt::from_mode(0o644)))?;
        fs::rename(&part, &path)
    });
    if written.is_err() {
        let _nothing_to_remove = fs::remove_file(&part);
    }
    written
}

/// A path without links and detours.
///
/// # Errors
/// Fails when there is no such file.
pub(crate) fn resolved(path: &Path) -> io::Result<PathBuf> {
    fs::canonicalize(path)
}

/// A name beside a file for what is to become it.
fn part(path: &Path) -> io::Result<PathBuf> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().ok_or(io::ErrorKind::InvalidFilename)?);
    name.push(format!(".{}.part", std::process::id()));
    Ok(path.with_file_name(name))
}

/// Writes documents into a directory; it, and those that their names lead through, are made if they are not there.
///
/// # Errors
/// Fails when the directory or a file cannot be written.
pub(crate) fn write_documents(directory: &Path, documents: &[(String, Vec<u8>)]) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    documents.iter().try_for_each(|(name, bytes)| {
        let path = directory.join(name);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, bytes)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_replaces_the_old_one_whole_and_is_private() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("estate.json");
        fs::write(&path, "old").unwrap();
        write_private(&path, "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left beside it");
        assert!(write_private(&directory.path().join("none/estate.json"), "new").is_err());
    }

    #[test]
    fn a_file_is_replaced_where_it_is_and_only_if_nobody_else_did() {
        let directory = tempfile::tempdir().unwrap();
        let (path, link) = (directory.path().join("file"), directory.path().join("link"));
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        replace(&link, Some("old"), "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(replace(&path, Some("old"), "newer").is_err() && replace(&path, None, "newer").is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        replace(&directory.path().join("fresh"), None, "first").unwrap();
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 3, "nothing is left beside them");
    }
}
