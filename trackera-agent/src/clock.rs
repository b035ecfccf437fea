//! The agent's clock: never behind what it has said before.
//!
//! The clock of a machine may be set back, and records of the journal may come from before that. What was seen later
//! would then count as older than what was seen before, and nothing new would be believed. So the agent's time goes on
//! by the monotonic clock until the machine's has caught up, and says so.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

/// What the machine says: the time of day, and how long it has been on.
pub trait Machine: Send + Sync {
    /// The time of day, which people and services set.
    fn wall(&self) -> Timestamp;
    /// A time that only goes on.
    fn monotonic(&self) -> Duration;
    /// Waits for as long, by the time that only goes on.
    fn sleep(&self, length: Duration) -> BoxFuture<'_, ()>;
}

/// The agent's clock.
pub(crate) struct Clock {
    machine: Box<dyn Machine>,
    told: Mutex<Told>,
}

/// What was told last.
#[derive(Clone, Copy, Debug)]
struct Told {
    time: Timestamp,
    at: Duration,
    behind: SignedDuration,
}

impl Clock {
    /// A clock that starts with what the machine says.
    pub(crate) fn new(machine: Box<dyn Machine>) -> Self {
        let told = Told { time: machine.wall(), at: machine.monotonic(), behind: SignedDuration::ZERO };
        Self { machine, told: Mutex::new(told) }
    }

    /// The moment.
    pub(crate) fn now(&self) -> Timestamp {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let (wall, at) = (self.machine.wall(), self.machine.monotonic());
        let passed = SignedDuration::try_from(at.saturating_sub(told.at)).unwrap_or(SignedDuration::MAX);
        let steady = told.time.checked_add(passed).unwrap_or(told.time);
        *told = Told { time: wall.max(steady), at, behind: steady.duration_since(wall).max(SignedDuration::ZERO) };
        told.time
    }

    /// Goes on from a moment that is on record already.
    pub(crate) fn not_before(&self, moment: Timestamp) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.time = told.time.max(moment);
    }

    /// How far the machine's clock was behind when it was last asked.
    pub(crate) fn behind(&self) -> SignedDuration {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).behind
    }

    /// How long the machine has been on.
    pub(crate) fn monotonic(&self) -> Duration {
        self.machine.monotonic()
    }

    /// Waits.
    pub(crate) async fn sleep(&self, length: Duration) {
        self.machine.sleep(length).await;
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Clock").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Default)]
    struct Hands(Arc<Mutex<(i64, u64)>>);

    impl Hands {
        fn pass(&self, seconds: u64, step: i64) {
            let mut hands = self.0.lock().unwrap();
            hands.0 += i64::try_from(seconds).unwrap() + step;
            hands.1 += seconds;
        }
    }

    impl Machine for Hands {
        fn wall(&self) -> Timestamp {
            Timestamp::from_second(2_000_000 + self.0.lock().unwrap().0).unwrap()
        }

        fn monotonic(&self) -> Duration {
            Duration::from_secs(self.0.lock().unwrap().1)
        }

        fn sleep(&self, _: Duration) -> BoxFuture<'_, ()> {
            Box::pin(std::future::pending())
        }
    }

    #[test]
    fn an_hour_back_is_lived_through_and_said() {
        let hands = Hands::default();
        let clock = Clock::new(Box::new(hands.clone()));
        let start = clock.now();
        hands.pass(60, -3_600);
        assert_eq!(clock.now().duration_since(start), SignedDuration::from_secs(60));
        assert_eq!(clock.behind(), SignedDuration::from_hours(1));
        hands.pass(3_600, 3_600);
        assert_eq!(clock.now().duration_since(start), SignedDuration::from_secs(3_660));
        assert_eq!(clock.behind(), SignedDuration::ZERO);
        clock.not_before(start.checked_add(SignedDuration::from_hours(2)).unwrap());
        assert_eq!(clock.now().duration_since(start), SignedDuration::from_hours(2));
    }

    proptest! {
        #[test]
        fn it_never_goes_back_and_never_slower_than_the_monotonic_clock(
            passed in prop::collection::vec((0_u64..5_000, -10_000_i64..10_000), 1..40),
        ) {
            let hands = Hands::default();
            let clock = Clock::new(Box::new(hands.clone()));
            let mut last = clock.now();
            for (seconds, step) in passed {
                hands.pass(seconds, step);
                let now = clock.now();
                prop_assert!(now.duration_since(last) >= SignedDuration::from_secs(i64::try_from(seconds).unwrap()));
                prop_assert!(now >= hands.wall());
                last = now;
            }
        }
    }
}
