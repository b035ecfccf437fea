//! One place that holds a replica: an object store and a prefix in it, with a limit to every call.
//!
//! Nothing is overwritten there but the pointer `checkpoint`: every other object is created, or found to be the same.

use std::fmt;
use std::path::Path as Directory;
use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};

use crate::checkpoint::Checkpoint;
use crate::keys::VerifierKey;
use crate::note::NoteError;
use crate::tiles;

/// The claims to checkpoints, one after the other: creating the next is what only one of two writers can do.
const CLAIMS: &str = "claims";

/// A place for replicas of one log.
#[derive(Clone)]
pub struct Target {
    /// What people call it.
    pub name: String,
    /// The store.
    pub store: Arc<dyn ObjectStore>,
    /// The log's place in the store.
    pub prefix: Path,
    /// How long one call may take.
    pub timeout: Duration,
}

/// Why a target does not have what it should.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// The store refuses or cannot be reached.
    #[error("target `{target}` does not answer for `{path}`")]
    Store {
        /// The target.
        target: String,
        /// The object.
        path: String,
        /// Why.
        #[source]
        source: object_store::Error,
    },
    /// The store took too long.
    #[error("target `{target}` did not answer for `{path}` in time")]
    Timeout {
        /// The target.
        target: String,
        /// The object.
        path: String,
    },
    /// An object is there with another content.
    #[error("target `{target}` has another `{path}`: two writers use the key of this log, or somebody wrote there")]
    Conflict {
        /// The target.
        target: String,
        /// The object.
        path: String,
    },
    /// A checkpoint there is not one of this log's key.
    #[error("`{path}` on target `{target}` is no checkpoint of this log: {reason}")]
    Note {
        /// The target.
        target: String,
        /// The object.
        path: String,
        /// What is wrong with it.
        reason: NoteError,
    },
    /// Content there does not match its checkpoint.
    #[error("`{path}` on target `{target}` is not what its checkpoint signs: it was changed there")]
    Changed {
        /// The target.
        target: String,
        /// The object.
        path: String,
    },
}

impl fmt::Debug for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Target({}, {})", self.name, self.prefix)
    }
}

/// A store in a directory of this machine, which is durable before it answers.
///
/// # Errors
/// When there is no such directory.
pub fn directory_store(directory: &Directory) -> object_store::Result<Arc<dyn ObjectStore>> {
    Ok(Arc::new(LocalFileSystem::new_with_prefix(directory)?.with_fsync(true)))
}

impl Target {
    /// The checkpoint up to which the replica is whole; none where nothing was replicated yet.
    ///
    /// # Errors
    /// When the target does not answer, or its checkpoint is not one of this log.
    pub async fn head(&self, key: &VerifierKey) -> Result<Option<Checkpoint>, TargetError> {
        self.note(tiles::CHECKPOINT, key).await
    }

    /// The newest claim, with its number; its content may still be under way.
    ///
    /// # Errors
    /// When the target does not answer, or the claim is not one of this log.
    pub async fn last_claim(&self, key: &VerifierKey) -> Result<Option<(u64, Checkpoint)>, TargetError> {
        let directory = self.path(CLAIMS);
        let listing = self.store.list(Some(&directory)).try_collect::<Vec<_>>();
        let listed = self.within(CLAIMS, listing).await?;
        let names = listed.iter().filter_map(|object| object.location.filename()?.strip_suffix(".note")?.parse().ok());
        let Some(number) = names.max() else { return Ok(None) };
        Ok(self.note(&claim_path(number), key).await?.map(|checkpoint| (number, checkpoint)))
    }

    /// Claims a checkpoint under a number; whoever finds the number taken by another content lost.
    ///
    /// # Errors
    /// When the number is taken, or the target does not answer.
    pub async fn claim(&self, number: u64, note: &str) -> Result<(), TargetError> {
        self.create(&claim_path(number), note.as_bytes().to_vec()).await
    }

