//! One finding: what is wrong, what to do, and what the journal tells of it.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use maud::{Markup, html};
use trackera_watch::findings::{Finding, Stage};
use trackera_watch::record::{Announced, Change, FindingKey, Record, What};

use super::Page;
use super::board::{badge, title};
use super::history::Past;
use super::shell::{Sheet, facts, refusal, section};
use super::view::View;
use super::words::{counted, maybe, moment, name, place, resource, sentence, since, size, verdict};

/// So many entries of the journal are shown, the newest.
const MOST_ENTRIES: usize = 200;

/// The page of a finding.
pub(super) async fn finding(State(page): State<Page>, Path(digest): Path<String>) -> Response {
    let missing = || refusal(StatusCode::NOT_FOUND, "No such finding is known");
    if digest.len() != 32 || !digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return missing();
    }
    let (view, now) = page.current();
    // Digests are made here, so that the loop does not make thousands of them with every view.
    let (known, wanted) = (Arc::clone(&view.state), digest);
    let found = tokio::task::spawn_blocking(move || {
        known
            .findings
            .iter()
            .find(|(key, _)| key.digest() == wanted)
            .map(|(key, finding)| (key.clone(), finding.clone()))
    });
    let (key, finding) = match found.await {
        Ok(Some(found)) => found,
        Ok(None) => return missing(),
        Err(_) => return refusal(StatusCode::INTERNAL_SERVER_ERROR, "The finding could not be read"),
    };
    let Some(past) = past(&page, &key).await else {
        return refusal(StatusCode::INTERNAL_SERVER_ERROR, "The journal could not be read");
    };
    let title = title(&view, &key);
    let main = html! {
        (about(&key, &finding, (&view, now), &title))
        (section("history", "History", &history(&past, &key)))
    };
    let count = format!("{}: {title}", stage(&finding));
    Sheet { view: &view, now, place: "", title, count, main }.answer()
}

/// What the journal tells; one at a time asks it.
async fn past(page: &Page, key: &FindingKey) -> Option<Vec<Past>> {
    let permit = Arc::clone(&page.reading).acquire_owned().await.ok()?;
    let (history, key) = (Arc::clone(&page.history), key.clone());
    let reading = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        history.of(&key)
    });
    reading.await.ok()?.ok()
}

fn stage(finding: &Finding) -> &'static str {
    match finding.stage {
        Stage::Open(_) => "Open",
        Stage::Closed(..) => "Closed",
        Stage::Doubtful => "Not verified for a while",
    }
}

fn about(key: &FindingKey, finding: &Finding, (view, now): (&View, Timestamp), title: &str) -> Markup {
    let class = match (finding.stage, &finding.seen) {
        (Stage::Open(_), Some(seen)) => seen.verdict.word(),
        (Stage::Closed(..), _) => "gone",
        (Stage::Open(_) | Stage::Doubtful, _) => "unknown",
    };
    let called = finding.seen.as_ref().map_or("", |seen| &seen.name);
    let rule = view.rules.rules.get(&key.policy);
    html! {
        h1.(class) { (title) }
        p.line {
            strong { (stage(finding)) }
            @if let Some(seen) = &finding.seen {
                span.word.(seen.verdict.word()) { (verdict(seen.verdict)) }
                (badge(seen.severity))
            }
        }
        @if let Some(seen) = &finding.seen { p { bdi { (sentence(&seen.reason)) } } }
        @match rule {
            Some(rule) => p { strong { "Fix: " } (sentence(rule.fix.trim())) },
            None if key.is_own() => {},
            None => p.quiet { "The policy is not in force." },
        }
        (facts([
            ("Resource", resource(key, called)),
            ("Kind", html! { code { (name(&key.kind)) } }),
            ("Where", html! { (place(key)) }),
            ("Policy", html! { code { (name(&key.policy)) } }),
            ("State", state(finding, now)),
            ("Last look", maybe(view.state.observed.of(key), now)),
            ("Evidence", evidence(finding)),
        ]))
    }
}

