//! What drills ask of PostgreSQL, as a port: restore a dump where nobody can reach it, hold it against its manifest, and
//! leave nothing; or verify what the service of an instance has restored.

use std::fmt::Debug;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use trackera_core::recovery::verification::{CheckResult, Declared};

/// A dump on this machine, and how it is proven.
#[derive(Clone, Debug)]
pub struct DumpProof {
    /// The files, and below [`Fetched::MANIFEST`] the manifest if there is one.
    pub directory: PathBuf,
    /// What was fetched.
    pub fetched: Fetched,
    /// Where the server gets a directory of its own, and what that is called.
    pub scratch: (PathBuf, String),
    /// How many processes restore at once; none means as many as there are processors.
    pub jobs: Option<u32>,
    /// What is checked.
    pub declared: Declared,
    /// Whether the copy is damaged on purpose, so that the checks must fail.
    pub damage: bool,
    /// The moment of the loss that the drill assumes.
    pub lost_at: Timestamp,
    /// The drill, by which secrets and references of it are found.
    pub drill: String,
}

/// A restored instance, and how it is proven. Where the password of the role is kept is not said here, because this is
/// journaled.
#[derive(Clone, Debug)]
pub struct InstanceProof {
    /// The host name that the server's certificate has to carry.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The role.
    pub user: String,
    /// The database.
    pub database: String,
    /// The file with the certificates of those who may vouch for the server, as it was declared.
    pub authorities: String,
    /// What is checked.
    pub declared: Declared,
    /// Whether the copy is damaged on purpose, so that the checks must fail.
    pub damage: bool,
    /// The moment of the loss that the drill assumes.
    pub lost_at: Timestamp,
}

/// What was brought to this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    /// Whether all of it was there.
    pub is_whole: bool,
    /// How much it is, or what was missing.
    pub said: String,
    /// How many files.
    pub files: u64,
    /// How many bytes.
    pub bytes: u64,
    /// The SHA-256 over the names of the files and their SHA-256, as `sha256sum` writes them.
    pub sha256: String,
    /// Whether a manifest came with it.
    pub has_manifest: bool,
}

impl Fetched {
    /// The name of the manifest beside the directory `files`.
    pub const MANIFEST: &str = "manifest.json";

    /// Nothing that could be restored.
    #[must_use]
    pub fn nothing(said: &str) -> Self {
        Self { is_whole: false, said: said.to_owned(), files: 0, bytes: 0, sha256: String::new(), has_manifest: false }
    }
}

/// What was seen of a restored copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Every check. A backup that could not be restored is a check that failed.
    pub checks: Vec<CheckResult>,
    /// When the content was current, by the clock of its own database, where the manifest tells.
    pub taken_at: Option<Timestamp>,
    /// How long starting, unpacking, restoring and verifying took, in milliseconds.
    pub milliseconds: Durations,
}

/// How long the parts of a proof took, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Durations {
    /// Starting the server.
    pub start: u64,
    /// Decrypting and unpacking.
    pub unpack: u64,
    /// Restoring.
    pub restore: u64,
    /// Verifying.
    pub verify: u64,
}

/// Why nothing could be seen. Its text is short and holds no secret and no personal data.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct ProofError(pub String);

/// Tells how far something is.
pub type Say<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// PostgreSQL servers that exist for one drill, on this machine or as instances of a service.
#[async_trait]
pub trait Copies: Send + Sync + Debug {
    /// Restores a dump into a server of its own, verifies it, and destroys the server whatever came of it.
    ///
    /// # Errors
    /// Fails when nothing could be seen for reasons that are not the backup's: no programs, no space, no key.
    async fn prove_dump(&self, proof: &DumpProof, say: Say<'_>) -> Result<Proof, ProofError>;

    /// Verifies an instance that was restored, over TLS.
    ///
    /// # Errors
    /// Fails when the server cannot be reached, cannot prove who it is, or does not let the role in.
    async fn prove_instance(&self, proof: &InstanceProof, say: Say<'_>) -> Result<Proof, ProofError>;

    /// Whether anything of a server is left on this machine.
    ///
    /// # Errors
    /// Fails when nobody can tell.
    async fn is_there(&self, directory: &Path, name: &str) -> Result<bool, ProofError>;

    /// Removes whatever is left of a server whose process ended without removing it.
    ///
    /// # Errors
    /// Fails when something stays.
    async fn remove(&self, directory: &Path, name: &str) -> Result<(), ProofError>;
}
