//! What drills and backups ask of the cloud, in plain types; adapters answer, and a runner decides by their errors.
//!
//! Every change is made so that it can be found again: under a name that its run knows beforehand, marked with that run.
//! An adapter tries a change once and never hides that its outcome is unknown; whether to look, to wait or to try again is
//! the runner's to say.

mod credentials;
mod databases;
mod error;
mod mark;
mod objects;
mod points;
mod vantage;

pub use credentials::Credentials;
pub use databases::{
    Databases, Deletion, Endpoint, Instance, InstanceState, Isolation, PointInTime, Restore, Snapshot, SnapshotCopy,
    SnapshotState, Source, deletable,
};
pub use error::{PortError, Trouble};
pub use mark::{DRILL_TAG, DrillName, EXPIRES_AT_TAG, Mark, NAME_PREFIX, NotADrillName, NotAMark, RUN_TAG};
pub use objects::{
    Cursor, Download, Downloaded, Encryption, Object, ObjectFacts, ObjectName, ObjectPage, ObjectVersion, Objects,
    Reading, Stored, Upload,
};
pub use points::{JobState, PointRestore, RecoveryPoint, RecoveryPoints, RestoreJob, Validation};
pub use vantage::{Attempt, Door, Vantage, may_not_connect};
