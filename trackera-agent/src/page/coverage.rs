//! What is looked at, how long ago, and what could not be read.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;
use maud::{Markup, html};
use trackera_watch::schedule::{Pace, Rhythm, Rule, due_at};

use super::Page;
use super::board::in_address;
use super::shell::{Sheet, section, table};
use super::standing::standing;
use super::troubles::unseen;
use super::view::{Counts, View};
use super::words::{counted, distance, grouped, moment, name, sentence, since, size, tally};

/// So many gaps are shown; the sum is told.
const MOST_GAPS: usize = 500;

/// Policies and when they were looked at, and gaps.
pub(super) async fn coverage(State(page): State<Page>) -> Response {
    let (view, now) = page.current();
    let missing = size(unseen(&view, now).count());
    let count = match (view.rules.rules.len(), missing) {
        (0, _) => "No policies are in force".to_owned(),
        (_, 0) => "Every policy was looked at as recently as it asks for".to_owned(),
        (all, missing) => format!("{} of {all} policies without a look that is recent enough", grouped(missing)),
    };
    let class = if missing == 0 && !view.rules.rules.is_empty() { "pass" } else { "unknown" };
    let main = html! {
        h1.(class) { (count) }
        p { "In the last whole look at each policy: " (tally(&view.total())) "." }
        (section("policies", &format!("Policies ({})", view.rules.rules.len()), &policies(&view, now)))
        (section("gaps", &format!("What could not be read ({})", grouped(size(view.gaps.len()))), &gaps(&view)))
    };
    Sheet { view: &view, now, place: "/coverage", title: "Coverage".to_owned(), count, main }.answer()
}

/// The policies as they stand, and their moments; those that have something to see first.
pub(super) fn policies(view: &View, now: Timestamp) -> Markup {
    let standing = standing(view);
    let mut rules: Vec<&Rule> = view.rules.rules.values().collect();
    let weight = |rule: &Rule| standing.get(rule.id.as_str()).map_or((0, 0), |counts| (counts.fail, counts.unknown));
    rules.sort_by_key(|rule| (std::cmp::Reverse(weight(rule)), rule.severity));
    let open: BTreeSet<&str> = view.state.findings.open().map(|(key, _)| key.policy.as_str()).collect();
    let rows = rules.into_iter().map(|rule| {
        let rhythm = if open.contains(rule.id.as_str()) { Rhythm::Closer } else { Rhythm::Usual };
        let last = view.state.observed.everywhere(&rule.id);
        vec![
            html! {
                (sentence(&rule.title)) br;
                a href={ "/?policy=" (in_address(&rule.id)) } { code { (name(&rule.id)) } }
                " " span.quiet { (rule.severity.word()) }
            },
            verdicts(standing.get(rule.id.as_str()), view.coverage.get(&rule.id)),
            looked(view, rule, now),
            next(view, rule, (last, rhythm), now),
        ]
    });
    if view.rules.rules.is_empty() {
        return html! { p.quiet { "None are in force." } };
    }
    table("Policies", &["Policy", "Verdicts", "Last look", "Next look at the latest"], rows)
}

/// How a policy stands, and what its last whole look gave if that was something else.
fn verdicts(standing: Option<&Counts>, whole: Option<&Counts>) -> Markup {
    html! {
        @match (standing, whole) {
            (None, _) => span.word.unknown { "nothing known" },
            (Some(counts), Some(whole)) if counts == whole => (tally(counts)),
            (Some(counts), Some(whole)) => {
                @if *counts == Counts::default() { "nothing is open" } @else { (tally(counts)) }
                br; span.quiet { "in the last whole look: " (tally(whole)) }
            }
            (Some(counts), None) => { (tally(counts)) br; span.quiet { "nothing else is known" } }
        }
    }
}

/// When the whole of it was looked at, and when a part of it since.
fn looked(view: &View, rule: &Rule, now: Timestamp) -> Markup {
    let observed = &view.state.observed;
    let last = observed.everywhere(&rule.id);
    html! {
        @match last {
            None => span.word.unknown { "never" },
            Some(last) => {
                (ago(last, now))
                @if now.duration_since(last) > rule.freshness { " " span.word.unknown { "too old" } }
            }
        }
        @if let Some(part) = observed.in_part(&rule.id) { br; span.quiet { "a part of it " (ago(part, now)) } }
    }
}

fn ago(at: Timestamp, now: Timestamp) -> Markup {
    html! { time datetime=(at) title=(at.strftime("%Y-%m-%d %H:%M:%S UTC")) { (distance(at, now)) } }
}

/// An event or a neighbour that is due may bring the next look sooner, and nothing brings it later.
fn next(view: &View, rule: &Rule, (last, rhythm): (Option<Timestamp>, Rhythm), now: Timestamp) -> Markup {
    if !view.leads() {
        return html! { span.quiet { "by the leader" } };
    }
    let pace = Pace { agent: &view.agent.name, last, rhythm, throttled: view.looks.throttled };
    let due = due_at(rule, &pace);
    html! {
        @if due <= now { "now" } @else { (ago(due, now)) }
    }
}

fn gaps(view: &View) -> Markup {
    if view.gaps.is_empty() {
        let words = if view.looks.last.is_some() {
            "The last look could read everything."
        } else {
            "Nothing was looked at yet."
        };
        return html! { p.quiet { (words) } };
    }
    let rows = view.gaps.iter().take(MOST_GAPS).map(|gap| {
        vec![
            html! { code { (name(&gap.operation)) } },
            html! { (gap.class.to_string()) },
            html! { (name(&gap.region)) ", account " (name(&gap.account)) },
            html! { (grouped(gap.times)) },
        ]
    });
    let more = size(view.gaps.len().saturating_sub(MOST_GAPS));
    html! {
        @if let Some((at, _)) = view.looks.last { p.quiet { "In the look that ended at " (moment(at)) "." } }
        (table("What could not be read", &["Operation", "Why", "Where", "How often"], rows))
        @if more > 0 { p { "And " (counted(more, "more gap")) "." } }
    }
}

/// When a look ended last.
pub(super) fn last_look(view: &View, now: Timestamp) -> Markup {
    match view.looks.last {
        Some((at, took)) => html! { (since(at, now)) ", took " (super::words::length(took)) },
        None => html! { "none came to its end yet" },
    }
}
