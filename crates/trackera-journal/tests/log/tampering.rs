//! Changes a small journal in every way that a person with the disk has, and asks whether each is found and named.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use trackera_journal::checkpoint::Checkpoint;
use trackera_journal::digest::Digest;
use trackera_journal::fs::Disk;
use trackera_journal::keys::SignerKey;
use trackera_journal::log::{Log, OpenError, Repair};
use trackera_journal::reader::{ReadError, Reader};

use super::disk::FakeDisk;
use super::{DIRECTORY, append, at, in_log, is_full, key, location, numbers};

type Image = BTreeMap<PathBuf, Vec<u8>>;

#[test]
fn every_changed_byte_of_a_signed_journal_is_found_and_named() {
    let image = journal(0);
    let values = if is_full() { 4 } else { 1 };
    let mut trials = 0;
    for (path, bytes) in &image {
        for index in 0..bytes.len() {
            for value in [bytes[index] ^ 1, bytes[index] ^ 0x80, b'\n', b' '].into_iter().take(values) {
                if value == bytes[index] {
                    continue;
                }
                trials += 1;
                let mut changed = bytes.clone();
                changed[index] = value;
                let names = damages(&with(&image, path, changed));
                assert!(names.iter().any(|name| name.contains(file_name(path))), "{path:?} byte {index}: {names:?}");
            }
        }
    }
    println!("trials: {trials} changed bytes of a signed journal, each found and named");
}

#[test]
fn every_removed_repeated_or_moved_entry_is_found_and_named() {
    let image = journal(0);
    let segments: Vec<&PathBuf> = image.keys().filter(|path| path.starts_with(in_log("segments"))).collect();
    assert!(segments.len() > 2, "{segments:?}");
    for path in segments {
        let lines: Vec<&[u8]> = image[path].split_inclusive(|byte| *byte == b'\n').collect();
        for index in 0..lines.len() {
            let mut removed = lines.clone();
            removed.remove(index);
            let mut repeated = lines.clone();
            repeated.insert(index, lines[index]);
            let mut moved = lines.clone();
            moved.rotate_left(index);
            for changed in [removed, repeated, moved].into_iter().filter(|changed| *changed != lines) {
                let found = opened(&with(&image, path, changed.concat()));
                assert!(
                    matches!(found, Err(OpenError::Read(ReadError::Damage(_)))),
                    "{path:?} line {index}: {found:?}"
                );
            }
        }
        assert!(!damages(&without(&image, path)).is_empty(), "{path:?}");
        let renamed: Image = without(&image, path)
            .into_iter()
            .chain([(path.with_file_name("00000000000000009999.jsonl"), image[path].clone())])
            .collect();
        assert!(!damages(&renamed).is_empty(), "{path:?}");
    }
}

#[test]
fn every_length_to_which_a_signed_journal_is_cut_is_found() {
    let image = journal(0);
    for (path, bytes) in &image {
        for length in 0..bytes.len() {
            let cut = with(&image, path, bytes[..length].to_vec());
            assert!(!damages(&cut).is_empty(), "{path:?} cut to {length}");
        }
    }
}

#[test]
fn what_follows_the_last_checkpoint_is_repaired_with_a_report_or_refused_but_never_changed_unseen() {
    let image = journal(5);
    let sound = numbers(&FakeDisk::holding(image.clone()));
    let signed = Reader::new(Arc::new(FakeDisk::holding(image.clone())), Path::new(DIRECTORY)).checkpoints().unwrap();
    let signed = *signed.last().unwrap() as usize;
    let (mut repaired, mut refused) = (0, 0);
    for (path, bytes) in image.iter().filter(|(path, _)| path.starts_with(in_log("segments"))) {
        for index in 0..bytes.len() {
            for value in [bytes[index] ^ 1, b'\n'] {
                let mut changed = bytes.clone();
                changed[index] = value;
                if changed == *bytes {
                    continue;
                }
                let disk = FakeDisk::holding(with(&image, path, changed));
                match Log::open(location(&disk)) {
                    Err(OpenError::Read(ReadError::Damage(_))) => refused += 1,
                    Ok((_, Some(_))) => {
                        repaired += 1;
                        let found = numbers(&disk);
                        assert!(found.len() >= signed && sound.starts_with(&found), "{path:?} byte {index}");
                    }
                    other => panic!("{path:?} byte {index}: {other:?}"),
                }
            }
        }
    }
    println!(
        "trials: {} changed bytes with an unsigned tail: {repaired} cut and told, {refused} refused",
        repaired + refused
    );
    assert!(repaired > 0 && refused > 0);
}

