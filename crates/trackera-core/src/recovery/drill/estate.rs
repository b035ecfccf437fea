//! Drills as resources of the estate: what is declared, and what the journal tells of it.

use jiff::Timestamp;

use crate::estate::{List, Snapshot};
use crate::recovery::verification::Verdict;
use crate::resource::{Drill as DrillResource, ErrorClass, GLOBAL, Gap, Kind as _, Observed, Resource};

use super::{Drill, HeldBack, Point, Report, Restore};

/// What the journal tells of drills.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Every report, in the order in which they were written.
    pub reports: Vec<Report>,
    /// The runs of drills that made something which nobody has seen gone since.
    pub leftovers: Vec<Leftover>,
    /// The drills that were due last and were not begun, each with why.
    pub held_back: Vec<HeldBack>,
}

/// A run of a drill that made something which nobody has seen gone since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// The drill.
    pub drill: String,
    /// The run.
    pub run: String,
    /// When it began.
    pub began_at: Timestamp,
    /// Whether nothing more will be done for it.
    pub is_over: bool,
}

impl Leftover {
    /// Whether it was left behind: a run that is under way needs what it made, until the drill's time is up.
    fn is_left(&self, drill: &Drill, now: Timestamp) -> bool {
        self.drill == drill.id && (self.is_over || now.duration_since(self.began_at) >= drill.expires)
    }
}

