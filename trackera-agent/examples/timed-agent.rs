//! The agent under a clock that whoever started it moves on, so that hours of watching can be tried in minutes.
//!
//! Its command line is the agent's own. Lines on standard input move the clock: `pass 60` lets so many seconds pass, `set
//! -3600` moves the time of day alone, as people and time servers do. In between it goes on like every other clock.

use std::io::BufRead as _;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use trackera_agent::{Machine, ThisMachine};

/// This machine with its hands moved.
#[derive(Default)]
struct Moved {
    machine: ThisMachine,
    hands: Mutex<Hands>,
    passed: Notify,
}

/// How far the hands are ahead.
#[derive(Clone, Copy, Default)]
struct Hands {
    wall: SignedDuration,
    monotonic: Duration,
}

/// The same machine, for the agent.
struct Shared(Arc<Moved>);

impl Moved {
    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.hands.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what a line says; a line that says nothing moves nothing.
    fn obey(&self, line: &str) {
        let Some((verb, seconds)) = line.split_once(' ') else { return };
        let Ok(seconds) = seconds.trim().parse::<i64>() else { return };
        let mut hands = self.hands();
        hands.wall += SignedDuration::from_secs(seconds);
        if verb == "pass" {
            hands.monotonic += Duration::from_secs(seconds.unsigned_abs());
            self.passed.notify_waiters();
        }
    }
}

impl Machine for Shared {
    fn wall(&self) -> Timestamp {
        let wall = self.0.machine.wall();
        wall.checked_add(self.0.hands().wall).unwrap_or(wall)
    }

    fn monotonic(&self) -> Duration {
        self.0.machine.monotonic() + self.0.hands().monotonic
    }

    fn sleep(&self, length: Duration) -> BoxFuture<'_, ()> {
        let until = self.monotonic() + length;
        Box::pin(async move {
            loop {
                // Whoever moves the hands from here on is heard.
                let passed = self.0.passed.notified();
                let left = until.saturating_sub(self.monotonic());
                if left.is_zero() {
                    return;
                }
                tokio::select! {
                    () = self.0.machine.sleep(left) => {}
                    () = passed => {}
                }
            }
        })
    }
}

fn main() -> ExitCode {
    let moved = Arc::new(Moved::default());
    let machine = Shared(Arc::clone(&moved));
    thread::spawn(move || std::io::stdin().lock().lines().map_while(Result::ok).for_each(|line| moved.obey(&line)));
    trackera_agent::main(Box::new(machine))
}
