//! The status page: what the agent knows, for the people on its machine and for programs that ask how it is.
//!
//! It is a picture of a [`View`] that the loop publishes, and can change nothing. Whoever reaches the loopback address
//! or the socket may read it; what a website in a browser could do is in `guard`'s hands.

mod board;
mod coverage;
mod finding;
mod guard;
mod health;
mod history;
mod journal;
mod listen;
mod live;
mod probes;
mod shell;
mod standing;
mod troubles;
mod view;
mod words;

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn;
use axum::routing::get;
use jiff::Timestamp;
use tokio::sync::{Semaphore, watch};

pub use history::{History, Past};
pub use listen::{Connection, Listener, serve};
pub use view::{
    Agent, Channel, Counts, Events, Files, Journal, Leadership, Looks, Pulse, Replica, Trouble, Unread, View,
};

/// Whatever tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What the pages are made from.
#[derive(Clone)]
struct Page {
    view: watch::Receiver<Arc<View>>,
    history: Arc<dyn History>,
    clock: Clock,
    /// Reading the journal is dear: one page at a time does it.
    reading: Arc<Semaphore>,
}

impl fmt::Debug for Page {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Page").field("history", &self.history).finish_non_exhaustive()
    }
}

impl Page {
    /// The view as it is, and the moment that it is asked for.
    fn current(&self) -> (Arc<View>, Timestamp) {
        (Arc::clone(&self.view.borrow()), (self.clock)())
    }
}

/// All that is served.
pub fn router(view: watch::Receiver<Arc<View>>, history: Arc<dyn History>, clock: Clock) -> Router {
    let page = Page { view, history, clock, reading: Arc::new(Semaphore::new(1)) };
    Router::new()
        .route("/", get(board::board))
        .route("/findings/{digest}", get(finding::finding))
        .route("/coverage", get(coverage::coverage))
        .route("/health", get(health::health))
        .route("/journal", get(journal::journal))
        .route("/events", get(live::events))
        .route("/healthz", get(probes::healthz))
        .route("/readyz", get(probes::readyz))
        .route("/metrics", get(probes::metrics))
        .fallback(async || shell::refusal(StatusCode::NOT_FOUND, "There is no such page"))
        .layer(from_fn(guard::guard))
        .with_state(page)
}
