//! One entry as one line: how it is written, and how a line is held against what it must be.
//!
//! The line is the leaf of the hash tree. Its last field digests what stands before it, so that a line can be judged
//! by itself: the newest line has no successor yet that would carry its digest.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use sha2::Digest as _;

use crate::digest::{Digest, digit, leaf_hasher};
use crate::kind::{Kind, UnknownKind};

/// The version of the format that this crate writes, and the newest that it reads.
pub const VERSION: u32 = 1;

/// The longest line: what fits the 16-bit length of an entry in a C2SP bundle.
pub const LONGEST_LINE: usize = 65_535;

/// What a line needs beside its body and its evidence, at most.
const ENVELOPE: usize = 512;

/// What one digest of evidence takes, with its quotes and its comma.
const REFERENCE: usize = 67;

/// `,"check":"0123456789abcdef"}`
const CHECK_LENGTH: usize = 28;
const CHECK_START: usize = 10;
const CHECK_DIGITS: usize = 8;

/// Something to be written down, before it has its place in a log.
#[derive(Debug, Clone)]
pub struct Draft {
    at: Timestamp,
    kind: Kind,
    epoch: u64,
    evidence: Vec<Digest>,
    body: Box<RawValue>,
}

/// A draft that no line can hold.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// The body is no JSON.
    #[error("the body of the entry cannot be written as JSON")]
    Body(#[source] serde_json::Error),
    /// It is too long for one entry.
    #[error("an entry of {length} bytes is longer than {LONGEST_LINE}; keep what is large as evidence and refer to it")]
    TooLong {
        /// What the line would take, at most.
        length: usize,
    },
}

impl Draft {
    /// An entry of this kind and moment. Large content belongs into evidence.
    ///
    /// # Errors
    /// When the body is no JSON, or too long for one entry.
    pub fn new<T: Serialize>(at: Timestamp, kind: Kind, body: &T) -> Result<Self, DraftError> {
        let body = to_raw_value(body).map_err(DraftError::Body)?;
        Self { at, kind, epoch: 0, evidence: Vec::new(), body }.fitting()
    }

    /// The same under the epoch of the lease that its writer holds.
    #[must_use]
    pub fn in_epoch(self, epoch: u64) -> Self {
        Self { epoch, ..self }
    }

    /// The same with references to evidence, which is kept beside the log.
    ///
    /// # Errors
    /// When so many references make it too long for one entry.
    pub fn with_evidence(self, evidence: Vec<Digest>) -> Result<Self, DraftError> {
        Self { evidence, ..self }.fitting()
    }

    /// How long its line is at most.
    #[must_use]
    pub fn length(&self) -> usize {
        ENVELOPE + self.evidence.len() * REFERENCE + self.body.get().len()
    }

    fn fitting(self) -> Result<Self, DraftError> {
        let length = self.length();
        // A line end inside a body can only come from raw JSON that somebody handed in; it would break the line.
        let is_one_line = !self.body.get().contains('\n');
        match length <= LONGEST_LINE && is_one_line {
            true => Ok(self),
            false if !is_one_line => Err(DraftError::Body(serde::ser::Error::custom("raw JSON has a line end"))),
            false => Err(DraftError::TooLong { length }),
        }
    }
}

/// An entry as it stands in a log.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The version of its format.
    pub version: u32,
    /// Its place in the log, counted from zero.
    pub sequence: u64,
    /// The sequence of the first entry of the durable write that it was part of.
    pub batch: u64,
    /// The epoch of the lease that its writer held; zero where none is needed.
    pub epoch: u64,
    /// When it was written, by the clock of its writer.
    pub at: Timestamp,
    /// What it tells of.
    pub kind: Kind,
    /// The evidence that it refers to.
    pub evidence: Vec<Digest>,
    /// What it says.
    pub body: Box<RawValue>,
    /// The leaf digest of the entry before it.
    pub previous: Digest,
}

