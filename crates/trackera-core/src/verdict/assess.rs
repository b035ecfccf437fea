//! Holding an estate against policies.
//!
//! Every policy gets at least one verdict, whatever was seen: a list that was refused, nothing to look at, and evidence
//! that is too old are verdicts of their own. Nothing that is missing may shorten the report. An assessment holds no
//! words, so that a million verdicts fit into memory; a row is told in full when somebody wants to read it.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::Verdict;
use super::judge::{Absence, Circumstances, Judge};
use super::report::{Report, Row, Summary};
use crate::policy::PolicySet;

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

    fn row(&self, judgement: &Judgement) -> Option<Row> {
        let judge = self.judges.get(judgement.policy as usize)?;
        match judgement.subject {
            Subject::Entry(index) => judge.row(index as usize),
            Subject::Absent(index) => self.absences.get(index as usize).map(|absence| judge.absent_row(absence)),
        }
    }

    /// The worst policies first, and within each policy the worst verdicts.
    fn arrange(&mut self) {
        let mut worst: BTreeMap<u32, Verdict> = BTreeMap::new();
        for judgement in &self.judgements {
            let verdict = worst.entry(judgement.policy).or_insert(judgement.verdict);
            *verdict = judgement.verdict.min(*verdict);
        }
        let mut judgements = std::mem::take(&mut self.judgements);
        judgements.sort_by(|left, right| {
            let policy = |one: &Judgement| {
                let judge = self.judges.get(one.policy as usize).map(|judge| judge.policy);
                (worst.get(&one.policy).copied(), judge.map(|policy| (policy.severity, &policy.id)), one.verdict)
            };
            policy(left).cmp(&policy(right)).then_with(|| self.by_resource(left, right))
        });
        self.judgements = judgements;
    }

    fn by_resource(&self, left: &Judgement, right: &Judgement) -> Ordering {
        let name = |one: &Judgement| match one.subject {
            Subject::Entry(index) => {
                let entry = self.circumstances.estate.entry(index as usize);
                entry.map(|entry| [&*entry.id, &*entry.name, &*entry.account, &*entry.region])
            }
            Subject::Absent(index) => self.absences.get(index as usize).map(Absence::names),
        };
        name(left).cmp(&name(right))
    }
}
