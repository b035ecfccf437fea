//! Evidence on a real disk.

use std::fmt::Write as _;
use std::fs;

use super::*;
use crate::fs::Disk;

#[test]
fn content_of_every_size_is_read_back() {
    let (_directory, evidence) = empty();
    for length in [0, 1, SHORTEST_CHUNK, LONGEST_CHUNK + 1, 1 << 20] {
        let content: Vec<u8> = (0..length).map(|index| (index * index / 7) as u8).collect();
        let kept = evidence.keep(&content).unwrap();
        assert_eq!(kept.digest, Digest::of(&content));
        assert_eq!(evidence.content(kept.digest).unwrap(), content);
    }
}

#[test]
fn an_unchanged_snapshot_costs_nothing_and_a_changed_one_little() {
    let (_directory, evidence) = empty();
    let first = evidence.keep(snapshot("12:00", None).as_bytes()).unwrap();
    assert_eq!(evidence.keep(snapshot("12:00", None).as_bytes()).unwrap().written, 0);
    let later = evidence.keep(snapshot("12:05", None).as_bytes()).unwrap();
    let changed = evidence.keep(snapshot("12:10", Some(5_000)).as_bytes()).unwrap();
    println!(
        "trials: a snapshot of {} bytes takes {}, five minutes later {}, with one change {}",
        snapshot("12:00", None).len(),
        first.written,
        later.written,
        changed.written
    );
    assert!(later.written * 20 < first.written, "{later:?} of {first:?}");
    assert!(changed.written * 15 < first.written, "{changed:?} of {first:?}");
}

#[test]
fn every_missing_or_changed_file_is_named() {
    let (directory, evidence) = empty();
    let kept = evidence.keep(snapshot("12:00", None).as_bytes()).unwrap();
    let referred = BTreeMap::from([(kept.digest, 7)]);
    assert!(evidence.damages(&referred).unwrap().is_empty());
    let parts = evidence.parts(kept.digest).unwrap();
    assert!(parts.len() > 3);
    for part in parts {
        let path = directory.path().join(DIRECTORY).join(&part);
        let bytes = fs::read(&path).unwrap();
        let digest = &part[3..67];
        let named = |damages: Vec<Damage>| damages[0].to_string().contains(digest) && damages.len() == 1;
        for index in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut changed = bytes.clone();
            changed[index] ^= 1;
            fs::write(&path, changed).unwrap();
            assert!(named(evidence.damages(&referred).unwrap()), "{part} byte {index}");
        }
        fs::remove_file(&path).unwrap();
        assert!(named(evidence.damages(&referred).unwrap()), "{part}");
        fs::write(&path, bytes).unwrap();
    }
}

#[test]
fn a_damaged_chunk_is_written_anew_when_its_content_comes_again() {
    let (directory, evidence) = empty();
    let content = snapshot("12:00", None);
    let kept = evidence.keep(content.as_bytes()).unwrap();
    let path = directory.path().join(DIRECTORY).join(&evidence.parts(kept.digest).unwrap()[0]);
    fs::write(&path, b"damaged").unwrap();
    fs::remove_file(directory.path().join(DIRECTORY).join(manifest_name(kept.digest))).unwrap();
    evidence.keep(content.as_bytes()).unwrap();
    assert_eq!(evidence.content(kept.digest).unwrap(), content.as_bytes());
}

#[test]
fn a_header_that_claims_more_than_any_chunk_has_is_not_believed() {
    let bomb = zstd::bulk::compress(&vec![0; LONGEST_CHUNK + 1], COMPRESSION).unwrap();
    assert_eq!(unpacked(&bomb, LONGEST_CHUNK), None);
}

fn snapshot(at: &str, changed: Option<usize>) -> String {
    let mut text = format!("{{\"collected_at\":\"2026-11-21T{at}:00Z\",\"resources\":[\n");
    for number in 0..10_000_usize {
        let digest = Digest::of(&number.to_le_bytes());
        let state = if changed == Some(number) { "open" } else { "closed" };
        writeln!(text, "{{\"id\":\"sg-{number}\",\"name\":\"{digest}\",\"state\":\"{state}\"}},").unwrap();
    }
    text
}

fn empty() -> (tempfile::TempDir, Evidence) {
    let directory = tempfile::tempdir().unwrap();
    let evidence = Evidence::new(Arc::new(Disk), directory.path());
    (directory, evidence)
}
