//! A SQLite projection for queries. It holds nothing that the logs do not: delete it at any time, and rebuild it with
//! one call.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, Transaction, params};

use crate::fold::Told;

/// The version of the tables; another one is rebuilt, never migrated.
pub const VERSION: i64 = 1;

const TABLES: &str = "
CREATE TABLE entries (
    position INTEGER PRIMARY KEY,
    origin TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (origin, sequence)
) STRICT;
CREATE INDEX entries_by_kind ON entries (kind, position);
CREATE INDEX entries_by_time ON entries (at);
CREATE TABLE evidence (
    digest TEXT NOT NULL,
    origin TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (digest, origin, sequence)
) STRICT, WITHOUT ROWID;
";

/// Why there is no projection.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// SQLite refuses.
    #[error("the projection `{}` cannot be used: delete it and rebuild it", .0.display())]
    Database(PathBuf, #[source] rusqlite::Error),
    /// The file system refuses.
    #[error("the projection `{}` cannot be replaced", .0.display())]
    Io(PathBuf, #[source] io::Error),
    /// Another version made it.
    #[error("the projection `{}` has tables of version {found}, not {VERSION}: rebuild it", path.display())]
    Version {
        /// The projection.
        path: PathBuf,
        /// The version of its tables.
        found: i64,
    },
}

/// Builds the projection anew beside the old one, and then takes its place: readers see one or the other.
///
/// # Errors
/// When SQLite or the file system refuses; the old projection is then as it was.
pub fn rebuild(path: &Path, story: &[Told]) -> Result<u64, ProjectError> {
    let failed = |error| ProjectError::Database(path.to_owned(), error);
    let io_failed = |error| ProjectError::Io(path.to_owned(), error);
    let new = path.with_added_extension("new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io_failed(error)),
        _ => {}
    }
    let mut database = Connection::open(&new).map_err(failed)?;
    let fill = |database: &mut Connection| {
        // Until it is renamed nobody reads the file, and a loss of power only costs another rebuild.
        database.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
        let transaction = database.transaction()?;
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
        insert(&transaction, story)?;
        transaction.commit()
    };
    fill(&mut database).map_err(failed)?;
    database.close().map_err(|(_, error)| failed(error))?;
    fs::rename(&new, path).map_err(io_failed)?;
    Ok(story.len() as u64)
}

/// Opens the projection for queries alone.
///
/// # Errors
/// When there is none, or another version made it.
pub fn open(path: &Path) -> Result<Connection, ProjectError> {
    let failed = |error| ProjectError::Database(path.to_owned(), error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(path, flags).map_err(failed)?;
    match database.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)? {
        VERSION => Ok(database),
        found => Err(ProjectError::Version { path: path.to_owned(), found }),
    }
}

fn insert(transaction: &Transaction<'_>, story: &[Told]) -> rusqlite::Result<()> {
    let mut entries = transaction.prepare("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)")?;
    let mut evidence = transaction.prepare("INSERT OR IGNORE INTO evidence VALUES (?, ?, ?)")?;
    for (position, Told { origin, entry }) in story.iter().enumerate() {
        let (position, sequence, epoch) = (position as i64, entry.sequence.cast_signed(), entry.epoch.cast_signed());
        let (at, kind) = (entry.at.to_string(), entry.kind.name());
        entries.execute(params![position, origin, sequence, epoch, at, kind, entry.body.get()])?;
        for digest in &entry.evidence {
            evidence.execute(params![digest.to_string(), origin, sequence])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use serde_json::value::to_raw_value;

    use super::*;
    use crate::digest::Digest;
    use crate::entry::Entry;
    use crate::kind::Kind;

    #[test]
    fn a_rebuilt_projection_answers_from_the_logs_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.sqlite");
        for size in [3, 5, 2] {
            assert_eq!(rebuild(&path, &story(size)).unwrap(), size);
            let database = open(&path).unwrap();
            let numbers: Vec<i64> = database
                .prepare("SELECT body ->> 'number' FROM entries WHERE kind = 'finding' ORDER BY position")
                .unwrap()
                .query_map([], |row| row.get(0))
                .unwrap()
                .collect::<Result<_, _>>()
                .unwrap();
            assert!(numbers.into_iter().eq(0..size.cast_signed()));
            let found: String = database
                .query_row("SELECT origin FROM evidence WHERE digest = ?", [Digest::of(b"1").to_string()], |row| {
                    row.get(0)
                })
                .unwrap();
            assert_eq!(found, "a");
        }
    }

    #[test]
    fn a_projection_is_never_written_by_a_query_and_another_version_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.sqlite");
        assert!(open(&path).is_err());
        rebuild(&path, &story(2)).unwrap();
        assert!(open(&path).unwrap().execute("DELETE FROM entries", []).is_err());
        Connection::open(&path).unwrap().pragma_update(None, "user_version", 9).unwrap();
        assert!(matches!(open(&path), Err(ProjectError::Version { found: 9, .. })));
    }

    fn story(size: u64) -> Vec<Told> {
        let entry = |sequence: u64| Entry {
            version: 1,
            sequence,
            batch: 0,
            epoch: 0,
            at: "2026-11-21T12:00:00Z".parse().unwrap(),
            kind: Kind::Finding,
            evidence: vec![Digest::of(sequence.to_string().as_bytes())],
            body: to_raw_value(&json!({"number": sequence})).unwrap(),
            previous: Digest::ZERO,
        };
        (0..size).map(|sequence| Told { origin: "a".to_owned(), entry: entry(sequence) }).collect()
    }
}
