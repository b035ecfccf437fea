//! The heart of the watching daemon: what is looked at, which findings that gives, and who is told of them.
//!
//! Everything here is pure. The moment is an argument, facts come in as values, and what is to be done in the world goes
//! out as values; nothing reads a clock, a file, the environment or the network, and nothing draws at random. What must
//! survive a crash is a record for the journal, and the state is the fold of the records.

pub mod acknowledgement;
pub mod alerts;
pub mod events;
pub mod findings;
pub mod places;
pub mod record;
pub mod schedule;
pub mod state;
pub mod watch;
