//! Group commit: many threads append at once, and one durable write carries what all of them brought.
//!
//! Whoever finds nobody writing writes for everybody who waits. There is no thread and no timer: a lone writer waits
//! for nobody, and while one sync is under way a crowd gathers for the next.

use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError, RwLock};

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
    queue: Mutex<Queue>,
    written: Condvar,
    tree: Arc<RwLock<Tree>>,
    location: Location,
}

/// Who waits for the next durable write.
#[derive(Debug, Default)]
struct Queue {
    waiting: Vec<Arc<Waiting>>,
    is_writing: bool,
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
        let (log, queue, written) = (Mutex::new(log), Mutex::default(), Condvar::new());
        Ok((Self { log, queue, written, tree, location }, repair))
    }

    /// Appends entries that belong together, and waits until they are durable. They stand side by side in the log.
    ///
    /// # Errors
    /// When they could not be written; the log is closed from then on.
    pub fn append(&self, drafts: Vec<Draft>) -> Result<Range<u64>, AppendError> {
        let own = Arc::new(Waiting { drafts, answer: OnceLock::new() });
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.waiting.push(Arc::clone(&own));
        while queue.is_writing && own.answer.get().is_none() {
            queue = self.written.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        if own.answer.get().is_none() {
            queue.is_writing = true;
            let group = std::mem::take(&mut queue.waiting);
            drop(queue);
            self.commit(&group);
            self.queue.lock().unwrap_or_else(PoisonError::into_inner).is_writing = false;
            self.written.notify_all();
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

    fn commit(&self, group: &[Arc<Waiting>]) {
        let drafts: Vec<&Draft> = group.iter().flat_map(|waiting| &waiting.drafts).collect();
        let written = self.log.lock().map_err(|_| AppendError::Closed).and_then(|mut log| log.append(&drafts));
        let mut next = written.as_ref().map_or(0, |range| range.start);
        for waiting in group {
            let first = next;
            next += waiting.drafts.len() as u64;
            // A group is taken out of the queue by one caller, so nobody else answers it.
            let _ = waiting.answer.set(written.clone().map(|_| first..next));
        }
    }
}
