//! A segment: a file of lines, and how its bytes are held against the chain that they continue. Pure.

use crate::digest::Digest;
use crate::entry::{self, Entry, LineError};

/// Where a chain of entries stands after the last that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain {
    /// The sequence of the next entry.
    pub next: u64,
    /// The first sequence of the last durable write.
    pub batch: u64,
    /// The leaf digest of the last entry.
    pub previous: Digest,
}

impl Chain {
    /// The chain of a log without entries.
    pub const EMPTY: Self = Self { next: 0, batch: 0, previous: Digest::ZERO };
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// The line is no entry, or was changed.
    #[error(transparent)]
    Line(#[from] LineError),
    /// The last line has no end.
    #[error("the line has no end: writing it was interrupted")]
    Unfinished,
    /// Another entry belongs here.
    #[error("entry {found} stands where entry {expected} belongs: entries were removed, repeated or moved")]
    Sequence {
        /// The entry that belongs here.
        expected: u64,
        /// The entry that stands here.
        found: u64,
    },
    /// The entry does not follow the one before it.
    #[error("the entry carries another digest than that of the entry before it: one of the two was replaced")]
    Previous,
    /// The entry says that it was part of a write that does not reach here.
    #[error("the entry says that it was written with entry {0}, which was written apart: it was replaced")]
    Batch(u64),
}

/// A flaw and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line, counted from one.
    pub line: u64,
    /// The byte at which the line starts.
    pub offset: u64,
    /// What is wrong.
    pub flaw: Flaw,
}

/// An entry as it stands in a segment.
#[derive(Debug)]
pub struct Found<'a> {
    /// The entry.
    pub entry: Entry,
    /// Its line, without the line end.
    pub line: &'a [u8],
    /// Its leaf digest.
    pub leaf: Digest,
}

/// The name of the segment that begins with this entry.
#[must_use]
pub fn name(first: u64) -> String {
    format!("{first:020}.jsonl")
}

/// The entry that the segment of this name begins with.
#[must_use]
pub fn first_of(file: &str) -> Option<u64> {
    let first = file.strip_suffix(".jsonl")?.parse().ok()?;
    (name(first) == file).then_some(first)
}

/// Reads a segment from where the chain stands, and moves the chain with every good entry.
///
/// # Errors
/// The first line that does not continue the chain.
pub fn scan(bytes: &[u8], chain: &mut Chain, mut visit: impl FnMut(Found<'_>)) -> Result<(), Fault> {
    let mut offset = 0;
    for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let found = follow(line, chain).map_err(|flaw| Fault { line: index as u64 + 1, offset, flaw })?;
        *chain = Chain { next: chain.next + 1, batch: found.entry.batch, previous: found.leaf };
        offset += line.len() as u64;
        visit(found);
    }
    Ok(())
}

/// Whether all that stands at the end of a log, from the first flaw on, can be what an interrupted write left behind.
///
/// It cannot if the flawed line is whole: an entry out of place, or one of a newer program. Nor can it if a later write
/// follows, for that one only began when the earlier was durable; and what a newer program wrote may be one.
#[must_use]
pub fn is_torn(tail: &[u8], sequence: u64) -> bool {
    let mut lines = tail.split_inclusive(|byte| *byte == b'\n');
    let first_is_whole = lines.next().is_some_and(is_whole);
    !first_is_whole && !lines.any(|line| alone(line).map_or_else(|| is_whole(line), |entry| entry.batch > sequence))
}

/// Whether a line is as it was written, whoever understands it: its own digest tells.
fn is_whole(line: &[u8]) -> bool {
    let read = line.strip_suffix(b"\n").map(entry::read);
    read.is_some_and(|read| !matches!(read, Err(LineError::Check | LineError::TooLong(_))))
}

fn follow<'a>(line: &'a [u8], chain: &Chain) -> Result<Found<'a>, Flaw> {
    let line = line.strip_suffix(b"\n").ok_or(Flaw::Unfinished)?;
    let (entry, leaf) = entry::read(line)?;
    if entry.sequence != chain.next {
        return Err(Flaw::Sequence { expected: chain.next, found: entry.sequence });
    }
    if entry.previous != chain.previous {
        return Err(Flaw::Previous);
    }
    if entry.batch != chain.batch && entry.batch != entry.sequence {
        return Err(Flaw::Batch(entry.batch));
    }
    Ok(Found { entry, line, leaf })
}

fn alone(line: &[u8]) -> Option<Entry> {
    entry::read(line.strip_suffix(b"\n")?).ok().map(|(entry, _)| entry)
}
