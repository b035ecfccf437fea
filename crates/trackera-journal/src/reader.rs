//! Reads a log as it lies in its directory: the whole chain at once, or some of its lines. Changes nothing.

use std::fmt::Debug;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::checkpoint;
use crate::damage::Damage;
use crate::entry::Entry;
use crate::evidence::Evidence;
use crate::fs::{Content, Files, is_partial};
use crate::keys::VerifierKey;
use crate::lines::Lines;
use crate::note::NoteError;
use crate::segment::{self, Chain, Fault, Found};
use crate::tree::Tree;

/// The directory of a log's segments.
pub(crate) const SEGMENTS: &str = "segments";
/// The file that the one writer of a log locks.
pub(crate) const LOCK: &str = "lock";

/// A log in a directory, for those who only read.
#[derive(Debug, Clone)]
pub struct Reader {
    pub(crate) files: Arc<dyn Files>,
    pub(crate) directory: PathBuf,
}

/// Why a log cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file system refuses.
    #[error("`{}` cannot be read", .0.display())]
    Io(PathBuf, #[source] io::Error),
    /// The log is damaged.
    #[error("the log is damaged: {0}")]
    Damage(Box<Damage>),
}

/// The end of a log that an interrupted write left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Torn {
    /// The segment.
    pub file: String,
    /// The byte from which on nothing counts.
    pub offset: u64,
    /// How many bytes that are.
    pub length: u64,
    /// The sequence that the first lost entry would have had.
    pub sequence: u64,
    /// What was found there.
    pub reason: String,
}

/// Everything that the segments of a log tell.
#[derive(Debug, Default)]
pub(crate) struct Replayed {
    pub(crate) tree: Tree,
    pub(crate) chain: Option<Chain>,
    pub(crate) bytes: u64,
    pub(crate) segments: Vec<u64>,
    pub(crate) last_length: u64,
    pub(crate) torn: Option<Torn>,
    pub(crate) damages: Vec<Damage>,
}

impl Reader {
    /// A log in this directory.
    #[must_use]
    pub fn new(files: Arc<dyn Files>, directory: &Path) -> Self {
        Self { files, directory: directory.to_owned() }
    }

