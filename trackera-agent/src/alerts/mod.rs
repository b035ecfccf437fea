//! Alerts: what is to be told to whom, when, and by which way.

mod ledger;

pub use ledger::{Ledger, Pending, Told};