/// Adds the declared drills to a snapshot, in its first account. Without a record nobody can tell what was done: then
/// everything that the journal would say is unknown, and the gap is told.
///
/// # Errors
/// Fails only where a resource cannot be written as JSON.
pub fn with_drills(
    mut snapshot: Snapshot,
    drills: &[Drill],
    record: Option<&Record>,
) -> Result<Snapshot, serde_json::Error> {
    let Some(first) = snapshot.accounts.first().map(|seen| seen.account.clone()) else { return Ok(snapshot) };
    // Facts of an account that nobody could name are nobody's facts.
    let record = record.filter(|_| first != "*");
    for drill in drills {
        let gap = Gap {
            operation: "journal".to_owned(),
            account: first.clone(),
            region: GLOBAL.to_owned(),
            resource: Some(drill.id.clone()),
            error_class: ErrorClass::NotCollected,
        };
        let attributes = attributes(drill, (record, &gap), snapshot.collected_at);
        snapshot.resources.push(Resource::new(&first, GLOBAL, &drill.id, &drill.id, &attributes)?);
        snapshot.gaps.extend(record.is_none().then_some(gap));
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

fn attributes(drill: &Drill, (record, gap): (Option<&Record>, &Gap), now: Timestamp) -> DrillResource {
    let own: Option<Vec<&Report>> =
        record.map(|record| record.reports.iter().filter(|report| report.drill == drill.id).collect());
    let latest =
        |is_wanted: fn(&Report) -> bool| own.as_ref().map(|own| own.iter().rfind(|report| is_wanted(report)).copied());
    let last = latest(|_| true);
    let passed = latest(has_passed);
    let found = latest(Report::found_damage);
    let left = record.map(|record| {
        let left = record.leftovers.iter().filter(|leftover| leftover.is_left(drill, now));
        left.map(|leftover| leftover.run.clone()).collect()
    });
    let held = record.map(|record| record.held_back.iter().rfind(|held| held.drill == drill.id));
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
        last_damage_found_at: seen(found.map(|found| found.map(|report| report.ended_at)), gap),
        leftovers: seen(left, gap),
        held_back: seen(held.map(|held| held.map(|held| held.why.clone())), gap),
    }
}

/// Whether a drill has shown that its backup comes back, as far as such a backup can be held against its source.
fn has_passed(report: &Report) -> bool {
    matches!(report.verdict, Verdict::Pass | Verdict::Partial(_))
}

fn seen<T>(value: Option<T>, gap: &Gap) -> Observed<T> {
    value.map_or_else(|| Observed::Unknown(gap.clone()), Observed::Known)
}

impl Restore {
    /// What is restored, in a word: `dump`, `snapshot`, `moment`, `recovery_point` or `objects`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Dump(_) => "dump",
            Self::Instance(instance) => match instance.point {
                Point::Snapshot => "snapshot",
                Point::Moment(_) => "moment",
            },
            Self::RecoveryPoint(_) => "recovery_point",
            Self::Objects(_) => "objects",
        }
    }

    /// The region that the backup is taken from; that of objects is their replica.
    pub fn region(&self) -> &str {
        match self {
            Self::Dump(dump) => &dump.place.region,
            Self::Instance(instance) => &instance.region,
            Self::RecoveryPoint(point) => &point.region,
            Self::Objects(objects) => &objects.replica.region,
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

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::estate::{CollectedAccount, SNAPSHOT_VERSION};
    use crate::recovery::drill::{REPORT_VERSION, load};
    use crate::recovery::verification::{Check, CheckResult, CheckState, Tier};
    use crate::yaml::File;

    const NOW: Timestamp = Timestamp::constant(1_767_225_600, 0);
    const FIGURES: [&str; 9] = [
        "last_ended_at",
        "last_verdict",
        "last_said",
        "last_passed_at",
        "rta_seconds",
        "rpa_seconds",
        "last_damage_found_at",
        "leftovers",
        "held_back",
    ];

    fn drills() -> Vec<Drill> {
        let text = "\
drills:
  - id: nightly
    title: The database comes back
    owner: ada
    objectives: {rto: 2h, rpo: 26h}
    every: 1d
    source: {dump: {in: {bucket: dumps, region: eu-central-1, prefix: postgres/}}}
    target: {scratch: {directory: scratch}}
";
        load(&[File { name: "drills.yaml".to_owned(), text: text.to_owned() }]).unwrap()
    }

    fn snapshot(accounts: &[&str]) -> Snapshot {
        let account = |id: &&str| CollectedAccount { account: (*id).to_owned(), regions: Vec::new() };
        Snapshot {
            version: SNAPSHOT_VERSION,
            collected_at: NOW,
            accounts: accounts.iter().map(account).collect(),
            lists: Vec::new(),
            resources: Vec::new(),
            gaps: Vec::new(),
            reports: Vec::new(),
        }
    }

    fn hours_ago(hours: i64) -> Timestamp {
        NOW - jiff::SignedDuration::from_hours(hours)
    }

    fn report(hours: i64, verdict: Verdict) -> Report {
        Report {
            version: REPORT_VERSION,
            drill: "nightly".to_owned(),
            run: format!("nightly-{hours}"),
            plan: String::new(),
            began_at: hours_ago(hours + 1),
            ended_at: hours_ago(hours),
            backup: None,
            phases: Vec::new(),
            rta_seconds: Some(hours),
            rpa_seconds: Some(10 * hours),
            objectives: [7_200, 93_600],
            checks: Vec::new(),
            verdict,
            said: format!("{hours} hours ago"),
            negative_control: false,
            is_gone: true,
            euros: None,
            rotation: None,
        }
    }

    fn leftover(run: &str, hours: i64, is_over: bool) -> Leftover {
        Leftover { drill: "nightly".to_owned(), run: run.to_owned(), began_at: hours_ago(hours), is_over }
    }

    /// What policies see of the drill.
    fn told(record: &Record) -> Json {
        let seen = with_drills(snapshot(&["1"]), &drills(), Some(record)).unwrap();
        assert!(seen.gaps.is_empty(), "{:?}", seen.gaps);
        seen.resources[0].attributes.to_value()
    }

    fn figures(told: &Json) -> Json {
        FIGURES.iter().map(|name| told[*name].clone()).collect()
    }

    #[test]
    fn a_drill_that_was_never_done_has_no_figures_and_left_nothing() {
        let told = told(&Record::default());
        assert_eq!(figures(&told), json!([null, null, null, null, null, null, null, [], null]));
        assert_eq!((&told["restores"], &told["backup_region"]), (&json!("dump"), &json!("eu-central-1")));
        assert_eq!((&told["rto_seconds"], &told["is_scheduled"]), (&json!(7_200), &json!(true)));
    }

    #[test]
    fn the_figures_are_those_of_the_last_pass_and_the_verdict_that_of_the_last_end() {
        let reports = vec![
            report(9, Verdict::Pass),
            report(5, Verdict::Fail),
            Report { drill: "another".to_owned(), ..report(1, Verdict::Pass) },
        ];
        let told = told(&Record { reports, ..Record::default() });
        let wanted = json!([hours_ago(5), "fail", "5 hours ago", hours_ago(9), 9, 90, null, [], null]);
        assert_eq!(figures(&told), wanted);
    }

    #[test]
    fn a_backup_that_could_be_verified_in_part_has_come_back_and_one_that_could_not_has_not() {
        let partial = Verdict::Partial(Tier::Sampled);
        let reports = vec![report(4, partial), report(2, Verdict::CouldNotVerify)];
        let told = told(&Record { reports, ..Record::default() });
        assert_eq!(
            (&told["last_verdict"], &told["last_passed_at"]),
            (&json!("could_not_verify"), &json!(hours_ago(4)))
        );
    }

    #[test]
    fn damage_that_was_found_is_told_and_the_run_counts_as_any_other() {
        let control = |state| vec![CheckResult::new(Check::NegativeControl, state, "four damages")];
        let damaged = |hours, verdict, state| Report { checks: control(state), ..report(hours, verdict) };
        let reports = vec![
            report(8, Verdict::Pass),
            damaged(4, Verdict::Pass, CheckState::Pass),
            damaged(2, Verdict::Fail, CheckState::Fail),
        ];
        let told = told(&Record { reports, ..Record::default() });
        let wanted = json!([hours_ago(2), "fail", "2 hours ago", hours_ago(4), 4, 40, hours_ago(4), [], null]);
        assert_eq!(figures(&told), wanted);
    }

    #[test]
    fn a_run_has_left_something_when_it_is_over_or_its_time_is_up() {
        let foreign = Leftover { drill: "another".to_owned(), ..leftover("foreign", 90, true) };
        let leftovers =
            vec![leftover("over", 1, true), leftover("under-way", 5, false), leftover("stuck", 6, false), foreign];
        assert_eq!(told(&Record { leftovers, ..Record::default() })["leftovers"], json!(["over", "stuck"]));
    }

    #[test]
    fn a_drill_that_was_due_and_not_begun_says_why_and_others_do_not() {
        let held = |drill: &str, why: &str| HeldBack::new(drill, hours_ago(1), why.to_owned());
        let held_back = vec![held("nightly", "nobody stands for it"), held("another", "it is held")];
        assert_eq!(told(&Record { held_back, ..Record::default() })["held_back"], "nobody stands for it");
    }

    #[test]
    fn without_a_record_everything_that_was_done_is_unknown_and_the_gap_is_told() {
        let seen = with_drills(snapshot(&["1"]), &drills(), None).unwrap();
        let told = seen.resources[0].attributes.to_value();
        assert_eq!(told["rto_seconds"], 7_200);
        // What was not collected is left out, which every reader takes for unknown.
        assert!(FIGURES.iter().all(|name| told.get(*name).is_none()), "{told}");
        assert_eq!(seen.gaps.iter().map(|gap| gap.operation.as_str()).collect::<Vec<_>>(), ["journal"]);
    }

    #[test]
    fn drills_stand_in_one_account_and_are_listed_in_all() {
        let seen = with_drills(snapshot(&["1", "2"]), &drills(), None).unwrap();
        let places: Vec<&str> = seen.resources.iter().map(|one| one.account.as_str()).collect();
        let lists: Vec<&str> = seen.lists.iter().map(|list| list.account.as_str()).collect();
        assert_eq!((places, lists), (vec!["1"], vec!["1", "2"]));
        let nowhere = with_drills(snapshot(&[]), &drills(), None).unwrap();
        assert_eq!(nowhere, snapshot(&[]));
    }
}
