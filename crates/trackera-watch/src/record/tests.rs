//! Old readers and new data, new readers and old data, and data that is neither.

use proptest::prelude::*;
use trackera_core::policy::Severity;
use trackera_core::verdict::Verdict;

use super::*;

fn opened() -> Record {
    let part = |text: &str| text.to_owned();
    let finding = FindingKey {
        policy: part("disks"),
        account: part("000000000000"),
        region: part("eu-central-1"),
        kind: part("aws.ec2.volume"),
        id: part("vol-1"),
    };
    let seen = Seen {
        severity: Severity::High,
        verdict: Verdict::Fail,
        name: part("data"),
        reason: part("data is not encrypted"),
        evidence: part("00"),
    };
    Record::Finding(FindingChange {
        finding,
        at: "2026-01-01T00:00:00Z".parse().unwrap(),
        change: Change::Opened(seen),
    })
}

#[test]
fn the_form_of_a_record_never_changes() {
    assert_eq!(
        opened().to_body().unwrap(),
        r#"{"version":1,"record":{"finding":{"finding":{"policy":"disks","account":"000000000000","region":"eu-central-1","kind":"aws.ec2.volume","id":"vol-1"},"at":"2026-01-01T00:00:00Z","change":{"opened":{"severity":"high","verdict":"fail","name":"data","reason":"data is not encrypted","evidence":"00"}}}}}"#
    );
    assert_eq!(Record::from_body(&opened().to_body().unwrap()).unwrap(), opened());
}

#[test]
fn a_field_that_a_newer_program_added_is_read_over() {
    let body = opened().to_body().unwrap().replace(r#""name":"data""#, r#""added":{"later":true},"name":"data""#);
    assert_eq!(Record::from_body(&body).unwrap(), opened());
}

#[test]
fn a_start_that_names_no_share_is_of_the_usual_one() {
    let old =
        r#"{"version":1,"record":{"life":{"started":{"agent":"a","at":"2026-01-01T00:00:00Z","version":"0.1.0"}}}}"#;
    let Record::Life(Life::Started { share, .. }) = Record::from_body(old).unwrap() else { panic!("started") };
    assert_eq!(share, USUAL_SHARE);
}

#[test]
fn a_record_of_a_later_version_is_refused_and_says_so() {
    let body = opened().to_body().unwrap().replace(r#""version":1"#, r#""version":2"#);
    assert!(matches!(Record::from_body(&body), Err(BodyError::Newer(2))));
    for body in [r#"{"version":1,"record":{"other":{}}}"#, r#"{"version":1}"#, "[]", "", r#"{"record":{}}"#] {
        assert!(matches!(Record::from_body(body), Err(BodyError::Form(_))), "{body}");
    }
}

#[test]
fn words_that_count_days_are_no_change_and_what_decides_is() {
    let Record::Finding(FindingChange { change: Change::Opened(seen), .. }) = opened() else { panic!("opened") };
    assert!(!seen.differs(&Seen { reason: "91 days old".to_owned(), ..seen.clone() }));
    assert!(seen.differs(&Seen { evidence: "01".to_owned(), ..seen.clone() }));
    assert!(seen.differs(&Seen { severity: Severity::Low, ..seen.clone() }));
}

proptest! {
    #[test]
    fn parts_of_a_key_never_run_into_each_other(left in "[a/]{0,3}", right in "[a/]{0,3}", other in "[a/]{0,3}") {
        let same = (left.as_str(), right.as_str()) == (other.as_str(), left.as_str());
        prop_assert_eq!(digest([&*left, &*right]) == digest([&*other, &*left]), same);
    }

    #[test]
    fn a_shortened_text_has_its_limit(text in ".*", limit in 0_usize..20) {
        let short = shortened(&text, limit);
        prop_assert!(short.chars().count() <= limit + 1);
        prop_assert!(text.starts_with(short.trim_end_matches('…')) || text.contains('…'));
    }
}
