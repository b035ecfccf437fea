//! Objects of a bucket beside their replica: listed in the order of their keys, read to their end, and judged.
//!
//! A key can be the name of a person's file, so that what is written down names an object by a digest of its key.

mod listing;
mod reading;
mod record;
mod seen;
mod tally;

use trackera_journal::digest::Digest;

pub(super) use self::listing::{Listing, Pair, Pairs};
pub(super) use self::reading::{Cannot, read};
pub(super) use self::record::{Record, identity};
pub(super) use self::seen::{Copy, Seen};
pub(super) use self::tally::{Limits, Tally};

/// How many digits of a digest name an object: what `sha256sum` prints for its key begins with them.
const DIGITS: usize = 16;

/// The part that an object is in, whatever other objects there are.
pub(super) fn part_of(key: &str, parts: u32) -> u32 {
    let digest = Digest::of(key.as_bytes());
    let number = digest.as_bytes().iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    u32::try_from(number % u64::from(parts.max(1))).unwrap_or_default()
}

/// What an object is called where its key must not stand.
pub(super) fn name_of(key: &str) -> String {
    Digest::of(key.as_bytes()).to_string().chars().take(DIGITS).collect()
}
