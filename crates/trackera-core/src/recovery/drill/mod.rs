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
pub use report::{Backup, Phase, REPORT_VERSION, Report, Rotation};
pub use text::{
    Bucket, DrillFile, DrillText, DumpText, InstanceText, MomentText, ObjectivesText, ObjectsText, RecoveryPointText,
    ScratchText, SnapshotText, SourceText, TargetText,
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

/// What is restored, and where to. A dump needs a PostgreSQL of our own, a snapshot needs RDS, objects need no place.
#[derive(Clone, Debug)]
pub enum Restore {
    /// A dump into a PostgreSQL on this machine.
    Dump(DumpRestore),
    /// A snapshot, or a moment, into an RDS instance.
    Instance(InstanceRestore),
    /// A recovery point of AWS Backup into an RDS instance, by that service.
    RecoveryPoint(RecoveryPointRestore),
    /// Objects, read to their end and held against their replica; nothing of them is kept.
    Objects(ObjectsRestore),
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

/// A recovery point of AWS Backup into an RDS instance.
#[derive(Clone, Debug)]
pub struct RecoveryPointRestore {
    /// The vault.
    pub vault: String,
    /// Its region, in which the point is restored.
    pub region: String,
    /// The ARN of the database that was backed up.
    pub resource: String,
    /// The ARN of the role that AWS Backup restores with.
    pub role: String,
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

/// Objects, read to their end and held against their replica.
#[derive(Clone, Debug)]
pub struct ObjectsRestore {
    /// Where the objects lie.
    pub place: BucketPlace,
    /// Where their replica lies, under the same keys.
    pub replica: BucketPlace,
    /// In how many runs every object is looked at.
    pub parts: u32,
    /// How many fewer than the last time there may be, in percent.
    pub may_shrink: u32,
    /// Of how many objects the newest version may be the marker of a deletion, in percent.
    pub may_delete: u32,
}

impl Restore {
    /// The instance of the product that was backed up, where one is named.
    pub fn source(&self) -> Option<&str> {
        match self {
            Self::Instance(restore) => Some(&restore.instance),
            Self::RecoveryPoint(restore) => restore.resource.rsplit(':').next(),
            Self::Dump(_) | Self::Objects(_) => None,
        }
    }

    /// The instance to make, where one is made.
    pub fn target(&self) -> Option<&InstanceText> {
        match self {
            Self::Instance(restore) => Some(&restore.target),
            Self::RecoveryPoint(restore) => Some(&restore.target),
            Self::Dump(_) | Self::Objects(_) => None,
        }
    }
}
