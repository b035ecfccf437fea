//! A recorder that dies before or after it writes.

use std::sync::Arc;

use async_trait::async_trait;
use trackera_journal::digest::Digest;

use super::fault::Fuse;
use crate::id::RunId;
use crate::plan::Plan;
use crate::record::Record;
use crate::recorder::{Durability, JournalRecorder, Recorder, RecorderError};

/// The journal with boundaries before and after each write.
#[derive(Debug)]
pub(super) struct Mortal {
    pub(super) inner: JournalRecorder,
    pub(super) fuse: Arc<Fuse>,
}

#[async_trait]
impl Recorder for Mortal {
    async fn keep(&self, plan: &Plan) -> Result<(), RecorderError> {
        self.inner.keep(plan).await
    }

    async fn plan(&self, hash: Digest) -> Result<Plan, RecorderError> {
        self.inner.plan(hash).await
    }

    async fn append(&self, records: &[Record], durability: Durability, epoch: u64) -> Result<(), RecorderError> {
        self.fuse.pass().await;
        self.inner.append(records, durability, epoch).await?;
        self.fuse.pass().await;
        Ok(())
    }

    async fn catch_up(&self, run: &RunId) -> Result<(), RecorderError> {
        self.inner.catch_up(run).await
    }

    async fn records(&self) -> Result<Vec<Record>, RecorderError> {
        self.inner.records().await
    }
}
