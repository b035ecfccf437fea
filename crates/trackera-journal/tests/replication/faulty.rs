//! A store in memory one of whose calls fails, before or after it took effect, or all of them until it is repaired.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It does nothing.
    Refused,
    /// It does what it should, and nobody learns of it.
    AnswerLost,
}

#[derive(Debug)]
pub(crate) struct Faulty {
    inner: InMemory,
    fault: Fault,
    calls: AtomicUsize,
    fails_from: usize,
    fails_until: AtomicUsize,
}

impl Faulty {
    pub(crate) fn new(fault: Fault, call: usize) -> Self {
        let (calls, fails_until) = (AtomicUsize::new(0), AtomicUsize::new(call + 1));
        Self { inner: InMemory::new(), fault, calls, fails_from: call, fails_until }
    }

    pub(crate) fn down() -> Self {
        Self { fails_until: AtomicUsize::new(usize::MAX), ..Self::new(Fault::Refused, 0) }
    }

    pub(crate) fn repair(&self) {
        self.fails_until.store(0, Ordering::SeqCst);
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.calls.load(Ordering::SeqCst) >= self.fails_from
    }

    /// The error of this call: to be given before it does anything, or after.
    fn call(&self) -> (Result<()>, Result<()>) {
        let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let fails = call >= self.fails_from && call < self.fails_until.load(Ordering::SeqCst);
        match (fails, self.fault) {
            (false, _) => (Ok(()), Ok(())),
            (true, Fault::Refused) => (Err(failure()), Ok(())),
            (true, Fault::AnswerLost) => (Ok(()), Err(failure())),
        }
    }
}

fn failure() -> Error {
    Error::Generic { store: "faulty", source: "the connection was reset".into() }
}

impl fmt::Display for Faulty {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("faulty")
    }
}

#[async_trait]
impl ObjectStore for Faulty {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let (before, after) = self.call();
        before?;
        let done = self.inner.put_opts(location, payload, options).await;
        after?;
        done
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let (before, after) = self.call();
        before?;
        after?;
        self.inner.get_opts(location, options).await
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.call() {
            (Ok(()), Ok(())) => self.inner.list(prefix),
            _ => stream::once(async { Err(failure()) }).boxed(),
        }
    }

    async fn put_multipart_opts(&self, path: &Path, options: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(path, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}
