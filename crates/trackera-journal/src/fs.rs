//! The file system as a journal needs it: a small port, so that tests can take the power away at every write.
//!
//! Nothing written is durable before its file is synced, and no new name before its directory is.

use std::fmt::Debug;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Cursor, Write};
use std::path::Path;

/// A file that only grows, or is cut.
pub trait Appending: Send + Debug {
    /// Writes at the end.
    ///
    /// # Errors
    /// When the file system refuses; how much was written is then unknown.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Makes what was written durable.
    ///
    /// # Errors
    /// When the file system refuses; what is durable is then unknown.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts the file to a length.
    ///
    /// # Errors
    /// When the file system refuses.
    fn truncate(&mut self, length: u64) -> io::Result<()>;
}

/// A lock that is given back when it is dropped, or when its process ends.
pub trait Lock: Send + Debug {}

/// The content of a file, read as it is asked for.
pub trait Content: BufRead + Send + Debug {}

impl<R: BufRead + Send + Debug> Content for R {}

/// A file system.
pub trait Files: Send + Sync + Debug {
    /// The names in a directory in their order; none where there is no directory.
    ///
    /// # Errors
    /// When the directory cannot be read.
    fn names(&self, directory: &Path) -> io::Result<Vec<String>>;

    /// The whole content of a file.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// The content of a file, for whoever does not want to hold it.
    ///
    /// # Errors
    /// When the file cannot be opened.
    fn content(&self, path: &Path) -> io::Result<Box<dyn Content>> {
        Ok(Box::new(Cursor::new(self.read(path)?)))
    }

    /// Opens a file at its end, and creates it where there is none.
    ///
    /// # Errors
    /// When the file system refuses.
    fn append(&self, path: &Path) -> io::Result<Box<dyn Appending>>;

    /// Gives a file another name, over whatever had it.
    ///
    /// # Errors
    /// When the file system refuses.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Creates a directory and those above it.
    ///
    /// # Errors
    /// When the file system refuses.
    fn create_directory(&self, directory: &Path) -> io::Result<()>;

    /// Makes the names in a directory durable.
    ///
    /// # Errors
    /// When the file system refuses.
    fn sync_directory(&self, directory: &Path) -> io::Result<()>;

    /// Locks a file against every other process and every other holder in this one.
    ///
    /// # Errors
    /// `WouldBlock` when another holds the lock.
    fn lock(&self, path: &Path) -> io::Result<Box<dyn Lock>>;
}

/// Writes a file so that after a loss of power it is there as a whole or not at all.
///
/// # Errors
/// When the file system refuses.
pub fn write_whole(files: &dyn Files, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let partial = path.with_added_extension("partial");
    let mut file = files.append(&partial)?;
    file.truncate(0)?;
    file.append(bytes)?;
    file.sync()?;
    drop(file);
    files.rename(&partial, path)?;
    path.parent().map_or(Ok(()), |directory| files.sync_directory(directory))
}

/// Whether a name is that of a file whose writing was interrupted.
pub(crate) fn is_partial(name: &str) -> bool {
    name.ends_with(".partial")
}

/// The file system of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

impl Appending for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

impl Lock for File {}

impl Files for Disk {
    fn names(&self, directory: &Path) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = entries.map(name).collect::<io::Result<_>>()?;
        names.sort();
        Ok(names)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn content(&self, path: &Path) -> io::Result<Box<dyn Content>> {
        Ok(Box::new(BufReader::new(File::open(path)?)))
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn Appending>> {
        Ok(Box::new(OpenOptions::new().append(true).create(true).open(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn create_directory(&self, directory: &Path) -> io::Result<()> {
        if directory.is_dir() {
            return Ok(());
        }
        let parent = directory.parent().filter(|parent| !parent.as_os_str().is_empty());
        parent.map_or(Ok(()), |parent| self.create_directory(parent))?;
        match fs::create_dir(directory) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        self.sync_directory(parent.unwrap_or(Path::new(".")))
    }

    fn sync_directory(&self, directory: &Path) -> io::Result<()> {
        File::open(directory)?.sync_all()
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Lock>> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Box::new(file)),
            Err(TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
