//! Proofs of single entries, as somebody outside checks them.

use std::path::Path;
use std::sync::Arc;

use trackera_journal::log::Log;
use trackera_journal::proof::{ProveError, verify};
use trackera_journal::reader::Reader;

use super::disk::FakeDisk;
use super::{DIRECTORY, append, key, location};

#[test]
fn every_signed_entry_is_proven_to_whoever_has_the_public_key() {
    let disk = FakeDisk::default();
    let (mut log, _) = Log::open(location(&disk)).unwrap();
    let reader = Reader::new(Arc::new(disk.clone()), Path::new(DIRECTORY));
    assert!(append(&mut log, 0..11));
    assert!(matches!(reader.prove(0), Err(ProveError::Unsigned(0))));
    log.checkpoint(&key()).unwrap();
    assert!(append(&mut log, 11..13));
    for sequence in 0..11 {
        let (line, proof) = reader.prove(sequence).unwrap();
        let (index, checkpoint) = verify(&line, &proof, &key().verifier()).unwrap();
        assert_eq!((index, checkpoint.size), (sequence, 11));
        for place in 0..proof.len() {
            let mut changed = proof.clone().into_bytes();
            changed[place] ^= 1;
            let Ok(changed) = String::from_utf8(changed) else { continue };
            assert!(verify(&line, &changed, &key().verifier()).is_err(), "entry {sequence} byte {place}");
        }
        assert!(verify(&[&line[..], b" "].concat(), &proof, &key().verifier()).is_err());
    }
    assert!(matches!(reader.prove(11), Err(ProveError::Unsigned(11))));
}
