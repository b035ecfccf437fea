//! A clock that goes on only while everybody waits: then it is the moment at which the first of them wakes up.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::clock::Clock;

const BEGIN: Timestamp = Timestamp::constant(1_795_000_000, 0);

/// How often others are let on before it counts that nobody does anything but wait.
const PATIENCE: u32 = 4;

/// A clock for trials, in which no time is spent on waiting.
#[derive(Debug, Default)]
pub struct TrialClock(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    passed: Duration,
    sleepers: BTreeSet<(Duration, u64)>,
    next: u64,
}

/// Somebody who waits, until they are dropped.
struct Sleeper<'a> {
    clock: &'a TrialClock,
    key: (Duration, u64),
}

impl TrialClock {
    /// Lets time pass.
    pub fn advance(&self, span: Duration) {
        let mut inner = self.inner();
        inner.passed = inner.passed.saturating_add(span);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fall_asleep(&self, span: Duration) -> Sleeper<'_> {
        let mut inner = self.inner();
        inner.next += 1;
        let key = (inner.passed.saturating_add(span), inner.next);
        inner.sleepers.insert(key);
        Sleeper { clock: self, key }
    }
}

impl Drop for Sleeper<'_> {
    fn drop(&mut self) {
        self.clock.inner().sleepers.remove(&self.key);
    }
}

#[async_trait]
impl Clock for TrialClock {
    fn now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.inner().passed).unwrap_or(SignedDuration::MAX);
        BEGIN.saturating_add(passed).unwrap_or(Timestamp::MAX)
    }

    fn monotonic(&self) -> Duration {
        self.inner().passed
    }

    async fn sleep(&self, span: Duration) {
        let sleeper = self.fall_asleep(span);
        let mut first_for = 0;
        loop {
            tokio::task::yield_now().await;
            let mut inner = self.inner();
            if inner.passed >= sleeper.key.0 {
                return;
            }
            first_for = if inner.sleepers.first() == Some(&sleeper.key) { first_for + 1 } else { 0 };
            if first_for > PATIENCE {
                inner.passed = sleeper.key.0;
                return;
            }
        }
    }
}
