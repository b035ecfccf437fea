//! The policies of the company, and what drifted away from them.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use trackera_agent::page::Counts;
use trackera_core::policy::{Schedule, Severity};
use trackera_core::resource::Scope;
use trackera_core::verdict::Verdict;
use trackera_watch::schedule::{Rule, Rules};

/// The policies: id, title, severity, fix, and how many resources keep them.
pub(super) const POLICIES: [(&str, &str, Severity, &str, u64); 7] = [
    (
        "sg-only-declared-ports",
        "Only declared ports are open to the Internet",
        Severity::Critical,
        "Take the rule away, or narrow its source to the addresses that need it.",
        41,
    ),
    (
        "rds-instance-not-public",
        "Databases have no public address",
        Severity::Critical,
        "Modify the instance: public access off; then look for who connected from outside.",
        3,
    ),
    (
        "iam-user-has-mfa",
        "Every person signs in with a second factor",
        Severity::High,
        "Let the person register a device, or take the password away.",
        9,
    ),
    ("s3-bucket-blocks-public", "Buckets block public access", Severity::High, "Switch all four blocks on.", 22),
    ("ebs-volume-encrypted", "Disks are encrypted", Severity::Medium, "Copy its snapshot with a key.", 118),
    ("acm-certificate-renews", "Certificates renew in time", Severity::Low, "Validate the name again.", 4),
    ("trail-covers-everything", "One trail records every region", Severity::High, "Switch it on for all.", 0),
];

/// What drifted: policy, id, name, verdict, reason, and the minutes that it is open.
pub(super) const DRIFTED: [(&str, &str, &str, Verdict, &str, i64); 6] = [
    (
        "rds-instance-not-public",
        "trackera-reporting",
        "trackera-reporting",
        Verdict::Fail,
        "trackera-reporting has a public address",
        95,
    ),
    (
        "sg-only-declared-ports",
        "sg-0f3c2a91d7e84b650",
        "bastion-old",
        Verdict::Fail,
        "bastion-old opens tcp/22 to the Internet through 0.0.0.0/0",
        2_880,
    ),
    (
        "ebs-volume-encrypted",
        "vol-08b1f7723ce95ad04",
        "scratch",
        Verdict::Fail,
        "scratch is not encrypted",
        60 * 24 * 6,
    ),
    (
        "iam-user-has-mfa",
        "AIDAEXAMPLE4KZ",
        "export-2019",
        Verdict::Fail,
        "export-2019 has a password and no device",
        31,
    ),
    ("s3-bucket-blocks-public", "*", "", Verdict::Unknown, "s3:GetBucketPolicyStatus was refused: access denied", 18),
    (
        "acm-certificate-renews",
        "arn:aws:acm:eu-central-1:000000000000:certificate/6f1c2a34-90ab-4cde-8123-456789abcdef",
        "app.example.com",
        Verdict::Fail,
        "app.example.com ends in 12 days and nothing renews it",
        400,
    ),
];

pub(super) fn rules() -> Rules {
    let rule = |(id, title, severity, fix, _): &(&str, &str, Severity, &str, u64)| Rule {
        id: (*id).to_owned(),
        title: (*title).to_owned(),
        topic: "network".to_owned(),
        severity: *severity,
        fix: (*fix).to_owned(),
        schedule: Schedule::Every(SignedDuration::from_mins(15)),
        freshness: SignedDuration::from_mins(45),
        on: ["CreateVolume".to_owned()].into(),
        scope: Scope::Region,
    };
    let rules = POLICIES.iter().map(|policy| (policy.0.to_owned(), rule(policy))).collect();
    Rules { rules, waivers: Vec::new(), digest: "5d41402abc4b2a76b9719d911017c592".to_owned() }
}

pub(super) fn coverage() -> BTreeMap<String, Counts> {
    let looked = POLICIES.iter().filter(|(id, ..)| *id != "trail-covers-everything");
    let of = |id: &str, verdict: Verdict| {
        DRIFTED.iter().filter(|row| row.0 == id && row.3 == verdict).fold(0, |count, _| count + 1)
    };
    let counts = looked.map(|(id, .., pass)| {
        let (fail, unknown) = (of(id, Verdict::Fail), of(id, Verdict::Unknown));
        ((*id).to_owned(), Counts { fail, unknown, waived: u64::from(*pass > 100), pass: *pass, not_applicable: 2 })
    });
    counts.collect()
}
