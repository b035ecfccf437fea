//! What is to be announced now, and when the next announcement may be due.
//!
//! Everything follows from what is and from who was told of what: after a crash the same announcements are due again,
//! with the same keys.

use jiff::Timestamp;
use trackera_core::policy::Severity;

use super::ledger::{Ledger, Told};
use super::lines::{Line, OWN_TOPIC};
use crate::findings::{Finding, Findings, Patience, Stage};
use crate::record::{Announcement, FindingKey, Item, What};
use crate::schedule::Rules;

/// More items than these go into announcements of their own.
pub const MOST_ITEMS: usize = 20;

/// What announcements follow from.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The findings.
    pub findings: &'a Findings,
    /// Who was told of what.
    pub ledger: &'a Ledger,
    /// The policies in force, for their topics.
    pub rules: &'a Rules,
    /// How patient the agent is.
    pub patience: &'a Patience,
}

/// News about a finding, and the moment from which it may be told.
struct News {
    item: Item,
    severity: Severity,
    at: Timestamp,
}

/// What is to be announced on a line now, and when to ask again if it is nothing.
pub fn due(line: &Line<'_>, standing: &Standing<'_>, now: Timestamp) -> (Vec<Announcement>, Option<Timestamp>) {
    let name = line.name();
    let mut ready = Vec::new();
    let mut first: Option<Timestamp> = None;
    let mut wake: Option<Timestamp> = None;
    for (key, finding) in standing.findings.iter() {
        let told = standing.ledger.told(key, &name);
        if !concerns(line, standing.rules, key, finding, told) {
            continue;
        }
        let Some(news) = news(line, key, finding, told, (now, standing.patience)) else { continue };
        let at = line.speaks_at(news.severity, news.at);
        // What became ready in quiet hours is told when they end; an hour that began since then holds it again.
        let at = if at <= now { line.speaks_at(news.severity, now) } else { at };
        if at <= now {
            first = Some(first.map_or(news.at, |first: Timestamp| first.min(news.at)));
            ready.push(news.item);
        } else {
            wake = sooner(wake, at);
        }
    }
    let Some(first) = first else { return (Vec::new(), wake) };
    let gathered_at = first.checked_add(line.route.group).unwrap_or(now);
    if gathered_at > now {
        return (Vec::new(), sooner(wake, gathered_at));
    }
    let announcement = |items: &[Item]| Announcement::new(name.clone(), now, items.to_vec());
    (ready.chunks(MOST_ITEMS).map(announcement).collect(), wake)
}

fn sooner(one: Option<Timestamp>, other: Timestamp) -> Option<Timestamp> {
    Some(one.map_or(other, |one| one.min(other)))
}

/// Whoever heard that it opened hears that it is over, whatever the routes say by then.
fn concerns(line: &Line<'_>, rules: &Rules, key: &FindingKey, finding: &Finding, told: Option<&Told>) -> bool {
    if told.is_some_and(|told| told.believed_open) {
        return true;
    }
    let Some(seen) = &finding.seen else { return false };
    let own = if key.is_own() { OWN_TOPIC } else { "" };
    let topic = rules.rules.get(&key.policy).map_or(own, |rule| &rule.topic);
    line.route.takes(seen.severity, topic, &key.policy)
}

fn news(
    line: &Line<'_>,
    key: &FindingKey,
    finding: &Finding,
    told: Option<&Told>,
    (now, patience): (Timestamp, &Patience),
) -> Option<News> {
    let unheard = Told::default();
    let told = told.unwrap_or(&unheard);
    let (what, at) = match finding.stage {
        Stage::Doubtful => return None,
        Stage::Open(since) => open(line, finding, told, since)?,
        Stage::Closed(since, _) if told.believed_open => (What::Closed, since),
        Stage::Closed(..) => return None,
    };
    let (what, at) = match finding.flapping_until(now, patience) {
        None => (what, at),
        Some(rests_at) if told.flapping => (what, at.max(rests_at)),
        Some(_) => (What::Flapping { turn: finding.turn_count() }, at),
    };
    let item = Item { finding: key.clone(), opening: finding.opening, what };
    Some(News { item, severity: finding.seen.as_ref()?.severity, at })
}

/// What is to be told of an open finding, and from when.
fn open(line: &Line<'_>, finding: &Finding, told: &Told, since: Timestamp) -> Option<(What, Timestamp)> {
    let heard = told.believed_open && told.opening == finding.opening;
    let acknowledged = finding.acknowledged_by.is_some();
    if !heard {
        let at = since.checked_add(line.delay()).ok()?;
        return (!acknowledged).then_some((What::Opened, at));
    }
    if finding.changes > told.change {
        return Some((What::Changed { change: finding.changes }, finding.changed_at.unwrap_or(since)));
    }
    let repeat = line.route.repeat.filter(|_| !acknowledged)?;
    let at = told.last_at?.checked_add(repeat).ok()?;
    Some((What::Repeated { repeat: told.repeats.saturating_add(1) }, at))
}
