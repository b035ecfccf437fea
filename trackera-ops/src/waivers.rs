//! Which exceptions want attention: those that have ended, that nobody signed, that will end soon, or that cover nothing.
//!
//! It only looks: whether an exception holds for a row is the judgement's to say.

use jiff::{SignedDuration, Timestamp};
use trackera_core::policy::{PolicySet, Waiver};
use trackera_core::verdict::{Assessment, Brief, Row, Verdict};

/// How long before its end an exception is spoken of, so that there is time to mend what it excuses.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);
/// The id of a row about a whole list, and the place of what could not be told.
const WHOLE: &str = "*";

/// Why an exception wants attention; the first that is true counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Concern {
    /// It does not hold any more.
    Ended,
    /// Its approver's signature is missing or counts for nothing, so it excuses nothing.
    Unsigned,
    /// It holds for a few days only.
    EndsSoon,
    /// It covers no resource that was seen.
    CoversNothing,
}

/// Finds the exceptions to the policies of a set that want attention, the most pressing first.
///
/// `judged` is everything that was judged; `None` when nobody looked at the whole estate, so that nothing can be said
/// about what an exception covers.
pub(crate) fn concerns<'s>(
    set: &'s PolicySet,
    judged: Option<&Assessment<'_>>,
    now: Timestamp,
) -> Vec<(Concern, &'s Waiver)> {
    let waivers = set.waivers.iter().filter(|waiver| set.policy(&waiver.policy).is_some());
    let mut concerns: Vec<(Concern, &Waiver)> =
        waivers.filter_map(|waiver| Some((concern(waiver, judged, now)?, waiver))).collect();
    concerns.sort_by_key(|(concern, waiver)| (*concern, waiver.ends_at, &waiver.policy, &waiver.resource));
    concerns
}

/// Finds the exception that a row owes its verdict to: of those that count and cover it, the one that ends last.
pub(crate) fn covering<'s>(set: &'s PolicySet, row: &Row, now: Timestamp) -> Option<&'s Waiver> {
    let covering = set.waivers.iter().filter(|waiver| covers(waiver, &row.brief()));
    covering.max_by_key(|waiver| (waiver.waives_at(now), waiver.ends_at))
}

/// Why an exception is accepted, who answers for it, and until when.
pub(crate) fn justification(waiver: &Waiver) -> String {
    let Waiver { reason, owner, approver, expires, .. } = waiver;
    format!("{reason}; {owner} answers for it, approved by {approver}, until {expires}")
}

/// Why an exception wants attention, if it does.
pub(crate) fn concern(waiver: &Waiver, judged: Option<&Assessment<'_>>, now: Timestamp) -> Option<Concern> {
    if !waiver.holds_at(now) {
        return Some(Concern::Ended);
    }
    if !waiver.signed.counts_at(now) {
        return Some(Concern::Unsigned);
    }
    if waiver.ends_at.duration_since(now) <= SOON {
        return Some(Concern::EndsSoon);
    }
    judged
        .filter(|judged| !judged.briefs().any(|row| covers(waiver, &row) || may_hide(waiver, &row)))
        .map(|_| Concern::CoversNothing)
}

/// Tells whether an exception is about a row.
pub(crate) fn covers(waiver: &Waiver, row: &Brief<'_>) -> bool {
    row.id != WHOLE && waiver.covers(row.policy, row.account, row.region, row.id)
}

/// A list that could not be read may hold what the exception is about.
fn may_hide(waiver: &Waiver, row: &Brief<'_>) -> bool {
    let agrees = |own: Option<&str>, place: &str| place == WHOLE || own.is_none_or(|own| own == place);
    row.id == WHOLE
        && row.verdict == Verdict::Unknown
        && row.policy == &*waiver.policy
        && agrees(waiver.account.as_deref(), row.account)
        && agrees(waiver.region.as_deref(), row.region)
}
