//! Copies of runs in a store outside: every record is a numbered object that is created once.
//!
//! The numbers are a second guard beside the lease: of two who go on with one run, the store takes the next record of
//! one only, and the other learns of it before its next effect.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, PutPayload};
use trackera_journal::digest::Digest;

use super::RecorderError;
use crate::id::RunId;
use crate::plan::Plan;
use crate::record::{Event, Record};
use crate::state::{RunState, fold};

/// A place for copies in a store for coordination, outside of the region that a run may have to rescue.
#[derive(Debug)]
pub struct Copies {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    timeout: Duration,
    next: Mutex<BTreeMap<RunId, u64>>,
}

impl Copies {
    /// Copies below a path of a store, each call to which may take so long.
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>, prefix: Path, timeout: Duration) -> Self {
        Self { store, prefix, timeout, next: Mutex::default() }
    }

    /// The runs that the store has.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn runs(&self) -> Result<Vec<RunId>, RecorderError> {
        Ok(self.newest().await?.into_keys().collect())
    }

    /// The runs that nothing says are over, with their plans.
    ///
    /// # Errors
    /// When the store does not answer, or has something else where a record or a plan should be.
    pub async fn open(&self) -> Result<Vec<(RunState, Plan)>, RecorderError> {
        let mut open = Vec::new();
        for (run, newest) in self.newest().await? {
            // Most runs are over, and their last record says so.
            let last = read_record(&self.get(&newest).await?);
            if last.is_some_and(|record| matches!(record.event, Event::Closed { .. } | Event::Abandoned { .. })) {
                continue;
            }
            open.extend(self.told(&run).await?.filter(|(state, _)| !state.is_over()));
        }
        Ok(open)
    }

    /// What the store tells of a run, and its plan; none where it does not know the run.
    ///
    /// # Errors
    /// When the store does not answer, or has something else where a record or the plan should be.
    pub async fn told(&self, run: &RunId) -> Result<Option<(RunState, Plan)>, RecorderError> {
        let Some(state) = fold(&self.records(run).await?)?.pop() else { return Ok(None) };
        let text = self.plan(state.plan()).await?;
        let plan = serde_json::from_str(&text);
        let plan = plan.map_err(|_| RecorderError::Damaged(self.plan_path(state.plan()).to_string()))?;
        Ok(Some((state, plan)))
    }

    /// The last record of every run.
    async fn newest(&self) -> Result<BTreeMap<RunId, Path>, RecorderError> {
        let directory = self.prefix.clone().join("runs");
        let listed = self.within(self.store.list(Some(&directory)).try_collect::<Vec<_>>()).await?;
        let mut newest: BTreeMap<RunId, Path> = BTreeMap::new();
        for path in listed.into_iter().map(|object| object.location) {
            let parts: Vec<_> = path.parts().collect();
            let run = parts.iter().rev().nth(1).and_then(|part| part.as_ref().parse::<RunId>().ok());
            if let Some(run) = run {
                let last = newest.entry(run).or_insert_with(|| path.clone());
                *last = path.max(last.clone());
            }
        }
        Ok(newest)
    }

    pub(super) async fn keep(&self, plan: &Plan) -> Result<(), RecorderError> {
        self.create(&self.plan_path(plan.hash()), plan.text().into_bytes()).await.map(drop)
    }

    pub(super) async fn plan(&self, hash: Digest) -> Result<String, RecorderError> {
        let path = self.plan_path(hash);
        let bytes = self.get(&path).await?;
        let text = String::from_utf8(bytes).ok().filter(|text| Digest::of(text.as_bytes()) == hash);
        text.ok_or_else(|| RecorderError::Damaged(path.to_string()))
    }

    /// The index of the first record that the store has not.
    pub(super) async fn next(&self, run: &RunId) -> Result<u64, RecorderError> {
        let known = self.next.lock().unwrap_or_else(PoisonError::into_inner).get(run).copied();
        if let Some(next) = known {
            return Ok(next);
        }
        let next = self.numbers(run).await?.len() as u64;
        self.advance(run, next);
        Ok(next)
    }

    /// Sends records that follow each other. One that is there already must be the same.
    pub(super) async fn send(&self, records: &[Record]) -> Result<(), RecorderError> {
        for record in records {
            let body = record.to_body()?.into_bytes();
            if !self.create(&self.record_path(&record.run, record.index), body).await? {
                return Err(RecorderError::Overtaken(record.run.clone(), record.index));
            }
            self.advance(&record.run, record.index + 1);
        }
        Ok(())
    }

    pub(super) async fn records(&self, run: &RunId) -> Result<Vec<Record>, RecorderError> {
        let mut records = Vec::new();
        for (number, path) in self.numbers(run).await? {
            let bytes = self.get(&path).await?;
            let record = read_record(&bytes);
            match record.filter(|record| record.run == *run && record.index == number && number == records.len() as u64)
            {
                Some(record) => records.push(record),
                None => return Err(RecorderError::Damaged(path.to_string())),
            }
        }
        Ok(records)
    }

    async fn numbers(&self, run: &RunId) -> Result<BTreeMap<u64, Path>, RecorderError> {
        let directory = self.directory(run);
        let listed = self.within(self.store.list(Some(&directory)).try_collect::<Vec<_>>()).await?;
        let number = |path: Path| Some((path.filename()?.strip_suffix(".json")?.parse().ok()?, path));
        Ok(listed.into_iter().filter_map(|object| number(object.location)).collect())
    }

    /// Creates an object, and tells whether it has this content now.
    async fn create(&self, path: &Path, bytes: Vec<u8>) -> Result<bool, RecorderError> {
        let payload = PutPayload::from(bytes.clone());
        match self.within(self.store.put_opts(path, payload, PutOptions::from(PutMode::Create))).await {
            Ok(_) => Ok(true),
            Err(RecorderError::Outside(
                object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. },
            )) => Ok(self.get(path).await? == bytes),
            Err(error) => Err(error),
        }
    }

    async fn get(&self, path: &Path) -> Result<Vec<u8>, RecorderError> {
        let read = async { self.store.get(path).await?.bytes().await };
        Ok(self.within(read).await?.to_vec())
    }

    async fn within<T>(&self, call: impl Future<Output = object_store::Result<T>>) -> Result<T, RecorderError> {
        let answer = tokio::time::timeout(self.timeout, call).await.map_err(|_| RecorderError::Timeout)?;
        answer.map_err(RecorderError::Outside)
    }

    fn advance(&self, run: &RunId, next: u64) {
        self.next.lock().unwrap_or_else(PoisonError::into_inner).insert(run.clone(), next);
    }

    fn directory(&self, run: &RunId) -> Path {
        self.prefix.clone().join("runs").join(run.as_str())
    }

    fn record_path(&self, run: &RunId, index: u64) -> Path {
        self.directory(run).join(format!("{index:06}.json"))
    }

    fn plan_path(&self, hash: Digest) -> Path {
        self.prefix.clone().join("plans").join(format!("{hash}.json"))
    }
}

fn read_record(bytes: &[u8]) -> Option<Record> {
    std::str::from_utf8(bytes).ok().and_then(|body| Record::from_body(body).ok().flatten())
}
