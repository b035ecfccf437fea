//! The estate: all that is watched, as it was seen.

mod snapshot;

pub use snapshot::{CollectedAccount, List, PreparedReport, SNAPSHOT_VERSION, Snapshot};
