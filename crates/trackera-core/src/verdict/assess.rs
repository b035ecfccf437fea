//! Holding an estate against policies.
//!
//! Every policy gets at least one verdict, whatever was seen: a list that was refused, nothing to look at, and evidence
//! that is too old are verdicts of their own. Nothing that is missing may shorten the report. An assessment holds no
//! words, so that a million verdicts fit into memory; a row is told in full when somebody wants to read it.

use std::sync::Arc;

use jiff::Timestamp;

use super::Verdict;
use super::brief::Brief;
use super::judge::{Absence, Circumstances, Judge};
use super::report::{Report, Row, Summary};
use crate::estate::{Entry, Estate};
use crate::policy::PolicySet;
use crate::resource::Gap;

/// The verdicts of all policies, in the order of the report.
pub struct Assessment<'a> {
    judges: Vec<Judge<'a>>,
    circumstances: Circumstances<'a>,
    judgements: Vec<Judgement>,
    absences: Vec<Absence>,
}

/// One verdict, without words.
#[derive(Clone, Copy, Debug)]
struct Judgement {
    policy: u32,
    verdict: Verdict,
    subject: Subject,
}

#[derive(Clone, Copy, Debug)]
enum Subject {
    Entry(u32),
    Absent(u32),
}

/// Judges an estate at a moment.
pub fn judge(set: &PolicySet, circumstances: &Circumstances<'_>) -> Report {
    Assessment::new(set, circumstances).report()
}

impl<'a> Assessment<'a> {
    /// Judges an estate at a moment.
    pub fn new(set: &'a PolicySet, circumstances: &Circumstances<'a>) -> Self {
        let company = circumstances.company.declared(&set.schema);
        let judges = set.policies.iter().map(|policy| Judge::new(set, circumstances, policy, &company)).collect();
        let mut assessment =
            Self { judges, circumstances: *circumstances, judgements: Vec::new(), absences: Vec::new() };
        for policy in 0..assessment.judges.len() {
            assessment.judge_all(policy);
        }
        assessment.arrange();
        assessment
    }

    fn judge_all(&mut self, place: usize) {
        let (Some(judge), Ok(policy)) = (self.judges.get(place), u32::try_from(place)) else { return };
        let subjects = self.circumstances.estate.of_kind(&judge.policy.kind.name);
        let before = self.judgements.len();
        let mut judged = 0;
        for index in subjects {
            if let (Some(verdict), Ok(entry)) = (judge.assess(*index), u32::try_from(*index)) {
                judged += usize::from(verdict != Verdict::NotApplicable);
                self.judgements.push(Judgement { policy, verdict, subject: Subject::Entry(entry) });
            }
        }
        for absence in judge.absences(judged, self.judgements.len() - before) {
            let subject = Subject::Absent(u32::try_from(self.absences.len()).unwrap_or(u32::MAX));
            self.judgements.push(Judgement { policy, verdict: absence.verdict, subject });
            self.absences.push(absence);
        }
    }

    /// How many verdicts there are.
    pub fn len(&self) -> usize {
        self.judgements.len()
    }

    /// Whether there are none, which means that there are no policies.
    pub fn is_empty(&self) -> bool {
        self.judgements.is_empty()
    }

    /// Tells the verdicts in full, one after the other, in the order of the report.
    pub fn rows(&self) -> impl Iterator<Item = Row> {
        self.judgements.iter().filter_map(|judgement| self.row(judgement))
    }

