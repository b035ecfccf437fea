//! How far collecting has come: a line that repaints itself on a terminal, and nothing anywhere else.

use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

use super::Screen;
use super::escape::name;
use super::look::counted;
use crate::world::{Progress, Step};

const TEMPLATE: &str = "{spinner} {pos} of {len} API calls {wide_msg}";

/// The line.
pub(crate) struct Shown {
    bar: ProgressBar,
    calls: AtomicUsize,
    retries: AtomicUsize,
}

impl Shown {
    /// Begins to show, if somebody watches.
    pub(crate) fn begin(screen: &Screen) -> Self {
        let bar = if screen.is_watched { ProgressBar::new(0) } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style);
        }
        Self { bar, calls: AtomicUsize::new(0), retries: AtomicUsize::new(0) }
    }

    /// Takes the line away, and says how many calls there were.
    pub(crate) fn end(self, screen: &Screen) {
        self.bar.finish_and_clear();
        let (calls, retries) = (self.calls.into_inner(), self.retries.into_inner());
        tracing::info!(calls, retries, elapsed_ms = self.bar.elapsed().as_millis(), "estate collected");
        if screen.is_watched {
            let again = if retries > 0 { format!(", {retries} repeated") } else { String::new() };
            screen.say(&format!(
                "{}{again}, in {:.1} s\n",
                counted(calls, "API call"),
                self.bar.elapsed().as_secs_f64()
            ));
        }
    }
}

impl Progress for Shown {
    fn advanced(&self, step: &Step<'_>) {
        self.calls.store(step.done, Ordering::Relaxed);
        self.retries.store(step.retries, Ordering::Relaxed);
        self.bar.set_length(u64::try_from(step.expected).unwrap_or(u64::MAX));
        self.bar.set_position(u64::try_from(step.done).unwrap_or(u64::MAX));
        self.bar.set_message(format!("{} in {}", name(step.operation), name(step.region)));
    }
}
