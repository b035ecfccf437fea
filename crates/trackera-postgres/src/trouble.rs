//! What can go wrong, in words that never quote a row.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why a backup, a restore or a check could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The server programs of a major version are not on this machine.
    #[error("no programs of PostgreSQL {0} are installed on this machine")]
    NoPrograms(u32),
    /// Servers do not run as root, and the account to run them is missing.
    #[error("there is no account `{0}` to run PostgreSQL as; root cannot run it")]
    NoAccount(String),
    /// The database cannot be reached, or refuses us.
    #[error("cannot connect to the database: {0}")]
    Connect(String),
    /// A statement failed.
    #[error("{what} failed with SQLSTATE {code}")]
    Statement {
        /// What was being done.
        what: String,
        /// The five characters that the server gave, or why there are none.
        code: String,
    },
    /// A program of PostgreSQL failed.
    #[error("`{program}` failed: {said}")]
    Program {
        /// The program.
        program: String,
        /// What it said, without what it quoted.
        said: String,
    },
    /// Something did not end in its time.
    #[error("{what} did not end within {limit:?}")]
    TooSlow {
        /// What it was.
        what: String,
        /// How long it had.
        limit: Duration,
    },
    /// The disk is full.
    #[error("the disk is full")]
    DiskFull,
    /// A file could not be read or written.
    #[error("cannot use `{path}`")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The dump is not one that can be restored.
    #[error(transparent)]
    Dump(#[from] BadDump),
    /// What was asked for makes no sense.
    #[error("{0}")]
    Usage(String),
}

/// What is wrong with a dump.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDump {
    /// There is nothing in it.
    #[error("the dump is empty")]
    Empty,
    /// Its end is missing.
    #[error("the dump ends too early: its end is missing")]
    CutShort,
    /// Its bytes are not those that were written.
    #[error("`{0}` is not the file that was written: its SHA-256 differs")]
    Altered(String),
    /// One of its files is missing.
    #[error("`{0}` is missing from the dump")]
    FileMissing(String),
    /// It is no dump.
    #[error("the file is no dump of PostgreSQL")]
    Unknown,
    /// A newer PostgreSQL wrote it.
    #[error("the dump is from a newer PostgreSQL ({0}) than the one to restore it with")]
    Newer(String),
    /// It is of another database.
    #[error("the dump is of the database `{found}`, not of `{expected}`")]
    WrongDatabase {
        /// The database that was backed up.
        expected: String,
        /// The one that the dump names.
        found: String,
    },
    /// A role that it names does not exist.
    #[error("the role `{0}`, which the dump names, does not exist")]
    RoleMissing(String),
    /// An extension that it needs is not installed.
    #[error("the extension `{0}`, which the dump needs, is not installed on this machine")]
    ExtensionMissing(String),
    /// It is encrypted, and none of the keys opens it.
    #[error("no key that was given opens the dump")]
    NoKey,
    /// Its compressed or encrypted content is damaged.
    #[error("the content of the dump is damaged")]
    Damaged,
}

/// Makes a file's error, and knows a full disk when it sees one.
pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Trouble {
    let path = path.to_owned();
    move |source| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => Trouble::DiskFull,
        _ => Trouble::File { path, source },
    }
}

/// Makes a statement's error: its code, and nothing that the server quoted.
pub(crate) fn statement(what: impl Into<String>) -> impl FnOnce(tokio_postgres::Error) -> Trouble {
    let what = what.into();
    move |error| match code(&error) {
        code if code == tokio_postgres::error::SqlState::DISK_FULL.code() => Trouble::DiskFull,
        code => Trouble::Statement { what, code },
    }
}

/// The five characters of an error, or why there are none.
pub(crate) fn code(error: &tokio_postgres::Error) -> String {
    match error.code() {
        Some(code) => code.code().to_owned(),
        None if error.is_closed() => "(connection lost)".to_owned(),
        None => "(no answer of the server)".to_owned(),
    }
}
