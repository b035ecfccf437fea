//! Tells browsers that there is something new: one event after a change, and never more than one a second.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::listen::Ending;
use super::{Page, View};

const SHORTEST: Duration = Duration::from_secs(1);
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// How a browser may come back after the connection broke, in its own time.
const RETRY: Duration = Duration::from_secs(3);

struct Listening {
    view: watch::Receiver<Arc<View>>,
    ending: Option<watch::Receiver<bool>>,
    next_at: Instant,
}

/// The stream of events; it ends with the agent.
pub(super) async fn events(
    State(page): State<Page>,
    ending: Option<Extension<Ending>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut view = page.view.clone();
    view.mark_unchanged();
    let ending = ending.map(|Extension(Ending(ending))| ending);
    let begin = Listening { view, ending, next_at: Instant::now() };
    Sse::new(unfold(begin, next)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

async fn next(mut listening: Listening) -> Option<(Result<Event, Infallible>, Listening)> {
    let Listening { view, ending, next_at } = &mut listening;
    let changed = async {
        sleep_until(*next_at).await;
        view.changed().await.is_ok()
    };
    tokio::select! {
        is_changed = changed => if !is_changed { return None },
        () = ended(ending) => return None,
    }
    let now = view.borrow_and_update().now.to_string();
    *next_at = Instant::now() + SHORTEST;
    Some((Ok(Event::default().event("changed").data(now).retry(RETRY)), listening))
}

async fn ended(ending: &mut Option<watch::Receiver<bool>>) {
    match ending {
        // An error means that the server is gone.
        Some(ending) => drop(ending.wait_for(|ending| *ending).await),
        None => std::future::pending().await,
    }
}
