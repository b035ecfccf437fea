//! Nothing is deleted that only looks as if a drill had made it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use trackera_core::recovery::ports::{DRILL_TAG, EXPIRES_AT_TAG, InstanceState, Mark, RUN_TAG};

use super::clean::{Attended, Fate, Known, Leftover};
use super::service::instance;

const EXPIRES_AT: Timestamp = Timestamp::constant(1_767_225_600, 0);
const RUN: &str = "weekly-1";

/// What can be wrong with something that has the look of a drill's.
#[derive(Clone, Debug)]
struct Look {
    name: &'static str,
    tagged_run: Option<&'static str>,
    missing: Option<&'static str>,
    has_replica: bool,
    is_replica: bool,
    is_named: bool,
    known: Option<Attended>,
    seconds_to_expiry: i64,
}

fn look() -> impl Strategy<Value = Look> {
    let name = prop::sample::select(vec![
        "drill-weekly-1",
        "drill-weekly-10",
        "drill-weekly-",
        "drill-",
        "weekly-1",
        "Drill-weekly-1",
        "trackera-production",
    ]);
    let tagged_run = prop::option::weighted(0.9, prop::sample::select(vec![RUN, RUN, "weekly-10", "weekly", ""]));
    let missing = prop::option::weighted(0.2, prop::sample::select(vec![RUN_TAG, DRILL_TAG, EXPIRES_AT_TAG]));
    let known = prop::option::of(prop::sample::select(vec![Attended::Maybe, Attended::Nobody]));
    let rare = || prop::bool::weighted(0.2);
    (name, tagged_run, missing, rare(), rare(), rare(), known, -2_i64..3).prop_map(
        |(name, tagged_run, missing, has_replica, is_replica, is_named, known, seconds_to_expiry)| Look {
            name,
            tagged_run,
            missing,
            has_replica,
            is_replica,
            is_named,
            known,
            seconds_to_expiry,
        },
    )
}

impl Look {
    fn found(&self) -> Leftover {
        let mut found = instance(self.name, InstanceState::Available);
        let mark = self.tagged_run.and_then(|run| Mark::new(run, "weekly", EXPIRES_AT).ok());
        found.tags = mark.map_or_else(BTreeMap::new, |mark| mark.tags());
        self.missing.map(|tag| found.tags.remove(tag));
        found.replicas = if self.has_replica { vec!["trackera-reporting".to_owned()] } else { Vec::new() };
        found.source = self.is_replica.then(|| "trackera-production".to_owned());
        Leftover::Instance(Box::new(found))
    }

    fn known(&self) -> Known {
        let runs = self.known.map(|attended| (RUN.to_owned(), attended)).into_iter().collect();
        let named = self.is_named.then(|| self.name.to_owned()).into_iter().collect();
        Known { runs, named }
    }

    /// Every sign agrees, and nobody needs it: only then.
    fn is_left(&self) -> bool {
        let is_named_so = |run: &str| self.name == format!("drill-{run}");
        let is_marked =
            self.missing.is_none() && self.tagged_run.filter(|run| !run.is_empty()).is_some_and(is_named_so);
        let is_over = self.tagged_run == Some(RUN) && self.known == Some(Attended::Nobody);
        let is_needed = self.seconds_to_expiry > 0 && !is_over;
        is_marked && !self.has_replica && !self.is_replica && !self.is_named && !is_needed
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn only_what_every_sign_agrees_on_and_nobody_needs_may_be_deleted(look in look()) {
        let now = EXPIRES_AT - SignedDuration::from_secs(look.seconds_to_expiry);
        let judged = look.found().removable(&look.known(), now);
        prop_assert_eq!(judged.is_ok(), look.is_left(), "{:?}: {:?}", look, judged);
    }
}

#[test]
fn what_is_told_of_something_names_its_run_only_where_its_tags_do() {
    let mut found = instance("drill-weekly-1", InstanceState::Available);
    found.tags = BTreeMap::new();
    let told = Leftover::Instance(Box::new(found)).left(Fate::Stays, Some("it has no tags".to_owned()));
    assert_eq!((told.what, told.run, told.fate), ("instance", None, Fate::Stays));
}
