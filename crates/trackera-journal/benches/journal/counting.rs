//! The disk of this machine, which counts the syncs of its files.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use trackera_journal::fs::{Appending, Disk, Files, Lock};

#[derive(Debug)]
pub(crate) struct Counting(pub(crate) Arc<AtomicU64>);

#[derive(Debug)]
struct Counted {
    file: Box<dyn Appending>,
    syncs: Arc<AtomicU64>,
}

impl Appending for Counted {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.append(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.syncs.fetch_add(1, Ordering::Relaxed);
        self.file.sync()
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.file.truncate(length)
    }
}

impl Files for Counting {
    fn names(&self, directory: &Path) -> io::Result<Vec<String>> {
        Disk.names(directory)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        Disk.read(path)
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn Appending>> {
        Ok(Box::new(Counted { file: Disk.append(path)?, syncs: Arc::clone(&self.0) }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Disk.rename(from, to)
    }

    fn create_directory(&self, directory: &Path) -> io::Result<()> {
        Disk.create_directory(directory)
    }

    fn sync_directory(&self, directory: &Path) -> io::Result<()> {
        Disk.sync_directory(directory)
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Lock>> {
        Disk.lock(path)
    }
}
