//! The RFC 6962 tree over the lines of a log: roots, inclusion proofs and consistency proofs of any size it ever had.
//!
//! It keeps the leaf digests and every 256th-level node, as the tiles of C2SP tlog-tiles do: 32 bytes an entry. What
//! lies between is computed when it is asked for. Proofs that come from outside are verified by the `ct-merkle` crate.

use std::ops::Range;

use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use sha2::Sha256;

use crate::digest::Digest;

/// The digests that one tile holds.
pub const TILE_WIDTH: u64 = 256;

/// Sizes beyond this are nobody's log, and would overflow the arithmetic of proofs.
const LARGEST: u64 = 1 << 48;

/// The hash tree of one log.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// `levels[0]` are the leaves; each digest of `levels[n + 1]` is the root of 256 full ones of `levels[n]`.
    levels: Vec<Vec<Digest>>,
}

/// A range, an index or a size that the tree does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the tree has {size} entries, and {asked} was asked for")]
pub struct OutOfTree {
    /// What it has.
    pub size: u64,
    /// What it has not.
    pub asked: u64,
}

/// A proof that proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the proof does not lead to the root of the checkpoint")]
pub struct NotProven;

impl Tree {
    /// How many leaves it has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// Adds a leaf.
    pub fn push(&mut self, leaf: Digest) {
        let mut digest = Some(leaf);
        let mut level = 0;
        while let Some(node) = digest.take() {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let Some(nodes) = self.levels.get_mut(level) else { return };
            nodes.push(node);
            let full = (nodes.len() as u64).is_multiple_of(TILE_WIDTH);
            digest = full.then(|| fold(nodes.get(nodes.len() - TILE_WIDTH as usize..).unwrap_or_default()));
            level += 1;
        }
    }

    /// The root of the whole tree.
    #[must_use]
    pub fn root(&self) -> Digest {
        self.range(0..self.size())
    }

    /// The root that it had when it had this many leaves.
    ///
    /// # Errors
    /// When it never had so many.
    pub fn root_at(&self, size: u64) -> Result<Digest, OutOfTree> {
        self.has(size)?;
        Ok(self.range(0..size))
    }

    /// The digests that lead from one leaf to the root at this size.
    ///
    /// # Errors
    /// When the tree never had that size, or that size has no such leaf.
    pub fn inclusion(&self, index: u64, size: u64) -> Result<Vec<Digest>, OutOfTree> {
        self.has(size)?;
        if index >= size {
            return Err(OutOfTree { size, asked: index });
        }
        let mut range = 0..size;
        let mut proof = Vec::new();
        while range.end - range.start > 1 {
            let middle = range.start + split(range.end - range.start);
            let (inside, outside) = match index < middle {
                true => (range.start..middle, middle..range.end),
                false => (middle..range.end, range.start..middle),
            };
            proof.push(self.range(outside));
            range = inside;
        }
        proof.reverse();
        Ok(proof)
    }

    /// The digests that lead from the root at an older size to the root at a newer one.
    ///
    /// # Errors
    /// When the tree never had that size, or the older one is the larger.
    pub fn consistency(&self, older: u64, newer: u64) -> Result<Vec<Digest>, OutOfTree> {
        self.has(newer)?;
        if older > newer {
            return Err(OutOfTree { size: newer, asked: older });
        }
        if older == 0 || older == newer {
            return Ok(Vec::new());
        }
        let mut range = 0..newer;
        let mut proof = Vec::new();
        // While the older tree is the start of this range as a whole, its root is known to whoever checks the proof.
        let mut from_start = true;
        while range.end != older {
            let middle = range.start + split(range.end - range.start);
            if older <= middle {
                proof.push(self.range(middle..range.end));
                range.end = middle;
            } else {
                proof.push(self.range(range.start..middle));
                range.start = middle;
                from_start = false;
            }
        }
        if !from_start {
            proof.push(self.range(range));
        }
        proof.reverse();
        Ok(proof)
    }