/// Why a line is no entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Its own digest tells that it was changed.
    #[error("the line does not match the digest at its own end: it was changed after it was written")]
    Check,
    /// It is no entry by its form.
    #[error("the line is no entry: {0}")]
    Form(String),
    /// It comes from a later version.
    #[error("the entry has version {0}, and this program reads up to {VERSION}: read it with a newer version")]
    Version(u32),
    /// It is of a kind that this version does not know.
    #[error(transparent)]
    Kind(#[from] UnknownKind),
    /// It is longer than any entry.
    #[error("the line has {0} bytes, and no entry is longer than {LONGEST_LINE}")]
    TooLong(usize),
}

/// The fields as they stand in a line, in this order.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields<'a> {
    version: u32,
    sequence: u64,
    batch: u64,
    epoch: u64,
    time: Timestamp,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    evidence: Vec<Digest>,
    #[serde(borrow)]
    body: &'a RawValue,
    previous: Digest,
    #[serde(rename = "check", default, skip_serializing)]
    _check: IgnoredAny,
}

/// The one field that every version has.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

/// Where an entry goes in its log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) sequence: u64,
    pub(crate) batch: u64,
    pub(crate) previous: Digest,
}

/// Appends the line of a draft, without its line end, and returns its leaf digest.
pub(crate) fn write(draft: &Draft, place: Place, line: &mut Vec<u8>) -> Result<Digest, serde_json::Error> {
    let start = line.len();
    let fields = Fields {
        version: VERSION,
        sequence: place.sequence,
        batch: place.batch,
        epoch: draft.epoch,
        time: draft.at,
        kind: Cow::Borrowed(draft.kind.name()),
        evidence: draft.evidence.clone(),
        body: &draft.body,
        previous: place.previous,
        _check: IgnoredAny,
    };
    serde_json::to_writer(&mut *line, &fields)?;
    // The closing brace moves behind the digest of what stands before it.
    line.pop();
    let hasher = leaf_hasher().chain_update(line.get(start..).unwrap_or_default());
    let end = check_of(hasher.clone());
    line.extend_from_slice(&end);
    Ok(Digest::from_bytes(hasher.chain_update(end).finalize().into()))
}

/// Reads a line, without its line end, and returns the entry with its leaf digest.
///
/// # Errors
/// When the line was changed, or is no entry that this version knows.
pub fn read(line: &[u8]) -> Result<(Entry, Digest), LineError> {
    if line.len() > LONGEST_LINE {
        return Err(LineError::TooLong(line.len()));
    }
    let (before, end) = line.split_at_checked(line.len().saturating_sub(CHECK_LENGTH)).unwrap_or((line, &[]));
    let hasher = leaf_hasher().chain_update(before);
    if check_of(hasher.clone()) != end {
        return Err(LineError::Check);
    }
    let leaf = Digest::from_bytes(hasher.chain_update(end).finalize().into());
    Ok((parse(line)?, leaf))
}

fn parse(line: &[u8]) -> Result<Entry, LineError> {
    let fields: Fields<'_> = serde_json::from_slice(line).map_err(|error| match serde_json::from_slice(line) {
        Ok(Versioned { version }) if version != VERSION => LineError::Version(version),
        _ => LineError::Form(format!("{:?} error in column {}", error.classify(), error.column()).to_lowercase()),
    })?;
    if fields.version != VERSION {
        return Err(LineError::Version(fields.version));
    }
    Ok(Entry {
        version: fields.version,
        sequence: fields.sequence,
        batch: fields.batch,
        epoch: fields.epoch,
        at: fields.time,
        kind: fields.kind.parse()?,
        evidence: fields.evidence,
        body: fields.body.to_owned(),
        previous: fields.previous,
    })
}

/// The last field of a line over what its hasher has seen. Every line that is read is held against it: nothing here
/// allocates.
fn check_of(hasher: sha2::Sha256) -> [u8; CHECK_LENGTH] {
    let mut check = *b",\"check\":\"0123456789abcdef\"}";
    let digest: [u8; 32] = hasher.finalize().into();
    let (digits, _) = check.get_mut(CHECK_START..).unwrap_or_default().as_chunks_mut::<2>();
    for ([high, low], byte) in digits.iter_mut().zip(digest.into_iter().take(CHECK_DIGITS)) {
        (*high, *low) = (digit(byte >> 4), digit(byte & 15));
    }
    check
}

#[cfg(test)]
mod tests;
