//! When each policy is looked at next, and which of them go into one look.
//!
//! A policy is never looked at less often than its freshness demands, whatever slows the agent down; a policy with
//! something to see is looked at more often. The draw that keeps agents apart comes from their names, not from chance.

mod rules;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use trackera_core::policy::Schedule;

pub use rules::{Rule, Rules};

/// Nothing is looked at more often than this by its schedule.
const SHORTEST: SignedDuration = SignedDuration::from_secs(60);

/// How much more often a policy is looked at that has something to see.
const CLOSER: i32 = 4;

/// How far slowing down goes: to so many times the usual, in powers of two.
const SLOWEST: u32 = 4;

/// How far waiting goes after failures: to so many doublings of the shortest.
const MOST_DOUBLINGS: u32 = 4;

/// The part of an interval that the draw spreads agents over, and that policies are merged across.
const SPREAD: i32 = 10;

/// What matters for the next look at a policy.
#[derive(Clone, Copy, Debug)]
pub struct Pace<'a> {
    /// The agent's name.
    pub agent: &'a str,
    /// When it was looked at last in the whole estate.
    pub last: Option<Timestamp>,
    /// Whether there is something to see: an open finding, or an event lately.
    pub rhythm: Rhythm,
    /// How often in a row the services asked to slow down.
    pub throttled: u32,
}

/// How closely a policy is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rhythm {
    /// As it is declared.
    Usual,
    /// More often, because there is something to see.
    Closer,
}

/// When a policy is looked at next in the whole estate; what was never looked at is due since ever.
pub fn due_at(rule: &Rule, pace: &Pace<'_>) -> Timestamp {
    let Some(last) = pace.last else { return Timestamp::MIN };
    let latest = last.checked_add(freshness(rule)).unwrap_or(Timestamp::MAX);
    let due = match &rule.schedule {
        Schedule::Every(length) => {
            let interval = interval(*length, pace);
            let early = fraction(&[pace.agent, &rule.id], interval / SPREAD);
            last.checked_add(interval - early).unwrap_or(Timestamp::MAX)
        }
        // What is to happen at an hour does not happen before it; its freshness covers the longest gap.
        Schedule::At(cron) => return cron.next_after(last).unwrap_or(latest),
    };
    due.min(latest)
}

/// How often in a row a policy could not be looked at, and when that was known last.
#[derive(Clone, Copy, Debug)]
pub struct Failures {
    /// How often.
    pub times: u32,
    /// When the last of these looks failed.
    pub last: Timestamp,
}

/// When a policy is tried again that could not be looked at: after a minute first, then after twice the time before, and
/// before its evidence is too old. Where that is too old already, it is tried no more often for it.
pub fn retry_at(rule: &Rule, (agent, looked): (&str, Option<Timestamp>), failures: &Failures) -> Timestamp {
    let after = |pause: SignedDuration| {
        let early = fraction(&[agent, &failures.last.to_string()], pause / SPREAD);
        failures.last.checked_add(pause - early).unwrap_or(Timestamp::MAX)
    };
    let doublings = failures.times.saturating_sub(1).min(MOST_DOUBLINGS);
    let retry = after((SHORTEST * (1 << doublings)).min(freshness(rule)).max(SHORTEST));
    let latest = looked.and_then(|looked| looked.checked_add(freshness(rule)).ok());
    latest.filter(|latest| *latest > failures.last).map_or(retry, |latest| retry.min(latest.max(after(SHORTEST))))
}

/// How much earlier a policy may be taken along when others are due.
pub fn slack(rule: &Rule) -> SignedDuration {
    match &rule.schedule {
        Schedule::Every(length) => *length / SPREAD,
        Schedule::At(_) => SignedDuration::ZERO,
    }
}

fn interval(length: SignedDuration, pace: &Pace<'_>) -> SignedDuration {
    let wanted = match pace.rhythm {
        Rhythm::Usual => length,
        Rhythm::Closer => (length / CLOSER).max(SHORTEST).min(length),
    };
    wanted.checked_mul(1 << pace.throttled.min(SLOWEST)).unwrap_or(SignedDuration::MAX)
}

/// How old the last look may become: what the policy allows, less the time that a look itself takes.
fn freshness(rule: &Rule) -> SignedDuration {
    rule.freshness - rule.freshness / SPREAD
}

/// A part of a length, the same for the same names.
pub fn fraction(names: &[&str], length: SignedDuration) -> SignedDuration {
    let mut hasher = Sha256::new();
    for name in names {
        hasher.update(name.as_bytes());
        hasher.update([0]);
    }
    let draw = hasher.finalize().first_chunk().map_or(0, |first| u32::from_be_bytes(*first));
    let nanoseconds = length.as_nanos() / i128::from(u32::MAX) * i128::from(draw);
    SignedDuration::from_nanos(i64::try_from(nanoseconds).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
