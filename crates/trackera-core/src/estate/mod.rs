//! The estate: all that is watched, as it was seen.

mod decode;
mod index;
mod intern;
mod poll_plan;
mod snapshot;

pub use decode::DecodeError;
pub use index::{Entry, Estate, EstateError, Place, not_collected};
pub use poll_plan::poll_plan;
pub use snapshot::{CollectedAccount, List, PreparedReport, SNAPSHOT_VERSION, Snapshot};