    /// The verdicts without words, in the order of the report.
    pub fn briefs(&self) -> impl Iterator<Item = Brief<'_>> {
        self.judgements.iter().filter_map(|judgement| self.brief(judgement))
    }

    /// Keeps the verdicts that are wanted; gaps stay, because they may hide others.
    pub fn retain(&mut self, wanted: impl Fn(&Brief<'_>) -> bool) {
        let mut judgements = std::mem::take(&mut self.judgements);
        judgements.retain(|judgement| self.brief(judgement).is_some_and(|brief| wanted(&brief)));
        self.judgements = judgements;
        self.arrange();
    }

    /// The moment that everything was judged at.
    pub fn checked_at(&self) -> Timestamp {
        self.circumstances.now
    }

    /// What could not be read.
    pub fn gaps(&self) -> &'a [Gap] {
        &self.circumstances.estate.gaps
    }

    /// Everything in full.
    pub fn report(&self) -> Report {
        Report::new(self.circumstances.now, self.rows().collect(), self.circumstances.estate.gaps.clone())
    }

    /// Counts the verdicts.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        let mut policies: Vec<bool> = vec![false; self.judges.len()];
        for judgement in &self.judgements {
            summary.count(judgement.verdict);
            if let Some(policy) = policies.get_mut(judgement.policy as usize) {
                *policy = true;
            }
        }
        summary.policies = policies.into_iter().filter(|judged| *judged).count();
        summary.gaps = self.circumstances.estate.gaps.len();
        summary
    }

    fn brief(&self, judgement: &Judgement) -> Option<Brief<'_>> {
        let policy = self.judges.get(judgement.policy as usize)?.policy;
        let (kind, severity, verdict) = (policy.kind.name.as_ref(), policy.severity, judgement.verdict);
        let policy = policy.id.as_ref();
        match judgement.subject {
            Subject::Entry(index) => {
                let Entry { id, name, account, region, .. } = self.circumstances.estate.entry(index as usize)?;
                Some(Brief { policy, severity, verdict, kind, id, name, account, region })
            }
            Subject::Absent(index) => {
                let Absence { id, account, region, .. } = self.absences.get(index as usize)?;
                Some(Brief { policy, severity, verdict, kind, id, name: "", account, region })
            }
        }
    }

    fn row(&self, judgement: &Judgement) -> Option<Row> {
        let judge = self.judges.get(judgement.policy as usize)?;
        match judgement.subject {
            Subject::Entry(index) => judge.row(index as usize),
            Subject::Absent(index) => self.absences.get(index as usize).map(|absence| judge.absent_row(absence)),
        }
    }

    /// The worst policies first, within each policy the worst verdicts, and within those what was not seen before
    /// resources by their names. A million verdicts are put in order by numbers: names are compared once.
    fn arrange(&mut self) {
        let policies = self.ranks_of_policies();
        let entries = ranks_of_entries(self.circumstances.estate);
        let rank = |ranks: &[u32], index: u32| ranks.get(index as usize).copied().unwrap_or(u32::MAX);
        self.judgements.sort_by_cached_key(|one| {
            let subject = match one.subject {
                Subject::Entry(index) => (1, rank(&entries, index)),
                Subject::Absent(index) => (0, index),
            };
            (rank(&policies, one.policy), one.verdict, subject)
        });
    }

    fn ranks_of_policies(&self) -> Vec<u32> {
        let mut worst: Vec<Option<Verdict>> = vec![None; self.judges.len()];
        for judgement in &self.judgements {
            if let Some(worst) = worst.get_mut(judgement.policy as usize) {
                *worst = Some(worst.map_or(judgement.verdict, |known| known.min(judgement.verdict)));
            }
        }
        let policies = worst.into_iter().zip(&self.judges);
        let keys: Vec<_> = policies.map(|(worst, judge)| (worst, judge.policy.severity, &judge.policy.id)).collect();
        ranks(&keys)
    }
}

fn ranks_of_entries(estate: &Estate) -> Vec<u32> {
    let name = |entry: &Entry| [&entry.id, &entry.name, &entry.account, &entry.region].map(Arc::clone);
    ranks(&estate.entries().iter().map(name).collect::<Vec<_>>())
}

/// The place of each key among all keys in their order.
fn ranks<K: Ord>(keys: &[K]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..).take(keys.len()).collect();
    order.sort_by_key(|index| keys.get(*index as usize));
    let mut ranks = vec![0; keys.len()];
    for (rank, index) in (0..).zip(order) {
        if let Some(place) = ranks.get_mut(index as usize) {
            *place = rank;
        }
    }
    ranks
}
