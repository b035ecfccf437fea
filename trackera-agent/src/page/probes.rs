//! Short answers for programs: whether the agent lives, whether it is ready, and its figures.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};

use super::Page;
use super::shell::{is_old, refusal};
use crate::metrics;

/// Whether the loop of the agent moves.
pub(super) async fn healthz(State(page): State<Page>) -> (StatusCode, String) {
    let (view, now) = page.current();
    let age = now.duration_since(view.now).as_secs();
    if is_old(&view, now) {
        return (StatusCode::SERVICE_UNAVAILABLE, format!("the loop has not stepped for {age} seconds\n"));
    }
    (StatusCode::OK, "the loop steps\n".to_owned())
}

/// Whether the agent does what it is for.
pub(super) async fn readyz(State(page): State<Page>) -> (StatusCode, String) {
    let (view, now) = page.current();
    let lacks = [
        (is_old(&view, now), "the loop has not stepped lately\n"),
        (!view.files.loaded, "no policies are in force\n"),
        (!view.journal.open, "the journal is not open\n"),
        // Of a follower nobody expects a look.
        (view.looks.ended == 0 && !view.follows(), "no look has come to its end yet\n"),
    ];
    let lacking: String = lacks.into_iter().filter(|(lacks, _)| *lacks).map(|(_, words)| words).collect();
    if lacking.is_empty() { (StatusCode::OK, "ready\n".to_owned()) } else { (StatusCode::SERVICE_UNAVAILABLE, lacking) }
}

/// The figures, in the form that Prometheus reads.
pub(super) async fn metrics(State(page): State<Page>) -> Response {
    let (view, now) = page.current();
    match metrics::encode(&view, now) {
        Ok(text) => ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(_) => refusal(StatusCode::INTERNAL_SERVER_ERROR, "The figures could not be written"),
    }
}
