//! Drills as resources of the estate: what is declared, and what the journal tells of it.

use crate::estate::{List, Snapshot};
use crate::recovery::verification::Verdict;
use crate::resource::{Drill as DrillResource, ErrorClass, GLOBAL, Gap, Kind as _, Observed, Resource};

use super::{Drill, Point, Report, Restore};

/// What the journal tells of drills.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Every report, in the order in which they were written.
    pub reports: Vec<Report>,
    /// The runs of drills that left something behind which nobody has seen gone since: the drill and the run.
    pub leftovers: Vec<(String, String)>,
}

/// Adds the declared drills to a snapshot, in its first account. Without a record nobody can tell what was done: then
/// everything that the journal would say is unknown.
///
/// # Errors
/// Fails only where a resource cannot be written as JSON.
pub fn with_drills(
    mut snapshot: Snapshot,
    drills: &[Drill],
    record: Option<&Record>,
) -> Result<Snapshot, serde_json::Error> {
    let Some(first) = snapshot.accounts.first().map(|seen| seen.account.clone()) else { return Ok(snapshot) };
    for drill in drills {
        let attributes = attributes(drill, record, &first);
        snapshot.resources.push(Resource::new(&first, GLOBAL, &drill.id, &drill.id, &attributes)?);
    }
    let list = |account: &str| List {
        kind: DrillResource::NAME.to_owned(),
        account: account.to_owned(),
        region: GLOBAL.to_owned(),
        gaps: Vec::new(),
    };
    let lists: Vec<List> = snapshot.accounts.iter().map(|seen| list(&seen.account)).collect();
    snapshot.lists.extend(lists);
    Ok(snapshot.sorted())
}

fn attributes(drill: &Drill, record: Option<&Record>, account: &str) -> DrillResource {
    let own: Option<Vec<&Report>> =
        record.map(|record| record.reports.iter().filter(|report| report.drill == drill.id).collect());
    let gap = || Gap {
        operation: "journal".to_owned(),
        account: account.to_owned(),
        region: GLOBAL.to_owned(),
        resource: Some(drill.id.clone()),
        error_class: ErrorClass::NotCollected,
    };
    let last = own.as_ref().map(|own| own.last().copied());
    let passed = own.as_ref().map(|own| own.iter().rfind(|report| has_passed(report)).copied());
    let found = own.as_ref().map(|own| own.iter().rfind(|report| report.found_damage()).map(|report| report.ended_at));
    DrillResource {
        title: drill.title.clone(),
        restores: drill.restore.word().to_owned(),
        backup_region: drill.restore.region().to_owned(),
        rto_seconds: drill.rto.as_secs(),
        rpo_seconds: drill.rpo.as_secs(),
        is_scheduled: drill.every.is_some(),
        last_ended_at: seen(last.map(|last| last.map(|report| report.ended_at)), gap),
        last_verdict: seen(last.map(|last| last.map(|report| word(report.verdict).to_owned())), gap),
        last_said: seen(last.map(|last| last.map(|report| report.said.clone())), gap),
        last_passed_at: seen(passed.map(|passed| passed.map(|report| report.ended_at)), gap),
        rta_seconds: seen(passed.map(|passed| passed.and_then(|report| report.rta_seconds)), gap),
        rpa_seconds: seen(passed.map(|passed| passed.and_then(|report| report.rpa_seconds)), gap),
        last_damage_found_at: seen(found, gap),
        leftovers: seen(record.map(|record| left(record, &drill.id)), gap),
    }
}

/// Whether a drill has shown that its backup comes back, as far as such a backup can be held against its source.
fn has_passed(report: &Report) -> bool {
    matches!(report.verdict, Verdict::Pass | Verdict::Partial(_))
}

fn left(record: &Record, drill: &str) -> Vec<String> {
    record.leftovers.iter().filter(|(of, _)| of == drill).map(|(_, run)| run.clone()).collect()
}

fn seen<T>(value: Option<T>, gap: impl Fn() -> Gap) -> Observed<T> {
    value.map_or_else(|| Observed::Unknown(gap()), Observed::Known)
}

impl Restore {
    /// What is restored, in a word: `dump`, `snapshot` or `moment`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Dump(_) => "dump",
            Self::Instance(instance) => match instance.point {
                Point::Snapshot => "snapshot",
                Point::Moment(_) => "moment",
            },
        }
    }

    /// The region that the backup is taken from.
    pub fn region(&self) -> &str {
        match self {
            Self::Dump(dump) => &dump.place.region,
            Self::Instance(instance) => &instance.region,
        }
    }
}

/// A verdict as policies read it.
fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::CouldNotVerify => "could_not_verify",
        Verdict::Partial(_) => "partial",
    }
}