fn evidence(finding: &Finding) -> Markup {
    match finding.seen.as_ref() {
        Some(seen) => html! { "what decided has the digest " code { (name(&seen.evidence)) } },
        None => html! { "none" },
    }
}

fn state(finding: &Finding, now: Timestamp) -> Markup {
    html! {
        @match finding.stage {
            Stage::Open(at) => { "open since " (since(at, now)) }
            Stage::Closed(at, cause) => { "over since " (since(at, now)) ": " (cause.words()) }
            Stage::Doubtful => { "not a finding yet" }
        }
        @if finding.times() > 1 { ", opened " (counted(u64::from(finding.times()), "time")) }
        @if finding.changes > 0 { ", changed " (counted(u64::from(finding.changes), "time")) }
        @if let Some(at) = finding.doubted_at { ", could not be verified since " (moment(at)) }
        @if let Some(at) = finding.missed_at { ", missed at " (moment(at)) ", which a second look has to confirm" }
        @if let Some(by) = &finding.acknowledged_by { ", acknowledged by " bdi { (name(by)) } }
    }
}

fn history(past: &[Past], key: &FindingKey) -> Markup {
    let shown = past.iter().rev().take(MOST_ENTRIES);
    let older = size(past.len().saturating_sub(MOST_ENTRIES));
    html! {
        @if past.is_empty() { p.quiet { "The journal on this machine tells nothing of it." } }
        ol.cards.entries reversed start=(past.len()) {
            @for past in shown {
                @let (at, words) = told(&past.record, key);
                li {
                    p { @if let Some(at) = at { (moment(at)) " " } bdi { (words) } }
                    p.quiet {
                        "Entry " (past.sequence) " of " code { (name(&past.origin)) }
                        @for digest in &past.evidence { ", evidence " code { (name(digest)) } }
                    }
                }
            }
        }
        @if older > 0 { p { "And " (counted(older, "older entry")) "." } }
    }
}

/// When something happened, and what, in words.
fn told(record: &Record, key: &FindingKey) -> (Option<Timestamp>, String) {
    match record {
        Record::Finding(change) => (Some(change.at), changed(&change.change)),
        Record::Announcement(Announced::Intended(announcement)) => {
            let item = announcement.items.iter().find(|item| item.finding == *key);
            let what = item.map_or("it", |item| news(item.what));
            (Some(announcement.at), format!("Told on the route {}: {what}", name(&announcement.line)))
        }
        Record::Announcement(Announced::Delivered { channel, at, .. }) => {
            (Some(*at), format!("The channel {} took what was told", name(channel)))
        }
        Record::Announcement(Announced::Failed { channel, at, error, .. }) => {
            (Some(*at), format!("The channel {} did not take what was told: {}", name(channel), sentence(error)))
        }
        Record::Observation(observation) => (Some(observation.begun_at), "Looked at".to_owned()),
        Record::Life(_) => (None, "About the agent".to_owned()),
    }
}

fn changed(change: &Change) -> String {
    match change {
        Change::Doubted => "Could not be verified".to_owned(),
        Change::Cleared => "Was verified after all".to_owned(),
        Change::Opened(seen) => format!("Opened: {}", sentence(&seen.reason)),
        Change::Changed(seen) => format!("Changed: {}", sentence(&seen.reason)),
        Change::Missed => "Was not seen; a second look has to confirm that it is gone".to_owned(),
        Change::Found => "Was seen again".to_owned(),
        Change::Closed(cause) => format!("Closed: {}", cause.words()),
        Change::Acknowledged { by, .. } => format!("Acknowledged by {}", name(by)),
    }
}

fn news(what: What) -> &'static str {
    match what {
        What::Opened => "it is there",
        What::Changed { .. } => "it changed",
        What::Flapping { .. } => "it comes and goes",
        What::Repeated { .. } => "nobody acknowledged it yet",
        What::Closed => "it is over",
    }
}
