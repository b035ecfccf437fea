//! The one door through which every call to AWS goes.
//!
//! It refuses what the demand does not want, bounds how many calls are under way (in all, and to one service as that
//! copes), gives up what never answers, counts, and turns every error into a [`Gap`] that says where it happened. It
//! never retries: the SDK does, within the limits of the settings.

use std::collections::BTreeSet;
use std::error::Error;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tokio::sync::Semaphore;
use tracing::debug;
use trackera_core::resource::{ErrorClass, GLOBAL, Gap, Observed};

use crate::breaker::{Breaker, is_no_answer};
use crate::errors::{About, Classified, SdkError, classify, may_mean_disabled_region};
use crate::guard::counted;
use crate::pace::{Outcome, Pace};
use crate::progress::{Progress, Step};

/// What all calls of one collection share.
pub(crate) struct Door<'a> {
    allowed: BTreeSet<&'static str>,
    slots: Semaphore,
    pace: Arc<Pace>,
    breaker: Breaker,
    progress: &'a dyn Progress,
    begun: AtomicUsize,
    done: AtomicUsize,
    expected: AtomicUsize,
    retries: AtomicUsize,
}

impl<'a> Door<'a> {
    /// Opens the door for `allowed` operations and at most `concurrency` calls at once.
    pub(crate) fn new(allowed: BTreeSet<&'static str>, concurrency: usize, progress: &'a dyn Progress) -> Self {
        Self {
            allowed,
            slots: Semaphore::new(concurrency.clamp(1, Semaphore::MAX_PERMITS)),
            pace: Arc::new(Pace::new(concurrency)),
            breaker: Breaker::default(),
            progress,
            begun: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            expected: AtomicUsize::new(0),
            retries: AtomicUsize::new(0),
        }
    }

    /// Goes on at the pace that collections before this one came to.
    pub(crate) fn at(self, pace: &Arc<Pace>) -> Self {
        Self { pace: Arc::clone(pace), ..self }
    }

    /// Counts calls that were made before the door was opened.
    pub(crate) fn after(mut self, calls: usize) -> Self {
        for counter in [&mut self.begun, &mut self.done, &mut self.expected] {
            *counter.get_mut() += calls;
        }
        self
    }

    /// How many calls were made.
    pub(crate) fn calls(&self) -> usize {
        self.begun.load(Ordering::Relaxed)
    }

    /// Makes a call when one of the slots that all services share is free, and says how often it was tried.
    async fn take_slot<T, F>(&self, operation: &str, region: &str, request: impl FnOnce() -> F) -> (T, usize)
    where
        F: Future<Output = T>,
    {
        // The semaphore is never closed: without a slot the call would merely be unbounded, not wrong.
        let _slot = self.slots.acquire().await.ok();
        self.advance(&self.begun, operation, region);
        let (answer, tries) = Box::pin(counted(request())).await;
        self.retries.fetch_add(tries.saturating_sub(1), Ordering::Relaxed);
        self.advance(&self.done, operation, region);
        (answer, tries)
    }

    fn advance(&self, counter: &AtomicUsize, operation: &str, region: &str) {
        counter.fetch_add(1, Ordering::Relaxed);
        self.progress.advanced(&Step {
            done: self.done.load(Ordering::Relaxed),
            expected: self.expected.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            operation,
            region,
        });
    }
}

/// What is known about the credentials and the region of a place, which tells some refusals apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Proven {
    /// The credentials were accepted elsewhere.
    pub(crate) credentials: bool,
    /// The account itself said that the region is enabled.
    pub(crate) region: bool,
}

/// Where calls are made: an account and a region of it.
#[derive(Clone)]
pub(crate) struct Place<'a> {
    door: &'a Door<'a>,
    /// The account id, or `*`.
    pub(crate) account: String,
    /// The region, `global`, or `*`.
    pub(crate) region: String,
    proven: Proven,
}

/// A call that gave no answer.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// What goes in the answer's place.
    pub(crate) gap: Gap,
    /// The service's own code, for the callers that know one which is a fact.
    pub(crate) code: Option<String>,
    /// The region in which S3 says that the bucket is.
    pub(crate) bucket_region: Option<String>,
}

