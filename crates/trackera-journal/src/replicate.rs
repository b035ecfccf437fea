//! Replication of one log to one target: resumable, and never over what another writer put there.
//!
//! A pass claims the newest checkpoint, which only one of two writers can do, then brings what it signs, then points to
//! it. Whatever interrupts it, the next pass goes on. A target that is down delays nobody else: each has its own
//! replicator, and the local log never waits for any.

use std::sync::Arc;

use futures_util::future::join_all;

use crate::checkpoint::Checkpoint;
use crate::commit::Journal;
use crate::evidence::{self, EvidenceError};
use crate::keys::SignerKey;
use crate::log::AppendError;
use crate::reader::{ReadError, Reader};
use crate::target::{Target, TargetError};
use crate::tiles;
use crate::tree::{TILE_WIDTH, Tree};

/// Brings one log to one target.
#[derive(Debug)]
pub struct Replicator {
    journal: Arc<Journal>,
    target: Target,
    /// What is known of the target since it was last reached.
    known: Option<Known>,
}

/// The state of a target as its only writer knows it.
#[derive(Debug, Clone, Copy)]
struct Known {
    /// How many entries it has as a whole.
    size: u64,
    /// The number of the newest claim, and how many entries that claims.
    claim: (u64, u64),
}

/// How far a target is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lag {
    /// The target.
    pub target: String,
    /// How many entries it has; none when it was not reached since the start.
    pub replicated: Option<u64>,
    /// How many the log has.
    pub durable: u64,
}

/// Why a log is not replicated.
#[derive(Debug, thiserror::Error)]
pub enum ReplicateError {
    /// The target.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The target knows more than this log.
    #[error(
        "target `{target}` has {replicated} signed entries of this log, and this directory has {local}: an older state \
         was restored here; nothing is written over the newer one. Bring the missing entries back from the target first"
    )]
    RolledBack {
        /// The target.
        target: String,
        /// How many entries it knows.
        replicated: u64,
        /// How many there are here.
        local: u64,
    },
    /// The target knows another history.
    #[error(
        "target `{target}` has another history of this log than this directory: two writers used the same key, or one \
         of the two was rewritten. Compare both before anything else is written"
    )]
    Forked {
        /// The target.
        target: String,
        /// The size up to which the histories should agree.
        size: u64,
    },
    /// The local log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Local evidence cannot be read.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// The local log cannot be written or signed.
    #[error(transparent)]
    Append(#[from] AppendError),
}

impl Replicator {
    /// Replication of this log to this target.
    #[must_use]
    pub const fn new(journal: Arc<Journal>, target: Target) -> Self {
        Self { journal, target, known: None }
    }

    /// Compares the log with the target before anything is written: run this at the start, so that the restoring of an
    /// old disk is noticed before history forks.
    ///
    /// # Errors
    /// When the target knows more, or otherwise, or cannot be reached: then nothing is known.
    pub async fn compare(&mut self) -> Result<(), ReplicateError> {
        let key = self.journal.key();
        let head = self.target.head(key).await?;
        let claim = self.target.last_claim(key).await?;
        for known in head.iter().chain(claim.as_ref().map(|(_, checkpoint)| checkpoint)) {
            self.agrees(known)?;
        }
        let claim = claim.map_or((0, 0), |(number, checkpoint)| (number, checkpoint.size));
        self.known = Some(Known { size: head.map_or(0, |head| head.size), claim });
        Ok(())
    }

    /// Brings the target to the newest local checkpoint, and returns how many entries it then has.
    ///
    /// # Errors
    /// Whatever stopped it; the next pass goes on from there.
    pub async fn pass(&mut self) -> Result<u64, ReplicateError> {
        let known = match self.known {
            Some(known) => known,
            None => self.compared().await?,
        };
        let reader = self.journal.reader();
        let size = reader.checkpoints()?.last().copied().unwrap_or(0);
        if size <= known.size {
            return Ok(known.size);
        }
        let note = reader.note(size)?;
        let claim = if size == known.claim.1 { known.claim } else { (known.claim.0 + 1, size) };
        if claim != known.claim {
            // Whatever happens to this claim, what is known of the target must be asked for again.
            self.known = None;
            self.claimed(claim.0, &note).await?;
            self.known = Some(Known { claim, ..known });
        }
        self.evidence(&reader, known.size, size).await?;
        self.tiles(&reader, known.size, size).await?;
        self.target.point(&note).await?;
        self.known = Some(Known { size, claim });
        Ok(size)
    }

