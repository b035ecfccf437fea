//! The journal and its copies.

use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;
use maud::{Markup, html};

use super::Page;
use super::health::failing;
use super::shell::{Sheet, facts, section, table};
use super::view::{Journal, Replica, Trouble};
use super::words::{counted, grouped, maybe, name, sentence, since, size};

/// How the journal is.
pub(super) async fn journal(State(page): State<Page>) -> Response {
    let (view, now) = page.current();
    let journal = &view.journal;
    let is_bad = journal.rolled_back.is_some() || !journal.damages.is_empty() || !journal.open;
    let is_late = journal.replicas.values().any(|replica| journal.lag(replica) != Some(0) || replica.trouble.is_some());
    let (class, count) = match (is_bad, is_late, journal.replicas.is_empty()) {
        (true, _, _) => ("fail", "The journal is not as it should be"),
        (false, _, _) if journal.unsigned.is_some() => ("unknown", "The journal is whole, and cannot be signed"),
        (false, true, _) => ("unknown", "The journal is well, and not every replica has all of it"),
        (false, false, true) => ("unknown", "The journal is well, and there is no copy of it"),
        (false, false, false) => ("pass", "The journal is well, and every replica has all of it"),
    };
    let main = html! {
        h1.(class) { (count) }
        (damages(journal, now))
        (section("log", "Log", &log(journal, now)))
        (section("replicas", &format!("Replicas ({})", journal.replicas.len()), &replicas(journal, now)))
    };
    Sheet { view: &view, now, place: "/journal", title: "Journal".to_owned(), count: count.to_owned(), main }.answer()
}

fn damages(journal: &Journal, now: Timestamp) -> Markup {
    html! {
        @if journal.rolled_back.is_some() || !journal.damages.is_empty() {
            ul.cards.troubles {
                @if let Some(Trouble { since: noticed_at, error }) = &journal.rolled_back {
                    li {
                        "An older state of this disk was noticed when the journal was opened, " (since(*noticed_at, now))
                        ": " bdi { (sentence(error)) } ". Find out who restored it, or removed files."
                    }
                }
                @for damage in journal.damages.iter().take(100) { li { bdi { (sentence(damage)) } } }
            }
        }
    }
}

fn log(journal: &Journal, now: Timestamp) -> Markup {
    let checkpoint = match journal.checkpoint {
        Some((entries, at)) => {
            let unsigned = journal.entries.saturating_sub(entries);
            html! {
                "signs " (counted(entries, "entry")) ", " (since(at, now))
                @if unsigned > 0 { ", " (grouped(unsigned)) " newer" }
            }
        }
        None => html! { "none since the agent started" },
    };
    let checkpoint = html! { (checkpoint) (failing(journal.unsigned.as_ref(), now)) };
    facts([
        ("Name", html! { code { (name(&journal.origin)) } }),
        ("State", html! { @if journal.open { "open" } @else { span.word.fail { "not open" } } }),
        ("Size", html! { (counted(journal.entries, "entry")) }),
        ("Last checkpoint", checkpoint),
        (
            "Damage",
            html! { (if journal.damages.is_empty() { "none".to_owned() } else { grouped(size(journal.damages.len())) }) },
        ),
    ])
}

fn replicas(journal: &Journal, now: Timestamp) -> Markup {
    if journal.replicas.is_empty() {
        return html! { p { span.word.unknown { "None is declared" } ": whoever owns this disk owns the record." } };
    }
    let rows = journal.replicas.iter().map(|(id, replica)| {
        vec![
            html! { bdi { (name(id)) } },
            lag(journal, replica, now),
            html! { (replica.entries.map_or_else(|| "not known".to_owned(), grouped)) },
            html! { (maybe(replica.succeeded_at, now)) (failing(replica.trouble.as_ref(), now)) },
        ]
    });
    table("Replicas", &["Replica", "Lag", "Entries", "Last success"], rows)
}

fn lag(journal: &Journal, replica: &Replica, now: Timestamp) -> Markup {
    match journal.lag(replica) {
        None => html! { span.word.unknown { "not reached yet" } },
        Some(0) => html! { span.word.pass { "none" } },
        Some(entries) => html! {
            span.word.unknown { (counted(entries, "entry")) }
            @if let Some(since) = replica.behind_since { ", behind since " (super::words::since(since, now)) }
        },
    }
}
