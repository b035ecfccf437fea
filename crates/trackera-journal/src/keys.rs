//! The key of a log: Ed25519, written as Go's signed notes write keys, so that outside tools read them.
//!
//! A private key is read from a file that only its owner can read, and is never printed.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

use crate::digest::to_hex;

const ED25519: u8 = 1;
const PRIVATE: &str = "PRIVATE+KEY+";

/// The public half: its name is the origin of its log.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    key: VerifyingKey,
}

/// The private half.
#[derive(Clone)]
pub struct SignerKey {
    name: String,
    key: SigningKey,
}

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The text is no key.
    #[error("the text is no key: {0}")]
    Form(&'static str),
    /// The file cannot be read or written.
    #[error("the key file `{}` cannot be used", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// Others than its owner could read the file.
    #[error(
        "the key file `{}` can be read by others (mode {mode:03o}): `chmod 600` it, and replace the key if others were \
         on this machine",
        path.display()
    )]
    Mode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
}

impl VerifierKey {
    /// The name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What signature lines call the key beside its name.
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        key_id(&self.name, &self.key)
    }

    /// Whether the signature is this key's over these bytes.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.key.verify_strict(message, &signature).is_ok())
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_key(formatter, (&self.name, self.id()), self.key.as_bytes())
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (name, id, bytes) = read_key(text)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::Form("it is no point of the curve"))?;
        let verifier = Self { name, key };
        if to_hex(&verifier.id()) == id { Ok(verifier) } else { Err(KeyError::Form("its id is that of another key")) }
    }
}

impl SignerKey {
    /// The key of this name that this seed makes; the seed comes from the system's random numbers.
    ///
    /// # Errors
    /// When the name is empty or has blanks or a plus sign.
    pub fn from_seed(name: &str, seed: [u8; 32]) -> Result<Self, KeyError> {
        let name = checked_name(name)?;
        Ok(Self { name, key: SigningKey::from_bytes(&seed) })
    }

    /// Reads a key file that only its owner can read.
    ///
    /// # Errors
    /// When others can read the file too, or it holds no key.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        let failed = |error| KeyError::File(path.to_owned(), error);
        let mode = fs::metadata(path).map_err(failed)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyError::Mode { path: path.to_owned(), mode });
        }
        fs::read_to_string(path).map_err(failed)?.trim_end().parse()
    }

    /// Writes the key into a new file that only its owner can read.
    ///
    /// # Errors
    /// When there is such a file already, or it cannot be written.
    pub fn create(&self, path: &Path) -> Result<(), KeyError> {
        let write = || {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
            writeln!(file, "{}", Exposed(self))?;
            file.sync_all()
        };
        write().map_err(|error| KeyError::File(path.to_owned(), error))
    }

    /// The name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What signature lines call the key beside its name.
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        key_id(&self.name, &self.key.verifying_key())
    }

    /// Signs these bytes.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }

    /// Its public half.
    #[must_use]
    pub fn verifier(&self) -> VerifierKey {
        VerifierKey { name: self.name.clone(), key: self.key.verifying_key() }
    }
}

impl FromStr for SignerKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let rest = text.strip_prefix(PRIVATE).ok_or(KeyError::Form("it does not begin as a private key"))?;
        let (name, id, seed) = read_key(rest)?;
        let signer = Self::from_seed(&name, seed)?;
        if to_hex(&signer.id()) == id { Ok(signer) } else { Err(KeyError::Form("its id is that of another key")) }
    }
}

impl fmt::Debug for SignerKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SignerKey({}, ***)", self.name)
    }
}

/// A private key as its file holds it; the one place where it becomes text.
struct Exposed<'a>(&'a SignerKey);

impl fmt::Display for Exposed<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(PRIVATE)?;
        write_key(formatter, (&self.0.name, self.0.id()), self.0.key.as_bytes())
    }
}

fn write_key(formatter: &mut fmt::Formatter<'_>, key: (&str, [u8; 4]), bytes: &[u8; 32]) -> fmt::Result {
    let (name, id) = key;
    write!(formatter, "{name}+{}+{}", to_hex(&id), STANDARD.encode([&[ED25519][..], bytes].concat()))
}

fn read_key(text: &str) -> Result<(String, String, [u8; 32]), KeyError> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(encoded)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(KeyError::Form("it is written NAME+ID+KEY"));
    };
    let bytes = STANDARD.decode(encoded).map_err(|_| KeyError::Form("its last part is no base64"))?;
    match bytes.split_first() {
        Some((&ED25519, key)) => {
            let key = key.try_into().map_err(|_| KeyError::Form("it has not the length of an Ed25519 key"))?;
            Ok((checked_name(name)?, id.to_owned(), key))
        }
        _ => Err(KeyError::Form("it is no Ed25519 key")),
    }
}

fn checked_name(name: &str) -> Result<String, KeyError> {
    let is_good = !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+');
    if is_good { Ok(name.to_owned()) } else { Err(KeyError::Form("its name is empty, or has blanks or a plus sign")) }
}

fn key_id(name: &str, key: &VerifyingKey) -> [u8; 4] {
    let digest =
        Sha256::new().chain_update(name).chain_update([b'\n', ED25519]).chain_update(key.as_bytes()).finalize();
    digest.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_that_others_can_read_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        let key = SignerKey::from_seed("agent.example", [1; 32]).unwrap();
        key.create(&path).unwrap();
        assert_eq!(SignerKey::load(&path).unwrap().verifier(), key.verifier());
        for mode in [0o640, 0o604, 0o620, 0o610, 0o666] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(matches!(SignerKey::load(&path), Err(KeyError::Mode { mode: found, .. }) if found == mode));
        }
        assert!(matches!(key.create(&path), Err(KeyError::File(..))), "a key file is never overwritten");
    }

    #[test]
    fn a_private_key_is_never_printed() {
        let key = SignerKey::from_seed("agent.example", [1; 32]).unwrap();
        assert_eq!(format!("{key:?}"), "SignerKey(agent.example, ***)");
        assert!(!"PRIVATE+KEY+a+b+c".parse::<SignerKey>().unwrap_err().to_string().contains("b+c"));
    }

    #[test]
    fn keys_are_read_back_and_other_texts_are_none() {
        let key = SignerKey::from_seed("agent.example", [1; 32]).unwrap();
        let text = key.verifier().to_string();
        assert_eq!(text.parse::<VerifierKey>().unwrap(), key.verifier());
        for bad in ["", "a", "a+b", "a+00000000+AAAA", &text.replace("agent", "agent2"), &text[..text.len() - 4]] {
            assert!(bad.parse::<VerifierKey>().is_err(), "{bad}");
        }
        assert!(SignerKey::from_seed("a b", [1; 32]).is_err());
    }
}
