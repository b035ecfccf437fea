//! People's signatures: SSHSIG, made with `ssh-keygen -Y sign` (a key file, an agent, a FIDO key) and verified here.
//!
//! A cosignature stands beside a checkpoint and signs its note byte by byte, so that OpenSSH alone can check it. Who is
//! suspended counts for nothing, under any name that the same key has.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use jiff::Timestamp;
use ssh_key::public::KeyData;
use ssh_key::{HashAlg, LineEnding, PublicKey, SshSig};

use crate::digest::{Digest, to_hex};
use crate::fs::write_whole;
use crate::reader::{ReadError, Reader};
use crate::signers::{AllowedSigners, NotAllowed, Span};

/// The purpose that a cosignature over a checkpoint names.
pub const CHECKPOINT_NAMESPACE: &str = "checkpoint@trackera-ops";

const DIRECTORY: &str = "cosignatures";
const USER_WAS_PRESENT: u8 = 1;
const FLAGS_AND_COUNTER: usize = 5;

/// Whose signatures count at a moment.
#[derive(Debug)]
pub struct Signers<'a> {
    /// Who may sign.
    pub allowed: &'a AllowedSigners,
    /// Who is suspended: principals as the file names them, or fingerprints of keys.
    pub suspended: &'a BTreeSet<String>,
    /// The moment at which the signature is judged.
    pub at: Timestamp,
}

/// Why a signature counts for nothing.
#[derive(Debug, thiserror::Error)]
pub enum SignatureError {
    /// It is no SSHSIG, or of a kind that this program cannot verify.
    #[error("it is no SSH signature that can be verified here: only Ed25519 keys, also FIDO ones, are")]
    Form,
    /// It was made for another purpose.
    #[error("it was made for another purpose than `{0}`")]
    Namespace(String),
    /// It does not match.
    #[error("it does not match: the message was changed, or another key signed")]
    Forged,
    /// A FIDO key signed without anybody touching it.
    #[error("the FIDO key signed without being touched")]
    Untouched,
    /// The key may not sign for this person.
    #[error("{0}")]
    NotAllowed(#[from] NotAllowed),
    /// The signer is suspended.
    #[error("its signer is suspended")]
    Suspended,
    /// Who asks has signed as who approves.
    #[error("the key is also that of `{0}`, and nobody approves what they ask for")]
    OwnKey(String),
}

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// `ssh-keygen` cannot be run.
    #[error("`ssh-keygen` cannot be run: install the OpenSSH client")]
    Run(#[source] io::Error),
    /// `ssh-keygen` refused.
    #[error("`ssh-keygen` did not sign; it has said why: unlock the key, or touch it, and try again")]
    Refused,
}

/// A cosignature that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    /// How many entries the checkpoint signs.
    pub size: u64,
    /// Who signed.
    pub principal: String,
    /// The fingerprint of the key.
    pub fingerprint: String,
}

impl Signers<'_> {
    /// Verifies that this person signed this message for this purpose, and returns the fingerprint of the key.
    ///
    /// # Errors
    /// Why the signature counts for nothing.
    pub fn verify(&self, principal: &str, message: (&str, &[u8]), signature: &str) -> Result<String, SignatureError> {
        let namespace = message.0;
        let (key, fingerprint) = proven(message, signature)?;
        self.allowed.allows(key.key_data(), principal, (namespace, self.at))?;
        let is_suspended = |name: &String| *name == fingerprint || self.allowed.lists(key.key_data(), name);
        let is_out = self.suspended.contains(principal) || self.suspended.iter().any(is_suspended);
        if is_out { Err(SignatureError::Suspended) } else { Ok(fingerprint) }
    }
}

impl AllowedSigners {
    /// Verifies that this person signed this message for this purpose, and that the key is not the other's as well: who
    /// approves is not who asks. Gives the spans of time in which the key may be used; the judged moment decides.
    ///
    /// # Errors
    /// Why the signature counts at no moment.
    pub fn approved(
        &self,
        (approver, asker): (&str, &str),
        message: (&str, &[u8]),
        signature: &str,
    ) -> Result<Vec<Span>, SignatureError> {
        let (key, _) = proven(message, signature)?;
        let spans = self.spans(key.key_data(), approver, message.0)?;
        if self.lists(key.key_data(), asker) { Err(SignatureError::OwnKey(asker.to_owned())) } else { Ok(spans) }
    }
}

/// Verifies that a key signed a message for a purpose; whose key it is is another question.
fn proven((namespace, bytes): (&str, &[u8]), signature: &str) -> Result<(PublicKey, String), SignatureError> {
    let signature = read(signature).ok_or(SignatureError::Form)?;
    if signature.namespace() != namespace {
        return Err(SignatureError::Namespace(namespace.to_owned()));
    }
    let key = PublicKey::from(signature.public_key().clone());
    key.verify(namespace, bytes, &signature).map_err(|_| SignatureError::Forged)?;
    if matches!(key.key_data(), KeyData::SkEd25519(_)) && !was_touched(signature.signature_bytes()) {
        return Err(SignatureError::Untouched);
    }
    let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
    Ok((key, fingerprint))
}

