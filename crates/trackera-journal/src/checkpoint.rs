//! Checkpoints: which entries a log has, as one digest, in the text form of C2SP tlog-checkpoint.

use std::fmt;
use std::path::Path;

use crate::digest::Digest;
use crate::fs::Files;
use crate::keys::{SignerKey, VerifierKey};
use crate::note::{Note, NoteError};

/// The directory of a log's checkpoints.
pub(crate) const DIRECTORY: &str = "checkpoints";

/// The state of a log at one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log.
    pub origin: String,
    /// How many entries it has.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Digest,
}

impl Checkpoint {
    /// Reads the text of a checkpoint. Extension lines are refused: this journal writes none.
    ///
    /// # Errors
    /// When the text is no checkpoint.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut lines = text.strip_suffix('\n').ok_or(NoteError::Checkpoint("its last line has no end"))?.split('\n');
        let (Some(origin), Some(size), Some(root), None) = (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(NoteError::Checkpoint("it has not three lines"));
        };
        let number: u64 = size.parse().map_err(|_| NoteError::Checkpoint("its second line is no size"))?;
        if number.to_string() != size {
            return Err(NoteError::Checkpoint("its size is not written as decimal digits alone"));
        }
        let root = Digest::from_base64(root).map_err(|_| NoteError::Checkpoint("its third line is no digest"))?;
        Ok(Self { origin: origin.to_owned(), size: number, root })
    }

    /// Reads a note, verifies the signature of the log's key, and that it speaks of that log.
    ///
    /// # Errors
    /// When anything of this is not so.
    pub fn verified(note: &str, key: &VerifierKey) -> Result<Self, NoteError> {
        let note = Note::parse(note)?;
        let checkpoint = Self::parse(note.verified(key)?)?;
        if checkpoint.origin == key.name() {
            return Ok(checkpoint);
        }
        Err(NoteError::Origin { expected: key.name().to_owned(), found: checkpoint.origin })
    }

    /// Signs it with the log's key.
    ///
    /// # Errors
    /// When the origin is not the name of the key.
    pub fn sign(&self, key: &SignerKey) -> Result<Note, NoteError> {
        if self.origin != key.name() {
            return Err(NoteError::Origin { expected: key.name().to_owned(), found: self.origin.clone() });
        }
        Note::sign(self.to_string(), key)
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}\n{}\n{}\n", self.origin, self.size, self.root.to_base64())
    }
}

/// The file name of the checkpoint at a size.
pub(crate) fn name(size: u64) -> String {
    format!("{size:020}.note")
}

/// The size of the checkpoint with this file name.
pub(crate) fn size_of(file: &str) -> Option<u64> {
    let size = file.strip_suffix(".note")?.parse().ok()?;
    (name(size) == file).then_some(size)
}

/// Reads the checkpoint at a size as its file says, verified.
pub(crate) fn load(
    files: &dyn Files,
    log: &Path,
    size: u64,
    key: &VerifierKey,
) -> std::io::Result<Result<Checkpoint, NoteError>> {
    let bytes = files.read(&log.join(DIRECTORY).join(name(size)))?;
    let Ok(text) = String::from_utf8(bytes) else { return Ok(Err(NoteError::Form("it is no text"))) };
    Ok(Checkpoint::verified(&text, key).and_then(|checkpoint| match checkpoint.size == size {
        true => Ok(checkpoint),
        false => Err(NoteError::Checkpoint("it has the name of another size")),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_is_read_back() {
        let checkpoint = Checkpoint { origin: "a.example/log".to_owned(), size: 0, root: Digest::of(b"") };
        assert_eq!(Checkpoint::parse(&checkpoint.to_string()).unwrap(), checkpoint);
    }

    #[test]
    fn what_differs_in_form_is_no_checkpoint() {
        let root = Digest::of(b"").to_base64();
        for bad in [
            format!("a\n01\n{root}\n"),
            format!("a\n+1\n{root}\n"),
            format!("a\n1\n{root}"),
            format!("a\n1\n{root}\nextension\n"),
            "a\n1\nAAAA\n".to_owned(),
            String::new(),
        ] {
            assert!(matches!(Checkpoint::parse(&bad), Err(NoteError::Checkpoint(_))), "{bad:?}");
        }
    }

    #[test]
    fn a_checkpoint_of_another_log_is_refused() {
        let key = SignerKey::from_seed("a", [1; 32]).unwrap();
        let note = Note::sign(format!("b\n1\n{}\n", Digest::of(b"").to_base64()), &key).unwrap();
        let error = Checkpoint::verified(&note.to_string(), &key.verifier()).unwrap_err();
        assert_eq!(error, NoteError::Origin { expected: "a".to_owned(), found: "b".to_owned() });
    }
}
