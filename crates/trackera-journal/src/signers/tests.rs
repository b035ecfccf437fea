//! The file as OpenSSH reads it.

use proptest::prelude::*;

use super::*;

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

#[test]
fn a_line_says_who_for_what_and_when() {
    let signers = parse(&format!(
        "ana@example.com namespaces=\"a,b*\",valid-after=\"20260101Z\",valid-before=\"20261231235959Z\" {KEY} Ana"
    ));
    assert_eq!(ask(&signers, "ana@example.com", "a", "2026-06-01T00:00:00Z"), Ok(()));
    assert_eq!(ask(&signers, "ana@example.com", "bcd", "2026-06-01T00:00:00Z"), Ok(()));
    assert_eq!(ask(&signers, "bob@example.com", "a", "2026-06-01T00:00:00Z"), Err(NotAllowed::Unknown));
    assert_eq!(ask(&signers, "ana@example.com", "c", "2026-06-01T00:00:00Z"), Err(NotAllowed::Namespace));
    assert_eq!(ask(&signers, "ana@example.com", "a", "2025-12-31T23:59:59Z"), Err(NotAllowed::TooEarly));
    assert_eq!(ask(&signers, "ana@example.com", "a", "2026-01-01T00:00:00Z"), Ok(()));
    assert_eq!(ask(&signers, "ana@example.com", "a", "2026-12-31T23:59:59Z"), Ok(()));
    assert_eq!(ask(&signers, "ana@example.com", "a", "2027-01-01T00:00:00Z"), Err(NotAllowed::TooLate));
}

#[test]
fn a_moment_without_z_is_in_the_zone_of_the_machine() {
    let zone = TimeZone::fixed(jiff::tz::offset(2));
    let signers = AllowedSigners::parse(&format!("ana valid-after=202601010130 {KEY}"), &zone).unwrap();
    assert_eq!(ask(&signers, "ana", "a", "2025-12-31T23:30:00Z"), Ok(()));
    assert_eq!(ask(&signers, "ana", "a", "2025-12-31T23:29:59Z"), Err(NotAllowed::TooEarly));
}

#[test]
fn patterns_match_and_one_negated_match_takes_all_away() {
    let signers = parse(&format!("# people\n\n\"*@example.com,!mallory@*,other\" {KEY}\n"));
    let at = "2026-06-01T00:00:00Z";
    assert_eq!(ask(&signers, "ana@example.com", "a", at), Ok(()));
    assert_eq!(ask(&signers, "mallory@example.com", "a", at), Err(NotAllowed::Unknown));
    assert_eq!(signers.principals(), ["other"]);
}

#[test]
fn a_line_that_cannot_be_relied_on_is_refused_by_its_number() {
    for bad in [
        "ana".to_owned(),
        "ana ssh-ed25519 AAAA".to_owned(),
        format!("ana cert-authority {KEY}"),
        format!("ana valid-after=2026 {KEY}"),
        format!("ana valid-after=20261301 {KEY}"),
        format!("ana valid-before=20260229Z {KEY}"),
        format!("ana valid-after=20270101,valid-before=20260101 {KEY}"),
        format!("ana valid-after=20270101,valid-after=20260101 {KEY}"),
        format!("ana namespaces=\"a {KEY}"),
        format!("ana frobnicate {KEY}"),
        format!("\"ana {KEY}"),
        format!("ana,,bob {KEY}"),
    ] {
        let error = AllowedSigners::parse(&format!("bob {KEY}\n{bad}\n"), &TimeZone::UTC).unwrap_err();
        assert_eq!(error.line, 2, "{bad}: {error}");
    }
}

proptest! {
    #[test]
    fn patterns_match_as_the_definition_says(text in "[ab]{0,6}", pattern in "[ab*?]{0,6}") {
        prop_assert_eq!(matches(text.as_bytes(), pattern.as_bytes()), model(text.as_bytes(), pattern.as_bytes()));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,120}") {
        let _ = AllowedSigners::parse(&text, &TimeZone::UTC);
    }
}

fn model(text: &[u8], pattern: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|skip| model(&text[skip..], rest)),
        Some((b'?', rest)) => !text.is_empty() && model(&text[1..], rest),
        Some((byte, rest)) => text.first() == Some(byte) && model(&text[1..], rest),
    }
}

fn parse(text: &str) -> AllowedSigners {
    AllowedSigners::parse(text, &TimeZone::UTC).unwrap()
}

fn ask(signers: &AllowedSigners, principal: &str, namespace: &str, at: &str) -> Result<(), NotAllowed> {
    let key: PublicKey = KEY.parse().unwrap();
    signers.allows(key.key_data(), principal, (namespace, at.parse().unwrap()))
}
