//! The lab's command line against real labs: what it promises about starting, breaking, ending and telling.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics names its line")]

mod ending;
mod faults;
mod lab;
mod running;
mod starting;