    /// Points to the checkpoint up to which the replica is whole.
    ///
    /// # Errors
    /// When the target does not answer.
    pub async fn point(&self, note: &str) -> Result<(), TargetError> {
        let payload = PutPayload::from(note.as_bytes().to_vec());
        let path = self.path(tiles::CHECKPOINT);
        self.within(tiles::CHECKPOINT, self.store.put(&path, payload)).await.map(|_| ())
    }

    /// Creates an object, or finds it there with the same content.
    ///
    /// # Errors
    /// When it is there with another content, or the target does not answer.
    pub async fn create(&self, path: &str, content: Vec<u8>) -> Result<(), TargetError> {
        match self.put(path, content.clone()).await? {
            Put::Created => Ok(()),
            Put::Exists if self.get(path).await? == Some(content) => Ok(()),
            Put::Exists => Err(TargetError::Conflict { target: self.name.clone(), path: path.to_owned() }),
        }
    }

    /// Creates an object whose name is the digest of what it says, unless it is there.
    ///
    /// # Errors
    /// When the target does not answer.
    pub async fn create_addressed(
        &self,
        path: &str,
        content: impl FnOnce() -> std::io::Result<Vec<u8>>,
    ) -> Result<std::io::Result<()>, TargetError> {
        let location = self.path(path);
        match self.within(path, self.store.head(&location)).await {
            Ok(_) => return Ok(Ok(())),
            Err(TargetError::Store { source: object_store::Error::NotFound { .. }, .. }) => {}
            Err(error) => return Err(error),
        }
        match content() {
            Ok(content) => self.put(path, content).await.map(|_| Ok(())),
            Err(error) => Ok(Err(error)),
        }
    }

    /// The content of an object; none where there is none.
    ///
    /// # Errors
    /// When the target does not answer.
    pub async fn get(&self, path: &str) -> Result<Option<Vec<u8>>, TargetError> {
        let location = self.path(path);
        let read = async { self.store.get(&location).await?.bytes().await };
        match self.within(path, read).await {
            Ok(bytes) => Ok(Some(bytes.to_vec())),
            Err(TargetError::Store { source: object_store::Error::NotFound { .. }, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn note(&self, path: &str, key: &VerifierKey) -> Result<Option<Checkpoint>, TargetError> {
        Ok(self.noted(path, key).await?.map(|(_, checkpoint)| checkpoint))
    }

    /// A note as it lies there, verified, with what it says.
    pub(crate) async fn noted(
        &self,
        path: &str,
        key: &VerifierKey,
    ) -> Result<Option<(String, Checkpoint)>, TargetError> {
        let Some(bytes) = self.get(path).await? else { return Ok(None) };
        let text = String::from_utf8(bytes).map_err(|_| NoteError::Form("it is no text"));
        let noted = text.and_then(|text| Checkpoint::verified(&text, key).map(|checkpoint| (text, checkpoint)));
        let (target, path) = (self.name.clone(), path.to_owned());
        noted.map(Some).map_err(|reason| TargetError::Note { target, path, reason })
    }

    async fn put(&self, path: &str, content: Vec<u8>) -> Result<Put, TargetError> {
        let (location, create) = (self.path(path), PutOptions::from(PutMode::Create));
        let put = self.store.put_opts(&location, PutPayload::from(content), create);
        match self.within(path, put).await {
            Ok(_) => Ok(Put::Created),
            Err(TargetError::Store {
                source: object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. },
                ..
            }) => Ok(Put::Exists),
            Err(error) => Err(error),
        }
    }

    async fn within<T>(
        &self,
        path: &str,
        call: impl Future<Output = object_store::Result<T>>,
    ) -> Result<T, TargetError> {
        let (target, path) = (self.name.clone(), path.to_owned());
        match tokio::time::timeout(self.timeout, call).await {
            Ok(answer) => answer.map_err(|source| TargetError::Store { target, path, source }),
            Err(_) => Err(TargetError::Timeout { target, path }),
        }
    }

    fn path(&self, path: &str) -> Path {
        path.split('/').fold(self.prefix.clone(), Path::join)
    }
}

/// What became of creating an object.
enum Put {
    Created,
    Exists,
}

fn claim_path(number: u64) -> String {
    format!("{CLAIMS}/{number:020}.note")
}
