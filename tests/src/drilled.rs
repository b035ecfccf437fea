//! The journal of a company that does its drills: what a lab's company showed lately, as its machine wrote it down.

use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use trackera_core::recovery::drill::{REPORT_VERSION, Report};
use trackera_core::recovery::verification::{Check, CheckResult, CheckState, Verdict};
use trackera_journal::entry::Draft;
use trackera_journal::fs::Disk;
use trackera_journal::keys::SignerKey;
use trackera_journal::kind::Kind;
use trackera_journal::log::{Location, Log};

/// The drills that the example company declares.
const DRILLS: [&str; 3] = ["product-dump", "product-dump-abroad", "replicated-dumps"];

/// Writes the journal of a machine whose drills all passed an hour ago, after the damage that was done to another copy
/// was found.
///
/// # Panics
/// When the journal cannot be written.
#[expect(clippy::disallowed_methods, reason = "the lab lives by the clock of this machine")]
pub fn write(state: &Path) {
    let now = Timestamp::now();
    let key = SignerKey::from_seed("lab@test/runs", [3; 32]).expect("the key has a name");
    let location = Location {
        files: Arc::new(Disk),
        directory: state.join("journal"),
        key: key.verifier(),
        segment_length: 1 << 20,
    };
    let (mut log, _) = Log::open(location).expect("the journal is new");
    for draft in DRILLS.into_iter().flat_map(|drill| [control(drill, now), passed(drill, now)]) {
        log.append(&[&draft]).expect("the journal can be written");
    }
}

fn control(drill: &str, now: Timestamp) -> Draft {
    let report = report(drill, now - SignedDuration::from_hours(2));
    let found =
        CheckResult::new(Check::NegativeControl, CheckState::Pass, "4 damages were done on purpose and noticed");
    draft(&Report { negative_control: true, checks: vec![found], ..report })
}

fn passed(drill: &str, now: Timestamp) -> Draft {
    draft(&report(drill, now - SignedDuration::from_hours(1)))
}

fn draft(report: &Report) -> Draft {
    let body = report.to_body().expect("a report is JSON");
    Draft::new(report.ended_at, Kind::Outcome, &body).expect("a report fits a line")
}

fn report(drill: &str, ended_at: Timestamp) -> Report {
    Report {
        version: REPORT_VERSION,
        drill: drill.to_owned(),
        run: format!("{drill}-1"),
        plan: "00".repeat(32),
        began_at: ended_at - SignedDuration::from_mins(20),
        ended_at,
        backup: None,
        phases: Vec::new(),
        rta_seconds: Some(1_200),
        rpa_seconds: Some(30_000),
        objectives: [7_200, 93_600],
        checks: Vec::new(),
        verdict: Verdict::Pass,
        said: "6 checks passed".to_owned(),
        negative_control: false,
        is_gone: true,
        euros: None,
        rotation: None,
    }
}
