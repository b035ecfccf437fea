//! A service with database instances that keeps state, for the tests of drills: what changes takes a few looks.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use trackera_core::recovery::ports::{
    Databases, Deletion, DrillName, Endpoint, Instance, InstanceState, Isolation, PortError, RecoveryPoint, Restore,
    Snapshot, SnapshotCopy, SnapshotState, Trouble, deletable,
};
use trackera_core::recovery::verification::{Check, CheckResult, CheckState};

use super::proof::{Copies, DumpProof, Durations, InstanceProof, Proof, ProofError, Say};

pub(super) const REGION: &str = "eu-central-1";
pub(super) const SOURCE: &str = "production";
pub(super) const DATA_AT: Timestamp = Timestamp::constant(1_794_990_000, 0);
/// How many looks an instance takes to come up, and to go.
pub(super) const LOOKS: u32 = 3;

/// A service with its instances; each look brings those that change a little further.
#[derive(Debug)]
pub(super) struct Service {
    inner: Mutex<Inner>,
    pub(super) seen: Result<Vec<CheckResult>, ProofError>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) instances: BTreeMap<String, (Instance, u32)>,
    pub(super) snapshots: Vec<Snapshot>,
    pub(super) restores: BTreeMap<String, u32>,
    /// What comes of every restore when it is through.
    pub(super) end: InstanceState,
    pub(super) protects: bool,
    /// What AWS Backup was asked to restore, in that order.
    pub(super) jobs: Vec<Job>,
    pub(super) points: Vec<RecoveryPoint>,
}

pub(super) fn instance(name: &str, state: InstanceState) -> Instance {
    Instance {
        name: name.to_owned(),
        arn: format!("arn:aws:rds:{REGION}:000000000000:db:{name}"),
        region: REGION.to_owned(),
        state,
        created_at: Some(DATA_AT),
        endpoint: Some(Endpoint { host: format!("{name}.example"), port: 5432 }),
        engine_version: "15.7".to_owned(),
        class: "db.t4g.large".to_owned(),
        allocated_gibibytes: 20,
        is_encrypted: true,
        kms_key: None,
        isolation: Isolation {
            subnet_group: "production".to_owned(),
            security_groups: vec!["sg-production".to_owned()],
            parameter_group: "tuned".to_owned(),
            option_group: "usual".to_owned(),
        },
        is_public: false,
        is_protected: true,
        latest_restorable_at: Some(DATA_AT),
        replicas: Vec::new(),
        source: None,
        tags: BTreeMap::new(),
    }
}

pub(super) fn snapshot(name: &str, data_at: Timestamp) -> Snapshot {
    Snapshot {
        name: name.to_owned(),
        arn: format!("arn:aws:rds:{REGION}:000000000000:snapshot:{name}"),
        region: REGION.to_owned(),
        instance: SOURCE.to_owned(),
        kind: "automated".to_owned(),
        state: SnapshotState::Available,
        created_at: Some(data_at),
        data_at: Some(data_at),
        is_encrypted: true,
        kms_key: None,
        source_region: None,
        engine_version: "15.7".to_owned(),
        allocated_gibibytes: 20,
        tags: BTreeMap::new(),
    }
}

impl Service {
    pub(super) fn new() -> Self {
        let hour = SignedDuration::from_hours(1);
        let mut making = snapshot("rds:making", DATA_AT + hour);
        (making.state, making.data_at) = (SnapshotState::Changing("creating".to_owned()), None);
        let snapshots = vec![snapshot("rds:older", DATA_AT - hour), snapshot("rds:newest", DATA_AT), making, {
            snapshot("drill-copy-of-ours", DATA_AT + hour)
        }];
        let seen = vec![
            CheckResult::new(Check::Content, CheckState::Pass, "4 rows"),
            CheckResult::new(Check::Rows, CheckState::Pass, "enough"),
        ];
        let source = (instance(SOURCE, InstanceState::Available), 0);
        let inner = Inner {
            instances: [(SOURCE.to_owned(), source)].into(),
            snapshots,
            restores: BTreeMap::new(),
            end: InstanceState::Available,
            protects: false,
            jobs: Vec::new(),
            points: Vec::new(),
        };
        Self { inner: Mutex::new(inner), seen: Ok(seen) }
    }

    pub(super) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    pub(super) fn left(&self) -> Vec<String> {
        self.inner().instances.keys().filter(|name| *name != SOURCE).cloned().collect()
    }
}

pub(super) fn trouble(operation: &'static str, trouble: Trouble) -> PortError {
    PortError { operation, trouble, code: None }
}

#[async_trait]
impl Databases for Service {
    async fn snapshots(&self, region: &str, name: &str) -> Result<Vec<Snapshot>, PortError> {
        assert_eq!((region, name), (REGION, SOURCE));
        Ok(self.inner().snapshots.clone())
    }

    async fn snapshot(&self, _: &str, _: &str) -> Result<Option<Snapshot>, PortError> {
        unreachable!("a drill looks at all snapshots at once")
    }

