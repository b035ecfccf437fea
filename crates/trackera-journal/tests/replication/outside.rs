//! What an outside tool does with a replica that knows C2SP's specifications and nothing of this crate: read the
//! checkpoint, verify its signature, fetch bundles and tiles by their paths, and compute all digests the slow way.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use sha2::{Digest, Sha256};

use super::{Writer, directory_store, key};

type Hash = [u8; 32];

#[tokio::test]
async fn an_outside_tool_verifies_a_replica_by_the_specifications_alone() {
    let directory = tempfile::tempdir().unwrap();
    let store = directory_store(directory.path()).unwrap();
    let writer = Writer::new();
    let mut replicator = writer.replicator("a", store);
    let sizes = [1, 255, 1, 3, 300, 210];
    let mut size = 0;
    for count in sizes {
        writer.append(count);
        size += count;
        writer.journal.checkpoint(&key()).unwrap();
        replicator.pass().await.unwrap();
        check(&directory.path().join("log"), &key().verifier().to_string(), size as usize);
    }
}

fn check(log: &Path, verifier: &str, size: usize) {
    let root = checkpoint(&fs::read_to_string(log.join("checkpoint")).unwrap(), verifier, size);
    let leaves: Vec<Hash> = entries(log, size).iter().map(|entry| hash(&[&[0], entry])).collect();
    assert_eq!(tree(&leaves), root);
    let mut level = leaves;
    for number in 0.. {
        for (index, tile) in level.chunks(256).enumerate() {
            let content = fs::read(path(&log.join(format!("tile/{number}")), index, tile.len())).unwrap();
            assert_eq!(content, tile.concat(), "tile {number}/{index}");
        }
        level = level.chunks_exact(256).map(tree).collect();
        if level.is_empty() {
            break;
        }
    }
}

/// C2SP signed-note and tlog-checkpoint.
fn checkpoint(note: &str, verifier: &str, size: usize) -> Hash {
    let (text, signature) = note.split_once("\n\n").unwrap();
    let text = format!("{text}\n");
    let (name, rest) = verifier.split_once('+').unwrap();
    let (id, encoded) = rest.split_once('+').unwrap();
    let encoded = STANDARD.decode(encoded).unwrap();
    let expected = hash(&[name.as_bytes(), b"\n", &encoded]);
    assert_eq!(id, format!("{:08x}", u32::from_be_bytes(expected[..4].try_into().unwrap())));
    assert_eq!(encoded[0], 1);
    let signed = signature.trim_end().strip_prefix(&format!("\u{2014} {name} ")).unwrap();
    let signed = STANDARD.decode(signed).unwrap();
    assert_eq!(signed[..4], expected[..4]);
    let public = VerifyingKey::from_bytes(encoded[1..].try_into().unwrap()).unwrap();
    public.verify(text.as_bytes(), &Signature::from_slice(&signed[4..]).unwrap()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..2], [name, &size.to_string()]);
    STANDARD.decode(lines[2]).unwrap().try_into().unwrap()
}

/// C2SP tlog-tiles: bundles of entries behind their lengths.
fn entries(log: &Path, size: usize) -> Vec<Vec<u8>> {
    let mut entries = Vec::new();
    for index in 0..size.div_ceil(256) {
        let width = (size - index * 256).min(256);
        let bundle = fs::read(path(&log.join("tile/entries"), index, width)).unwrap();
        let mut at = 0;
        while at < bundle.len() {
            let length = usize::from(bundle[at]) * 256 + usize::from(bundle[at + 1]);
            entries.push(bundle[at + 2..at + 2 + length].to_vec());
            at += 2 + length;
        }
    }
    assert_eq!(entries.len(), size);
    entries
}

fn path(directory: &Path, index: usize, width: usize) -> PathBuf {
    assert!(index < 1000);
    directory.join(if width == 256 { format!("{index:03}") } else { format!("{index:03}.p/{width}") })
}

/// RFC 6962, section 2.1.
fn tree(leaves: &[Hash]) -> Hash {
    if leaves.len() == 1 {
        return leaves[0];
    }
    let middle = (0..).map(|exponent| 1 << exponent).take_while(|power| *power < leaves.len()).last().unwrap();
    hash(&[&[1], &tree(&leaves[..middle]), &tree(&leaves[middle..])])
}

fn hash(parts: &[&[u8]]) -> Hash {
    Sha256::digest(parts.concat()).into()
}