#[test]
fn a_torn_tail_is_cut_kept_aside_and_told() {
    let image = journal(5);
    let last = image.keys().rfind(|path| path.starts_with(in_log("segments"))).unwrap().clone();
    let bytes = &image[&last];
    for length in 0..bytes.len() {
        let disk = FakeDisk::holding(with(&image, &last, bytes[..length].to_vec()));
        let repair = Log::open(location(&disk)).unwrap().1;
        let at_line_end = length == 0 || bytes[length - 1] == b'\n';
        assert_eq!(repair.is_none(), at_line_end, "cut to {length}");
        let Some(Repair { torn, kept }) = repair else { continue };
        assert_eq!(disk.files()[&in_log(&kept)], bytes[torn.offset as usize..length]);
        assert!(Log::open(location(&disk)).unwrap().1.is_none(), "a repaired log needs no repair");
    }
}

#[test]
fn a_forged_checkpoint_is_found_whoever_signed_it() {
    let image = journal(0);
    let note = image.keys().rfind(|path| path.starts_with(in_log("checkpoints"))).unwrap().clone();
    let size = file_name(&note)[..20].parse().unwrap();
    let forged = |origin: &str, seed: u8| {
        let key = SignerKey::from_seed(origin, [seed; 32]).unwrap();
        let checkpoint = Checkpoint { origin: origin.to_owned(), size, root: Digest::of(b"another history") };
        damages(&with(&image, &note, checkpoint.sign(&key).unwrap().to_string().into_bytes()))
    };
    let origin = key().name().to_owned();
    assert!(forged(&origin, 8)[0].contains("no signature of the key"));
    assert!(forged("mallory.example", 8)[0].contains("no signature of the key"));
    assert!(forged(&origin, 7)[0].contains("signs another history"), "even with the right key");
    let beyond = Checkpoint { origin, size: size + 1, root: Digest::of(b"") }.sign(&key()).unwrap().to_string();
    let path = note.with_file_name(format!("{:020}.note", size + 1));
    assert!(damages(&with(&image, &path, beyond.into_bytes()))[0].contains("its end was removed"));
}

#[test]
fn a_file_that_no_journal_writes_is_refused_by_its_name() {
    let image = with(&journal(0), &in_log("segments/notes.txt"), b"hello".to_vec());
    let error = opened(&image).unwrap_err().to_string();
    assert!(error.contains("`segments/notes.txt`"), "{error}");
}

#[test]
fn a_second_writer_is_refused_in_this_process_and_in_another() {
    let directory = tempfile::tempdir().unwrap();
    let place = || at(Arc::new(Disk), directory.path());
    let (log, _) = Log::open(place()).unwrap();
    assert!(matches!(Log::open(place()), Err(OpenError::Locked(_))));
    let other = || {
        let mut command = std::process::Command::new("flock");
        command.args(["--nonblock", "--conflict-exit-code", "9"]).arg(directory.path().join("lock")).arg("true");
        command.status().unwrap().code()
    };
    assert_eq!(other(), Some(9));
    drop(log);
    assert_eq!(other(), Some(0));
    assert!(Log::open(place()).is_ok());
}

/// A journal of several segments and two checkpoints, with some entries behind the last.
fn journal(unsigned: u64) -> Image {
    let disk = FakeDisk::default();
    let (mut log, _) = Log::open(location(&disk)).unwrap();
    for start in [0, 2, 4] {
        assert!(append(&mut log, start..start + 2));
    }
    log.checkpoint(&key()).unwrap();
    assert!(append(&mut log, 6..8));
    log.checkpoint(&key()).unwrap();
    for number in (0..unsigned).step_by(2) {
        assert!(append(&mut log, 8 + number..8 + (number + 2).min(unsigned)));
    }
    disk.files()
}

/// All that verification says about it, in words.
fn damages(image: &Image) -> Vec<String> {
    let reader = Reader::new(Arc::new(FakeDisk::holding(image.clone())), Path::new(DIRECTORY));
    match reader.verify(&key().verifier()) {
        Err(error) => vec![error.to_string()],
        Ok(verified) => {
            let torn = verified.torn.map(|torn| format!("{} torn at {}", torn.file, torn.offset));
            verified.damages.iter().map(ToString::to_string).chain(torn).collect()
        }
    }
}

fn opened(image: &Image) -> Result<Option<Repair>, OpenError> {
    Log::open(location(&FakeDisk::holding(image.clone()))).map(|(_, repair)| repair)
}

fn with(image: &Image, path: &Path, bytes: Vec<u8>) -> Image {
    image.clone().into_iter().chain([(path.to_owned(), bytes)]).collect()
}

fn without(image: &Image, path: &Path) -> Image {
    image.clone().into_iter().filter(|(found, _)| found != path).collect()
}

fn file_name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}
