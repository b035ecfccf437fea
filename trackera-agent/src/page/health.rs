//! The agent itself: who leads, what is heard, who is told, what is looked at, and the files.

use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;
use maud::{Markup, html};
use trackera_watch::watch::Queue;

use super::Page;
use super::coverage::last_look;
use super::shell::{Sheet, facts, section, table};
use super::troubles::troubles;
use super::view::{Leadership, Trouble, View};
use super::words::{counted, grouped, maybe, name, sentence, since, size};
use crate::metrics::reason;

/// How the agent is.
pub(super) async fn health(State(page): State<Page>) -> Response {
    let (view, now) = page.current();
    let wrong = troubles(&view, now);
    let count = match wrong.len() {
        0 => "Nothing is wrong with the agent".to_owned(),
        some => format!("{} about the agent itself", counted(size(some), "thing")) + " to look at",
    };
    let class = if wrong.is_empty() { "pass" } else { "fail" };
    let main = html! {
        h1.(class) { (count) }
        @if !wrong.is_empty() { ul.cards.troubles { @for wrong in &wrong { li { (wrong.words) } } } }
        (section("agent", "Agent", &agent(&view, now)))
        (section("files", "Files", &files(&view)))
        (section("looks", "Looks", &looks(&view, now)))
        (section("events", "Events", &events(&view, now)))
        (section("channels", "Channels", &channels(&view, now)))
    };
    Sheet { view: &view, now, place: "/health", title: "Health".to_owned(), count, main }.answer()
}

fn agent(view: &View, now: Timestamp) -> Markup {
    let agent = &view.agent;
    let regions: Vec<String> = agent.regions.iter().map(|region| name(region)).collect();
    let leadership = match &view.leadership {
        Leadership::Unknown => html! { span.word.unknown { "not known" } },
        Leadership::Leads { epoch } => html! { "this agent, epoch " (epoch) },
        Leadership::Follows { leader, epoch } => html! { bdi { (name(leader)) } ", epoch " (epoch) },
    };
    let pulse = view.pulse.as_ref().map_or_else(
        || html! { "nobody waits for one" },
        |pulse| html! { (maybe(pulse.sent_at, now)) (failing(pulse.trouble.as_ref(), now)) },
    );
    facts([
        ("Name", html! { bdi { (name(&agent.name)) } }),
        ("Version", html! { (name(&agent.version)) }),
        ("Started", since(agent.started_at, now)),
        ("Leader", leadership),
        ("Share", html! { (agent.share.as_deref().map_or_else(|| "all of the estate".to_owned(), name)) }),
        (
            "Regions",
            html! { (if regions.is_empty() { "all that are enabled".to_owned() } else { regions.join(", ") }) },
        ),
        ("Last heartbeat on record", maybe(view.heartbeat_at(), now)),
        ("Sign of life to the outside", pulse),
    ])
}

/// What is wrong, after a fact that it casts doubt on.
pub(super) fn failing(trouble: Option<&Trouble>, now: Timestamp) -> Markup {
    html! {
        @if let Some(trouble) = trouble {
            " " span.word.fail { "fails" } " since " (since(trouble.since, now)) ": " bdi { (sentence(&trouble.error)) }
        }
    }
}

fn files(view: &View) -> Markup {
    let policies = counted(size(view.rules.rules.len()), "policy");
    let waivers = counted(size(view.rules.waivers.len()), "waiver");
    html! {
        @if view.files.loaded {
            p { (policies) " and " (waivers) " are in force, digest " code { (name(&view.rules.digest)) } "." }
        } @else {
            p { span.word.unknown { "No policies are in force." } }
        }
        @if !view.files.mistakes.is_empty() {
            p { span.word.fail { "Refused" } ": newer files have " (counted(size(view.files.mistakes.len()), "mistake")) "." }
            ul.cards { @for mistake in view.files.mistakes.iter().take(100) { li { bdi { (sentence(mistake)) } } } }
        }
    }
}

fn looks(view: &View, now: Timestamp) -> Markup {
    let looks = &view.looks;
    let oldest = looks.running.values().min();
    let running = html! {
        (grouped(size(looks.running.len())))
        @if let Some(oldest) = oldest { ", the oldest since " (since(*oldest, now)) }
    };
    let throttled = html! {
        @if looks.throttled == 0 { "no" } @else { "yes, " (counted(looks.throttled.into(), "look")) " in a row" }
    };
    facts([
        ("Being made", running),
        ("Came to an end", html! { (grouped(looks.ended)) }),
        ("Failed", html! { (grouped(looks.failed)) }),
        ("Last", last_look(view, now)),
        ("Slowed down by services", throttled),
        ("Calls so far", html! { (grouped(looks.calls)) }),
    ])
}

fn events(view: &View, now: Timestamp) -> Markup {
    let tally = &view.events.tally;
    let dropped = tally.dropped.iter().map(|(why, count)| format!("{} {}", grouped(*count), reason(*why)));
    let dropped: Vec<String> = dropped.collect();
    let queue = |state: &Option<Queue>| match state {
        None => html! { span.word.unknown { "not asked yet" } },
        Some(Queue::Unreachable) => html! { span.word.fail { "does not answer" } },
        Some(Queue::Holds(waiting)) => html! { (counted(*waiting, "message")) " waiting" },
    };
    let rows = view.events.queues.iter().map(|(id, state)| vec![html! { code { (name(id)) } }, queue(state)]);
    html! {
        (facts([
            ("Last message", maybe(view.events.heard_at, now)),
            ("Led to a look", html! { (grouped(tally.heard)) }),
            ("Repeated", html! { (grouped(tally.repeated)) }),
            ("Of no interest", html! { (grouped(tally.unwanted)) }),
            ("Not heard", html! { (if dropped.is_empty() { "none".to_owned() } else { dropped.join(", ") }) }),
        ]))
        @if view.events.queues.is_empty() { p.quiet { "No queue is declared: the agent looks on its own alone." } }
        @else { (table("Queues", &["Queue", "State"], rows)) }
    }
}

fn channels(view: &View, now: Timestamp) -> Markup {
    let pending = size(view.state.ledger.pending().count());
    let rows = view.channels.iter().map(|(id, channel)| {
        let state = match &channel.trouble {
            Some(_) => failing(channel.trouble.as_ref(), now),
            None if channel.delivered_at.is_some() => html! { span.word.pass { "works" } },
            None => html! { "not used yet" },
        };
        vec![
            html! { bdi { (name(id)) } },
            state,
            html! { (grouped(channel.delivered)) },
            html! { (grouped(channel.failed)) },
            maybe(channel.delivered_at, now),
        ]
    });
    html! {
        p { (counted(pending, "announcement")) " on the way." }
        @if view.channels.is_empty() { p { span.word.unknown { "Nobody is told of findings" } ": no channel is declared." } }
        @else { (table("Channels", &["Channel", "State", "Taken", "Failed", "Last taken"], rows)) }
    }
}