    /// How far the target is.
    #[must_use]
    pub fn lag(&self) -> Lag {
        let replicated = self.known.map(|known| known.size);
        Lag { target: self.target.name.clone(), replicated, durable: self.journal.size() }
    }

    async fn compared(&mut self) -> Result<Known, ReplicateError> {
        self.compare().await?;
        Ok(self.known.unwrap_or(Known { size: 0, claim: (0, 0) }))
    }

    /// Claims the next number; if another has it, tells what that means for this log.
    async fn claimed(&self, number: u64, note: &str) -> Result<(), ReplicateError> {
        match self.target.claim(number, note).await {
            Err(conflict @ TargetError::Conflict { .. }) => {
                if let Some((_, other)) = self.target.last_claim(self.journal.key()).await? {
                    self.agrees(&other)?;
                }
                Err(conflict.into())
            }
            claimed => Ok(claimed?),
        }
    }

    /// Holds a checkpoint of the target against the local tree.
    fn agrees(&self, checkpoint: &Checkpoint) -> Result<(), ReplicateError> {
        let (local, root) = self.journal.with_tree(|tree| (tree.size(), tree.root_at(checkpoint.size)));
        let target = self.target.name.clone();
        match root {
            Err(_) => Err(ReplicateError::RolledBack { target, replicated: checkpoint.size, local }),
            Ok(root) if root != checkpoint.root => Err(ReplicateError::Forked { target, size: checkpoint.size }),
            Ok(_) => Ok(()),
        }
    }

    async fn evidence(&self, reader: &Reader, from: u64, to: u64) -> Result<(), ReplicateError> {
        let own = reader.evidence();
        for line in reader.each_line(from..to)? {
            let Ok((entry, _)) = crate::entry::read(&line?) else { continue };
            for digest in entry.evidence {
                for part in own.parts(digest)? {
                    let path = format!("{}/{part}", evidence::DIRECTORY);
                    let read = self.target.create_addressed(&path, || own.read(&part)).await?;
                    read.map_err(|source| EvidenceError::Io { digest, source })?;
                }
            }
        }
        Ok(())
    }

    async fn tiles(&self, reader: &Reader, from: u64, to: u64) -> Result<(), ReplicateError> {
        let first = from / TILE_WIDTH;
        let mut lines = reader.each_line(first * TILE_WIDTH..to)?;
        for index in first..to.div_ceil(TILE_WIDTH) {
            let lines = lines.by_ref().take(TILE_WIDTH as usize).collect::<Result<Vec<_>, _>>()?;
            let path = tiles::bundle_path(index, lines.len() as u64);
            self.target.create(&path, tiles::bundle(&lines)).await?;
        }
        for (path, content) in self.journal.with_tree(|tree| new_tiles(tree, from, to)) {
            self.target.create(&path, content).await?;
        }
        Ok(())
    }
}

/// The tiles of digests that a tree of one size has and a smaller one had not.
fn new_tiles(tree: &Tree, from: u64, to: u64) -> Vec<(String, Vec<u8>)> {
    let mut new = Vec::new();
    for level in 0..8 {
        let (old, filled) = (from >> (8 * level), to >> (8 * level));
        for index in old / TILE_WIDTH..filled.div_ceil(TILE_WIDTH) {
            let tile = tree.tile(level, index, to);
            new.push((tiles::tile_path(level, index, tile.len() as u64), tiles::tile(tile)));
        }
    }
    new
}

/// Signs the log as it is and waits until one target has it: what the intent of a run needs before its effect.
///
/// # Errors
/// When no target took it; each says why.
pub async fn acknowledged(
    replicators: &mut [Replicator],
    (journal, key): (&Journal, &SignerKey),
) -> Result<String, Vec<ReplicateError>> {
    let size = journal.checkpoint(key).map_err(|error| vec![error.into()])?.size;
    let passes = replicators.iter_mut().map(|replicator| {
        Box::pin(async move {
            let reached = replicator.pass().await?;
            Ok((reached, replicator.target.name.clone()))
        })
    });
    let mut passes: Vec<_> = passes.collect();
    let mut errors = Vec::new();
    while !passes.is_empty() {
        let (answer, _, rest) = futures_util::future::select_all(passes).await;
        match answer {
            Ok((reached, name)) if reached >= size => return Ok(name),
            Ok(_) => {}
            Err(error) => errors.push(error),
        }
        passes = rest;
    }
    Err(errors)
}

/// One pass to every target at once, so that a slow one delays no other.
pub async fn pass_all(replicators: &mut [Replicator]) -> Vec<Result<u64, ReplicateError>> {
    join_all(replicators.iter_mut().map(Replicator::pass)).await
}
