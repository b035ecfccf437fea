//! Group commit: many threads append at once, and one durable write carries what all of them brought.
//!
//! Whoever gets the log first writes for everybody who waits. There is no thread and no timer: a lone writer waits for
//! nobody, and a crowd shares one sync.

use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use crate::checkpoint::Checkpoint;
use crate::entry::Draft;
use crate::keys::{SignerKey, VerifierKey};
use crate::log::{AppendError, Location, Log, OpenError, Repair};
use crate::reader::Reader;
use crate::tree::Tree;

/// A log that many threads write.
#[derive(Debug)]
pub struct Journal {
    log: Mutex<Log>,
    waiting: Mutex<Vec<Arc<Waiting>>>,
    tree: Arc<RwLock<Tree>>,
    location: Location,
}

/// What one caller brought, and what became of it.
#[derive(Debug)]
struct Waiting {
    drafts: Vec<Draft>,
    answer: OnceLock<Result<Range<u64>, AppendError>>,
}

impl Journal {
    /// Opens a log for writing. See [`Log::open`].
    ///
    /// # Errors
    /// When another process writes it, when it is damaged, or when the file system refuses.
    pub fn open(location: Location) -> Result<(Self, Option<Repair>), OpenError> {
        let (log, repair) = Log::open(location)?;
        let (tree, location) = (log.tree(), log.location().clone());
        Ok((Self { log: Mutex::new(log), waiting: Mutex::default(), tree, location }, repair))
    }

    /// Appends entries that belong together, and waits until they are durable. They stand side by side in the log.
    ///
    /// # Errors
    /// When they could not be written; the log is closed from then on.
    pub fn append(&self, drafts: Vec<Draft>) -> Result<Range<u64>, AppendError> {
        let own = Arc::new(Waiting { drafts, answer: OnceLock::new() });
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&own));
        let mut log = self.log.lock().map_err(|_| AppendError::Closed)?;
        if own.answer.get().is_none() {
            let group = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
            commit(&mut log, &group);
        }
        own.answer.get().cloned().unwrap_or(Err(AppendError::Closed))
    }

    /// Signs the log as it is. See [`Log::checkpoint`].
    ///
    /// # Errors
    /// When the key is not that of the log, or the note cannot be kept.
    pub fn checkpoint(&self, key: &SignerKey) -> Result<Checkpoint, AppendError> {
        self.log.lock().map_err(|_| AppendError::Closed)?.checkpoint(key)
    }

    /// How many entries are durable.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.with_tree(Tree::size)
    }

    /// Looks at the hash tree of what is durable. Writers wait meanwhile: be short.
    pub fn with_tree<T>(&self, look: impl FnOnce(&Tree) -> T) -> T {
        look(&self.tree.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The same log for reading.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader::new(Arc::clone(&self.location.files), &self.location.directory)
    }

    /// The key of the log.
    #[must_use]
    pub const fn key(&self) -> &VerifierKey {
        &self.location.key
    }
}

fn commit(log: &mut Log, group: &[Arc<Waiting>]) {
    let drafts: Vec<&Draft> = group.iter().flat_map(|waiting| &waiting.drafts).collect();
    let written = log.append(&drafts);
    let mut next = written.as_ref().map_or(0, |range| range.start);
    for waiting in group {
        let first = next;
        next += waiting.drafts.len() as u64;
        // Nobody else answers while the log is held, so the place is still free.
        let _ = waiting.answer.set(written.clone().map(|_| first..next));
    }
}
