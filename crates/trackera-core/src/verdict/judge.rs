//! Holding an estate against policies.
//!
//! Every policy gets at least one row, whatever was seen: a list that was refused, nothing to look at, and evidence that
//! is too old are rows of their own. Nothing that is missing may shorten the report.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::Verdict;
use super::evidence::Evidence;
use super::report::{Report, ResourceRef, Row};
use crate::company::{BackupPlace, Company};
use crate::estate::{Entry, Estate, Place, not_collected};
use crate::language::{Moment, Unknown, Value, Witness, evaluate, trace};
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

/// Judges an estate at a moment.
pub fn judge(set: &PolicySet, circumstances: &Circumstances<'_>) -> Report {
    let company = circumstances.company.declared(&set.schema);
    let rows = set.policies.iter().flat_map(|policy| Judge::new(set, circumstances, policy, &company).rows());
    Report::new(circumstances.now, rows.collect(), circumstances.estate.gaps.clone())
}

/// Judges one resource under one policy; the same code for reports and for explanations.
pub(super) struct Judge<'a> {
    policy: &'a Policy,
    waivers: &'a [Waiver],
    estate: &'a Estate,
    company: &'a Arc<[Value]>,
    now: Timestamp,
    declarations: &'a Company,
    pub(super) evidence: Evidence,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        set: &'a PolicySet,
        circumstances: &Circumstances<'a>,
        policy: &'a Policy,
        company: &'a Arc<[Value]>,
    ) -> Self {
        let &Circumstances { estate, company: declarations, now } = circumstances;
        let evidence = Evidence::new(policy, estate, now);
        Self { policy, waivers: &set.waivers, estate, company, now, declarations, evidence }
    }
}

impl Judge<'_> {
    fn rows(&self) -> Vec<Row> {
        let kind = &self.policy.kind.name;
        let mut rows: Vec<Row> = self.estate.of_kind(kind).iter().filter_map(|index| self.row(*index)).collect();
        let judged = rows.iter().filter(|row| row.verdict != Verdict::NotApplicable).count();
        let missing = self.missing_rows();
        if missing.is_empty() && judged < self.policy.min_resources {
            rows.push(self.too_few(judged));
        }
        rows.extend(missing);
        if rows.is_empty() {
            rows.push(self.star("*", "*", Verdict::NotApplicable, format!("no {kind} exists")));
        }
        rows
    }

    /// What should have been looked at but was not seen whole: lists, regions, accounts and declared places.
    fn missing_rows(&self) -> Vec<Row> {
        let kind = &self.policy.kind.name;
        let listed: BTreeMap<&Place, Option<&Unknown>> = self.estate.lists(kind).collect();
        if listed.is_empty() {
            return vec![self.list_row("*", "*", &not_collected(kind, "*", "*"))];
        }
        let mut rows = Vec::new();
        for ((account, region), missing) in &listed {
            rows.extend(missing.map(|missing| self.list_row(account, region, missing)));
        }
        for place in self.estate.places(self.policy.kind.scope).iter().filter(|place| !listed.contains_key(place)) {
            let (account, region) = place;
            rows.push(self.list_row(account, region, &not_collected(kind, account, region)));
        }
        let declared = self.declarations.accounts.iter().map(|account| account.id.value());
        let seen = |id: &str| self.estate.accounts().iter().any(|account| account.account == id);
        for account in declared.filter(|id| !seen(id)) {
            rows.push(self.list_row(account, "*", &not_collected(kind, account, "*")));
        }
        if kind.as_ref() == BackupLocation::NAME && rows.is_empty() {
            rows.extend(self.unseen_backups());
        }
        rows
    }

    /// Places for dumps that are declared, but that the snapshot does not hold.
    fn unseen_backups(&self) -> Vec<Row> {
        let entries = || self.estate.entries().iter().filter(|entry| entry.kind.as_ref() == BackupLocation::NAME);
        let places = self.declarations.backups.iter().map(BackupPlace::id);
        let unseen = places.filter(|id| entries().all(|entry| entry.id != *id));
        let row = |id: String| {
            let mut row =
                self.star("*", "*", Verdict::Unknown, "could not verify: the place was not looked at".to_owned());
            row.resource.id = id;
            row
        };
        unseen.map(row).collect()
    }

    fn row(&self, index: usize) -> Option<Row> {
        let entry = self.estate.entry(index)?;
        let moment = self.moment(index, &[]);
        let (verdict, reason, witness) = self.verdict(entry, &moment);
        let (verdict, reason) = self.waive(entry, verdict, reason);
        let name = |index: usize| self.estate.entry(index).map_or_else(String::new, |entry| entry.id.clone());
        Some(Row {
            policy: Arc::clone(&self.policy.id),
            severity: self.policy.severity,
            verdict,
            resource: ResourceRef {
                kind: Arc::clone(&entry.kind),
                id: entry.id.clone(),
                name: entry.name.clone(),
                account: entry.account.clone(),
                region: entry.region.clone(),
            },
            reason,
            observed: witness.observed.iter().map(|(path, value)| (path.clone(), value.to_json(&name))).collect(),
            offending: witness.offending.iter().map(|value| value.to_json(&name)).collect(),
            controls: self.policy.controls.clone(),
        })
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
        let covers = |waiver: &&Waiver| waiver.covers(&self.policy.id, &entry.account, &entry.region, &entry.id);
        let mut covering: Vec<&Waiver> = self.waivers.iter().filter(covers).collect();
        covering.sort_by_key(|waiver| waiver.ends_at);
        match covering.last() {
            Some(waiver) if waiver.holds_at(self.now) => {
                let words = format!(
                    "{reason} (waived by {} until {}: {}; approved by {})",
                    waiver.owner, waiver.expires, waiver.reason, waiver.approver
                );
                (Verdict::Waived, words)
            }
            Some(waiver) => {
                (Verdict::Fail, format!("{reason} (the waiver of {} ended on {})", waiver.owner, waiver.expires))
            }
            None => (verdict, reason),
        }
    }

    pub(super) fn moment<'m>(&'m self, subject: usize, variables: &'m [Value]) -> Moment<'m> {
        Moment { estate: self.estate, subject, now: self.now, company: self.company, variables }
    }

    fn list_row(&self, account: &str, region: &str, missing: &Unknown) -> Row {
        let missing = self.evidence.stale(account).unwrap_or(missing);
        self.star(account, region, Verdict::Unknown, format!("could not verify: {missing}"))
    }

    fn too_few(&self, seen: usize) -> Row {
        let reason = format!(
            "could not verify: expected at least {} of {} to judge, but saw {seen}",
            self.policy.min_resources, self.policy.kind.name
        );
        self.star("*", "*", Verdict::Unknown, reason)
    }

    fn star(&self, account: &str, region: &str, verdict: Verdict, reason: String) -> Row {
        Row {
            policy: Arc::clone(&self.policy.id),
            severity: self.policy.severity,
            verdict,
            resource: ResourceRef {
                kind: Arc::clone(&self.policy.kind.name),
                id: "*".to_owned(),
                name: String::new(),
                account: account.to_owned(),
                region: region.to_owned(),
            },
            reason,
            observed: BTreeMap::new(),
            offending: Vec::new(),
            controls: self.policy.controls.clone(),
        }
    }
}

fn unverified(value: &Value) -> String {
    match value {
        Value::Unknown(unknown) => format!("could not verify: {unknown}"),
        _ => "could not verify: the expression has no truth value".to_owned(),
    }
}
