//! What a dump tells of itself, read before it is restored: of which database it is, and from which server.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use trackera_core::recovery::manifest::Format;

use super::said::trouble_of;
use super::unpack::Source;
use crate::connection::Limits;
use crate::scratch::Scratch;
use crate::trouble::{BadDump, Trouble, file};

const COMPLETE: &str = "-- PostgreSQL database dump complete";
const TAIL_BYTES: u64 = 4096;

/// What a dump tells of itself before it is restored.
pub(super) struct Head {
    database: Option<String>,
    pub(super) version: String,
}

impl Head {
    /// Reads it from a dump without layers.
    pub(super) async fn read(scratch: &Scratch, source: &Source) -> Result<Self, Trouble> {
        match source.format {
            Format::Plain => plain_head(&source.path),
            Format::Custom | Format::Directory => archive_head(scratch, &source.path).await,
        }
    }

    /// Refuses a dump that a newer server wrote, or that is of another database than the one that was backed up.
    pub(super) fn check(&self, scratch: &Scratch, expected: Option<&str>) -> Result<(), Trouble> {
        let major: Option<u32> = self.version.split(['.', ' ']).next().and_then(|major| major.parse().ok());
        if major.is_some_and(|major| major > scratch.major()) {
            return Err(BadDump::Newer(self.version.clone()).into());
        }
        match (expected, self.database.as_deref()) {
            (Some(expected), Some(found)) if expected != found => {
                Err(BadDump::WrongDatabase { expected: expected.to_owned(), found: found.to_owned() }.into())
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

async fn archive_head(scratch: &Scratch, path: &Path) -> Result<Head, Trouble> {
    let arguments = vec!["--list".into(), path.into()];
    let ended = scratch.program("pg_restore", arguments, &[]).run(Limits::COPY.statement).await?;
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
