//! The one writer of a log: opens it (lock, replay, repair of a torn tail) and appends batches that are durable when
//! the call returns.
//!
//! It never changes an entry. After a write that failed it writes nothing more: what is on the disk is then known only
//! by opening the log again.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use crate::checkpoint::{self, Checkpoint};
use crate::damage::Damage;
use crate::digest::Digest;
use crate::entry::{self, Draft, Place};
use crate::fs::{Appending, Files, Lock, write_whole};
use crate::keys::{SignerKey, VerifierKey};
use crate::note::NoteError;
use crate::reader::{LOCK, ReadError, Reader, SEGMENTS, Torn, checkpoint_file, segment_file};
use crate::segment::{self, Chain, Flaw};
use crate::tree::Tree;

/// What was cut from the end of a log is kept here, so that a person can look at it.
const TORN: &str = "torn";

/// A segment that is longer than this is followed by another.
pub const SEGMENT_LENGTH: u64 = 8 << 20;

/// Where a log is and whose it is.
#[derive(Debug, Clone)]
pub struct Location {
    /// The file system.
    pub files: Arc<dyn Files>,
    /// The directory of the log.
    pub directory: PathBuf,
    /// The key of the log; its name is the log's origin.
    pub key: VerifierKey,
    /// The length after which a segment is followed by another; [`SEGMENT_LENGTH`] unless there is a reason.
    pub segment_length: u64,
}

/// A log that is open for writing.
#[derive(Debug)]
pub struct Log {
    location: Location,
    tree: Arc<RwLock<Tree>>,
    chain: Chain,
    segment: Option<Segment>,
    has_failed: bool,
    _lock: Box<dyn Lock>,
}

#[derive(Debug)]
struct Segment {
    file: Box<dyn Appending>,
    length: u64,
}

/// A torn tail that was cut when the log was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// What was found.
    pub torn: Torn,
    /// The file that keeps what was cut.
    pub kept: String,
}

/// Why a log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process writes it.
    #[error("another process writes the log in `{}`: one log has one writer; end the other one first", .0.display())]
    Locked(PathBuf),
    /// It cannot be read, or is damaged.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file system refuses.
    #[error("the log in `{}` cannot be opened", .0.display())]
    Io(PathBuf, #[source] io::Error),
}

