//! The layout of C2SP tlog-tiles: how a tile and a bundle of entries are called and written.

use crate::digest::Digest;
use crate::tree::TILE_WIDTH;

/// The content type that the specification gives to tiles and bundles is plain bytes; the path says the rest.
pub const CHECKPOINT: &str = "checkpoint";

/// The path of a tile of digests, `width` of them.
#[must_use]
pub fn tile_path(level: usize, index: u64, width: u64) -> String {
    format!("tile/{level}/{}", numbered(index, width))
}

/// The path of a bundle of entries, `width` of them.
#[must_use]
pub fn bundle_path(index: u64, width: u64) -> String {
    format!("tile/entries/{}", numbered(index, width))
}

/// The content of a tile.
#[must_use]
pub fn tile(digests: &[Digest]) -> Vec<u8> {
    digests.iter().flat_map(|digest| *digest.as_bytes()).collect()
}

/// The content of a bundle: each line after its length in two bytes.
#[must_use]
pub fn bundle(lines: &[Vec<u8>]) -> Vec<u8> {
    let mut bundle = Vec::with_capacity(lines.iter().map(|line| line.len() + 2).sum());
    for line in lines {
        // No line is longer, by what the writer lets in and the reader lets through.
        let length = u16::try_from(line.len()).unwrap_or(u16::MAX);
        bundle.extend_from_slice(&length.to_be_bytes());
        bundle.extend_from_slice(line);
    }
    bundle
}

/// The lines of a bundle, or none where the bundle is malformed.
#[must_use]
pub fn unbundled(mut bundle: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut lines = Vec::new();
    while let Some((length, rest)) = bundle.split_first_chunk::<2>() {
        let (line, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        lines.push(line.to_vec());
        bundle = rest;
    }
    (bundle.is_empty() && lines.len() as u64 <= TILE_WIDTH).then_some(lines)
}

/// `x001/x234/067`, and `.p/W` behind it where the tile is not full.
fn numbered(index: u64, width: u64) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    if width < TILE_WIDTH { format!("{path}.p/{width}") } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        assert_eq!(tile_path(0, 1_234_067, 256), "tile/0/x001/x234/067");
        assert_eq!(tile_path(1, 0, 8), "tile/1/000.p/8");
        assert_eq!(bundle_path(999, 256), "tile/entries/999");
        assert_eq!(bundle_path(1000, 255), "tile/entries/x001/000.p/255");
    }

    #[test]
    fn a_bundle_is_read_back_and_a_cut_one_is_none() {
        let lines = vec![b"one".to_vec(), Vec::new(), vec![b'x'; 65_535]];
        let bundle = bundle(&lines);
        assert_eq!(unbundled(&bundle), Some(lines));
        assert_eq!(unbundled(&bundle[..bundle.len() - 1]), None);
        assert_eq!(unbundled(&[0]), None);
        assert_eq!(unbundled(&[]), Some(Vec::new()));
    }
}
