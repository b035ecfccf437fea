//! The life of findings: what opens, changes, closes and reopens them, and what never does.

use std::collections::BTreeSet;

use proptest::prelude::*;
use trackera_core::policy::Severity;
use trackera_core::verdict::Verdict;

use super::*;
use crate::places::{ALL, Place, Places};

const POLICY: &str = "disks";
const HERE: &str = "eu-central-1";
const THERE: &str = "eu-west-1";

fn key(region: &str, id: &str) -> FindingKey {
    let [policy, account, region, kind, id] = [POLICY, "1", region, "aws.ec2.volume", id].map(str::to_owned);
    FindingKey { policy, account, region, kind, id }
}

fn sighting(region: &str, id: &str, verdict: Verdict) -> Sighting {
    let (name, evidence) = (String::new(), String::new());
    let seen = Seen { severity: Severity::High, verdict, name, reason: "why".to_owned(), evidence };
    Sighting { key: key(region, id).into(), seen }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + seconds).unwrap()
}

/// Looks everywhere, and gives the words of what changed.
#[derive(Default)]
struct Watched {
    findings: Findings,
    newest: Option<Timestamp>,
}

impl Watched {
    fn look(&mut self, seconds: i64, sightings: &[Sighting]) -> Vec<&'static str> {
        self.look_at(seconds, Places::Everywhere, sightings)
    }

    fn look_at(&mut self, seconds: i64, places: Places, sightings: &[Sighting]) -> Vec<&'static str> {
        let looked = [(POLICY.to_owned(), places)].into();
        let look = Look { begun_at: at(seconds), looked: &looked, sightings };
        let newest = self.newest;
        let records = step(&self.findings, &look, &Patience::USUAL, &|_| newest);
        records.iter().for_each(|record| self.findings.apply(record));
        assert_eq!(step(&self.findings, &look, &Patience::USUAL, &|_| newest), [], "the same look again");
        self.newest = self.newest.max(Some(at(seconds)));
        records.iter().map(|record| word(&record.change)).collect()
    }
}

fn word(change: &Change) -> &'static str {
    match change {
        Change::Doubted => "doubted",
        Change::Cleared => "cleared",
        Change::Opened(_) => "opened",
        Change::Changed(_) => "changed",
        Change::Missed => "missed",
        Change::Found => "found",
        Change::Closed(cause) => cause.words(),
        Change::Acknowledged { .. } => "acknowledged",
    }
}

#[test]
fn a_breach_opens_stays_closes_and_reopens() {
    let mut watched = Watched::default();
    let one = |verdict| [sighting(HERE, "vol-1", verdict)];
    assert_eq!(watched.look(0, &one(Verdict::Pass)), [""; 0]);
    assert_eq!(watched.look(60, &one(Verdict::Fail)), ["opened"]);
    assert_eq!(watched.look(120, &one(Verdict::Fail)), [""; 0]);
    assert_eq!(watched.look(180, &one(Verdict::Pass)), ["the rule is kept"]);
    assert_eq!(watched.look(240, &one(Verdict::Fail)), ["opened"]);
    assert_eq!(watched.findings.get(&key(HERE, "vol-1")).unwrap().opening, 2);
    assert_eq!(watched.look(300, &one(Verdict::Waived)), ["it is waived"]);
}

#[test]
fn what_is_missed_once_is_not_gone() {
    let mut watched = Watched::default();
    let fail = [sighting(HERE, "vol-1", Verdict::Fail)];
    watched.look(0, &fail);
    assert_eq!(watched.look(60, &[]), ["missed"]);
    assert_eq!(watched.look(61, &[]), [""; 0], "too soon to confirm anything");
    assert_eq!(watched.look(70, &fail), ["found"]);
    assert_eq!(watched.look(80, &[]), ["missed"]);
    assert_eq!(watched.look(110, &[]), ["it is gone"]);
}

#[test]
fn a_refused_list_closes_nothing_below_it() {
    let mut watched = Watched::default();
    watched.look(0, &[sighting(HERE, "vol-1", Verdict::Fail), sighting(THERE, "vol-1", Verdict::Fail)]);
    let refused = [sighting(HERE, ALL, Verdict::Unknown)];
    assert_eq!(watched.look(60, &refused), ["doubted", "missed"], "only what the other region held");
    assert_eq!(watched.look(120, &refused), ["it is gone"]);
    assert!(watched.findings.get(&key(HERE, "vol-1")).unwrap().open_since().is_some());
    assert_eq!(watched.look(700, &refused), ["opened"], "the refusal is a finding itself");
    assert_eq!(watched.look(760, &[sighting(HERE, "vol-1", Verdict::Fail)]), ["missed"]);
    assert_eq!(watched.look(820, &[sighting(HERE, "vol-1", Verdict::Fail)]), ["it is gone"]);
}

#[test]
fn a_look_at_one_region_says_nothing_about_the_others() {
    let mut watched = Watched::default();
    watched.look(0, &[sighting(HERE, "vol-1", Verdict::Fail), sighting(THERE, "vol-1", Verdict::Fail)]);
    let here = || Places::At(BTreeSet::from([Place { account: "1".to_owned(), region: Some(HERE.to_owned()) }]));
    // Whoever judges one region alone has not seen the others, and says so; that is no news.
    let rows = [sighting(HERE, "vol-1", Verdict::Pass), sighting(THERE, ALL, Verdict::Unknown)];
    assert_eq!(watched.look_at(60, here(), &rows), ["the rule is kept"]);
}

