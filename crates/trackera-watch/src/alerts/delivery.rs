//! Which channel an announcement goes to next, and when: each channel in turn, then all of them again after a while.

use jiff::{SignedDuration, Timestamp};
use trackera_core::company::alerts::Alerts;

use super::ledger::Pending;
use super::lines::Line;
use crate::schedule::fraction;

const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(30);
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(15);

/// The next attempt to deliver something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The channel.
    pub channel: String,
    /// The earliest moment.
    pub at: Timestamp,
}

/// Plans the next attempt; none while nobody is declared who could be told.
pub fn next(pending: &Pending, alerts: &Alerts) -> Option<Attempt> {
    let Pending { announcement, failures, failed_at } = pending;
    // A route that was taken away leaves what it had to say to the first that is there.
    let own = Line::all(alerts).find(|line| line.name() == announcement.line);
    let channels = own.or_else(|| Line::all(alerts).next())?.channels();
    let count = u32::try_from(channels.len()).ok().filter(|count| *count > 0)?;
    let channel = channels.get(usize::try_from(failures % count).ok()?)?.clone();
    let round = failures / count;
    let at = match failed_at {
        Some(failed_at) if failures % count == 0 => failed_at.checked_add(wait(round, &announcement.key)),
        Some(failed_at) => Ok(*failed_at),
        None => Ok(announcement.at),
    };
    Some(Attempt { channel, at: at.unwrap_or(announcement.at) })
}

/// Twice as long each time, up to a limit, and somewhat less by a draw from the key.
fn wait(round: u32, key: &str) -> SignedDuration {
    let doubled = FIRST_WAIT.checked_mul(1 << round.saturating_sub(1).min(10)).unwrap_or(LONGEST_WAIT);
    let longest = doubled.min(LONGEST_WAIT);
    longest - fraction(&[key, &round.to_string()], longest / 2)
}
