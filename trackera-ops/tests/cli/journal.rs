//! The journal from the command line: whoever changes it is found out, and what it proves is proven elsewhere.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;
use trackera_journal::commit::Journal;
use trackera_journal::entry::Draft;
use trackera_journal::fs::Disk;
use trackera_journal::keys::SignerKey;
use trackera_journal::kind::Kind;
use trackera_journal::log::{Location, SEGMENT_LENGTH};

use super::place::Place;

/// A log of four entries, three of them signed; gives its public key.
fn write_journal(place: &Place) -> String {
    let key = SignerKey::from_seed("agent.example", [7; 32]).unwrap();
    let location = Location {
        files: Arc::new(Disk),
        directory: place.path("journal"),
        key: key.verifier(),
        segment_length: SEGMENT_LENGTH,
    };
    let (journal, _) = Journal::open(location).unwrap();
    let at: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
    let draft = |kind, words: &str| Draft::new(at, kind, &json!({ "says": words })).unwrap();
    journal.append(vec![draft(Kind::Lifecycle, "started"), draft(Kind::Finding, "port 22 is open")]).unwrap();
    journal.append(vec![draft(Kind::Alert, "Ada was told")]).unwrap();
    journal.checkpoint(&key).unwrap();
    journal.append(vec![draft(Kind::Finding, "\u{1b}[2Jport 22 is closed")]).unwrap();
    key.verifier().to_string()
}

fn segment(place: &Place) -> PathBuf {
    let segments = fs::read_dir(place.path("journal/segments")).unwrap();
    segments.map(|entry| entry.unwrap().path()).next().unwrap()
}

#[test]
fn an_untouched_journal_is_sound_and_says_what_is_not_signed_yet() {
    let place = Place::new();
    let key = write_journal(&place);
    let verified = place.run(&["journal", "verify", "--journal", "journal", "--key", &key]);
    assert_eq!(verified.code, 0, "{}", verified.err);
    assert!(verified.out.contains("nobody changed what was signed"), "{}", verified.out);
    let json = place.run(&["journal", "verify", "--journal", "journal", "--key", &key, "--output", "json"]).json();
    assert_eq!((&json["entries"], &json["signed"], &json["sound"]), (&json!(4), &json!(3), &json!(true)));
}

#[test]
fn a_changed_byte_is_found_and_fails() {
    let place = Place::new();
    let key = write_journal(&place);
    let file = segment(&place);
    let changed = fs::read_to_string(&file).unwrap().replace("port 22 is open", "port 22 is fine");
    fs::write(&file, changed).unwrap();
    for verb in ["verify", "status"] {
        let outcome = place.run(&["journal", verb, "--journal", "journal", "--key", &key]);
        assert_eq!(outcome.code, 1, "{verb}: {}{}", outcome.out, outcome.err);
    }
    let shown = place.run(&["journal", "show", "--journal", "journal"]);
    assert_eq!(shown.code, 1);
    assert!(shown.err.contains("the journal is damaged") && shown.err.contains("hint:"), "{}", shown.err);
}

#[test]
fn the_key_of_another_log_proves_nothing() {
    let place = Place::new();
    write_journal(&place);
    let other = SignerKey::from_seed("agent.example", [8; 32]).unwrap().verifier().to_string();
    let outcome = place.run(&["journal", "verify", "--journal", "journal", "--key", &other]);
    assert_eq!(outcome.code, 1, "{}", outcome.out);
    let outcome = place.run(&["journal", "verify", "--journal", "journal", "--key", "agent.example"]);
    assert_eq!(outcome.code, 2, "{}", outcome.err);
}