#[test]
fn an_answer_that_does_not_come_is_a_finding_only_when_it_lasts() {
    let mut watched = Watched::default();
    let one = |verdict| [sighting(HERE, "vol-1", verdict)];
    assert_eq!(watched.look(0, &one(Verdict::Unknown)), ["doubted"]);
    assert_eq!(watched.look(60, &one(Verdict::Pass)), ["cleared"]);
    assert_eq!(watched.findings.iter().count(), 0);
    assert_eq!(watched.look(120, &one(Verdict::Unknown)), ["doubted"]);
    assert_eq!(watched.look(719, &one(Verdict::Unknown)), [""; 0]);
    assert_eq!(watched.look(720, &one(Verdict::Unknown)), ["opened"]);
    assert_eq!(watched.look(780, &one(Verdict::Fail)), ["changed"]);
    assert_eq!(watched.look(840, &one(Verdict::Unknown)), ["doubted"], "a known breach stays known for a while");
    assert_eq!(watched.look(900, &one(Verdict::Fail)), ["cleared"]);
    assert_eq!(watched.look(960, &one(Verdict::Unknown)), ["doubted"]);
    assert_eq!(watched.look(1560, &one(Verdict::Unknown)), ["changed"]);
}

#[test]
fn an_older_look_never_overrules_a_newer_one() {
    let mut watched = Watched::default();
    watched.look(60, &[sighting(HERE, "vol-1", Verdict::Fail)]);
    assert_eq!(watched.look(0, &[sighting(HERE, "vol-1", Verdict::Pass)]), [""; 0]);
    assert_eq!(watched.look(1, &[]), [""; 0]);
}

#[test]
fn what_comes_and_goes_flaps_until_it_rests() {
    let mut watched = Watched::default();
    for minute in 0..5 {
        let verdict = if minute % 2 == 0 { Verdict::Fail } else { Verdict::Pass };
        watched.look(minute * 60, &[sighting(HERE, "vol-1", verdict)]);
    }
    let finding = watched.findings.get(&key(HERE, "vol-1")).unwrap();
    assert_eq!(finding.flapping_until(at(240), &Patience::USUAL), Some(at(3600)));
    assert_eq!(finding.flapping_until(at(3600), &Patience::USUAL), None);
}

#[test]
fn an_acknowledgement_is_for_one_opening() {
    let mut watched = Watched::default();
    watched.look(0, &[sighting(HERE, "vol-1", Verdict::Fail)]);
    let acknowledge = |opening| FindingChange {
        finding: key(HERE, "vol-1"),
        at: at(1),
        change: Change::Acknowledged { opening, by: "amelie".to_owned() },
    };
    watched.findings.apply(&acknowledge(2));
    assert_eq!(watched.findings.get(&key(HERE, "vol-1")).unwrap().acknowledged_by, None);
    watched.findings.apply(&acknowledge(1));
    assert!(watched.findings.get(&key(HERE, "vol-1")).unwrap().acknowledged_by.is_some());
    watched.look(60, &[sighting(HERE, "vol-1", Verdict::Pass)]);
    watched.look(120, &[sighting(HERE, "vol-1", Verdict::Fail)]);
    assert_eq!(watched.findings.get(&key(HERE, "vol-1")).unwrap().acknowledged_by, None);
}

fn any_look() -> impl Strategy<Value = Vec<Sighting>> {
    let verdict = prop::sample::select(vec![
        Verdict::Pass,
        Verdict::Fail,
        Verdict::Unknown,
        Verdict::Waived,
        Verdict::NotApplicable,
    ]);
    let one = (prop::sample::select(vec![HERE, THERE]), prop::sample::select(vec!["vol-1", "vol-2"]), verdict);
    let refused = prop::option::of(prop::sample::select(vec![HERE, THERE]));
    (prop::collection::vec(one, 0..5), refused).prop_map(|(rows, refused)| {
        let mut sightings: Vec<Sighting> =
            rows.iter().map(|(region, id, verdict)| sighting(region, id, *verdict)).collect();
        sightings.extend(refused.map(|region| sighting(region, ALL, Verdict::Unknown)));
        sightings
    })
}

proptest! {
    #[test]
    fn nothing_that_fails_is_ever_without_a_finding(looks in prop::collection::vec((1_i64..900, any_look()), 1..30)) {
        let mut watched = Watched::default();
        let mut now = 0;
        for (later, sightings) in looks {
            now += later;
            watched.look(now, &sightings);
            let mut first = BTreeSet::new();
            for sighting in sightings.iter().filter(|sighting| first.insert(&sighting.key)) {
                let open = watched.findings.get(&sighting.key).and_then(Finding::open_since).is_some();
                match sighting.seen.verdict {
                    Verdict::Fail => prop_assert!(open),
                    Verdict::Unknown => prop_assert!(watched.findings.get(&sighting.key).is_some()),
                    Verdict::Pass | Verdict::Waived | Verdict::NotApplicable => prop_assert!(!open),
                }
            }
        }
    }
}
