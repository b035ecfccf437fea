//! A snapshot file of any origin is refused or judged: a row for every policy, the same bytes each time, no panic.
#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use trackera_core::company::Company;
use trackera_core::estate::{Estate, Snapshot};
use trackera_core::verdict::{Circumstances, Row, explain, judge};
use trackera_fuzz::{COMPANY, NOW, SCHEMA, SHIPPED};

fuzz_target!(|bytes: &[u8]| {
    let Ok(snapshot) = serde_json::from_slice::<Snapshot>(bytes) else { return };
    let Ok(estate) = Estate::new(&SCHEMA, &snapshot) else { return };
    for company in [&*COMPANY, &Company::default()] {
        for now in [NOW, snapshot.collected_at] {
            judged(&Circumstances { estate: &estate, company, now });
        }
    }
});

fn judged(circumstances: &Circumstances<'_>) {
    let report = judge(&SHIPPED, circumstances);
    let answered: BTreeSet<&str> = report.verdicts.iter().map(|row| row.policy.as_ref()).collect();
    assert_eq!(answered.len(), SHIPPED.policies.len(), "a policy has no row");
    let again = judge(&SHIPPED, circumstances);
    assert_eq!(serde_json::to_string(&report).ok(), serde_json::to_string(&again).ok(), "the same facts, other bytes");
    for policy in &SHIPPED.policies {
        for &subject in circumstances.estate.of_kind(&policy.kind.name) {
            let explanation = explain(&SHIPPED, circumstances, policy, subject).expect("the resource exists");
            let same = |row: &&Row| row.policy == policy.id && *row.resource.id == *explanation.entry.id;
            let verdict = explanation.verdict;
            assert!(report.verdicts.iter().filter(same).any(|row| row.verdict == verdict), "explained as {verdict:?}");
        }
    }
}