#[test]
fn entries_are_shown_by_kind_and_obey_no_terminal() {
    let place = Place::new();
    write_journal(&place);
    let shown = place.run(&["journal", "show", "--journal", "journal", "--kind", "finding"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    assert_eq!(shown.out.lines().count(), 2, "{}", shown.out);
    assert!(!shown.out.contains('\u{1b}') && shown.out.contains("port 22 is open"), "{}", shown.out);
    let last = place.run(&["journal", "show", "--journal", "journal", "--last", "1", "--output", "json"]).json();
    assert_eq!(last[0]["sequence"], 3);
}

#[test]
fn what_is_exported_is_what_was_signed_byte_for_byte() {
    let place = Place::new();
    write_journal(&place);
    let exported = place.run(&["journal", "export", "--journal", "journal"]);
    assert_eq!(exported.out, fs::read_to_string(segment(&place)).unwrap());
    let rest = place.run(&["journal", "export", "--journal", "journal", "--from", "3"]);
    assert_eq!(rest.out.lines().count(), 1);
}

#[test]
fn a_proof_convinces_whoever_has_the_key_alone() {
    let place = Place::new();
    let key = write_journal(&place);
    let proof = place.run(&["journal", "prove", "1", "--journal", "journal"]);
    assert_eq!(proof.code, 0, "{}", proof.err);
    fs::remove_dir_all(place.path("journal")).unwrap();
    place.write("proof.json", proof.out.clone());
    let checked = place.run(&["journal", "prove", "--check", "proof.json", "--key", &key]);
    assert_eq!(checked.code, 0, "{}", checked.err);
    place.write("proof.json", proof.out.replace("port 22 is open", "port 22 is fine"));
    assert_eq!(place.run(&["journal", "prove", "--check", "proof.json", "--key", &key]).code, 1);
}

#[test]
fn what_no_checkpoint_signs_cannot_be_proven_yet() {
    let place = Place::new();
    write_journal(&place);
    let proof = place.run(&["journal", "prove", "3", "--journal", "journal"]);
    assert_eq!(proof.code, 3, "{}", proof.err);
    assert!(proof.err.contains("no checkpoint signs entry 3 yet"), "{}", proof.err);
}

#[test]
fn an_admin_signs_what_was_verified_and_counts_until_suspended() {
    let place = Place::new();
    let key = write_journal(&place);
    let own = make_ssh_key(&place.path("id"));
    let cosign = ["journal", "cosign", "--journal", "journal", "--key", &key, "--sign-with", "id"];
    let outcome = place.run(&cosign);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    place.write("allowed_signers", format!("ada@example.com namespaces=\"checkpoint@trackera-ops\" {own}\n"));
    let status = ["journal", "status", "--journal", "journal", "--key", &key, "--allowed-signers", "allowed_signers"];
    let json = place.run(&[&status[..], &["--output", "json"]].concat()).json();
    assert_eq!(
        (&json["cosignatures"][0]["by"], &json["cosignatures"][0]["entries"]),
        (&json!("ada@example.com"), &json!(3))
    );
    let suspended = [&status[..], &["--suspended", "ada@example.com", "--output", "json"]].concat();
    let json = place.run(&suspended).json();
    assert_eq!((json["cosignatures"].as_array().unwrap().len(), json["disregarded"].as_array().unwrap().len()), (0, 1));
}

pub(super) fn make_ssh_key(path: &Path) -> String {
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"]).arg(path);
    assert!(command.status().expect("ssh-keygen is missing: install openssh-client").success());
    fs::read_to_string(path.with_extension("pub")).unwrap().trim().to_owned()
}

#[test]
fn the_projection_is_rebuilt_from_the_log() {
    let place = Place::new();
    write_journal(&place);
    for _ in 0..2 {
        let rebuilt = place.run(&["journal", "rebuild", "--journal", "journal", "--to", "journal.sqlite"]);
        assert_eq!((rebuilt.code, rebuilt.out.as_str()), (0, "4 entries in journal.sqlite\n"), "{}", rebuilt.err);
    }
}

#[test]
fn a_place_without_a_journal_is_a_mistake() {
    let place = Place::new();
    let outcome = place.run(&["journal", "show", "--journal", "nowhere"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("there is no journal in `nowhere`"), "{}", outcome.err);
}