    async fn copy_snapshot(&self, _: &SnapshotCopy) -> Result<Snapshot, PortError> {
        unreachable!("a drill copies nothing")
    }

    async fn delete_snapshot(&self, _: &str, _: &DrillName, _: &str) -> Result<Deletion, PortError> {
        unreachable!("a drill deletes no snapshot")
    }

    async fn instance(&self, region: &str, name: &str) -> Result<Option<Instance>, PortError> {
        assert_eq!(region, REGION);
        let mut inner = self.inner();
        let end = inner.end.clone();
        let Some((found, left)) = inner.instances.get_mut(name) else { return Ok(None) };
        *left = left.saturating_sub(1);
        if *left > 0 {
            return Ok(Some(found.clone()));
        }
        match found.state {
            InstanceState::Changing(_) => {
                found.state = end;
                found.endpoint = Some(Endpoint { host: format!("{name}.example"), port: 5432 });
            }
            InstanceState::Deleting => {
                inner.instances.remove(name);
                return Ok(None);
            }
            InstanceState::Available | InstanceState::Broken(_) => {}
        }
        Ok(inner.instances.get(name).map(|(found, _)| found.clone()))
    }

    async fn drill_instances(&self, region: &str) -> Result<Vec<Instance>, PortError> {
        assert_eq!(region, REGION);
        let inner = self.inner();
        let ours = inner.instances.values().filter(|(found, _)| DrillName::parse(&found.name).is_ok());
        Ok(ours.map(|(found, _)| found.clone()).collect())
    }

    async fn drill_snapshots(&self, _: &str) -> Result<Vec<Snapshot>, PortError> {
        let inner = self.inner();
        Ok(inner.snapshots.iter().filter(|found| DrillName::parse(&found.name).is_ok()).cloned().collect())
    }

    async fn restore(&self, restore: &Restore) -> Result<Instance, PortError> {
        let mut inner = self.inner();
        let name = restore.name.as_str();
        if inner.instances.contains_key(name) {
            return Err(trouble("rds:Restore", Trouble::AlreadyExists));
        }
        *inner.restores.entry(name.to_owned()).or_default() += 1;
        let made = Instance {
            state: InstanceState::Changing("creating".to_owned()),
            endpoint: None,
            class: restore.class.clone(),
            isolation: restore.isolation.clone(),
            is_protected: inner.protects,
            latest_restorable_at: None,
            tags: restore.mark.tags(),
            ..instance(name, InstanceState::Available)
        };
        inner.instances.insert(name.to_owned(), (made.clone(), LOOKS));
        Ok(made)
    }

    async fn unprotect(&self, _: &str, name: &DrillName, run: &str) -> Result<Instance, PortError> {
        let mut inner = self.inner();
        let (found, _) = inner.instances.get_mut(name.as_str()).unwrap();
        deletable(found, run).map_err(|why| PortError::guarded("rds:ModifyDBInstance", why))?;
        found.is_protected = false;
        Ok(found.clone())
    }

    async fn delete(&self, _: &str, name: &DrillName, run: &str) -> Result<Deletion, PortError> {
        let mut inner = self.inner();
        let Some((found, left)) = inner.instances.get_mut(name.as_str()) else { return Ok(Deletion::Absent) };
        deletable(found, run).map_err(|why| PortError::guarded("rds:DeleteDBInstance", why))?;
        match found.state {
            InstanceState::Changing(_) => return Err(trouble("rds:DeleteDBInstance", Trouble::WrongState)),
            _ if found.is_protected => return Err(trouble("rds:DeleteDBInstance", Trouble::Refused)),
            _ => (found.state, *left) = (InstanceState::Deleting, LOOKS),
        }
        Ok(Deletion::UnderWay)
    }
}

#[async_trait]
impl Copies for Service {
    async fn prove_dump(&self, _: &DumpProof, _: Say<'_>) -> Result<Proof, ProofError> {
        unreachable!("no dump is restored")
    }

    async fn prove_instance(&self, proof: &InstanceProof, _: Say<'_>) -> Result<Proof, ProofError> {
        let name = proof.host.strip_suffix(".example").unwrap();
        assert_eq!(self.inner().instances[name].0.state, InstanceState::Available);
        let milliseconds = Durations { verify: 4, ..Durations::default() };
        self.seen.clone().map(|checks| Proof { checks, taken_at: None, milliseconds })
    }

    async fn is_there(&self, _: &Path, _: &str) -> Result<bool, ProofError> {
        unreachable!("nothing is made on this machine")
    }

    async fn remove(&self, _: &Path, _: &str) -> Result<(), ProofError> {
        unreachable!("nothing is made on this machine")
    }
}

/// A restore that AWS Backup was asked for.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) token: String,
    pub(super) point: String,
    /// What it makes; none while it does not say.
    pub(super) name: Option<String>,
    pub(super) failed: Option<String>,
    pub(super) validation: Option<String>,
    /// So many looks until it names what it makes.
    pub(super) looks: u32,
}
