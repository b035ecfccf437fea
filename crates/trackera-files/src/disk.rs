//! Files of people: found, bounded and read.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// How deep directories of policies may nest; links may form circles.
const DEEPEST: usize = 16;

/// Reads a regular file of at most `limit` bytes.
///
/// # Errors
/// Fails when there is no such file, when it cannot be read, and when it is something else or longer.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let kind = fs::metadata(path)?;
    if !kind.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    if kind.len() > limit {
        return Err(io::Error::other(format!("it is {} bytes long; at most {limit} are read", kind.len())));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Tells whether a name is that of a YAML file, however it is written.
pub fn is_yaml(path: &Path) -> bool {
    let is_either = |extension: &OsStr| ["yaml", "yml"].iter().any(|yaml| extension.eq_ignore_ascii_case(yaml));
    path.extension().is_some_and(is_either)
}

/// Finds the YAML files under a directory, sorted; a path that is no directory is given back as it is.
///
/// Hidden files are left out, because editors keep theirs there.
///
/// # Errors
/// Fails with the path that cannot be listed.
pub fn yaml_files(path: &Path) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
    let mut found = Vec::new();
    walk(path, 0, &mut found)?;
    found.sort();
    Ok(found)
}

fn walk(path: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), (PathBuf, io::Error)> {
    let fail = |error: io::Error| (path.to_owned(), error);
    if !fs::metadata(path).map_err(fail)?.is_dir() {
        found.push(path.to_owned());
        return Ok(());
    }
    if depth > DEEPEST {
        return Err(fail(io::Error::other(format!("directories nest more than {DEEPEST} deep here"))));
    }
    for entry in fs::read_dir(path).map_err(fail)? {
        let entry = entry.map_err(fail)?.path();
        let is_hidden = entry.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if !is_hidden && (is_yaml(&entry) || entry.is_dir()) {
            walk(&entry, depth + 1, found)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_of_links_end_and_links_to_files_are_followed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        fs::write(path.join("b.yaml"), "").unwrap();
        fs::write(path.join(".hidden.yaml"), "").unwrap();
        fs::write(path.join("notes.txt"), "").unwrap();
        std::os::unix::fs::symlink(path.join("b.yaml"), path.join("a.yaml")).unwrap();
        assert_eq!(yaml_files(path).unwrap(), [path.join("a.yaml"), path.join("b.yaml")]);
        std::os::unix::fs::symlink(path, path.join("circle")).unwrap();
        assert!(yaml_files(path).is_err());
    }

    #[test]
    fn only_regular_files_of_a_bearable_size_are_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        fs::write(&path, "12345").unwrap();
        assert_eq!(read(&path, 5).unwrap(), b"12345");
        assert!(read(&path, 4).is_err());
        assert!(read(directory.path(), 4).is_err());
    }
}
