//! What can be wrong with a log beyond a torn tail. Nothing here is ever repaired by itself.

use crate::note::NoteError;
use crate::segment::Flaw;

/// A place where a log is not what was written.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// A line does not continue the chain.
    #[error("`{file}` line {line} (byte {offset}): {flaw}")]
    Line {
        /// The segment.
        file: String,
        /// The line, counted from one.
        line: u64,
        /// The byte at which the line starts.
        offset: u64,
        /// What is wrong with it.
        flaw: Flaw,
    },
    /// A segment is missing or has another name.
    #[error("`{file}` stands where the segment that begins with entry {expected} belongs")]
    Gap {
        /// The file that is there.
        file: String,
        /// The entry that should come next.
        expected: u64,
    },
    /// A checkpoint is unreadable, or its signature is not that of the log's key.
    #[error("`{file}` is no checkpoint of this log: {reason}")]
    Note {
        /// The checkpoint.
        file: String,
        /// What is wrong with it.
        reason: NoteError,
    },
    /// Entries that were signed are gone.
    #[error("`{file}` signs {signed} entries, and the log has {found}: its end was removed")]
    Short {
        /// The checkpoint.
        file: String,
        /// How many entries it signs.
        signed: u64,
        /// How many there are.
        found: u64,
    },
    /// The entries are others than those that were signed.
    #[error("`{file}` signs another history than the entries tell: they were rewritten")]
    Root {
        /// The checkpoint.
        file: String,
    },
    /// Evidence that an entry refers to is gone.
    #[error("evidence {digest}, which entry {sequence} refers to, is missing")]
    MissingEvidence {
        /// The digest of the evidence or of one of its chunks.
        digest: String,
        /// The first entry that refers to it.
        sequence: u64,
    },
    /// Evidence has another content than its digest says.
    #[error("evidence {digest}, which entry {sequence} refers to, was changed")]
    ChangedEvidence {
        /// The digest of the evidence or of one of its chunks.
        digest: String,
        /// The first entry that refers to it.
        sequence: u64,
    },
    /// A file that no journal writes.
    #[error("`{file}` is no file of a journal")]
    Stranger {
        /// The file.
        file: String,
    },
}

impl Damage {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Line {
                flaw: Flaw::Line(crate::entry::LineError::Version(_) | crate::entry::LineError::Kind(_)),
                ..
            } => "use the version of this program that wrote the log; the log itself may be sound",
            Self::Stranger { .. } => "find out who put it there, and move it away",
            Self::MissingEvidence { .. } | Self::ChangedEvidence { .. } => {
                "bring the evidence back from a replica; nothing else makes it what it was"
            }
            Self::Line { .. } | Self::Gap { .. } | Self::Note { .. } | Self::Short { .. } | Self::Root { .. } => {
                "keep this directory as it is, compare it with a replica, and find out who could write to it"
            }
        }
    }
}
