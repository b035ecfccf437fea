//! What all pages have in common: the head with its digests, the navigation, tables, and pages that say no.

use std::sync::LazyLock;

use axum::http::StatusCode;
use axum::http::header::{self, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use jiff::{SignedDuration, Timestamp};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use trackera_journal::digest::Digest;

use super::view::View;
use super::words::{distance, moment, name};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("live.js");

/// A view that is older than this is told to be old.
const OLD: SignedDuration = SignedDuration::from_secs(30);

/// Nothing is loaded or sent but to this page itself; its style and its script are known by their digests.
pub(super) static SECURITY: LazyLock<String> = LazyLock::new(|| {
    let [style, script] = [STYLE, SCRIPT].map(|text| Digest::of(text.as_bytes()).to_base64());
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

const PLACES: [(&str, &str); 4] =
    [("/", "Findings"), ("/coverage", "Coverage"), ("/health", "Health"), ("/journal", "Journal")];

/// One page.
pub(super) struct Sheet<'a> {
    /// The view that it shows.
    pub(super) view: &'a View,
    /// The moment that it is shown.
    pub(super) now: Timestamp,
    /// Which of the places it belongs to.
    pub(super) place: &'static str,
    /// Its title.
    pub(super) title: String,
    /// One line for all of it, read out when it changes.
    pub(super) count: String,
    /// Its content.
    pub(super) main: Markup,
}

/// Tells whether the loop of the agent stands still.
pub(super) fn is_old(view: &View, now: Timestamp) -> bool {
    now.duration_since(view.now) > OLD
}

impl Sheet<'_> {
    /// The page as an answer.
    pub(super) fn answer(self) -> Response {
        let Self { view, now, place, title, count, main } = self;
        let agent = name(&view.agent.name);
        let body = html! {
            a.skip href="#main" { "Skip to the content" }
            header {
                p.quiet { "Trackera Ops, agent " bdi { strong { (agent) } } }
                (navigation(place))
                p.hidden #count role="status" { (count) }
                p.warning #connection role="status" {}
            }
            main #main tabindex="-1" {
                @if is_old(view, now) {
                    p.warning { strong { "This is old. " } "The agent has not moved since " (moment(view.now)) ", " (distance(view.now, now)) "." }
                }
                (main)
                p.quiet.asof { "As of " (moment(view.now)) "." }
            }
            footer {
                p { "trackera-agent " (name(&view.agent.version)) ", started " (moment(view.agent.started_at)) "." }
            }
            script { (PreEscaped(SCRIPT)) }
        };
        page(StatusCode::OK, &format!("{title}: {agent}"), &body)
    }
}

fn navigation(place: &str) -> Markup {
    html! {
        nav.places aria-label="Pages" {
            ul {
                @for (path, title) in PLACES {
                    li { a href=(path) aria-current=[(path == place).then_some("page")] { (title) } }
                }
            }
        }
    }
}

/// A page that says why there is none.
pub(super) fn refusal(status: StatusCode, words: &str) -> Response {
    let body = html! {
        header { (navigation("")) }
        main { h1.unknown { (words) } p { a href="/" { "To the findings" } } }
    };
    page(status, words, &body)
}

fn page(status: StatusCode, title: &str, body: &Markup) -> Response {
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) }
                style { (PreEscaped(STYLE)) }
                noscript { meta http-equiv="refresh" content="60"; }
            }
            body { (body) }
        }
    };
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    (status, [(header::CONTENT_TYPE, kind)], document.into_string()).into_response()
}

/// A section with its heading.
pub(super) fn section(id: &str, title: &str, content: &Markup) -> Markup {
    let heading = format!("{id}-title");
    html! { section id=(id) aria-labelledby=(heading) { h2 id=(heading) { (title) } (content) } }
}

/// A table whose rows become cards where there is no room; it stays a table for those who do not see it.
pub(super) fn table(label: &str, columns: &[&str], rows: impl IntoIterator<Item = Vec<Markup>>) -> Markup {
    html! {
        table role="table" aria-label=(label) {
            thead role="rowgroup" {
                tr role="row" { @for column in columns { th scope="col" role="columnheader" { (column) } } }
            }
            tbody role="rowgroup" {
                @for row in rows {
                    tr role="row" {
                        @for (index, (cell, column)) in row.iter().zip(columns).enumerate() {
                            @if index == 0 {
                                th scope="row" role="rowheader" { (cell) }
                            } @else {
                                td role="cell" data-column=(column) { div { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Facts by their names.
pub(super) fn facts<'a>(facts: impl IntoIterator<Item = (&'a str, Markup)>) -> Markup {
    html! { dl { @for (what, value) in facts { dt { (what) } dd { (value) } } } }
}
