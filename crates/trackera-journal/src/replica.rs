//! Reads a log from a target, for those who fold the logs of others or bring back what a disk lost. Everything is held
//! against the signed checkpoint before anybody sees it.

use crate::checkpoint::Checkpoint;
use crate::digest::Digest;
use crate::keys::VerifierKey;
use crate::target::{Target, TargetError};
use crate::tiles;
use crate::tree::{TILE_WIDTH, Tree};

/// The log of a target as its checkpoint signs it.
#[derive(Debug)]
pub struct Replica {
    /// What is signed.
    pub checkpoint: Checkpoint,
    /// The note that signs it.
    pub note: String,
    /// The lines of its entries, in their order.
    pub lines: Vec<Vec<u8>>,
}

impl Target {
    /// Reads and verifies the whole log that is replicated here; none where nothing is.
    ///
    /// # Errors
    /// When the target does not answer, or anything is not what the checkpoint signs.
    pub async fn replica(&self, key: &VerifierKey) -> Result<Option<Replica>, TargetError> {
        let Some((note, checkpoint)) = self.noted(tiles::CHECKPOINT, key).await? else { return Ok(None) };
        let (mut lines, mut tree) = (Vec::new(), Tree::default());
        for index in 0..checkpoint.size.div_ceil(TILE_WIDTH) {
            let width = TILE_WIDTH.min(checkpoint.size - index * TILE_WIDTH);
            let path = tiles::bundle_path(index, width);
            let bundle = self.get(&path).await?.unwrap_or_default();
            let found = tiles::unbundled(&bundle).filter(|found| found.len() as u64 == width);
            let found = found.ok_or_else(|| self.changed(&path))?;
            found.iter().for_each(|line| tree.push(Digest::leaf(line)));
            lines.extend(found);
        }
        if tree.root() == checkpoint.root {
            Ok(Some(Replica { checkpoint, note, lines }))
        } else {
            Err(self.changed(tiles::CHECKPOINT))
        }
    }

    fn changed(&self, path: &str) -> TargetError {
        TargetError::Changed { target: self.name.clone(), path: path.to_owned() }
    }
}
