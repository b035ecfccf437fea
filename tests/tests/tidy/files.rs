//! The files of the repository, as the tidy rules see them.

use std::fs;
use std::path::{Path, PathBuf};

/// What is made on a machine and never committed, and what tests read: other people's files, or broken on purpose.
const NOT_OURS: [&str; 8] =
    [".git", ".lab", "target", "__pycache__", "node_modules", "corpus", "artifacts", "fixtures"];

/// A text file: where it is from the root of the repository, and what stands in it.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    /// Whether it lies under a directory and its name ends in one of these.
    pub(crate) fn is(&self, under: &str, endings: &[&str]) -> bool {
        self.path.starts_with(under) && endings.iter().any(|ending| self.path.ends_with(ending))
    }

    /// Its lines, each with what a person clicks on to get there.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (String, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (format!("{}:{}", self.path, index + 1), line))
    }
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Every text file of the repository, in the order of its path. What is not UTF-8 is no text.
pub(crate) fn all() -> Vec<File> {
    let root = root();
    let mut paths = Vec::new();
    walk(&root, &mut paths);
    paths.sort();
    paths.iter().filter_map(|path| read(&root, path)).collect()
}

/// Fails with every broken place, one a line.
#[track_caller]
pub(crate) fn none_breaks(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}

fn read(root: &Path, path: &Path) -> Option<File> {
    let text = String::from_utf8(fs::read(path).unwrap()).ok()?;
    let path = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
    Some(File { path, text })
}

fn walk(directory: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if NOT_OURS.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if kind.is_dir() {
            walk(&entry.path(), paths);
        } else if kind.is_file() {
            paths.push(entry.path());
        }
    }
}
