//! Events: a message says that something was changed, and where.
//!
//! An event proves nothing. It only makes the agent look again, at once; so a message that is forged, repeated, late or
//! lost can cost a look or some minutes, and never a verdict.

mod envelope;
mod inbox;

pub use envelope::{Dropped, Happening, LONGEST, SENTINEL, parse};
pub use inbox::{Inbox, Known, Message, Tally, Want};
