//! Takes the layers off a dump, and holds its files against the digests that were made when they were written.

use std::io::Read;
use std::path::{Path, PathBuf};

use age::x25519::Identity;
use trackera_core::recovery::manifest::{Dump, Format};

use crate::layers::{Counted, Told, bare_name, open};
use crate::trouble::{BadDump, Trouble, file};

/// A dump without its layers.
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) format: Format,
}

/// Writes a dump without its layers into a new directory.
pub(super) fn unpack(from: &Path, to: &Path, record: Option<&Dump>, keys: &[Identity]) -> Result<Source, Trouble> {
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
