//! One policy held against one resource: the same code for assessments, reports and explanations.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::Verdict;
use super::evidence::Evidence;
use super::report::{ResourceRef, Row};
use crate::company::{BackupPlace, Company};
use crate::estate::{Entry, Estate, Place, not_collected};
use crate::language::{Expression, Moment, Unknown, Value, Witness, evaluate, trace};
use crate::policy::{Policy, PolicySet, Waiver};
use crate::resource::{BackupLocation, Kind as _};

/// What policies are held against: the facts, the declarations, and the moment.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// What was seen.
    pub estate: &'a Estate,
    /// What the company declares.
    pub company: &'a Company,
    /// The moment of the judgement.
    pub now: Timestamp,
}

/// Judges resources under one policy.
pub(super) struct Judge<'a> {
    pub(super) policy: &'a Policy,
    waivers: &'a [Waiver],
    estate: &'a Estate,
    company: Arc<[Value]>,
    now: Timestamp,
    declarations: &'a Company,
    pub(super) evidence: Evidence,
}

/// Something that should have been looked at but was not seen: a list, a region, an account, a declared place.
#[derive(Clone, Debug)]
pub(super) struct Absence {
    pub(super) id: String,
    pub(super) account: String,
    pub(super) region: String,
    pub(super) verdict: Verdict,
    reason: String,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        set: &'a PolicySet,
        circumstances: &Circumstances<'a>,
        policy: &'a Policy,
        company: &Arc<[Value]>,
    ) -> Self {
        let &Circumstances { estate, company: declarations, now } = circumstances;
        let evidence = Evidence::new(policy, estate, now);
        Self { policy, waivers: &set.waivers, estate, company: Arc::clone(company), now, declarations, evidence }
    }
}

