//! What the agent finds about itself: findings like all others, so that they are told, repeated and closed like them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use trackera_core::policy::{Severity, Waiver};
use trackera_core::verdict::Verdict;

use super::{Outputs, Queue, Watch};
use crate::record::{Cause, Change, FindingChange, FindingKey, Life, Record, Seen, digest};

/// Whether a condition holds.
enum Holds {
    Yes,
    No,
    /// It was not asked yet, so what was found before stays.
    Unasked,
}

impl Watch {
    /// Puts on record what files and the agent's own condition ask for.
    pub(super) fn reconcile(&mut self, now: Timestamp, outputs: &mut Outputs) {
        if let Some(life) = self.policies_read(now) {
            self.remember(Record::Life(life), outputs);
        }
        for change in self.withdrawn(now).into_iter().chain(self.own(now)) {
            self.remember(Record::Finding(change), outputs);
        }
        if let Some(declared) = &self.declared {
            let warn = declared.alerts.as_ref().map(|alerts| alerts.waivers_warn).unwrap_or_default();
            let moments = declared
                .rules
                .waivers
                .iter()
                .flat_map(|waiver| [waiver.ends_at.checked_sub(warn).unwrap_or(now), waiver.ends_at]);
            moments.for_each(|moment| outputs.wake(now, moment));
        }
    }

    fn policies_read(&self, at: Timestamp) -> Option<Life> {
        if let Some(refused) = &self.refused {
            let mistakes = refused.mistakes;
            let news = self.state.mistakes != Some(mistakes);
            return news.then(|| Life::PoliciesRefused { at, digest: refused.digest.clone(), mistakes });
        }
        let rules = &self.declared.as_ref()?.rules;
        let known = self.state.policies.as_ref() == Some(&rules.digest) && self.state.mistakes.is_none();
        let policies = u64::try_from(rules.rules.len()).unwrap_or(u64::MAX);
        (!known).then(|| Life::PoliciesLoaded { at, digest: rules.digest.clone(), policies })
    }

    /// Findings of policies that are not in force any more are over.
    fn withdrawn(&self, at: Timestamp) -> Vec<FindingChange> {
        let Some(declared) = &self.declared else { return Vec::new() };
        let gone = |key: &FindingKey| !key.is_own() && !declared.rules.rules.contains_key(&key.policy);
        let open = self.state.findings.open().filter(|(key, _)| gone(key));
        open.map(|(key, _)| closed(key, at, Cause::Withdrawn)).collect()
    }

    /// What changed about the agent's own condition.
    fn own(&self, at: Timestamp) -> Vec<FindingChange> {
        let mut changes = Vec::new();
        let mut wanted: BTreeMap<FindingKey, Option<Seen>> = BTreeMap::new();
        for (key, holds, severity, reason) in self.conditions(at) {
            match holds {
                Holds::Yes => drop(wanted.insert(key, Some(seen(severity, reason)))),
                Holds::No => {}
                Holds::Unasked => drop(wanted.insert(key, None)),
            }
        }
        let findings = &self.state.findings;
        for (key, seen) in &wanted {
            let Some(seen) = seen else { continue };
            let before = findings.get(key).filter(|known| known.open_since().is_some());
            let change = match before.and_then(|known| known.seen.as_ref()) {
                None => Change::Opened(seen.clone()),
                Some(before) if before.differs(seen) => Change::Changed(seen.clone()),
                Some(_) => continue,
            };
            changes.push(FindingChange { finding: key.clone(), at, change });
        }
        let over = findings.open().filter(|(key, _)| key.is_own() && !wanted.contains_key(*key));
        changes.extend(over.map(|(key, _)| closed(key, at, Cause::Kept)));
        changes
    }

    fn conditions(&self, now: Timestamp) -> Vec<(FindingKey, Holds, Severity, String)> {
        let single = |name: &str| FindingKey::own(name, self.settings.agent.clone());
        let holds = |truth: bool| if truth { Holds::Yes } else { Holds::No };
        let mistakes = self.state.mistakes;
        let asked = |truth: bool| if self.queue.is_some() { holds(truth) } else { Holds::Unasked };
        let full = matches!(self.queue, Some(Queue::Holds(waiting)) if waiting >= self.settings.full_at);
        let hang = if self.looks.tried() { holds(self.looks.hang()) } else { Holds::Unasked };
        let mut conditions = vec![
            (
                single("policies-refused"),
                holds(mistakes.is_some()),
                Severity::High,
                format!("the policies have {} mistakes; those of before stay in force", mistakes.unwrap_or_default()),
            ),
            (
                single("queue-silent"),
                asked(self.is_deaf(now)),
                Severity::Medium,
                "no events arrive; the agent looks more often instead".to_owned(),
            ),
            (
                single("queue-full"),
                asked(full || self.inbox.flooded_at().is_some()),
                Severity::Medium,
                "more events wait than can be heard; the agent looks at everything instead".to_owned(),
            ),
            (single("looks-hang"), hang, Severity::High, "a look at the estate did not come to its end".to_owned()),
        ];
        conditions.extend(self.state.ledger.failing().map(|(channel, _)| {
            let key = FindingKey::own("channel-failing", channel.to_owned());
            let reason = format!("the channel `{channel}` does not take announcements; the next one is used");
            (key, Holds::Yes, Severity::High, reason)
        }));
        let told = |(name, reason): (&String, &String)| {
            let key = name.split_once(':').map(|(name, id)| FindingKey::own(name, id.to_owned()));
            (key.unwrap_or_else(|| single(name)), Holds::Yes, Severity::High, reason.clone())
        };
        conditions.extend(self.conditions.iter().map(told));
        conditions.extend(self.ending_waivers(now));
        conditions
    }

    fn ending_waivers(&self, now: Timestamp) -> Vec<(FindingKey, Holds, Severity, String)> {
        let Some(declared) = &self.declared else { return Vec::new() };
        let Some(alerts) = &declared.alerts else { return Vec::new() };
        let ending =
            |waiver: &&Waiver| waiver.holds_at(now) && waiver.ends_at.duration_since(now) <= alerts.waivers_warn;
        let condition = |waiver: &Waiver| {
            let Waiver { policy, resource, account, region, expires, .. } = waiver;
            let place = [account, region].map(|part| part.as_deref().unwrap_or("*")).join(" ");
            let key = FindingKey::own("waiver-ends", format!("{policy} {place} {resource}"));
            (key, Holds::Yes, Severity::Medium, format!("the waiver ends after {expires}"))
        };
        declared.rules.waivers.iter().filter(ending).map(condition).collect()
    }
}

fn closed(key: &FindingKey, at: Timestamp, cause: Cause) -> FindingChange {
    FindingChange { finding: key.clone(), at, change: Change::Closed(cause) }
}

fn seen(severity: Severity, reason: String) -> Seen {
    let evidence = digest([reason.as_str()]);
    Seen { severity, verdict: Verdict::Fail, name: String::new(), reason, evidence }
}
