//! Proofs that leave the house: that one entry stands in a log, in the text form of C2SP tlog-proof, with the entry's
//! own line beside it. Whoever has the log's public key checks them without the log.

use std::fmt::Write as _;

use crate::checkpoint::Checkpoint;
use crate::digest::Digest;
use crate::keys::VerifierKey;
use crate::note::NoteError;
use crate::reader::{ReadError, Reader};
use crate::tree::{OutOfTree, verify_inclusion};

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// Why an entry cannot be proven.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// No checkpoint signs the entry yet.
    #[error("no checkpoint signs entry {0} yet: sign one, and try again")]
    Unsigned(u64),
    /// The log has no such entry.
    #[error(transparent)]
    OutOfTree(#[from] OutOfTree),
}

/// Why a proof proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// It has not the form of a proof.
    #[error("it is no proof: it is written as C2SP tlog-proof says")]
    Form,
    /// Its checkpoint is not to be believed.
    #[error("its checkpoint is none: {0}")]
    Note(#[from] NoteError),
    /// The line is not in the log.
    #[error("it does not lead from this entry to the checkpoint: the entry is not in that log")]
    NotProven,
}

impl Reader {
    /// The line of an entry, and the proof that it stands in the log as the newest checkpoint signs it.
    ///
    /// # Errors
    /// When the log cannot be read, has no such entry, or no checkpoint signs it.
    pub fn prove(&self, sequence: u64) -> Result<(Vec<u8>, String), ProveError> {
        let size = self.checkpoints()?.last().copied().filter(|size| *size > sequence);
        let size = size.ok_or(ProveError::Unsigned(sequence))?;
        let path = self.replay(|_| {})?.tree.inclusion(sequence, size)?;
        let line = self.lines(sequence..sequence + 1)?.pop().ok_or(ProveError::Unsigned(sequence))?;
        let mut proof = format!("{HEADER}\nindex {sequence}\n");
        for digest in path {
            // Writing to a string never fails.
            let _ = writeln!(proof, "{}", digest.to_base64());
        }
        Ok((line, format!("{proof}\n{}", self.note(size)?)))
    }
}

/// Verifies a proof with the public key alone, and returns the place of the entry and what the checkpoint says.
///
/// # Errors
/// When it proves nothing.
pub fn verify(line: &[u8], proof: &str, key: &VerifierKey) -> Result<(u64, Checkpoint), ProofError> {
    let (head, note) = proof.split_once("\n\n").ok_or(ProofError::Form)?;
    let mut lines = head.split('\n');
    let index = lines.next().filter(|line| *line == HEADER).and_then(|_| lines.next()?.strip_prefix("index "));
    let text = index.ok_or(ProofError::Form)?;
    let index: u64 = text.parse().map_err(|_| ProofError::Form)?;
    if index.to_string() != text {
        return Err(ProofError::Form);
    }
    let path: Vec<Digest> = lines.map(Digest::from_base64).collect::<Result<_, _>>().map_err(|_| ProofError::Form)?;
    let checkpoint = Checkpoint::verified(note, key)?;
    let root = (checkpoint.size, checkpoint.root);
    verify_inclusion(line, index, &path, root).map_err(|_| ProofError::NotProven)?;
    Ok((index, checkpoint))
}