    /// The evidence beside the log.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        Evidence::new(Arc::clone(&self.files), &self.directory)
    }

    /// Whether somebody writes into the log now. It asks for the writer's lock and gives it back at once, so ask seldom.
    ///
    /// # Errors
    /// When the lock cannot be asked for.
    pub fn is_written(&self) -> io::Result<bool> {
        match self.files.lock(&self.directory.join(LOCK)) {
            Ok(_) => Ok(false),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Reads every entry in its order. A torn tail ends the log; the caller is told of it by `verify`.
    ///
    /// # Errors
    /// When the log cannot be read, or is damaged.
    pub fn entries(&self, mut visit: impl FnMut(Entry)) -> Result<(), ReadError> {
        let replayed = self.replay(|found| visit(found.entry))?;
        replayed.damages.into_iter().next().map_or(Ok(()), |damage| Err(ReadError::Damage(Box::new(damage))))
    }

    /// The lines of a range of entries, without their line ends, as far as the log has them.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn lines(&self, range: Range<u64>) -> Result<Vec<Vec<u8>>, ReadError> {
        self.each_line(range)?.collect()
    }

    /// The same, one after the other.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn each_line(&self, range: Range<u64>) -> Result<Lines, ReadError> {
        Lines::new(self, range)
    }

    /// The sizes at which checkpoints were signed, in their order.
    ///
    /// # Errors
    /// When the directory cannot be read, or holds what no journal writes.
    pub fn checkpoints(&self) -> Result<Vec<u64>, ReadError> {
        self.numbered(checkpoint::DIRECTORY, checkpoint::size_of)
    }

    /// The note of the checkpoint at a size, as it was signed.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn note(&self, size: u64) -> Result<String, ReadError> {
        let file = checkpoint_file(size);
        let no_text = |_| damaged(Damage::Note { file: file.clone(), reason: NoteError::Form("it is no text") });
        String::from_utf8(self.read(&file)?).map_err(no_text)
    }

    /// Holds the checkpoint at a size against a tree of this log.
    pub(crate) fn check_note(&self, size: u64, tree: &Tree, key: &VerifierKey) -> Result<Option<Damage>, ReadError> {
        let file = checkpoint_file(size);
        let loaded = checkpoint::load(&*self.files, &self.directory, size, key);
        let checkpoint = match loaded.map_err(|error| self.failed(&file, error))? {
            Err(reason) => return Ok(Some(Damage::Note { file, reason })),
            Ok(checkpoint) => checkpoint,
        };
        Ok(match tree.root_at(size) {
            Err(_) => Some(Damage::Short { file, signed: size, found: tree.size() }),
            Ok(root) if root != checkpoint.root => Some(Damage::Root { file }),
            Ok(_) => None,
        })
    }

    /// Reads every segment to its end, over damages too, so that all are named at once.
    pub(crate) fn replay(&self, mut visit: impl FnMut(Found<'_>)) -> Result<Replayed, ReadError> {
        let mut replayed = Replayed { segments: self.segments()?, ..Replayed::default() };
        let mut chain = Chain::EMPTY;
        let mut is_whole = true;
        for (index, first) in replayed.segments.clone().into_iter().enumerate() {
            let file = segment_file(first);
            let bytes = self.read(&file)?;
            replayed.bytes += bytes.len() as u64;
            replayed.last_length = bytes.len() as u64;
            if first != chain.next {
                replayed.damages.push(Damage::Gap { file: file.clone(), expected: chain.next });
                is_whole = false;
                chain = resumed(&bytes, first);
            }
            let tree = &mut replayed.tree;
            let scanned = segment::scan(&bytes, &mut chain, |found| {
                if is_whole {
                    tree.push(found.leaf);
                    visit(found);
                }
            });
            let Err(fault) = scanned else { continue };
            let is_last = index + 1 == replayed.segments.len();
            let tail = bytes.get(fault.offset as usize..).unwrap_or_default();
            if is_last && segment::is_torn(tail, chain.next) {
                replayed.last_length = fault.offset;
                replayed.torn = Some(torn(file, &fault, (tail.len() as u64, chain.next)));
            } else {
                is_whole = false;
                let Fault { line, offset, flaw } = fault;
                replayed.damages.push(Damage::Line { file, line, offset, flaw });
                // What follows is read as if the segment had been whole, so that its own damage shows too.
                let next = replayed.segments.get(index + 1).copied();
                chain.next = next.unwrap_or(chain.next);
                chain = self.resumed_at(next, chain)?;
            }
        }
        replayed.chain = is_whole.then_some(chain);
        Ok(replayed)
    }

    pub(crate) fn segments(&self) -> Result<Vec<u64>, ReadError> {
        self.numbered(SEGMENTS, segment::first_of)
    }

    pub(crate) fn read(&self, file: &str) -> Result<Vec<u8>, ReadError> {
        self.files.read(&self.directory.join(file)).map_err(|error| self.failed(file, error))
    }

    pub(crate) fn open(&self, file: &str) -> Result<Box<dyn Content>, ReadError> {
        self.files.content(&self.directory.join(file)).map_err(|error| self.failed(file, error))
    }

    fn resumed_at(&self, next: Option<u64>, chain: Chain) -> Result<Chain, ReadError> {
        let Some(first) = next else { return Ok(chain) };
        Ok(resumed(&self.read(&segment_file(first))?, first))
    }

    fn numbered(&self, directory: &str, number: impl Fn(&str) -> Option<u64>) -> Result<Vec<u64>, ReadError> {
        let names = self.files.names(&self.directory.join(directory)).map_err(|error| self.failed(directory, error))?;
        let stranger = |name: &String| damaged(Damage::Stranger { file: format!("{directory}/{name}") });
        let known = names.iter().filter(|name| !is_partial(name));
        known.map(|name| number(name).ok_or_else(|| stranger(name))).collect()
    }

    pub(crate) fn failed(&self, file: &str, error: io::Error) -> ReadError {
        ReadError::Io(self.directory.join(file), error)
    }
}

pub(crate) fn segment_file(first: u64) -> String {
    format!("{SEGMENTS}/{}", segment::name(first))
}

pub(crate) fn checkpoint_file(size: u64) -> String {
    format!("{}/{}", checkpoint::DIRECTORY, checkpoint::name(size))
}

fn damaged(damage: Damage) -> ReadError {
    ReadError::Damage(Box::new(damage))
}

/// The chain as a segment itself claims that it stood where it begins.
fn resumed(bytes: &[u8], first: u64) -> Chain {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let previous = crate::entry::read(line).map_or(Chain::EMPTY.previous, |(entry, _)| entry.previous);
    Chain { next: first, batch: first, previous }
}

fn torn(file: String, fault: &Fault, (length, sequence): (u64, u64)) -> Torn {
    Torn { file, offset: fault.offset, length, sequence, reason: fault.flaw.to_string() }
}
