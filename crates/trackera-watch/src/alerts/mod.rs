//! Alerts: what is to be told to whom, when, by which way, and in which words.

mod delivery;
mod due;
mod ledger;
mod lines;
mod notice;
mod signature;
mod templates;

pub use delivery::{Attempt, next};
pub use due::{MOST_ITEMS, Standing, due};
pub use ledger::{Ledger, Pending, Told};
pub use lines::{Line, OWN_TOPIC, Tier};
pub use notice::{Notice, NoticeItem, harmless};
pub use signature::{SIGNATURE_HEADER, TIMESTAMP_HEADER, sign};
pub use templates::{Mail, json, mail, pager_duty, slack, sns};

#[cfg(test)]
mod tests;