impl Judge<'_> {
    /// The verdict about a resource, without words; waivers count.
    pub(super) fn assess(&self, index: usize) -> Option<Verdict> {
        let entry = self.estate.entry(index)?;
        let verdict = match self.evidence.stale(&entry.account) {
            Some(_) => Verdict::Unknown,
            None => self.dated(entry, self.outcome(&self.moment(index, &[]))),
        };
        match (verdict, self.waiver(entry)) {
            (Verdict::Fail, Some(waiver)) if waiver.waives_at(self.now) => Some(Verdict::Waived),
            _ => Some(verdict),
        }
    }

    fn outcome(&self, moment: &Moment<'_>) -> Verdict {
        let truth = |expression: &Expression, yes: Verdict, no: Verdict| match evaluate(expression, moment) {
            Value::Bool(true) => yes,
            Value::Bool(false) => no,
            _ => Verdict::Unknown,
        };
        match self.policy.scope.as_ref().map(|scope| truth(scope, Verdict::Pass, Verdict::NotApplicable)) {
            None | Some(Verdict::Pass) => truth(&self.policy.assertion, Verdict::Pass, Verdict::Fail),
            Some(outside) => outside,
        }
    }

    /// Nothing can be called kept when nobody knows how old its evidence is.
    fn dated(&self, entry: &Entry, verdict: Verdict) -> Verdict {
        match self.evidence.undated(&entry.account) {
            Some(_) if matches!(verdict, Verdict::Pass | Verdict::NotApplicable) => Verdict::Unknown,
            _ => verdict,
        }
    }

    /// What was not seen, and the rows that stand for it; `judged` says how many resources were within the scope.
    pub(super) fn absences(&self, judged: usize, seen: usize) -> Vec<Absence> {
        let mut absences = self.unseen();
        if absences.is_empty() && judged < self.policy.min_resources {
            absences.push(self.too_few(judged));
        }
        if absences.is_empty() && seen == 0 {
            let reason = format!("no {} exists", self.policy.kind.name);
            absences.push(absence("*", "*", Verdict::NotApplicable, reason));
        }
        absences
    }

    fn unseen(&self) -> Vec<Absence> {
        let kind = &self.policy.kind.name;
        let listed: BTreeMap<&Place, Option<&Unknown>> = self.estate.lists(kind).collect();
        if listed.is_empty() {
            return vec![self.unread("*", "*", &not_collected(kind, "*", "*"))];
        }
        let mut absences = Vec::new();
        for ((account, region), missing) in &listed {
            absences.extend(missing.map(|missing| self.unread(account, region, missing)));
        }
        for place in self.estate.places(self.policy.kind.scope).iter().filter(|place| !listed.contains_key(place)) {
            let (account, region) = place;
            absences.push(self.unread(account, region, &not_collected(kind, account, region)));
        }
        let declared = self.declarations.accounts.iter().map(|account| account.id.value());
        let seen = |id: &str| self.estate.accounts().iter().any(|account| account.account == id);
        for account in declared.filter(|id| !seen(id)) {
            absences.push(self.unread(account, "*", &not_collected(kind, account, "*")));
        }
        if kind.as_ref() == BackupLocation::NAME && absences.is_empty() {
            absences.extend(self.unseen_backups());
        }
        absences
    }

    /// Places for dumps that are declared, but that the snapshot does not hold.
    fn unseen_backups(&self) -> Vec<Absence> {
        let known = |id: &str| {
            let mut places = self.estate.of_kind(BackupLocation::NAME).iter();
            places.any(|index| self.estate.entry(*index).is_some_and(|entry| entry.id.as_ref() == id))
        };
        let unseen = self.declarations.backups.iter().map(BackupPlace::id).filter(|id| !known(id));
        let reason = "could not verify: the place was not looked at";
        unseen.map(|id| Absence { id, ..absence("*", "*", Verdict::Unknown, reason.to_owned()) }).collect()
    }

    fn unread(&self, account: &str, region: &str, missing: &Unknown) -> Absence {
        let missing = self.evidence.stale(account).unwrap_or(missing);
        absence(account, region, Verdict::Unknown, format!("could not verify: {missing}"))
    }

    fn too_few(&self, seen: usize) -> Absence {
        let reason = format!(
            "could not verify: expected at least {} of {} to judge, but saw {seen}",
            self.policy.min_resources, self.policy.kind.name
        );
        absence("*", "*", Verdict::Unknown, reason)
    }

    /// The row of something that was not seen.
    pub(super) fn absent_row(&self, absence: &Absence) -> Row {
        let Absence { id, account, region, verdict, reason } = absence.clone();
        let resource =
            ResourceRef { kind: Arc::clone(&self.policy.kind.name), id, name: String::new(), account, region };
        self.row_of(resource, verdict, reason, &Witness::default())
    }

    /// The row of a resource, in words.
    pub(super) fn row(&self, index: usize) -> Option<Row> {
        let entry = self.estate.entry(index)?;
        let (verdict, reason, witness) = self.verdict(entry, &self.moment(index, &[]));
        let (verdict, reason) = self.waive(entry, verdict, reason);
        let resource = ResourceRef {
            kind: Arc::clone(&entry.kind),
            id: entry.id.to_string(),
            name: entry.name.to_string(),
            account: entry.account.to_string(),
            region: entry.region.to_string(),
        };
        Some(self.row_of(resource, verdict, reason, &witness))
    }

    fn row_of(&self, resource: ResourceRef, verdict: Verdict, reason: String, witness: &Witness) -> Row {
        let name = |index: usize| self.estate.entry(index).map_or_else(String::new, |entry| entry.id.to_string());
        Row {
            policy: Arc::clone(&self.policy.id),
            severity: self.policy.severity,
            verdict,
            resource,
            reason,
            observed: witness.observed.iter().map(|(path, value)| (path.clone(), value.to_json(&name))).collect(),
            offending: witness.offending.iter().map(|value| value.to_json(&name)).collect(),
            controls: self.policy.controls.clone(),
        }
    }

    /// The verdict before waivers, the reason in words, and what decided.
    pub(super) fn verdict(&self, entry: &Entry, moment: &Moment<'_>) -> (Verdict, String, Witness) {
        if let Some(stale) = self.evidence.stale(&entry.account) {
            return (Verdict::Unknown, format!("could not verify: {stale}"), Witness::default());
        }
        let (verdict, reason, witness) = self.decide(moment);
        match self.evidence.undated(&entry.account) {
            Some(undated) if matches!(verdict, Verdict::Pass | Verdict::NotApplicable) => {
                (Verdict::Unknown, format!("could not verify: {undated}"), witness)
            }
            _ => (verdict, reason, witness),
        }
    }

    fn decide(&self, moment: &Moment<'_>) -> (Verdict, String, Witness) {
        if let Some(scope) = &self.policy.scope {
            match evaluate(scope, moment) {
                Value::Bool(true) => {}
                Value::Bool(false) => {
                    let witness = trace(scope, moment).witness(scope);
                    return (Verdict::NotApplicable, "outside the policy's scope".to_owned(), witness);
                }
                other => {
                    return (Verdict::Unknown, unverified(&other), trace(scope, moment).witness(scope));
                }
            }
        }
        let assertion = &self.policy.assertion;
        let traced = trace(assertion, moment);
        let witness = traced.witness(assertion);
        match traced.value {
            Value::Bool(true) => (Verdict::Pass, self.policy.title.clone(), witness),
            Value::Bool(false) => (Verdict::Fail, self.message(moment, &witness), witness),
            other => (Verdict::Unknown, unverified(&other), witness),
        }
    }

    fn message(&self, moment: &Moment<'_>, witness: &Witness) -> String {
        let offending = Value::list(witness.offending.clone());
        let why = Value::list(witness.why.iter().map(|why| Value::String(Arc::clone(why))).collect());
        self.policy.message.render(&Moment { variables: &[offending, why], ..*moment })
    }

    /// A waiver turns a fail into waived; it never makes up for evidence that is missing.
    pub(super) fn waive(&self, entry: &Entry, verdict: Verdict, reason: String) -> (Verdict, String) {
        if verdict != Verdict::Fail {
            return (verdict, reason);
        }
        match self.waiver(entry) {
            Some(waiver) if waiver.waives_at(self.now) => {
                let words = format!(
                    "{reason} (waived by {} until {}: {}; approved by {})",
                    waiver.owner, waiver.expires, waiver.reason, waiver.approver
                );
                (Verdict::Waived, words)
            }
            Some(waiver) if waiver.holds_at(self.now) => {
                let (owner, trouble) = (&waiver.owner, waiver.signed.trouble());
                (Verdict::Fail, format!("{reason} (the waiver of {owner} excuses nothing: {trouble})"))
            }
            Some(waiver) => {
                (Verdict::Fail, format!("{reason} (the waiver of {} ended on {})", waiver.owner, waiver.expires))
            }
            None => (verdict, reason),
        }
    }

    /// The waiver that covers a resource: of several one that counts, and of those the one that ends last.
    fn waiver(&self, entry: &Entry) -> Option<&Waiver> {
        let covers = |waiver: &&Waiver| waiver.covers(&self.policy.id, &entry.account, &entry.region, &entry.id);
        self.waivers.iter().filter(covers).max_by_key(|waiver| (waiver.waives_at(self.now), waiver.ends_at))
    }

    pub(super) fn moment<'m>(&'m self, subject: usize, variables: &'m [Value]) -> Moment<'m> {
        Moment { estate: self.estate, subject, now: self.now, company: &self.company, variables }
    }
}

fn absence(account: &str, region: &str, verdict: Verdict, reason: String) -> Absence {
    Absence { id: "*".to_owned(), account: account.to_owned(), region: region.to_owned(), verdict, reason }
}

fn unverified(value: &Value) -> String {
    match value {
        Value::Unknown(unknown) => format!("could not verify: {unknown}"),
        _ => "could not verify: the expression has no truth value".to_owned(),
    }
}
