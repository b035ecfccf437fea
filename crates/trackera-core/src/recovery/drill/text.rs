//! A drill as it is written; every field here is one that people may use.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::company::alerts::Secret;
use crate::company::database::BucketPlace;
use crate::policy::EveryText;
use crate::recovery::verification::Declared;
use crate::yaml::Located;

/// A file of drills.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DrillFile {
    /// What is proven by doing it.
    pub drills: Vec<DrillText>,
}

/// A restore that is done for no other reason than to see that it can be done.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DrillText {
    /// A stable name in kebab-case, never used again for another drill.
    pub id: Located<String>,
    /// What it proves, as a sentence without a full stop.
    pub title: String,
    /// Who is asked about it.
    pub owner: String,
    /// What has to be reached.
    pub objectives: ObjectivesText,
    /// How often it is done: a length of time such as `7d`, or a cron expression in a time zone. Without one it is done
    /// when somebody asks for it.
    #[serde(default)]
    pub every: Option<Located<EveryText>>,
    /// The backup.
    pub source: SourceText,
    /// Where it is restored to; objects are read and not restored, so that they have none.
    #[serde(default)]
    pub target: Option<TargetText>,
    /// After how long whatever a drill left behind may be removed by anybody; `6h` unless said otherwise.
    #[serde(default)]
    pub expires: Option<Located<String>>,
    /// How it is told that the restored content is what was backed up.
    #[serde(default)]
    pub verify: Declared,
}

/// What has to be reached.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectivesText {
    /// How long the recovery may take, from its beginning to verified content.
    pub rto: Located<String>,
    /// How much of the latest work may be missing.
    pub rpo: Located<String>,
}

/// The backup.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SourceText {
    /// A dump of PostgreSQL among the objects of a bucket, the newest.
    Dump(DumpText),
    /// A snapshot of an RDS instance, the newest.
    Snapshot(SnapshotText),
    /// A moment that RDS can go back to.
    Moment(MomentText),
    /// A recovery point of AWS Backup, the newest of a database in a vault.
    RecoveryPoint(RecoveryPointText),
    /// Objects of a bucket and their replica.
    Objects(ObjectsText),
}

/// Where dumps lie.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DumpText {
    /// The bucket and the beginning of the keys.
    #[serde(rename = "in")]
    pub place: BucketPlace,
    /// Where the manifests of the dumps lie, apart from the dumps, so that nobody changes both at once. Without them nothing
    /// tells what a dump should hold.
    #[serde(default)]
    pub manifests: Option<BucketPlace>,
    /// How much smaller than the one before it may be, in percent; 10 unless said otherwise.
    #[serde(default)]
    pub may_shrink: Option<Located<u32>>,
    /// The identity of age that opens it, if it is encrypted by age.
    #[serde(default)]
    pub identity: Option<Secret>,
}

/// Whose snapshots are meant.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SnapshotText {
    /// The instance that was backed up.
    pub instance: String,
    /// The region that the snapshot is taken from: that of the instance, or the one that copies go to.
    pub region: String,
}

/// A moment of an instance.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MomentText {
    /// The instance.
    pub instance: String,
    /// Its region.
    pub region: String,
    /// How far back from the latest moment that can be restored; none means that moment itself.
    #[serde(default)]
    pub back: Option<Located<String>>,
}

/// Whose recovery points are meant, and in which vault.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecoveryPointText {
    /// The vault: that of the region of the database, or the one that copies go to.
    pub vault: String,
    /// The vault's region, in which the point is restored.
    pub region: String,
    /// The ARN of the database that was backed up.
    pub resource: Located<String>,
    /// The ARN of the role that AWS Backup restores with.
    pub role: Located<String>,
}

/// Which objects are read, and where their replica lies.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectsText {
    /// The bucket and the beginning of the keys.
    #[serde(rename = "in")]
    pub place: BucketPlace,
    /// The bucket with the replica of every object, under the same keys.
    pub replica: Located<Bucket>,
    /// In how many runs every object is read. Each run reads one part of them and everything that is new since the last run
    /// that passed; 1 reads everything every time.
    pub everything_within: Located<u32>,
    /// How many fewer than the last time there may be, in percent; 10 unless said otherwise.
    #[serde(default)]
    pub may_shrink: Option<Located<u32>>,
    /// Of how many objects the newest version may be the marker of a deletion, in percent; 0 unless said otherwise, for a
    /// bucket that nobody deletes from.
    #[serde(default)]
    pub may_delete: Option<Located<u32>>,
}

/// A bucket.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// Its name.
    pub bucket: String,
    /// Its region.
    pub region: String,
}

/// Where a backup is restored to.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TargetText {
    /// A PostgreSQL on this machine that nobody can reach, started for the drill and destroyed after it.
    Scratch(ScratchText),
    /// An RDS instance that nobody can reach, made for the drill and deleted after it.
    Instance(InstanceText),
}

/// A PostgreSQL for one drill.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScratchText {
    /// The directory in which it gets one of its own, on an encrypted disk.
    pub directory: String,
    /// How many processes restore at once; as many as the machine has processors unless said otherwise.
    #[serde(default)]
    pub jobs: Option<Located<u32>>,
}

/// An RDS instance for one drill. Its parameter and option groups are those of the instance that was backed up.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstanceText {
    /// The class of its machine.
    pub class: String,
    /// The subnet group, of subnets without a way out.
    pub subnet_group: String,
    /// The security groups, which admit whoever verifies and nobody else.
    pub security_groups: Vec<String>,
    /// The parameter group, where that of the source does not exist in the region of the target.
    #[serde(default)]
    pub parameter_group: Option<String>,
    /// The option group, where that of the source does not exist in the region of the target.
    #[serde(default)]
    pub option_group: Option<String>,
    /// What an hour of it costs, in euros, for the estimate in the report.
    #[serde(default)]
    pub euros_an_hour: Option<f64>,
    /// Who verifies: a role of the database that was backed up.
    pub user: String,
    /// Its password.
    pub password: Secret,
    /// The database.
    pub database: String,
    /// The file with the certificates of RDS's authorities, relative to the configuration.
    pub authorities: String,
}
