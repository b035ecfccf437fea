//! Time as an argument: what the runner asks for the moment, for spans, and to wait.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

/// The clocks of a machine. Spans are taken from `monotonic`, so that a clock that is set never changes them.
#[async_trait]
pub trait Clock: Send + Sync + Debug {
    /// The moment.
    fn now(&self) -> Timestamp;

    /// The time since some fixed moment; it only grows.
    fn monotonic(&self) -> Duration;

    /// Waits.
    async fn sleep(&self, span: Duration);
}

/// Waits that grow, up to a limit, while a span lasts.
#[derive(Debug)]
pub(crate) struct Patience<'a> {
    clock: &'a dyn Clock,
    until: Duration,
    next: Duration,
}

const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(20);

impl<'a> Patience<'a> {
    pub(crate) fn new(clock: &'a dyn Clock, span: Duration) -> Self {
        Self { clock, until: clock.monotonic().saturating_add(span), next: FIRST_WAIT }
    }

    /// Waits, and tells whether there was time left to wait for.
    pub(crate) async fn wait(&mut self) -> bool {
        let left = self.until.saturating_sub(self.clock.monotonic());
        if left.is_zero() {
            return false;
        }
        self.clock.sleep(self.next.min(left)).await;
        self.next = (self.next * 2).min(LONGEST_WAIT);
        true
    }
}
