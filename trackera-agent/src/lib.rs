//! The watching daemon as a library: its parts, for its own binary and its tests.

pub mod channels;
pub mod metrics;
pub mod page;