impl Failure {
    fn without_call(gap: Gap) -> Self {
        Self { gap, code: None, bucket_region: None }
    }

    /// Tells whether the service answered with this code.
    pub(crate) fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }
}

impl From<Failure> for Gap {
    fn from(failure: Failure) -> Self {
        failure.gap
    }
}

impl<'a> Place<'a> {
    /// The account's part that belongs to no region.
    pub(crate) fn global(door: &'a Door<'a>, account: &str, proven: Proven) -> Self {
        Self { door, account: account.to_owned(), region: GLOBAL.to_owned(), proven }
    }

    /// The same account in a region.
    pub(crate) fn at(&self, region: &str, enabled: bool) -> Self {
        let proven = Proven { region: enabled, ..self.proven };
        Self { region: region.to_owned(), proven, ..self.clone() }
    }

    /// Tells whether an operation may be called.
    pub(crate) fn wants(&self, operation: &str) -> bool {
        self.door.allowed.contains(operation)
    }

    /// A gap of this place.
    pub(crate) fn gap(&self, operation: &str, resource: Option<&str>, error_class: ErrorClass) -> Gap {
        Gap {
            operation: operation.to_owned(),
            account: self.account.clone(),
            region: self.region.clone(),
            resource: resource.map(str::to_owned),
            error_class,
        }
    }

    /// Stands for what another call will tell, if anybody wants it.
    pub(crate) fn unread<T>(&self, operation: &str) -> Observed<T> {
        Observed::Unknown(self.gap(operation, None, ErrorClass::NotCollected))
    }

    /// Makes one call. The request is built only when its turn has come, so that waiting calls cost next to nothing.
    pub(crate) async fn call<T, E, F>(
        &self,
        operation: &'static str,
        resource: Option<&str>,
        request: impl FnOnce() -> F,
    ) -> Result<T, Failure>
    where
        E: ProvideErrorMetadata + Error + 'static,
        F: Future<Output = Result<T, SdkError<E>>>,
    {
        let door = self.door;
        if !self.wants(operation) {
            return Err(Failure::without_call(self.gap(operation, None, ErrorClass::NotCollected)));
        }
        door.expected.fetch_add(1, Ordering::Relaxed);
        let service = operation.split(':').next().unwrap_or_default();
        let window = door.pace.window(&self.account, service, &self.region);
        let turn = window.enter().await;
        let key = [self.account.as_str(), self.region.as_str(), operation].map(str::to_owned);
        if let Some(class) = door.breaker.given_up(&key) {
            drop(turn);
            door.expected.fetch_sub(1, Ordering::Relaxed);
            return Err(Failure::without_call(self.gap(operation, resource, class)));
        }
        let (answer, tries) = door.take_slot(operation, &self.region, request).await;
        let answer = answer.map_err(|error| self.failure(operation, resource, &error));
        let class = answer.as_ref().err().map(|failure| failure.gap.error_class);
        let struggled = tries > 1 || class.is_some_and(is_no_answer);
        turn.end(if struggled { Outcome::Struggled } else { Outcome::Coped });
        door.breaker.note(key, class);
        answer
    }

    fn failure<E>(&self, operation: &'static str, resource: Option<&str>, error: &SdkError<E>) -> Failure
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let about = if resource.is_some() { About::OneResource } else { About::Everything };
        let Classified { class, code, bucket_region } = classify(error, about);
        let elsewhere_good = self.proven.credentials && !self.proven.region && self.region != GLOBAL;
        let class = match class {
            ErrorClass::InvalidCredentials if elsewhere_good && may_mean_disabled_region(code.as_deref()) => {
                ErrorClass::RegionDisabled
            }
            other => other,
        };
        debug!(operation, region = %self.region, account = %self.account, resource, error_class = %class,
            error = %DisplayErrorContext(error), "call failed");
        Failure { gap: self.gap(operation, resource, class), code, bucket_region }
    }
}
