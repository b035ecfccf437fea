//! Drills as they are declared and as they are reported: which backup is restored to which place, what must be reached, and
//! what came of it. Nothing here restores anything.

mod estate;
mod held;
mod load;
mod report;
mod text;

use jiff::SignedDuration;

use crate::company::alerts::Secret;
use crate::company::database::BucketPlace;
use crate::policy::Schedule;
use crate::recovery::verification::Declared;

pub use estate::{Leftover, Record, with_drills};
pub use held::HeldBack;
pub use load::load;
pub use report::{Backup, Phase, REPORT_VERSION, Report};
pub use text::{
    DrillFile, DrillText, DumpText, InstanceText, MomentText, ObjectivesText, ScratchText, SnapshotText, SourceText,
    TargetText,
};

/// A declared drill.
#[derive(Clone, Debug)]
pub struct Drill {
    /// Its stable name in kebab-case.
    pub id: String,
    /// The file that declares it, as it was named.
    pub file: String,
    /// What it proves.
    pub title: String,
    /// Who is asked about it.
    pub owner: String,
    /// How long the recovery may take.
    pub rto: SignedDuration,
    /// How much of the latest work may be missing.
    pub rpo: SignedDuration,
    /// How often it is done; none means when somebody asks for it.
    pub every: Option<Schedule>,
    /// What is restored, and where to.
    pub restore: Restore,
    /// After how long whatever it left behind may be removed by anybody.
    pub expires: SignedDuration,
    /// How the restored content is held against what was backed up.
    pub verify: Declared,
}

/// What is restored, and where to. A dump needs a PostgreSQL of our own, a snapshot needs RDS.
#[derive(Clone, Debug)]
pub enum Restore {
    /// A dump into a PostgreSQL on this machine.
    Dump(DumpRestore),
    /// A snapshot, or a moment, into an RDS instance.
    Instance(InstanceRestore),
}

/// A dump into a PostgreSQL on this machine.
#[derive(Clone, Debug)]
pub struct DumpRestore {
    /// Where the dumps lie.
    pub place: BucketPlace,
    /// Where their manifests lie.
    pub manifests: Option<BucketPlace>,
    /// How much smaller than the one before it may be, in percent.
    pub may_shrink: u32,
    /// The identity of age that opens it.
    pub identity: Option<Secret>,
    /// The directory in which the PostgreSQL gets one of its own.
    pub directory: String,
    /// How many processes restore at once; none means as many as there are processors.
    pub jobs: Option<u32>,
}

/// A snapshot, or a moment, into an RDS instance.
#[derive(Clone, Debug)]
pub struct InstanceRestore {
    /// The instance that was backed up.
    pub instance: String,
    /// The region that it is restored in.
    pub region: String,
    /// From what.
    pub point: Point,
    /// The instance to make.
    pub target: InstanceText,
}

/// Which recovery point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// The newest snapshot.
    Snapshot,
    /// So long before the latest moment that can be restored.
    Moment(SignedDuration),
}