/// Why nothing was appended.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    /// The file system refused; none of it is acknowledged.
    #[error("the log cannot be written, and stays closed until it is opened again")]
    Io(#[source] Arc<io::Error>),
    /// An earlier write failed.
    #[error("the log is closed, because an earlier write failed: find out why, and open it again")]
    Closed,
    /// A line that was to be brought back does not follow the last one here.
    #[error("the entry does not continue this log: {0}")]
    Foreign(Flaw),
    /// A checkpoint cannot be signed.
    #[error("no checkpoint was signed")]
    Checkpoint(#[source] NoteError),
}

impl Log {
    /// Opens a log, and creates it where there is none. A torn tail is cut, kept aside and told of.
    ///
    /// # Errors
    /// When another process writes it, when it is damaged, or when the file system refuses.
    pub fn open(location: Location) -> Result<(Self, Option<Repair>), OpenError> {
        let failed = |error| OpenError::Io(location.directory.clone(), error);
        for directory in [SEGMENTS, checkpoint::DIRECTORY] {
            location.files.create_directory(&location.directory.join(directory)).map_err(failed)?;
        }
        let lock = location.files.lock(&location.directory.join(LOCK)).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => OpenError::Locked(location.directory.clone()),
            _ => failed(error),
        })?;
        let reader = Reader::new(Arc::clone(&location.files), &location.directory);
        let mut replayed = reader.replay(|_| {})?;
        if let Some(size) = reader.checkpoints()?.last() {
            replayed.damages.extend(reader.check_note(*size, &replayed.tree, &location.key)?);
        }
        let (Some(chain), []) = (replayed.chain, replayed.damages.as_slice()) else {
            let damage = replayed.damages.into_iter().next();
            let damage = damage.unwrap_or(Damage::Gap { file: SEGMENTS.to_owned(), expected: replayed.tree.size() });
            return Err(ReadError::Damage(Box::new(damage)).into());
        };
        let repair = replayed.torn.map(|torn| repair(&location, &reader, torn)).transpose()?;
        let last = replayed.segments.last().map(|first| location.directory.join(segment_file(*first)));
        let segment = last.map(|path| location.files.append(&path)).transpose().map_err(failed)?;
        let segment = segment.map(|file| Segment { file, length: replayed.last_length });
        let tree = Arc::new(RwLock::new(replayed.tree));
        Ok((Self { location, tree, chain, segment, has_failed: false, _lock: lock }, repair))
    }

    /// Appends a batch. When this returns, it is durable.
    ///
    /// # Errors
    /// When it could not be written; the log is closed from then on.
    pub fn append(&mut self, drafts: &[&Draft]) -> Result<Range<u64>, AppendError> {
        if self.has_failed {
            return Err(AppendError::Closed);
        }
        let first = self.chain.next;
        let mut chain = Chain { batch: first, ..self.chain };
        let (mut bytes, mut leaves) = (Vec::new(), Vec::with_capacity(drafts.len()));
        for draft in drafts {
            let place = Place { sequence: chain.next, batch: first, previous: chain.previous };
            let leaf = entry::write(draft, place, &mut bytes);
            let leaf = leaf.map_err(|error| AppendError::Io(Arc::new(error.into())))?;
            bytes.push(b'\n');
            leaves.push(leaf);
            chain = Chain { next: chain.next + 1, previous: leaf, ..chain };
        }
        if !leaves.is_empty() {
            self.write(first, &bytes).map_err(|error| self.closed(error))?;
            self.grow(&leaves);
            self.chain = chain;
        }
        Ok(first..chain.next)
    }

    /// Signs the log as it is, keeps the note, and returns what it says. A size is signed once.
    ///
    /// # Errors
    /// When the key is not that of the log, or the note cannot be kept.
    pub fn checkpoint(&mut self, key: &SignerKey) -> Result<Checkpoint, AppendError> {
        if self.has_failed {
            return Err(AppendError::Closed);
        }
        let root = self.tree.read().unwrap_or_else(PoisonError::into_inner).root();
        let origin = self.location.key.name().to_owned();
        let checkpoint = Checkpoint { origin, size: self.chain.next, root };
        let note = checkpoint.sign(key).and_then(|note| note.verified(&self.location.key).map(|_| note.to_string()));
        let note = note.map_err(AppendError::Checkpoint)?;
        let path = self.location.directory.join(checkpoint_file(checkpoint.size));
        write_whole(&*self.location.files, &path, note.as_bytes()).map_err(|error| self.closed(error))?;
        Ok(checkpoint)
    }

    /// Appends lines of this very log that a replica kept, as they are. When this returns, they are durable.
    ///
    /// Each durable write of the original is one here too, so that an interrupted restoring is told from damage.
    pub(crate) fn bring_back(&mut self, lines: &[Vec<u8>]) -> Result<(), AppendError> {
        let (mut chain, mut bytes, mut leaves) = (self.chain, Vec::new(), Vec::new());
        for line in lines {
            let mut written = line.clone();
            written.push(b'\n');
            let scanned = segment::scan(&written, &mut chain, |found| leaves.push(found.leaf));
            scanned.map_err(|fault| AppendError::Foreign(fault.flaw))?;
            bytes.extend(written);
        }
        if !leaves.is_empty() {
            self.write(self.chain.next, &bytes).map_err(|error| self.closed(error))?;
            self.grow(&leaves);
            self.chain = chain;
        }
        Ok(())
    }

    /// The hash tree, shared with those who read beside the writer.
    #[must_use]
    pub fn tree(&self) -> Arc<RwLock<Tree>> {
        Arc::clone(&self.tree)
    }

    /// Where the log is.
    #[must_use]
    pub const fn location(&self) -> &Location {
        &self.location
    }

    fn write(&mut self, first: u64, bytes: &[u8]) -> io::Result<()> {
        let limit = self.location.segment_length;
        if let Some(segment) = self.segment.as_mut().filter(|segment| segment.length < limit) {
            segment.file.append(bytes)?;
            segment.length += bytes.len() as u64;
            return segment.file.sync();
        }
        let path = self.location.directory.join(segment_file(first));
        let mut file = self.location.files.append(&path)?;
        file.append(bytes)?;
        file.sync()?;
        self.segment = Some(Segment { file, length: bytes.len() as u64 });
        self.location.files.sync_directory(path.parent().unwrap_or(Path::new(".")))
    }

    fn grow(&self, leaves: &[Digest]) {
        let mut tree = self.tree.write().unwrap_or_else(PoisonError::into_inner);
        leaves.iter().for_each(|leaf| tree.push(*leaf));
    }

    fn closed(&mut self, error: io::Error) -> AppendError {
        self.has_failed = true;
        AppendError::Io(Arc::new(error))
    }
}

/// Cuts a torn tail, after what is cut was kept aside.
fn repair(location: &Location, reader: &Reader, torn: Torn) -> Result<Repair, OpenError> {
    let bytes = reader.read(&torn.file)?;
    let tail = bytes.get(torn.offset as usize..).unwrap_or_default();
    let kept = format!("{TORN}/{:020}-{}.bin", torn.sequence, Digest::of(tail));
    let cut = || {
        location.files.create_directory(&location.directory.join(TORN))?;
        write_whole(&*location.files, &location.directory.join(&kept), tail)?;
        let mut file = location.files.append(&location.directory.join(&torn.file))?;
        file.truncate(torn.offset)?;
        file.sync()
    };
    cut().map_err(|error| OpenError::Io(location.directory.clone(), error))?;
    Ok(Repair { torn, kept })
}
