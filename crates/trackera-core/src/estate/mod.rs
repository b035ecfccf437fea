//! The estate: all that is watched, as it was seen.

mod decode;
mod index;
mod intern;
mod snapshot;

pub use decode::DecodeError;
pub use index::{Entry, Estate, EstateError, Place, not_collected};
pub use snapshot::{CollectedAccount, List, PreparedReport, SNAPSHOT_VERSION, Snapshot};
