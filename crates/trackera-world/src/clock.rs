//! The clocks of this machine, for runs.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;
use trackera_operations::clock::Clock;

/// The clocks of this machine.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    begun: Instant,
}

impl Machine {
    /// The clocks, as of now.
    #[must_use]
    pub fn new() -> Self {
        Self { begun: Instant::now() }
    }
}

impl Default for Machine {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Clock for Machine {
    fn now(&self) -> Timestamp {
        super::now()
    }

    fn monotonic(&self) -> Duration {
        self.begun.elapsed()
    }

    async fn sleep(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }
}