/// Signs with `ssh-keygen`, which asks the agent, the person or the FIDO key by itself. `key` may be a public key file
/// whose private half the agent holds.
///
/// # Errors
/// When it cannot be run, or refuses.
pub fn sign(key: &Path, namespace: &str, message: &[u8]) -> Result<String, SigningError> {
    let mut command = Command::new("ssh-keygen");
    command.args(["-Y", "sign", "-q", "-n", namespace, "-f"]).arg(key);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(SigningError::Run)?;
    if let Some(mut input) = child.stdin.take() {
        // When it has ended early, its exit code says so below.
        let _ = input.write_all(message);
    }
    let output = child.wait_with_output().map_err(SigningError::Run)?;
    let signature = String::from_utf8(output.stdout).map_err(|_| SigningError::Refused)?;
    if output.status.success() { Ok(signature) } else { Err(SigningError::Refused) }
}

impl Reader {
    /// Keeps a cosignature beside the checkpoint that it signs. It was verified before.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_cosignature(&self, size: u64, signature: &str) -> Result<(), ReadError> {
        let directory = self.directory.join(DIRECTORY);
        let path = directory.join(cosignature_name(size, signature));
        let files = &*self.files;
        let kept = files.create_directory(&directory).and_then(|()| write_whole(files, &path, signature.as_bytes()));
        kept.map_err(|error| ReadError::Io(path, error))
    }

    /// The cosignatures that count, and why each of the others does not, by file name.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn cosignatures(&self, signers: &Signers<'_>) -> Result<(Vec<Cosignature>, Vec<String>), ReadError> {
        let directory = self.directory.join(DIRECTORY);
        let names = self.files.names(&directory).map_err(|error| ReadError::Io(directory, error))?;
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for name in names.iter().filter(|name| !crate::fs::is_partial(name)) {
            let signature = String::from_utf8_lossy(&self.read(&format!("{DIRECTORY}/{name}"))?).into_owned();
            let Some(size) = name.split('-').next().and_then(|size| size.parse().ok()) else {
                bad.push(format!("`{name}` is no cosignature"));
                continue;
            };
            let note = self.note(size)?;
            match signers.signer_of((CHECKPOINT_NAMESPACE, note.as_bytes()), &signature) {
                Ok((principal, fingerprint)) => good.push(Cosignature { size, principal, fingerprint }),
                Err(error) => bad.push(format!("`{name}` counts for nothing: {error}")),
            }
        }
        Ok((good, bad))
    }
}

impl Signers<'_> {
    /// Finds who signed among the people whom the file names in full.
    ///
    /// # Errors
    /// Why the signature counts for nobody.
    pub fn signer_of(&self, message: (&str, &[u8]), signature: &str) -> Result<(String, String), SignatureError> {
        let mut closest = SignatureError::NotAllowed(NotAllowed::Unknown);
        for principal in self.allowed.principals() {
            match self.verify(principal, message, signature) {
                Ok(fingerprint) => return Ok((principal.to_owned(), fingerprint)),
                Err(SignatureError::NotAllowed(NotAllowed::Unknown)) => {}
                Err(error) => closest = error,
            }
        }
        Err(closest)
    }
}

/// Reads a signature that can be verified here, if it is written in the one way in which it is written.
fn read(text: &str) -> Option<SshSig> {
    let signature = SshSig::from_pem(text).ok()?;
    let is_supported = matches!(signature.public_key(), KeyData::Ed25519(_) | KeyData::SkEd25519(_));
    let again = signature.to_pem(LineEnding::LF).ok()?;
    let is_canonical = again.split_whitespace().flat_map(str::chars).eq(text.split_whitespace().flat_map(str::chars));
    (signature.version() == SshSig::VERSION && is_supported && is_canonical).then_some(signature)
}

/// A FIDO signature ends with one byte of flags and a counter.
fn was_touched(signature: &[u8]) -> bool {
    let flags = signature.len().checked_sub(FLAGS_AND_COUNTER).and_then(|index| signature.get(index));
    flags.is_some_and(|flags| flags & USER_WAS_PRESENT != 0)
}

fn cosignature_name(size: u64, signature: &str) -> String {
    let digest = Digest::of(signature.as_bytes());
    format!("{size:020}-{}.sig", to_hex(digest.as_bytes().first_chunk::<8>().unwrap_or(&[0; 8])))
}

#[cfg(test)]
mod tests;
