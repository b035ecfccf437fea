//! What an audit trail's events look like, and which of them a metric filter counts.
//!
//! Whether somebody would be told of an event is found out by holding the event itself against the filter's pattern,
//! whatever the order or the form in which the pattern's clauses are written.

mod events;
mod pattern;

pub use events::{CLASSES, Class, Event, class};
pub use pattern::Pattern;
