//! Brings back from a replica what a disk lost: entries behind the local end, their checkpoint, and missing evidence.
//!
//! Nothing local is ever changed: a replica that does not continue the local log is refused.

use std::io;
use std::sync::PoisonError;

use crate::entry;
use crate::evidence::{self, Evidence, EvidenceError};
use crate::fs::write_whole;
use crate::log::{AppendError, Location, Log, OpenError};
use crate::reader::{Reader, checkpoint_file};
use crate::replica::Replica;
use crate::target::{Target, TargetError};
use crate::tree::Tree;

/// Why nothing was brought back.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The local log cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The local log cannot be written.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The local log is no start of the replica.
    #[error("the log here and the replica tell different histories from entry 0 to {0}: compare them by hand")]
    Forked(u64),
    /// The replica's checkpoint cannot be kept.
    #[error("the checkpoint of the replica cannot be kept")]
    Note(#[source] io::Error),
    /// The target does not answer.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// Evidence is wrong on the target too.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
}

/// Appends the entries that the replica has and the local log has not, and returns how many those were. No other
/// process may write the log meanwhile; its lock sees to that.
///
/// # Errors
/// When the local log is no start of the replica, or cannot be opened or written.
pub fn entries(location: Location, replica: &Replica) -> Result<u64, RestoreError> {
    let (mut log, _) = Log::open(location)?;
    let mut tree = Tree::default();
    replica.lines.iter().for_each(|line| tree.push(crate::digest::Digest::leaf(line)));
    let (size, root) = {
        let local = log.tree();
        let local = local.read().unwrap_or_else(PoisonError::into_inner);
        (local.size(), local.root())
    };
    match tree.root_at(size) {
        Ok(known) if known == root => {}
        Ok(_) => return Err(RestoreError::Forked(size)),
        // The local log is the longer one; nothing is missing here.
        Err(_) => return Ok(0),
    }
    let missing = replica.lines.get(size as usize..).unwrap_or_default();
    let batch = |line: &[u8]| entry::read(line).map_or(u64::MAX, |(entry, _)| entry.batch);
    for group in missing.chunk_by(|left, right| batch(left) == batch(right)) {
        log.bring_back(group)?;
    }
    let Location { files, directory, .. } = log.location();
    let path = directory.join(checkpoint_file(replica.checkpoint.size));
    write_whole(&**files, &path, replica.note.as_bytes()).map_err(RestoreError::Note)?;
    Ok(missing.len() as u64)
}

/// Fetches the evidence that entries refer to and that is missing or damaged here; returns how many pieces.
///
/// # Errors
/// When the target does not answer, or has not what is missing.
pub async fn evidence(reader: &Reader, replica: &Replica, target: &Target) -> Result<u64, RestoreError> {
    let own = reader.evidence();
    let mut fetched = 0;
    for line in &replica.lines {
        let Ok((entry, _)) = entry::read(line) else { continue };
        for digest in entry.evidence {
            if own.content(digest).is_ok() {
                continue;
            }
            fetch(&own, target, (evidence::manifest_name(digest), digest)).await?;
            for part in own.parts(digest)? {
                fetch(&own, target, (part, digest)).await?;
            }
            own.content(digest)?;
            fetched += 1;
        }
    }
    Ok(fetched)
}

async fn fetch(
    own: &Evidence,
    target: &Target,
    (name, digest): (String, crate::digest::Digest),
) -> Result<(), RestoreError> {
    let path = format!("{}/{name}", evidence::DIRECTORY);
    let packed = target.get(&path).await?.ok_or(EvidenceError::Missing(digest))?;
    Ok(own.bring_back(&name, &packed).map_err(|source| EvidenceError::Io { digest, source })?)
}
