//! C2SP signed notes: a text, and signatures under it that name their key.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::keys::{SignerKey, VerifierKey};

const LONGEST: usize = 64 * 1024;
const MOST_SIGNATURES: usize = 64;
const DASH: &str = "\u{2014} ";

/// A text with signatures, as it was read or signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// The name of the key.
    pub name: String,
    /// The first four bytes of a digest over the key's name and content.
    pub key_id: [u8; 4],
    /// The signature itself.
    pub bytes: Vec<u8>,
}

/// Why a note is none, or is not to be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Its form is wrong.
    #[error("it is no signed note: {0}")]
    Form(&'static str),
    /// It lacks the signature that was asked for.
    #[error("it has no signature of the key `{0}`")]
    Unsigned(String),
    /// A signature that claims to be of the key is not.
    #[error("its signature of the key `{0}` is wrong: the text was changed, or another key signed")]
    Forged(String),
    /// It is signed, and no checkpoint.
    #[error("its text is no checkpoint: {0}")]
    Checkpoint(&'static str),
    /// It speaks of another log.
    #[error("it is a checkpoint of the log `{found}`, not of `{expected}`")]
    Origin {
        /// The log that it should speak of.
        expected: String,
        /// The log that it speaks of.
        found: String,
    },
}

impl Note {
    /// Signs a text, which ends with a line end.
    ///
    /// # Errors
    /// When the text can be the text of no note.
    pub fn sign(text: String, key: &SignerKey) -> Result<Self, NoteError> {
        check_text(&text)?;
        let bytes = key.sign(text.as_bytes()).to_vec();
        let signature = NoteSignature { name: key.name().to_owned(), key_id: key.id(), bytes };
        Ok(Self { text, signatures: vec![signature] })
    }

    /// Reads a note. Its signatures are not verified yet.
    ///
    /// # Errors
    /// When it has not the form of a note.
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        if note.len() > LONGEST {
            return Err(NoteError::Form("it is too long"));
        }
        let (text, signatures) = note.rsplit_once("\n\n").ok_or(NoteError::Form("it has no blank line"))?;
        let text = format!("{text}\n");
        check_text(&text)?;
        let lines = signatures.strip_suffix('\n').ok_or(NoteError::Form("its last line has no end"))?;
        let signatures: Vec<NoteSignature> = lines.split('\n').map(read_signature).collect::<Result<_, _>>()?;
        match signatures.len() {
            1..=MOST_SIGNATURES => Ok(Self { text, signatures }),
            _ => Err(NoteError::Form("it has too many signatures")),
        }
    }

    /// Verifies the signature of one key and returns the text. Signatures of other keys say nothing.
    ///
    /// # Errors
    /// When the key did not sign, or a signature in its name is wrong.
    pub fn verified(&self, key: &VerifierKey) -> Result<&str, NoteError> {
        let mut own = self.signatures.iter().filter(|found| found.name == key.name() && found.key_id == key.id());
        let signature = own.next().ok_or_else(|| NoteError::Unsigned(key.name().to_owned()))?;
        let is_good = own.next().is_none() && key.verify(self.text.as_bytes(), &signature.bytes);
        if is_good { Ok(&self.text) } else { Err(NoteError::Forged(key.name().to_owned())) }
    }

    /// The text, whoever may have signed it.
    #[must_use]
    pub fn unverified_text(&self) -> &str {
        &self.text
    }

    /// Its signatures, verified or not.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| {
            let bytes = [&signature.key_id[..], &signature.bytes].concat();
            writeln!(formatter, "{DASH}{} {}", signature.name, STANDARD.encode(bytes))
        })
    }
}

fn check_text(text: &str) -> Result<(), NoteError> {
    if text.len() < 2 || !text.ends_with('\n') {
        return Err(NoteError::Form("its text has no line"));
    }
    let is_plain = text.chars().all(|character| character == '\n' || !character.is_ascii_control());
    if is_plain { Ok(()) } else { Err(NoteError::Form("its text has control characters")) }
}

fn read_signature(line: &str) -> Result<NoteSignature, NoteError> {
    const WRONG: NoteError = NoteError::Form("a signature line is wrong");
    let (name, encoded) = line.strip_prefix(DASH).and_then(|rest| rest.split_once(' ')).ok_or(WRONG)?;
    let bytes = STANDARD.decode(encoded).map_err(|_| WRONG)?;
    let (key_id, signature) = bytes.split_first_chunk::<4>().ok_or(WRONG)?;
    if name.is_empty() || name.chars().any(|character| character.is_whitespace() || character == '+') {
        return Err(WRONG);
    }
    if signature.is_empty() {
        return Err(WRONG);
    }
    Ok(NoteSignature { name: name.to_owned(), key_id: *key_id, bytes: signature.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the C2SP specification's reference implementation.
    const EXAMPLE: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    const NEUMANN: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    #[test]
    fn the_published_example_verifies_and_is_written_back() {
        let note = Note::parse(EXAMPLE).unwrap();
        assert!(note.verified(&NEUMANN.parse().unwrap()).unwrap().starts_with("If you think"));
        assert_eq!(note.to_string(), EXAMPLE);
    }

    #[test]
    fn every_changed_byte_of_a_note_is_noticed() {
        let key: VerifierKey = NEUMANN.parse().unwrap();
        for index in 0..EXAMPLE.len() {
            let mut bytes = EXAMPLE.as_bytes().to_vec();
            bytes[index] ^= 1;
            let read = String::from_utf8(bytes).ok().and_then(|text| Note::parse(&text).ok());
            assert!(read.is_none_or(|note| note.verified(&key).is_err()), "byte {index}");
        }
    }

    #[test]
    fn what_has_not_the_form_of_a_note_is_none() {
        for bad in
            ["", "\n", "a\n", "a\n\n", "a\n\n\n", "a\n\n- b AAAAAAAA\n", "a\n\n\u{2014} b AAAAAA==\n", "a\tb\n\n"]
        {
            assert!(matches!(Note::parse(bad), Err(NoteError::Form(_))), "{bad:?}");
        }
    }

    #[test]
    fn a_second_signature_in_the_name_of_a_key_is_refused() {
        let signer = SignerKey::from_seed("log", [7; 32]).unwrap();
        let mut note = Note::sign("text\n".to_owned(), &signer).unwrap();
        assert!(note.verified(&signer.verifier()).is_ok());
        note.signatures.push(note.signatures[0].clone());
        assert_eq!(note.verified(&signer.verifier()), Err(NoteError::Forged("log".to_owned())));
    }
}
