//! Verifies a log offline and as a whole: lines, chain, tree, every checkpoint, all evidence. Changes nothing, and goes
//! on after a damage so that one run names all.

use std::collections::BTreeMap;

use crate::damage::Damage;
use crate::digest::Digest;
use crate::evidence;
use crate::keys::VerifierKey;
use crate::reader::{ReadError, Reader, Torn};

/// What a verification found.
#[derive(Debug)]
pub struct Verified {
    /// How many entries follow each other from the first on.
    pub size: u64,
    /// The root over them.
    pub root: Digest,
    /// How many bytes of entries were read.
    pub bytes: u64,
    /// How many entries the newest good checkpoint signs.
    pub signed: u64,
    /// How many checkpoints were good.
    pub checkpoints: u64,
    /// How many pieces of evidence the entries refer to.
    pub evidence: u64,
    /// An unfinished write at the end, which opening the log will cut.
    pub torn: Option<Torn>,
    /// Everything that is wrong.
    pub damages: Vec<Damage>,
}

impl Verified {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.damages.is_empty()
    }
}

impl Reader {
    /// Verifies the whole log against its key.
    ///
    /// # Errors
    /// When a file cannot be read, or a file that no journal writes lies among its own: then nothing is known.
    pub fn verify(&self, key: &VerifierKey) -> Result<Verified, ReadError> {
        let mut referred = BTreeMap::new();
        let replayed = self.replay(|found| {
            let sequence = found.entry.sequence;
            found.entry.evidence.into_iter().for_each(|digest| {
                referred.entry(digest).or_insert(sequence);
            });
        })?;
        let mut verified = Verified {
            size: replayed.tree.size(),
            root: replayed.tree.root(),
            bytes: replayed.bytes,
            signed: 0,
            checkpoints: 0,
            evidence: 0,
            torn: replayed.torn,
            damages: replayed.damages,
        };
        for size in self.checkpoints()? {
            match self.check_note(size, &replayed.tree, key)? {
                Some(damage) => verified.damages.push(damage),
                None => {
                    verified.signed = size;
                    verified.checkpoints += 1;
                }
            }
        }
        verified.evidence = referred.len() as u64;
        let damages = self.evidence().damages(&referred);
        verified
            .damages
            .extend(damages.map_err(|error| ReadError::Io(self.directory.join(evidence::DIRECTORY), error))?);
        Ok(verified)
    }
}
