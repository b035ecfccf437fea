//! A clock that goes on only while somebody waits for it.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::clock::Clock;

const BEGIN: Timestamp = Timestamp::constant(1_795_000_000, 0);

/// A clock for trials: whoever waits has waited at once.
#[derive(Debug, Default)]
pub struct TrialClock(Mutex<Duration>);

impl TrialClock {
    /// Lets time pass.
    pub fn advance(&self, span: Duration) {
        let mut passed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *passed = passed.saturating_add(span);
    }

    fn passed(&self) -> Duration {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Clock for TrialClock {
    fn now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.passed()).unwrap_or(SignedDuration::MAX);
        BEGIN.saturating_add(passed).unwrap_or(Timestamp::MAX)
    }

    fn monotonic(&self) -> Duration {
        self.passed()
    }

    async fn sleep(&self, span: Duration) {
        self.advance(span);
    }
}
