//! How many calls a service is given at once, in one account and region: as many as it copes with.
//!
//! It begins with a few, because a service at its limit that is asked for dozens at once refuses most of them, and some
//! so often that they are given up. A call that had to be tried again, or failed for the service's own reasons, halves
//! the number, once for all calls that were under way; as many good calls as the number itself raise it by one. So one
//! service that is slow or asks to slow down is pressed less and holds up no other. Whoever collects again and again keeps
//! the windows, so that a service that struggled is not pressed anew. The SDK's own adaptive mode does not fit here: at the few calls that one service gets it falls to one in two seconds, and the calls run into their time
//! limits.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// The calls that a service is given at once before it is known how it copes.
const FIRST: usize = 10;

/// The windows of all services.
#[derive(Debug)]
pub(crate) struct Pace {
    widest: usize,
    windows: Mutex<BTreeMap<[String; 3], Arc<Window>>>,
}

impl Pace {
    /// Gives no service more than `widest` calls at once.
    pub(crate) fn new(widest: usize) -> Self {
        Self { widest: widest.max(1), windows: Mutex::default() }
    }

    /// The window of a service in an account and region.
    pub(crate) fn window(&self, account: &str, service: &str, region: &str) -> Arc<Window> {
        let key = [account, service, region].map(str::to_owned);
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(windows.entry(key).or_insert_with(|| Arc::new(Window::new(self.widest))))
    }
}

/// The calls to one service.
#[derive(Debug)]
pub(crate) struct Window {
    widest: usize,
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Debug)]
struct State {
    width: usize,
    used: usize,
    good: usize,
    /// Counts the halvings, so that the calls that were under way together count as one.
    halvings: usize,
}

/// Whether the service coped with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It answered at the first try, be it with a refusal.
    Coped,
    /// It had to be asked again, or failed.
    Struggled,
    /// It was not asked after all.
    NotAsked,
}

/// A call's place in the window, which is given back however the call ends, be it that nobody waits for it any more.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    window: &'a Window,
    halvings: usize,
    outcome: Outcome,
}

impl Turn<'_> {
    /// Gives the place back, and adapts the width to how the call went.
    pub(crate) fn end(mut self, outcome: Outcome) {
        self.outcome = outcome;
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.window.leave(self.halvings, self.outcome);
    }
}

impl Window {
    fn new(widest: usize) -> Self {
        let state = State { width: widest.min(FIRST), used: 0, good: 0, halvings: 0 };
        Self { widest, state: Mutex::new(state), freed: Notify::new() }
    }

    /// Waits for a place.
    pub(crate) async fn enter(&self) -> Turn<'_> {
        loop {
            let freed = self.freed.notified();
            if let Some(turn) = self.try_enter() {
                return turn;
            }
            freed.await;
        }
    }

    fn try_enter(&self) -> Option<Turn<'_>> {
        let mut state = self.state();
        if state.used >= state.width {
            return None;
        }
        state.used += 1;
        Some(Turn { window: self, halvings: state.halvings, outcome: Outcome::NotAsked })
    }

    fn leave(&self, halvings: usize, outcome: Outcome) {
        let mut state = self.state();
        state.used = state.used.saturating_sub(1);
        match outcome {
            Outcome::Coped => {
                state.good += 1;
                if state.good >= state.width && state.width < self.widest {
                    state.width += 1;
                    state.good = 0;
                    self.freed.notify_one();
                }
            }
            Outcome::Struggled if halvings == state.halvings => {
                state.width = (state.width / 2).max(1);
                state.halvings += 1;
                state.good = 0;
            }
            Outcome::Struggled | Outcome::NotAsked => {}
        }
        self.freed.notify_one();
    }

    /// How many calls it gives at once.
    #[cfg(test)]
    pub(crate) fn width(&self) -> usize {
        self.state().width
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_under_way_together_halve_the_width_once() {
        let window = Window::new(8);
        let turns: Vec<_> = (0..8).map_while(|_| window.try_enter()).collect();
        assert!(window.try_enter().is_none());
        turns.into_iter().for_each(|turn| turn.end(Outcome::Struggled));
        assert_eq!(window.width(), 4);
    }

    #[test]
    fn the_width_begins_small_and_grows_while_the_service_copes() {
        let window = Window::new(FIRST + 2);
        assert_eq!(window.width(), FIRST);
        for _ in 0..4 * FIRST {
            window.try_enter().unwrap().end(Outcome::Coped);
        }
        assert_eq!(window.width(), FIRST + 2);
    }

    #[test]
    fn the_width_never_falls_below_one_nor_grows_beyond_the_widest() {
        let window = Window::new(2);
        for _ in 0..5 {
            window.try_enter().unwrap().end(Outcome::Struggled);
        }
        assert_eq!(window.width(), 1);
        for _ in 0..9 {
            window.try_enter().unwrap().end(Outcome::Coped);
        }
        assert_eq!(window.width(), 2);
    }

    #[test]
    fn services_accounts_and_regions_do_not_share_a_window() {
        let pace = Pace::new(4);
        let one = pace.window("000000000000", "ec2", "eu-west-1");
        assert!(Arc::ptr_eq(&one, &pace.window("000000000000", "ec2", "eu-west-1")));
        for other in [("000000000000", "rds", "eu-west-1"), ("111111111111", "ec2", "eu-west-1")] {
            assert!(!Arc::ptr_eq(&one, &pace.window(other.0, other.1, other.2)));
        }
    }

    #[tokio::test]
    async fn whoever_waits_is_let_in_when_a_place_is_given_back() {
        let window = Window::new(1);
        let turn = window.enter().await;
        let (second, ()) = tokio::join!(window.enter(), async { turn.end(Outcome::Coped) });
        second.end(Outcome::Coped);
        assert_eq!(window.state().used, 0);
    }

    #[tokio::test]
    async fn a_call_that_nobody_waits_for_any_more_keeps_no_place_and_tells_nothing_of_the_service() {
        let window = Window::new(1);
        let turn = window.enter().await;
        drop(turn);
        assert_eq!(window.state().used, 0);
        assert_eq!(window.width(), 1);
        window.enter().await.end(Outcome::Coped);
    }
}
