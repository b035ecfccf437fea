//! What a journal tells of drills: every report, and every run whose effects nobody has seen gone.

use std::collections::BTreeMap;

use trackera_core::recovery::drill::{HeldBack, Leftover, Record as History, Report};
use trackera_core::recovery::verification::{Verdict, counted_rows};
use trackera_journal::reader::{ReadError, Reader};

use crate::obligation::Duty;
use crate::record::{BodyError, Record};
use crate::state::{FoldError, RunState, fold};

/// Why a journal tells nothing of drills that could be relied on.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An entry is a report of no form that this program knows.
    #[error("entry {0} is no report of a drill that this program understands")]
    Report(u64, #[source] serde_json::Error),
    /// An entry is a record of no form that this program knows.
    #[error("entry {0} is no record of a run that this program understands")]
    Record(u64, #[source] BodyError),
    /// The records of a run tell no story.
    #[error(transparent)]
    Fold(#[from] FoldError),
}

/// What a journal tells of drills, in the order in which it was written down.
///
/// # Errors
/// When the journal is damaged, or holds what this program does not understand: half a history could pass for a good one.
pub fn history(journal: &Reader) -> Result<History, HistoryError> {
    let (mut reports, mut records, mut failed) = (Vec::new(), Vec::new(), None);
    let mut held_back = Vec::new();
    journal.entries(|entry| {
        let body = entry.body.get();
        match Report::from_body(body) {
            Ok(report) => reports.extend(report),
            Err(error) => drop(failed.get_or_insert(HistoryError::Report(entry.sequence, error))),
        }
        match HeldBack::from_body(body) {
            Ok(held) => held_back.extend(held),
            Err(error) => drop(failed.get_or_insert(HistoryError::Report(entry.sequence, error))),
        }
        if Record::KINDS.contains(&entry.kind) {
            match Record::from_body(body) {
                Ok(record) => records.extend(record),
                Err(error) => drop(failed.get_or_insert(HistoryError::Record(entry.sequence, error))),
            }
        }
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    let runs = fold(&records)?;
    // A drill that was begun since is not held back any more.
    held_back
        .retain(|held: &HeldBack| !runs.iter().any(|run| run.started.name == held.drill && run.started_at >= held.at));
    Ok(History { reports, leftovers: runs.iter().filter_map(leftover).collect(), held_back })
}

/// How many rows tables had in the last run of a drill that proved something, as far as its rules name them: what a
/// drop is measured from.
#[must_use]
pub fn previous_rows(reports: &[Report], drill: &str) -> BTreeMap<String, u64> {
    let proved =
        |report: &&Report| report.drill == drill && matches!(report.verdict, Verdict::Pass | Verdict::Partial(_));
    reports.iter().rfind(proved).map(|report| counted_rows(&report.checks)).unwrap_or_default()
}

/// A run that is not over, or that ended with something still to undo. The name of a drill's run is that of the drill.
fn leftover(run: &RunState) -> Option<Leftover> {
    let owes = run.obligations.values().any(|obligation| matches!(obligation.duty, Duty::Undo(_)));
    (owes || !run.is_over()).then(|| Leftover {
        drill: run.started.name.clone(),
        run: run.run.to_string(),
        began_at: run.started_at,
        is_over: run.is_over(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use trackera_core::recovery::drill::REPORT_VERSION;
    use trackera_core::recovery::verification::{Check, CheckResult, CheckState, Tier, rows_figure};

    fn report(drill: &str, verdict: Verdict, rows: u64) -> Report {
        let checked = CheckResult::new(Check::Rows, CheckState::Pass, "").figure(&rows_figure("app.users"), rows);
        let (began_at, ended_at) = (jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::UNIX_EPOCH);
        Report {
            version: REPORT_VERSION,
            drill: drill.to_owned(),
            run: String::new(),
            plan: String::new(),
            began_at,
            ended_at,
            backup: None,
            rotation: None,
            phases: Vec::new(),
            rta_seconds: None,
            rpa_seconds: None,
            objectives: [1, 1],
            checks: vec![checked],
            verdict,
            said: String::new(),
            negative_control: false,
            is_gone: true,
            euros: None,
        }
    }

    #[test]
    fn a_drop_is_measured_from_the_last_run_of_the_same_drill_that_proved_something() {
        let sampled = Verdict::Partial(Tier::Sampled);
        let mut reports = vec![report("nightly", Verdict::Pass, 10), report("nightly", sampled, 20)];
        let rows = |reports: &[Report]| previous_rows(reports, "nightly").get("app.users").copied();
        assert_eq!(rows(&reports), Some(20));
        // What failed could be the drop itself, which would be no drop from then on.
        reports.extend([report("nightly", Verdict::Fail, 1), report("nightly", Verdict::CouldNotVerify, 2)]);
        reports.push(report("weekly", Verdict::Pass, 3));
        assert_eq!(rows(&reports), Some(20));
        assert_eq!(rows(&reports[2..]), None);
    }
}