    /// The digests of one tile: of a level, by its index, as far as a tree of this size fills it.
    #[must_use]
    pub fn tile(&self, level: usize, index: u64, size: u64) -> &[Digest] {
        let filled = size.min(self.size()) >> (8 * level).min(63);
        let start = index.saturating_mul(TILE_WIDTH).min(filled);
        let end = start.saturating_add(TILE_WIDTH).min(filled);
        let nodes = self.levels.get(level).map(Vec::as_slice).unwrap_or_default();
        nodes.get(start as usize..end as usize).unwrap_or_default()
    }

    fn has(&self, size: u64) -> Result<(), OutOfTree> {
        let own = self.size();
        if size > own { Err(OutOfTree { size: own, asked: size }) } else { Ok(()) }
    }

    /// The root over a range that lies within the tree and starts where a subtree of its size may start.
    fn range(&self, range: Range<u64>) -> Digest {
        let length = range.end.saturating_sub(range.start);
        if length == 0 {
            return Digest::of(b"");
        }
        let exponent = length.trailing_zeros();
        if length.is_power_of_two() && exponent.is_multiple_of(8) {
            let nodes = self.levels.get(exponent as usize / 8);
            if let Some(node) = nodes.and_then(|nodes| nodes.get((range.start >> exponent) as usize)) {
                return *node;
            }
        }
        let middle = range.start + split(length);
        Digest::node(&self.range(range.start..middle), &self.range(middle..range.end))
    }
}

/// Verifies that a line stands at an index of the log that has this root.
///
/// # Errors
/// When the proof does not lead from the line to the root.
pub fn verify_inclusion(line: &[u8], index: u64, proof: &[Digest], root: (u64, Digest)) -> Result<(), NotProven> {
    if root.0 > LARGEST {
        return Err(NotProven);
    }
    let proof = InclusionProof::try_from_bytes(concatenated(proof)).map_err(|_| NotProven)?;
    root_of(root).verify_inclusion(&line, index, &proof).map_err(|_| NotProven)
}

/// Verifies that the log with the older root is the start of the log with the newer one.
///
/// # Errors
/// When the proof does not lead from the older root to the newer.
pub fn verify_consistency(older: (u64, Digest), newer: (u64, Digest), proof: &[Digest]) -> Result<(), NotProven> {
    if newer.0 > LARGEST || older.0 > newer.0 {
        return Err(NotProven);
    }
    // An empty log is the start of every log; RFC 6962 has no proof for it.
    if older.0 == 0 {
        return if proof.is_empty() && older.1 == Digest::of(b"") { Ok(()) } else { Err(NotProven) };
    }
    if older.0 == newer.0 {
        return if proof.is_empty() && older.1 == newer.1 { Ok(()) } else { Err(NotProven) };
    }
    let proof = ConsistencyProof::try_from_bytes(concatenated(proof)).map_err(|_| NotProven)?;
    root_of(newer).verify_consistency(&root_of(older), &proof).map_err(|_| NotProven)
}

fn root_of((size, digest): (u64, Digest)) -> RootHash<Sha256> {
    RootHash::new((*digest.as_bytes()).into(), size)
}

fn concatenated(digests: &[Digest]) -> Vec<u8> {
    digests.iter().flat_map(|digest| *digest.as_bytes()).collect()
}

/// The largest power of two below a length of at least two.
fn split(length: u64) -> u64 {
    1 << (u64::BITS - 1 - length.saturating_sub(1).max(1).leading_zeros())
}

/// The root over a full tile.
fn fold(tile: &[Digest]) -> Digest {
    let mut nodes = tile.to_vec();
    while nodes.len() > 1 {
        nodes = nodes.as_chunks::<2>().0.iter().map(|[left, right]| Digest::node(left, right)).collect();
    }
    nodes.first().copied().unwrap_or(Digest::ZERO)
}

#[cfg(test)]
mod tests;
