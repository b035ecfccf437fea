//! The format of a line through its versions.

use serde_json::{Value, json};

use super::*;

const FIRST: &str = include_str!("../../tests/fixtures/entries-v1.jsonl");

#[test]
fn a_written_line_is_read_back() {
    let draft = Draft::new(moment(), Kind::Finding, &json!({"policy": "a", "text": "über\u{2028}\n"})).unwrap();
    let draft = draft.in_epoch(7).with_evidence(vec![Digest::of(b"x")]).unwrap();
    let (line, leaf) = written(&draft);
    let (entry, again) = read(&line).unwrap();
    assert_eq!(leaf, again);
    assert_eq!(leaf, Digest::leaf(&line));
    assert_eq!((entry.sequence, entry.batch, entry.epoch, entry.kind), (9, 8, 7, Kind::Finding));
    assert_eq!((entry.at, entry.evidence), (moment(), vec![Digest::of(b"x")]));
    assert_eq!(entry.body.get(), draft.body.get());
}

#[test]
fn entries_of_the_first_version_are_read_for_ever() {
    let kinds: Vec<Kind> = FIRST.lines().map(|line| read(line.as_bytes()).unwrap().0.kind).collect();
    assert_eq!(kinds, Kind::ALL);
}

#[test]
fn the_writer_still_writes_the_first_version() {
    let mut place = Place { sequence: 0, batch: 0, previous: Digest::ZERO };
    for (kind, expected) in Kind::ALL.into_iter().zip(FIRST.lines()) {
        let mut line = Vec::new();
        let draft = Draft::new(moment(), kind, &json!({"about": kind.name()})).unwrap();
        place.previous = write(&draft, place, &mut line).unwrap();
        place.sequence += 1;
        assert_eq!(String::from_utf8(line).unwrap(), expected);
    }
}

#[test]
fn a_newer_version_is_refused_by_its_number() {
    let line = sealed(&json!({"version": 2, "sequence": 0, "anything": [1]}));
    let error = read(&line).unwrap_err();
    assert_eq!(error, LineError::Version(2));
    assert!(error.to_string().contains("version 2"), "{error}");
}

#[test]
fn an_unknown_kind_is_refused_by_its_name() {
    let mut fields = fields();
    fields["kind"] = json!("horoscope");
    let error = read(&sealed(&fields)).unwrap_err();
    assert_eq!(error, LineError::Kind(UnknownKind("horoscope".to_owned())));
    assert!(error.to_string().contains("`horoscope`"), "{error}");
}

#[test]
fn a_field_too_many_or_too_few_is_no_entry() {
    let mut more = fields();
    more["note"] = json!("x");
    let mut fewer = fields();
    fewer.as_object_mut().unwrap().remove("epoch");
    for bad in [more, fewer, json!({}), json!([])] {
        assert!(matches!(read(&sealed(&bad)), Err(LineError::Form(_))), "{bad}");
    }
}

#[test]
fn every_changed_byte_of_a_line_is_noticed() {
    let (line, _) = written(&Draft::new(moment(), Kind::Alert, &json!({"to": "oncall"})).unwrap());
    for index in 0..line.len() {
        for flip in [1, 0x20, 0x80] {
            let mut changed = line.clone();
            changed[index] ^= flip;
            assert!(read(&changed).is_err(), "byte {index} ^ {flip}");
        }
    }
}

#[test]
fn the_longest_body_fits_and_one_more_byte_does_not() {
    let body = |length: usize| "x".repeat(length);
    let longest = LONGEST_LINE - ENVELOPE - 2;
    let (line, _) = written(&Draft::new(moment(), Kind::Evidence, &body(longest)).unwrap());
    assert!(line.len() <= LONGEST_LINE);
    let error = Draft::new(moment(), Kind::Evidence, &body(longest + 1)).unwrap_err();
    assert!(matches!(error, DraftError::TooLong { length } if length == LONGEST_LINE + 1), "{error}");
}

#[test]
fn a_form_error_tells_nothing_of_the_content() {
    let mut fields = fields();
    fields["time"] = json!("mallory@example.com");
    let error = read(&sealed(&fields)).unwrap_err().to_string();
    assert!(!error.contains("mallory"), "{error}");
}

fn moment() -> Timestamp {
    "2026-11-21T15:30:00Z".parse().unwrap()
}

fn written(draft: &Draft) -> (Vec<u8>, Digest) {
    let mut line = Vec::new();
    let leaf = write(draft, Place { sequence: 9, batch: 8, previous: Digest::of(b"p") }, &mut line).unwrap();
    (line, leaf)
}

fn fields() -> Value {
    json!({"version": 1, "sequence": 0, "batch": 0, "epoch": 0, "time": "2026-11-21T15:30:00Z", "kind": "alert",
           "body": null, "previous": Digest::ZERO})
}

/// What a program would write whose format differs, with a right digest at its end.
fn sealed(fields: &Value) -> Vec<u8> {
    let text = fields.to_string();
    let before = &text.as_bytes()[..text.len() - 1];
    let mut line = before.to_vec();
    line.extend_from_slice(&check_of(leaf_hasher().chain_update(before)));
    line
}
